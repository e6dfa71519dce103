import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  DraftHistory,
  draftToKeep,
  keptDraft,
  newDraft,
  type EditedTable,
} from '../../../../src/extension/operations/trial-draft.ts';
import {
  addColumn,
  addRows,
  deleteRows,
  duplicateRows,
  moveRows,
  removeColumn,
  setCells,
} from '../../../../src/extension/trials/edits.ts';
import { draftText, TrialMemory } from '../../../../src/extension/trials/memory.ts';
import { readMessage } from '../../../../src/extension/trials/messages.ts';

const table: EditedTable = {
  columns: ['lr', 'epochs'],
  rows: [
    { id: 1, cells: { lr: '0.1' } },
    { id: 2, cells: { lr: '0.2', epochs: '5' } },
    { id: 3, cells: { epochs: '7' } },
  ],
  nextId: 4,
};

const draft = newDraft({ folder: '/project', operation: 'train', flags: 'lr=[1,2]' });

/** Rows in one line: `1:lr=0.1`. */
function text({ rows }: EditedTable): string[] {
  return rows.map(({ id, cells }) => {
    const values = Object.entries(cells).map(([key, value]) => `${key}=${value}`);
    return `${id}:${values.sort().join(',')}`;
  });
}

describe('trials that are edited', () => {
  it('take a cell, and give it back to the project', () => {
    const edited = setCells(table, { id: 1, key: 'epochs' }, [['3']]);
    assert.deepEqual(text(edited), ['1:epochs=3,lr=0.1', '2:epochs=5,lr=0.2', '3:epochs=7']);
    const back = setCells(edited, { id: 1, key: 'epochs' }, [[' ']]);
    assert.deepEqual(text(back), text(table));
  });

  it('take cells of a spreadsheet, and grow by the rows that are missing', () => {
    const pasted = setCells(table, { id: 3, key: 'lr' }, [
      ['1', '2'],
      ['3', '4', 'beyond the columns'],
    ]);
    assert.deepEqual(text(pasted).slice(2), ['3:epochs=2,lr=1', '4:epochs=4,lr=3']);
    assert.equal(pasted.nextId, 5);
  });

  it('ignore a cell that is gone', () => {
    assert.equal(setCells(table, { id: 9, key: 'lr' }, [['1']]), table);
    assert.equal(setCells(table, { id: 1, key: 'gone' }, [['1']]), table);
  });

  it('are added behind a row or at the end, duplicated, deleted', () => {
    assert.deepEqual(text(addRows(table, 1, [{}])).slice(0, 2), ['1:lr=0.1', '4:']);
    assert.equal(text(addRows(table, null, [{}])).at(-1), '4:');
    assert.deepEqual(text(duplicateRows(table, [1, 2])), [
      '1:lr=0.1',
      '2:epochs=5,lr=0.2',
      '4:lr=0.1',
      '5:epochs=5,lr=0.2',
      '3:epochs=7',
    ]);
    assert.deepEqual(text(deleteRows(table, [1, 3])), ['2:epochs=5,lr=0.2']);
  });

  it('are moved together, and stop at the ends', () => {
    const ids = (edited: EditedTable): number[] => edited.rows.map(({ id }) => id);
    assert.deepEqual(ids(moveRows(table, [2, 3], -1)), [2, 3, 1]);
    assert.deepEqual(ids(moveRows(table, [1, 2], 1)), [3, 1, 2]);
    assert.deepEqual(ids(moveRows(table, [1, 2], -1)), [1, 2, 3]);
  });

  it('get and lose columns', () => {
    assert.deepEqual(addColumn(table, 'noise').columns, ['lr', 'epochs', 'noise']);
    assert.equal(addColumn(table, 'lr'), table);
    const without = removeColumn(table, 'lr');
    assert.deepEqual(without.columns, ['epochs']);
    assert.deepEqual(text(without), ['1:', '2:epochs=5', '3:epochs=7']);
  });

  it('never get one id twice, whatever is done', () => {
    const ids = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 });
    const step = fc.oneof(
      ids.map((of) => (one: EditedTable) => duplicateRows(one, of)),
      ids.map((of) => (one: EditedTable) => deleteRows(one, of)),
      ids.map((of) => (one: EditedTable) => moveRows(one, of, 1)),
      ids.map(
        ([after = 0]) =>
          (one: EditedTable) =>
            addRows(one, after, [{}]),
      ),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const end = steps.reduce((one, next) => next(one), table);
        assert.equal(new Set(end.rows.map(({ id }) => id)).size, end.rows.length);
      }),
    );
  });
});

describe('the history of a draft', () => {
  it('undoes and redoes; letters typed into one box count as one step', () => {
    const history = new DraftHistory(draft);
    for (const flags of ['a', 'ab', 'abc']) history.change({ ...draft, flags }, 'flags');
    history.change({ ...draft, flags: 'abc', edited: table });
    assert.ok(history.canUndo);
    history.undo();
    assert.equal(history.draft.flags, 'abc');
    assert.equal(history.draft.edited, null);
    history.undo();
    assert.equal(history.draft, draft);
    assert.ok(!history.canUndo);
    history.redo();
    assert.equal(history.draft.flags, 'abc');
    history.change({ ...draft, flags: 'other' });
    assert.ok(!history.canRedo);
  });

  it('keeps a seed that was drawn, which is no step', () => {
    const history = new DraftHistory(draft);
    history.amend({ ...draft, drawnSeed: 7 });
    assert.ok(!history.canUndo);
    assert.equal(history.draft.drawnSeed, 7);
  });
});

describe('a draft that is kept', () => {
  it('is itself again, without its variables', () => {
    const options = { ...draft.options, env: 'TOKEN=secret', slots: '4' };
    const kept: unknown = JSON.parse(
      JSON.stringify(draftToKeep({ ...draft, edited: table, options })),
    );
    assert.ok(!JSON.stringify(kept).includes('secret'));
    assert.deepEqual(keptDraft(kept), {
      ...draft,
      edited: table,
      options: { ...options, env: '' },
      lostEnv: ['TOKEN'],
    });
  });

  it('is nothing when somebody else has written it', () => {
    for (const kept of [undefined, null, {}, 'x', { ...draft, edited: [] }]) {
      assert.equal(keptDraft(kept), null);
    }
  });

  it('has options that came later at their defaults', () => {
    assert.equal(keptDraft({ ...draft, options: {} })?.options.slots, '1');
  });
});

describe('the memory of drafts', () => {
  /** The editor's memory of a workspace: JSON by key. */
  function memory(): TrialMemory {
    const texts = new Map<string, string>();
    return new TrialMemory({
      keys: () => [...texts.keys()],
      get: <T>(key: string, standard?: T): T | undefined => {
        const text = texts.get(key);
        return text === undefined ? standard : (JSON.parse(text) as T);
      },
      update: (key: string, value: unknown): Promise<void> => {
        texts.set(key, JSON.stringify(value));
        return Promise.resolve();
      },
    });
  }

  it('has the tables that are open, each once, and not those that were closed', async () => {
    const drafts = memory();
    const other = { ...draft, operation: 'other' };
    await drafts.keepOpen(other);
    await drafts.keepOpen(draft);
    await drafts.keepOpen({ ...draft, edited: table });
    assert.deepEqual(drafts.open(), [other, { ...draft, edited: table }]);
    await drafts.close(draft);
    assert.deepEqual(drafts.open(), [other]);
  });

  it('leaves tables out that are too large for it', async () => {
    const drafts = memory();
    await drafts.keepOpen(draft);
    const rows = Array.from({ length: 1001 }, (_, id) => ({ id, cells: {} }));
    const large = { ...draft, edited: { columns: [], rows, nextId: 1001 } };
    await drafts.keepOpen(large);
    assert.deepEqual(drafts.open(), []);
  });

  it('offers what was filled in the last time, without its names', async () => {
    const drafts = memory();
    const options = { ...draft.options, batchLabel: 'mine', slots: '3' };
    await drafts.remember({ ...draft, options, drawnSeed: 5 });
    await drafts.remember({ ...draft, flags: '' });
    const last = drafts.last(draft) ?? assert.fail();
    assert.deepEqual(last, { ...draft, options: { ...draft.options, slots: '3' } });
    assert.equal(draftText(last), 'lr=[1,2]');
    assert.equal(draftText({ ...last, edited: table }), '3 edited trials');
    assert.equal(drafts.last({ folder: '/elsewhere', operation: 'train' }), null);
  });
});

describe('messages of the page', () => {
  it('are taken when they are what they should be', () => {
    assert.deepEqual(readMessage({ type: 'cell', id: 1, key: 'lr', text: '1' }), {
      type: 'cell',
      id: 1,
      key: 'lr',
      text: '1',
    });
    for (const bad of [null, {}, { type: 'rm' }, { type: 'option', name: 'x', text: '' }]) {
      assert.equal(readMessage(bad), null);
    }
  });
});
