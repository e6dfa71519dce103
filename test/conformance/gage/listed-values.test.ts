import assert from 'node:assert/strict';
import test from 'node:test';
import type { Json } from '../../../src/core/data/json.ts';
import { listedValues } from '../../../src/core/status/listing.ts';

function textOf(value: Json): string | undefined {
  return listedValues({ config: { v: value }, attributes: {}, metrics: {}, fields: null })[0]?.[1];
}

test('values look as in Gage: floats with four digits, lists joined, nothing for null', () => {
  const floats: [number, string][] = [
    [0.1, '0.1'],
    [0.123456, '0.1235'],
    [1, '1'],
    [0, '0'],
    [-2.5, '-2.5'],
    [1234.56, '1235'],
    [9999.9, '1e+04'],
    [123456, '1.235e+05'],
    [0.0001, '0.0001'],
    [0.00009999, '9.999e-05'],
    [1e-7, '1e-07'],
    [1e100, '1e+100'],
    [NaN, 'nan'],
    [-Infinity, '-inf'],
  ];
  for (const [value, text] of floats) assert.equal(textOf(value), text);
  assert.equal(textOf(12345678901234567890n), '12345678901234567890');
  assert.equal(textOf(true), 'true');
  assert.equal(textOf(null), '');
  assert.equal(textOf([1n, 'a', 0.5]), '1, a, 0.5');
  assert.equal(textOf({ value: 0.5, label: 'x' }), '0.5');
  assert.equal(textOf('two\nlines'), 'two lines');
});
