import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import {
  compareCodePoints,
  encodeLine,
  encodePretty,
  formatFloat,
  fromPlain,
  jsonEqual,
  parseJson,
  toPlain,
  type Json,
} from '../../../../src/core/data/json.ts';

test('floats print as Python prints them', () => {
  // Left: the number. Right: what `repr` of Python 3.11 says.
  const vectors: readonly (readonly [number, string])[] = [
    [1, '1.0'],
    [0.1, '0.1'],
    [1e-4, '0.0001'],
    [1e-5, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1.2345e22, '1.2345e+22'],
    [123456.789, '123456.789'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [-0, '-0.0'],
    [-2.5, '-2.5'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
  ];
  for (const [value, text] of vectors) assert.equal(formatFloat(value), text);
});

test('ints, floats and big ints stay apart', () => {
  const text = '{"a": 1, "b": 1.0, "c": 123456789012345678901234567890, "d": 1e3}';
  assert.equal(
    encodeLine(parseJson(text)),
    '{"a": 1, "b": 1.0, "c": 123456789012345678901234567890, "d": 1000.0}',
  );
});

test('NaN and the infinities are read and written literally', () => {
  assert.equal(encodeLine(parseJson('[NaN, Infinity, -Infinity]')), '[NaN, Infinity, -Infinity]');
  assert.equal(JSON.stringify(toPlain(parseJson('[NaN, 1, 1.5]'))), '[null,1,1.5]');
});

test('pretty form: sorted by code point, ASCII escapes, empty containers inline', () => {
  const value: Json = {
    b: [],
    a: {},
    '\u{1f600}': 'é',
    '\uff5e': '\u007f"\\\n\u2028',
    list: [1n, { x: null }],
  };
  assert.equal(
    encodePretty(value),
    [
      '{',
      '  "a": {},',
      '  "b": [],',
      '  "list": [',
      '    1,',
      '    {',
      '      "x": null',
      '    }',
      '  ],',
      '  "\\uff5e": "\\u007f\\"\\\\\\n\\u2028",',
      '  "\\ud83d\\ude00": "\\u00e9"',
      '}',
    ].join('\n'),
  );
});

test('code points sort as in Python, where UTF-16 units would not', () => {
  assert.ok(compareCodePoints('\u{1f600}', '\uff5e') > 0);
  assert.deepEqual(['\uff5e', '\u{1f600}'].sort(), ['\u{1f600}', '\uff5e'], 'the units');
  assert.ok(compareCodePoints('a', 'ab') < 0);
  assert.equal(compareCodePoints('é', 'é'), 0);
});

test('broken text names line and column', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{"a": 1,}', /line 1, column 9/],
    ['{\n "a" 1}', /line 2, column 6/],
    ['[1, 2', /Expected ',' or '\]'/],
    ['01', /Extra text/],
    ['"a\nb"', /Control character/],
    ['"\\x"', /Invalid escape/],
    ['', /Expected a value/],
    ['[1] x', /Extra text/],
    ['['.repeat(5000), /Nested too deeply/],
  ];
  for (const [text, pattern] of cases) {
    assert.throws(
      () => parseJson(text),
      (error) =>
        error instanceof RunyardError && error.code === 'bad-json' && pattern.test(error.message),
      text.slice(0, 20),
    );
  }
});

test('a key __proto__ is only a key', () => {
  const value = parseJson('{"__proto__": {"x": 1}}');
  assert.deepEqual(Object.keys(value as object), ['__proto__']);
  assert.equal(({} as { x?: number }).x, undefined);
});

test('any value survives writing and reading', () => {
  const json = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      fc.string({ unit: 'binary' }),
      fc.bigInt(),
      fc.double(),
      fc.array(tie('value')),
      fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
    ),
  })).value;
  fc.assert(
    fc.property(json, (value) => {
      for (const text of [encodePretty(value), encodeLine(value)]) {
        assert.match(text, /^[\n -~]*$/);
        const again = parseJson(text);
        assert.equal(encodePretty(again), encodePretty(value));
      }
    }),
  );
});

test('equality is that of Python: 1 == 1.0, the order of keys does not count', () => {
  assert.ok(jsonEqual({ a: 1n, b: [2] }, { b: [2n], a: 1 }));
  assert.ok(!jsonEqual({ a: 1n }, { a: 1n, b: null }));
  assert.ok(!jsonEqual(2n ** 53n + 1n, 2 ** 53));
  assert.ok(!jsonEqual('1', 1n));
});

test('plain data becomes Json with integral numbers as ints', () => {
  assert.deepEqual(fromPlain({ a: 1, b: 1.5, c: [true, null, 'x'] }), {
    a: 1n,
    b: 1.5,
    c: [true, null, 'x'],
  });
  assert.throws(() => fromPlain(() => 1), { code: 'bad-json' });
});
