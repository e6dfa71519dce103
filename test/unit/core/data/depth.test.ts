import assert from 'node:assert/strict';
import test from 'node:test';
import { nestsTooDeeply } from '../../../../src/core/data/depth.ts';

test('brackets, items and keys inside each other are counted, those beside each other are not', () => {
  const deep = ['[', '{a: ', '(', '- ', '?\t', 'a.', '[a, {b: '];
  for (const text of deep) {
    assert.equal(nestsTooDeeply(text.repeat(100_000)), true, text);
    assert.equal(nestsTooDeeply(text.repeat(100)), false, text);
  }
  const flat = ['[]', '- a\n', 'a.b = 1\n', '0.1 ', '0.1,', '| - ', '--- ', '"a".', 'f(x[1])\n'];
  for (const text of flat) assert.equal(nestsTooDeeply(text.repeat(100_000)), false, text);
});
