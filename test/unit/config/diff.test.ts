import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import fc from 'fast-check';
import { unifiedDiff } from '../../../src/config/diff.ts';
import { WAIT_MS } from '../../helpers/temp.ts';

function lines(...names: readonly (string | number)[]): string {
  return names.map((name) => `${String(name)}\n`).join('');
}

test('equal texts have no diff', () => {
  assert.equal(unifiedDiff('a', lines(1, 2), lines(1, 2)), '');
  assert.equal(unifiedDiff('a', '', ''), '');
});

test('three lines of context, hunks apart and together', () => {
  const old = lines(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  assert.equal(
    unifiedDiff('f.py', old, old.replace('2\n', 'two\n').replace('12\n', 'twelve\n')),
    '--- f.py\n+++ f.py\n@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n' +
      '@@ -9,4 +9,4 @@\n 9\n 10\n 11\n-12\n+twelve\n',
  );
  assert.equal(
    unifiedDiff('f.py', old, old.replace('2\n', 'two\n').replace('9\n', 'nine\n')),
    '--- f.py\n+++ f.py\n@@ -1,12 +1,12 @@\n 1\n-2\n+two\n 3\n 4\n 5\n 6\n 7\n 8\n' +
      '-9\n+nine\n 10\n 11\n 12\n',
  );
});

test('short ranges, insertion into and removal of everything', () => {
  assert.equal(unifiedDiff('f', 'a\n', 'b\n'), '--- f\n+++ f\n@@ -1 +1 @@\n-a\n+b\n');
  assert.equal(unifiedDiff('f', '', 'b\n'), '--- f\n+++ f\n@@ -0,0 +1 @@\n+b\n');
  assert.equal(unifiedDiff('f', 'a\nb\n', ''), '--- f\n+++ f\n@@ -1,2 +0,0 @@\n-a\n-b\n');
});

test('a last line without line feed is marked', () => {
  assert.equal(
    unifiedDiff('f', 'a\nb', 'a\nb\n'),
    '--- f\n+++ f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n',
  );
});

test('patching the old text gives the new one', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '', 'd\r'), { maxLength: 30 });
  const ending = fc.constantFrom('', '\n');
  fc.assert(
    fc.property(text, text, ending, ending, (a, b, endA, endB) => {
      const oldText = a.length === 0 ? '' : a.join('\n') + endA;
      const newText = b.length === 0 ? '' : b.join('\n') + endB;
      assert.equal(patch(oldText, unifiedDiff('f', oldText, newText)), newText);
    }),
    { numRuns: 2000 },
  );
});

test('a change of a thousand lines is still a correct diff', () => {
  const oldText = lines(...Array.from({ length: 1000 }, (_, i) => `old ${String(i)}`));
  const newText = lines(...Array.from({ length: 1000 }, (_, i) => `new ${String(i)}`));
  assert.equal(patch(oldText, unifiedDiff('f', oldText, newText)), newText);
});

test('the patch program agrees', async () => {
  const old = lines(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  const diff = unifiedDiff('f', old, `0\n${old.replace('7\n', '')}13`);
  const { stdout } = await execa('git', ['apply', '--numstat'], {
    input: diff.replace('--- f', '--- a/f').replace('+++ f', '+++ b/f'),
    timeout: WAIT_MS,
  });
  assert.equal(stdout, '2\t1\tf');
});

/** Applies a unified diff strictly. */
function patch(oldText: string, diff: string): string {
  const oldLines = oldText.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const rows = (diff.match(/[^\n]*\n/g) ?? []).slice(2);
  let result = '';
  let at = 0;
  for (const [i, row] of rows.entries()) {
    const header = /^@@ -(\d+)(?:,(\d+))? /.exec(row);
    if (header !== null) {
      const start = Number(header[1]) - (header[2] === '0' ? 0 : 1);
      result += oldLines.slice(at, start).join('');
      at = start;
      continue;
    }
    if (row.startsWith('\\')) continue;
    const cut = rows[i + 1]?.startsWith('\\') === true;
    const line = cut ? row.slice(1, -1) : row.slice(1);
    if (!row.startsWith('+')) {
      assert.equal(oldLines[at], line);
      at++;
    }
    if (!row.startsWith('-')) result += line;
  }
  return result + oldLines.slice(at).join('');
}
