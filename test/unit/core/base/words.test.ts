import assert from 'node:assert/strict';
import test from 'node:test';
import { formatBytes } from '../../../../src/core/base/format-bytes.ts';
import { oneLine, plural } from '../../../../src/core/base/words.ts';

test('counts', () => {
  assert.equal(plural(0, 'run'), '0 runs');
  assert.equal(plural(1, 'run'), '1 run');
  assert.equal(plural(12_345, 'run'), '12,345 runs');
  assert.equal(plural(2, 'batch', 'batches'), '2 batches');
});

test('one line', () => {
  assert.equal(oneLine(' a\r\n\tb '), 'a b');
  assert.equal(oneLine('x'.repeat(200)), 'x'.repeat(200));
  assert.equal(oneLine('x'.repeat(201)), `${'x'.repeat(199)}…`);
});

test('sizes', () => {
  assert.equal(formatBytes(1), '1 byte');
  assert.equal(formatBytes(999), '999 bytes');
  assert.equal(formatBytes(3_400), '3.4 kB');
  assert.equal(formatBytes(12_345), '12 kB');
  assert.equal(formatBytes(999_400), '999 kB');
  assert.equal(formatBytes(999_960), '1.0 MB');
});
