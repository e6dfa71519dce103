import assert from 'node:assert/strict';
import test from 'node:test';
import { parseFlag, parseValue } from '../../../../src/config/flags.ts';
import type { Json } from '../../../../src/core/data/json.ts';

test('T19: values as typed', () => {
  const cases: readonly (readonly [string, Json])[] = [
    ['1', 1n],
    ['+1', 1n],
    ['-1.1', -1.1],
    ['1e0', 1],
    ['true', true],
    ['false', false],
    ['null', null],
    ["'null'", 'null'],
    ['"1"', '1'],
    ['hello', 'hello'],
    ['False', 'False'],
    ['[1,2,3]', '[1,2,3]'],
    ['  ', ''],
    ['1a', '1a'],
  ];
  for (const [text, value] of cases) assert.deepEqual(parseValue(text), value, text);
});

test('T19: flags', () => {
  const cases: readonly (readonly [string, string, Json])[] = [
    ['a=', 'a', ''],
    ['aa = 123', 'aa', 123n],
    ["'a b' = '1 2 3'", 'a b', '1 2 3'],
    ['x.y-z=foo=bar', 'x.y-z', 'foo=bar'],
  ];
  for (const [source, key, value] of cases) {
    const flag = parseFlag(source);
    assert.deepEqual([flag.key, flag.value], [key, value], source);
  }
  for (const source of ['', 'a b = 1 2 3', '-a=1', 'a:b=1']) {
    assert.throws(() => parseFlag(source), { code: 'bad-config' }, source);
  }
});
