import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repoRoot } from '../../../../scripts/lib/paths.mts';
import { gridAction, type GridAction } from '../../../../src/webview/trials/grid-keys.ts';

const NONE = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

/** What `Ctrl+Shift+ArrowDown` means in a column. */
function press(keys: string, column = 1): GridAction | null {
  const parts = keys.split('+');
  const event = {
    ...NONE,
    key: parts.at(-1) ?? '',
    ctrlKey: parts.includes('Ctrl'),
    metaKey: parts.includes('Cmd'),
    altKey: parts.includes('Alt'),
    shiftKey: parts.includes('Shift'),
  };
  return gridAction(event, column, 10);
}

describe('the keys of the table of trials', () => {
  it('move as in a spreadsheet', () => {
    const moves = ['ArrowDown', 'Ctrl+ArrowUp', 'Home', 'Cmd+End', 'PageDown'].map((key) => {
      const action = press(key);
      return action?.kind === 'go' ? [action.rows, action.columns] : null;
    });
    assert.deepEqual(moves, [
      [1, 0],
      [-Infinity, 0],
      [0, -Infinity],
      [Infinity, Infinity],
      [10, 0],
    ]);
  });

  it('choose several rows with Shift, and move them with Alt', () => {
    assert.deepEqual(press('Shift+ArrowDown'), {
      kind: 'go',
      rows: 1,
      columns: 0,
      extends: true,
    });
    assert.deepEqual(press('Alt+ArrowUp'), { kind: 'move', by: -1 });
  });

  it('give a cell back, delete a row where its number is', () => {
    assert.deepEqual(press('Delete'), { kind: 'clear' });
    assert.deepEqual(press('Delete', 0), { kind: 'delete' });
    assert.deepEqual(press('Ctrl+Backspace'), { kind: 'delete' });
  });

  it('edit by typing, and leave the keys of the editor alone', () => {
    assert.deepEqual(press('7'), { kind: 'type', text: '7' });
    assert.deepEqual(press('Enter'), { kind: 'edit' });
    for (const keys of ['Ctrl+Enter', 'Ctrl+p', 'F1', 'Escape', 'Tab', 'Alt+f', 'Shift']) {
      assert.equal(press(keys), null, keys);
    }
  });

  it('undo and redo with the keys of every system', () => {
    assert.deepEqual(press('Cmd+z'), { kind: 'undo' });
    assert.deepEqual(press('Cmd+Shift+Z'), { kind: 'redo' });
    assert.deepEqual(press('Ctrl+y'), { kind: 'redo' });
  });
});

describe('the style of the table of trials', () => {
  it('has no colours of its own', () => {
    const path = join(repoRoot, 'media/trials.css');
    const colours = readFileSync(path, 'utf8').match(/#[0-9a-f]{3,8}\b(?=[;, )])|rgba?\(|hsl\(/gi);
    assert.equal(colours, null);
  });
});
