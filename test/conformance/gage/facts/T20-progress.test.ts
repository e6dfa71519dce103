import assert from 'node:assert/strict';
import test from 'node:test';
import { ProgressParser } from '../../../../src/core/output/progress.ts';

/** T20 of the format: a line is split at its CRs as Gage does for `tqdm`, and the last bar counts. */
const LINES: readonly (readonly [line: string, percent: number | null])[] = [
  ['', null],
  ['hello', null],
  ['  0%|          | 0/10', 0],
  [' 50%|#####     | 5/10 [00:01<00:01]', 50],
  ['\r 10%|#  |\r 20%|## |\r100%|####|', 100],
  ['\r 10%|#  |\rLoss: 1.5', 10],
  ['before\r 30%|### |after', 30],
  ['a\r\r   \rb', null],
  ['50% done', null],
  ['x50%|', null],
];

test('T20: bars are found in a line, the last one counts', () => {
  for (const [line, percent] of LINES) {
    const progress = new ProgressParser().push(Buffer.from(line));
    assert.equal(progress?.percent ?? null, percent, JSON.stringify(line));
  }
});
