import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeLine, type Json } from '../../../../src/core/data/json.ts';
import { brief, listed, quoted, shown } from '../../../../src/core/data/value-text.ts';

const FORMS = { encodeLine, quoted, shown, brief, listed };
type Texts = Readonly<Partial<Record<keyof typeof FORMS, string>>>;

/** What every form gives, unless it is named. */
const table: readonly (readonly [value: Json, text: string, others?: Texts])[] = [
  [null, 'null', { brief: '', listed: '' }],
  [true, 'true'],
  [1n, '1'],
  [2n ** 70n, '1180591620717411303424'],
  [1, '1.0', { listed: '1' }],
  [0.1, '0.1'],
  [1234.5678, '1234.5678', { listed: '1235' }],
  [1e-7, '1e-07'],
  [1e20, '1e+20'],
  [-0, '-0.0', { listed: '0' }],
  [NaN, 'NaN', { listed: 'nan' }],
  [-Infinity, '-Infinity', { listed: '-inf' }],
  ['', '""', { brief: '', listed: '' }],
  ['a b', 'a b', { encodeLine: '"a b"', quoted: '"a b"' }],
  [
    ' a\n\tb ',
    'a b',
    {
      encodeLine: String.raw`" a\n\tb "`,
      quoted: String.raw`" a\n\tb "`,
      shown: ' a\n\tb ',
    },
  ],
  ['1', '1', { encodeLine: '"1"', quoted: '"1"' }],
  ['true', 'true', { encodeLine: '"true"', quoted: '"true"' }],
  ['ü', 'ü', { encodeLine: String.raw`"\u00fc"`, quoted: '"ü"' }],
  ['a"b', 'a"b', { encodeLine: String.raw`"a\"b"`, quoted: String.raw`"a\"b"` }],
  ['[1,2]', '[1,2]', { encodeLine: '"[1,2]"', quoted: '"[1,2]"' }],
  [[], '[]', { listed: '' }],
  [
    [1n, 'ü', null, 0.123456],
    '[1, "ü", null, 0.123456]',
    {
      encodeLine: String.raw`[1, "\u00fc", null, 0.123456]`,
      listed: '1, ü, , 0.1235',
    },
  ],
  [{ a: 'b', c: [1n] }, '{"a": "b", "c": [1]}'],
  [{ value: 0.123456, label: 'x' }, '{"value": 0.123456, "label": "x"}', { listed: '0.1235' }],
];

for (const [value, text, others] of table) {
  test(`texts of ${quoted(value)}`, () => {
    for (const [name, form] of Object.entries(FORMS)) {
      assert.equal(form(value), others?.[name as keyof Texts] ?? text, name);
    }
  });
}

test('a row holds at most 200 characters', () => {
  assert.equal(brief('x'.repeat(210)).length, 200);
  assert.equal(brief(Array.from({ length: 100 }, () => 1n)).length, 200);
});
