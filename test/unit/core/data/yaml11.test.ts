import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../../../src/core/data/json.ts';
import { parseYaml11 } from '../../../../src/core/data/yaml11.ts';

test('YAML is read as PyYAML reads it', () => {
  const cases: readonly (readonly [string, Json])[] = [
    ['yes', true],
    ['No', false],
    ['on', true],
    ['OFF', false],
    ['tRue', 'tRue'],
    ['y', 'y'],
    ['~', null],
    ['', null],
    ['nULL', 'nULL'],
    ['+1', 1n],
    ['010', 8n],
    ['08', '08'],
    ['0o17', '0o17'],
    ['0x1F', 31n],
    ['0b101', 5n],
    ['1_000', 1000n],
    ['-1:30', -90n],
    ['1:60', '1:60'],
    ['190:20:30.15', 685230.15],
    ['1e-4', '1e-4'],
    ['1.5e4', '1.5e4'],
    ['1.0e-4', 1e-4],
    ['1.', 1],
    ['-.5', '-.5'],
    ['.5', 0.5],
    ['.inf', Infinity],
    ['.NaN', NaN],
    ['12345678901234567890', 12345678901234567890n],
    ['2024-01-02', '2024-01-02'],
    ['2024-1-2', '2024-1-2'],
    ['2001-12-14 21:59:43.10 -5', '2001-12-14T21:59:43.100000-05:00'],
    ['2001-12-15T02:59:43Z', '2001-12-15T02:59:43+00:00'],
    ["'yes'", 'yes'],
    ['!!str 1', '1'],
    ["!!int '3'", 3n],
    ['!!float 3', 3],
    ['[1, yes, 1e3]', [1n, true, '1e3']],
  ];
  for (const [text, value] of cases) {
    assert.deepEqual(parseYaml11(`k: ${text}`), { k: value }, text);
  }
  assert.deepEqual(parseYaml11('a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\nc: 1\nc: 2\n'), {
    a: { p: 1n, q: 2n },
    b: { p: 1n, q: 3n },
    c: 2n,
  });
});
