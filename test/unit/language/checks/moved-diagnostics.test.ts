import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic } from '../../../../src/language/checks/diagnostic.ts';
import { movedBy } from '../../../../src/language/checks/moved-diagnostics.ts';

function at(text: string, part: string): Diagnostic {
  const from = text.indexOf(part);
  const range = { from, to: from + part.length };
  return { code: 'unknown-key', severity: 'error', message: part, range };
}

/** The parts of the new text that the diagnostics of `a`, `b` and `c` are at now. */
function moved(before: string, after: string): readonly string[] {
  const all = ['aaa', 'bbb', 'ccc'].map((part) => at(before, part));
  return movedBy(before, after, all).map(({ range }) => after.slice(range.from, range.to));
}

test('what stands before and behind an edit keeps its words', () => {
  assert.deepEqual(moved('aaa bbb ccc', 'aaa bbb ccc'), ['aaa', 'bbb', 'ccc']);
  assert.deepEqual(moved('aaa bbb ccc', 'aaa\nnew bbb ccc'), ['aaa', 'bbb', 'ccc']);
  assert.deepEqual(moved('aaa -- bbb ccc', 'aaa bbb ccc'), ['aaa', 'bbb', 'ccc']);
});

test('what the edit touched is left out', () => {
  assert.deepEqual(moved('aaa bbb ccc', 'aaa bxbb ccc'), ['aaa', 'ccc']);
  assert.deepEqual(moved('aaa bbb ccc', 'aaa ccc'), ['aaa', 'ccc']);
  assert.deepEqual(moved('aaa bbb ccc', ''), []);
});
