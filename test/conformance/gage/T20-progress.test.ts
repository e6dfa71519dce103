import assert from 'node:assert/strict';
import test from 'node:test';
import { splitProgress } from '../../../src/core/output/progress.ts';

/** T20 of the format: a line is split at its CRs as Gage does for `tqdm`. */
const LINES: readonly (readonly [line: string, text: string, percent: number | null])[] = [
  ['', '', null],
  ['hello', 'hello', null],
  ['  0%|          | 0/10', '', 0],
  [' 50%|#####     | 5/10 [00:01<00:01]', '', 50],
  ['\r 10%|#  |\r 20%|## |\r100%|####|', '', 100],
  ['\r 10%|#  |\rLoss: 1.5', 'Loss: 1.5', 10],
  ['before\r 30%|### |after', 'before', 30],
  ['a\r\r   \rb', 'ab', null],
  ['50% done', '50% done', null],
  ['x 50%|', 'x 50%|', null],
];

test('T20: bars are taken out of a line, the last one counts', () => {
  for (const [line, text, percent] of LINES) {
    assert.deepEqual(splitProgress(line), { text, percent }, JSON.stringify(line));
  }
});
