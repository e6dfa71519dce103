import assert from 'node:assert/strict';
import test from 'node:test';
import {
  displayedItem,
  displayedRow,
  messageText,
} from '../../../../src/extension/base/display.ts';

const HOSTILE = 'a\u202eb\nc\u200b';
const SHOWN = 'a<U+202E>b␊c<U+200B>';

test('rows show what would turn, break or hide their text', () => {
  const row = { id: HOSTILE, state: 'leaf', contextValue: 'run' } as const;
  const texts = { label: HOSTILE, description: HOSTILE, accessibility: HOSTILE, tooltip: HOSTILE };
  assert.deepEqual(displayedRow({ ...row, ...texts }), {
    ...row,
    label: SHOWN,
    description: SHOWN,
    accessibility: SHOWN,
    tooltip: 'a<U+202E>b\nc<U+200B>',
  });
  assert.deepEqual(displayedRow({ ...row, label: 'a' }), { ...row, label: 'a' });
});

test('no name in a message becomes a link', () => {
  assert.equal(
    messageText('Run [open](command:evil?%22x%22) \u202e failed'),
    'Run [open] (command:evil?%22x%22) <U+202E> failed',
  );
});

test('an item to choose keeps what it stands for', () => {
  const item = { label: HOSTILE, description: HOSTILE, path: HOSTILE };
  assert.deepEqual(displayedItem(item), { label: SHOWN, description: SHOWN, path: HOSTILE });
});
