import assert from 'node:assert/strict';
import test from 'node:test';
import { listedValues } from '../../../../src/core/status/listing.ts';

test('all values by name, config before attributes before metrics', () => {
  const values = { config: { b: 1n }, attributes: { b: 2n, a: 2n }, metrics: { a: 3n, c: 3n } };
  assert.deepEqual(listedValues({ ...values, fields: null }), [
    ['a', '2'],
    ['b', '1'],
    ['c', '3'],
  ]);
  assert.deepEqual(listedValues({ ...values, fields: ['c', 'none', 'a'] }), [
    ['c', '3'],
    ['none', ''],
    ['a', '2'],
  ]);
});
