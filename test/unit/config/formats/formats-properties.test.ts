import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { applyEdits } from '../../../../src/config/formats/document.ts';
import { formatOf } from '../../../../src/config/formats/formats.ts';
import type { Scalar } from '../../../../src/config/formats/scalar.ts';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import { parseDataFile } from '../../../../src/core/data/data-file.ts';
import { type Json, isJsonArray, isJsonObject } from '../../../../src/core/data/json.ts';
import { cases } from '../../../helpers/cases.ts';

/** One kind of file: entries as they stand in it, and how they make a text. */
interface Kind {
  readonly path: string;
  /** Literals, as they may follow a key. */
  readonly tokens: readonly string[];
  /** A key that other entries do not have, made from a number. */
  readonly keys: readonly ((n: number) => string)[];
  /** Lines between entries. */
  readonly fillers: readonly string[];
  readonly join: (entries: readonly string[]) => string;
  readonly entry: (key: string, token: string, comment: boolean) => string;
  /** Whether `parseDataFile` reads the text, so that both can be compared. */
  readonly compare: boolean;
}

const lines = (entries: readonly string[]): string => entries.map((entry) => `${entry}\n`).join('');

const KINDS: readonly Kind[] = [
  {
    path: 'c.json',
    tokens: [
      ...['1', '-2', '0.5', '1e-4', '1E+2', '123456789012345678901', 'true', 'false', 'null'],
      ...[
        '"a"',
        '""',
        '"é\\u00e9"',
        '"q\\"\\\\/\\n"',
        '[1, "x", null]',
        '{"k": 1.0, "l": [2]}',
        '[]',
        '{}',
      ],
    ],
    keys: [(n) => `"k${String(n)}"`, (n) => `"ä\\t${String(n)}"`],
    fillers: ['', '  ', '// note'],
    join: (entries) => `{\n${entries.join(',\n')}\n}\n`,
    entry: (key, token) => `  ${key} :  ${token}`,
    compare: true,
  },
  {
    path: 'c.jsonc',
    tokens: ['1', '0.5', 'true', 'null', '"a"', '[1, /* x */ 2,]'],
    keys: [(n) => `"k${String(n)}"`],
    fillers: ['', '/* note */ // more'],
    join: (entries) => `/* top */{\n${entries.map((entry) => `${entry}, // c\n`).join('')}}`,
    entry: (key, token, comment) => `${key}:${token}${comment ? ' /* c */' : ''}`,
    compare: false,
  },
  {
    path: 'c.yaml',
    tokens: [
      ...[
        '1',
        '-2',
        '0x1F',
        '0b11',
        '017',
        '1_000',
        '1:30',
        '0.5',
        '1.0e-4',
        '1e-4',
        '.inf',
        '-.INF',
      ],
      ...[
        'true',
        'No',
        'ON',
        'off',
        '~',
        'null',
        'Null',
        '""',
        "''",
        'a',
        'a b',
        "it's",
        '-x',
        'http://h:1/p',
      ],
      ...['"q\\"\\n\\u00e9"', "'it''s'", '"two\n    lines"', 'plain\n    goes on', '2024-01-02'],
      ...[
        '|\n    one\n      two\n\n    three',
        '>-\n    one\n    two',
        '|-\n    x',
        '|+\n    x\n\n',
        '|  # c\n    x',
      ],
      ...[
        '[1, two, "3", ~]',
        '{a: 1, b: "x", c: [y, z]}',
        '\n    - 1\n    - b: x\n      c: |\n        y',
      ],
      ...['\n    a: 1\n    b:\n      c: d', '&x{n} 5', '&y{n} text'],
    ],
    keys: [(n) => `k${String(n)}`, (n) => `'q ${String(n)}'`, (n) => `? e${String(n)}\n`],
    fillers: ['', '# note', '   '],
    join: lines,
    entry: (key, token, comment) =>
      `${key}: ${token}${comment && !/\n|^[|>]/.test(token) ? '  # c' : ''}`,
    compare: true,
  },
  {
    path: 'c.toml',
    tokens: [
      ...['1', '-2', '+3', '0x1F', '0b11', '0o17', '1_000', '0.5', '1e-4', '-inf', 'true', 'false'],
      ...[
        '""',
        "''",
        '"a\\n\\u00e9\\""',
        "'raw \\d'",
        '"""\nline\n  "two" \\\n   three"""',
        '"""x"""',
      ],
      ...[
        "'''\nraw\n'q''''",
        "'''x'''",
        '[1, 2, # c\n 3]',
        '["a", [0.5]]',
        '{ a = 1, b.c = "x" }',
        '[{ x = 1 }]',
      ],
      ...['2024-01-02', '07:32:00', '1979-05-27T07:32:00Z'],
    ],
    keys: [(n) => `k${String(n)}`, (n) => `"q ${String(n)}"`, (n) => `t.u${String(n)}`],
    fillers: ['', '# note', '[h{n}]', '[[s]]', '[s.t{n}]'],
    join: lines,
    entry: (key, token, comment) => `${key} = ${token}${comment ? ' # c' : ''}`,
    compare: true,
  },
  {
    path: '.env',
    tokens: [
      'a',
      '',
      '1',
      'a b',
      "'s q'",
      "''",
      '"d"',
      '"n\\n\\\\ \\" \\t"',
      "'l\nm'",
      '"l\nm"',
      'x#y',
      '$A/b',
      'ä',
    ],
    keys: [(n) => `K${String(n)}`, (n) => `export k_${String(n)}`, (n) => `  S${String(n)} `],
    fillers: ['', '# note', 'export A'],
    join: lines,
    entry: (key, token, comment) => `${key}=${token}${comment ? ' # c' : ''}`,
    compare: false,
  },
];

const stringValue = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text.isWellFormed()),
  fc.string({
    unit: fc.constantFrom(
      '"',
      "'",
      '\\',
      '\n',
      '\r',
      '\t',
      'n',
      ' ',
      'é',
      '#',
      ':',
      '-',
      '{',
      ',',
      '\u2028',
    ),
    maxLength: 8,
  }),
  fc.constantFrom(
    'yes',
    'null',
    '1',
    '0x1',
    '1.5',
    '~',
    '2024-01-02',
    '=',
    '<<',
    '---',
    'a: b',
    'a #b',
  ),
  fc.constantFrom(
    'one\ntwo',
    'one\n  two\n',
    'end\n\n',
    '\nstart',
    'x\n\ny',
    '- x',
    '$HOME',
    '`a`',
    "'",
    '"""',
  ),
);
const scalarValue: fc.Arbitrary<Scalar> = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true }),
  fc.boolean(),
  stringValue,
  fc.constantFrom('2023-12-31', '23:59:59', '2023-12-31T00:00:00Z'),
  fc.constant(null),
);

/** A file of one kind, and the line ends that it has. */
function fileOf(kind: Kind): fc.Arbitrary<string> {
  const entry = fc.tuple(
    fc.constantFrom(...kind.tokens),
    fc.constantFrom(...kind.keys),
    fc.option(fc.constantFrom(...kind.fillers), { freq: 2 }),
    fc.boolean(),
  );
  return fc
    .tuple(fc.array(entry, { minLength: 1, maxLength: 6 }), fc.boolean(), fc.boolean())
    .map(([entries, crlf, cut]) => {
      const texts = entries.map(([token, key, filler, comment], n) => {
        const own = kind.entry(key(n), token.replaceAll('{n}', String(n)), comment);
        return filler === null ? own : `${filler.replaceAll('{n}', String(n))}\n${own}`;
      });
      const text = kind.join(texts);
      const ended = cut ? text.replace(/\n$/, '') : text;
      return crlf ? ended.replaceAll('\n', '\r\n') : ended;
    });
}

function flat(value: Json, key = ''): [string, Json][] {
  const below = (inner: string): string => (key === '' ? inner : `${key}.${inner}`);
  if (isJsonArray(value)) return value.flatMap((item, i) => flat(item, below(String(i))));
  if (isJsonObject(value)) return Object.entries(value).flatMap(([k, v]) => flat(v, below(k)));
  return key === '' ? [] : [[key, value]];
}

describe('properties of every format', () => {
  for (const kind of KINDS) {
    const parse = formatOf(kind.path) ?? assert.fail(kind.path);

    test(`${kind.path}: what was set is read back, and no other byte changes`, () => {
      const numRuns = cases(1000, 20_000);
      let applied = 0;
      const pick = fc.nat();
      fc.assert(
        fc.property(fileOf(kind), pick, scalarValue, (text, index, value) => {
          const document = parse(text);
          const keys = [...document.values.keys()];
          assert.deepEqual(document.edits(document.values), [], 'no change is no edit');
          const key = keys[index % Math.max(1, keys.length)];
          if (key === undefined) return;
          const old = document.values.get(key) ?? null;
          let edits;
          try {
            edits = document.edits(new Map([[key, value]]));
          } catch (error) {
            // A value that does not fit is refused; that is another test.
            assert.ok(error instanceof RunyardError && error.code === 'bad-config');
            return;
          }
          const written = applyEdits(text, edits);
          const entry = document.entries.get(key) ?? assert.fail();
          assert.ok(written.startsWith(text.slice(0, entry.from)));
          assert.ok(written.endsWith(text.slice(entry.to)));
          const after = parse(written);
          const back = after.values.get(key);
          if (value === null || old === null || typeof old === typeof value) {
            assert.deepEqual(back, value, written);
          } else if (typeof old === 'string') assert.equal(typeof back, 'string', written);
          else assert.ok(Number(back) === Number(value), written);
          const others = new Map(document.values).set(key, back ?? null);
          assert.deepEqual(after.values, others, written);
          assert.deepEqual(after.problems.length, document.problems.length, written);
          applied++;
        }),
        { numRuns },
      );
      assert.ok(applied > numRuns / 6, `only ${String(applied)} values fitted`);
    });

    if (!kind.compare) continue;
    test(`${kind.path}: the values are those of the reader that the project has`, async () => {
      for (const sample of fc.sample(fileOf(kind), { numRuns: 400, seed: 11 })) {
        // The YAML library adds a line feed to a block at the very end.
        const text = `${sample}\n`;
        const { values, problems } = parse(text);
        if (problems.some(({ message }) => message.startsWith('Not understood'))) continue;
        const expected = new Map(flat(await parseDataFile(kind.path, text)));
        for (const [key, value] of values) {
          // A date is text as written here, and text in one form there.
          if (typeof value === 'string' && /^\d\d\d\d-|^\d\d:/.test(value)) continue;
          const other = expected.get(key) ?? null;
          const same = typeof other === 'string' ? other.replaceAll('\r\n', '\n') : other;
          assert.deepEqual(value, same, `${key} in ${text}`);
        }
        assert.equal(values.size, expected.size, text);
      }
    });
  }
});
