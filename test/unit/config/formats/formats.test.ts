import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type ConfigDocument, applyEdits } from '../../../../src/config/formats/document.ts';
import { formatOf } from '../../../../src/config/formats/formats.ts';
import type { Scalar } from '../../../../src/config/formats/scalar.ts';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import type { Json } from '../../../../src/core/data/json.ts';
import { cases } from '../../../helpers/cases.ts';

function parse(path: string, text: string): ConfigDocument {
  const format = formatOf(path) ?? assert.fail(`${path} has no format`);
  return format(text);
}

function read(path: string, text: string): Record<string, Scalar> {
  return Object.fromEntries(parse(path, text).values);
}

function set(path: string, text: string, values: Record<string, Json>): string {
  return applyEdits(text, parse(path, text).edits(new Map(Object.entries(values))));
}

/** The problems of a text, as `line: message`. */
function problems(path: string, text: string): string[] {
  return parse(path, text).problems.map(({ line, message }) => `${String(line)}: ${message}`);
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof RunyardError && error.code === 'bad-config');
    return error.message;
  }
  return assert.fail('expected a refusal');
}

test('the format of a file is told by its name', () => {
  for (const path of [
    'a.py',
    'd/A.PY',
    'b.ipynb',
    'c.json',
    'c.jsonc',
    'd.yaml',
    'd.yml',
    'e.toml',
  ]) {
    assert.notEqual(formatOf(path), null, path);
  }
  for (const path of ['.env', 'd/.env.local', 'prod.env'])
    assert.notEqual(formatOf(path), null, path);
  for (const path of ['env', '.envrc', 'a.txt', 'py', '.py'])
    assert.equal(formatOf(path), null, path);
});

test('positions of keys and literals', () => {
  const cases: readonly (readonly [string, string, string, string, string, number])[] = [
    ['a.py', 'x = 1\nd = {"k": [2]}', 'd.k.0', '2', '2', 2],
    ['a.py', 'a = b = (1)', 'b', 'b', '1', 1],
    ['a.py', 'd = {"k": 2}', 'd.k', '"k"', '2', 1],
    ['a.json', '{\n"a": {"b" : "c"}}', 'a.b', '"b"', '"c"', 2],
    ['a.yaml', '\na:\n  - b: "c" # d', 'a.0.b', 'b', '"c"', 3],
    ['a.toml', 'a.b = 1\n[[c]]\nd = 0x1', 'c.0.d', 'd', '0x1', 3],
    ['.env', '# c\r\nexport KEY="v"\r\n', 'KEY', 'KEY', '"v"', 2],
  ];
  for (const [path, text, key, name, literal, line] of cases) {
    const entry = parse(path, text).entries.get(key) ?? assert.fail(key);
    assert.equal(text.slice(entry.keyFrom, entry.keyTo), name);
    assert.equal(text.slice(entry.from, entry.to), literal);
    assert.equal(entry.line, line);
  }
});

describe('JSON', () => {
  const text = `{
  // with comments
  "model": { "layers": [ 16, 32.0 ], "name": "r\\u0065s", },
  "seed": null, /* a.b */ "a.b": true
}\r\n`;

  test('values, and only the literal changes', () => {
    assert.deepEqual(read('c.json', text), {
      'model.layers.0': 16n,
      'model.layers.1': 32,
      'model.name': 'res',
      seed: null,
      'a.b': true,
    });
    assert.equal(
      set('c.json', text, { 'model.layers.1': 64n, 'model.name': 'é"\n', seed: 7n, 'a.b': false }),
      text
        .replace('32.0', '64.0')
        .replace('"r\\u0065s"', '"é\\"\\n"')
        .replace('null', '7')
        .replace('true', 'false'),
    );
    assert.equal(set('c.json', text, read('c.json', text)), text);
  });

  test('the root may be a list; a key given twice keeps its last value', () => {
    assert.deepEqual(read('c.json', '[{"a": 1}, 2]'), { '0.a': 1n, '1': 2n });
    const twice = '{"a": 1,\n "a": {"b": 2}}';
    assert.deepEqual(read('c.json', twice), { 'a.b': 2n });
    assert.deepEqual(problems('c.json', twice), ['1: "a" is given twice, the last counts']);
  });

  test('a broken file keeps what can be read; numbers that JSON lacks are refused', () => {
    assert.deepEqual(read('c.json', '{"a": 1, "b": }'), { a: 1n });
    assert.match(problems('c.json', '{"a": 1,\n "b": }').join(), /^2: Not understood as JSON/);
    assert.match(
      refusal(() => set('c.json', '{"a": 1.5}', { a: NaN })),
      /NaN does not fit "a"/,
    );
    assert.deepEqual(problems('c.json', ''), []);
  });
});

describe('YAML', () => {
  test('values are those of PyYAML', () => {
    const text = 'a: yes\nb: 0x1F\nc: 1e-4\nd: 1.0e-4\ne: 010\nf: 1:30\ng: ~\nh:\ni: "x"\nj: n\n';
    assert.deepEqual(read('c.yaml', text), {
      ...{ a: true, b: 31n, c: '1e-4', d: 1e-4, e: 8n, f: 90n, g: null, h: null, i: 'x', j: 'n' },
    });
    assert.equal(set('c.yaml', text, read('c.yaml', text)), text);
  });

  test('a string that would be read as something else gets quotes', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['plain', 'plain'],
      ['two words', 'two words'],
      ['http://h:1/p?q', 'http://h:1/p?q'],
      ['yes', "'yes'"],
      ['1', "'1'"],
      ['2024-01-01', "'2024-01-01'"],
      ['', "''"],
      ["it's: so", "'it''s: so'"],
      ['a #b', "'a #b'"],
      ['- x', "'- x'"],
      ['--x', '--x'],
      ['=', "'='"],
      ['a\nb', '"a\\nb"'],
      [' x', "' x'"],
    ];
    for (const [value, literal] of cases) {
      const written = set('c.yaml', 'k: old  # c\n', { k: value });
      assert.equal(written, `k: ${literal}  # c\n`);
      assert.equal(read('c.yaml', written)['k'], value);
    }
    assert.equal(set('c.yaml', 'k: [a, b]', { 'k.1': 'c, d' }), "k: [a, 'c, d']");
    assert.equal(set('c.yaml', 'k: "a"', { k: 'b' }), 'k: "b"');
    assert.equal(set('c.yaml', "k: 'a'", { k: "b'" }), "k: 'b'''");
  });

  test('words for booleans, points of floats, and values where there was none', () => {
    assert.equal(
      set('c.yaml', 'a: yes\nb: OFF\nc: True\nd: 1.5\ne:   # none\nf: {g: }\n', {
        ...{ a: false, b: true, c: false, d: 1e-7, e: 'x', 'f.g': 1n },
      }),
      'a: no\nb: ON\nc: False\nd: 1.0e-07\ne: x   # none\nf: {g: 1 }\n',
    );
    assert.equal(set('c.yaml', 'a: 0.1\nb: x', { a: Infinity, b: null }), 'a: .inf\nb: null');
  });

  test('blocks stay blocks', () => {
    const text = 'a: |  # note\n  one\n  two\n\nb: >-\n  long\n  line\nc: 1\n';
    assert.deepEqual(read('c.yaml', text), { a: 'one\ntwo\n', b: 'long line', c: 1n });
    assert.equal(
      set('c.yaml', text, { a: 'x\n\n  y', b: 'short' }),
      'a: |-  # note\n  x\n\n    y\n\nb: >-\n  short\nc: 1\n',
    );
    assert.equal(
      set('c.yaml', text, { a: '', b: 'p\nq\n' }),
      'a: ""  # note\n\nb: |\n  p\n  q\nc: 1\n',
    );
    assert.equal(
      set('c.yaml', text.replaceAll('\n', '\r\n'), { a: 'x\ny\n' }),
      text.replace('one\n  two', 'x\n  y').replaceAll('\n', '\r\n'),
    );
  });

  test('an anchor is edited once; aliases, merges and tags are no keys', () => {
    const text = 'a: &x 1\nb: *x\nc: !!str 5\nd: &m {k: 1}\ne:\n  <<: *m\n  l: 2\n';
    assert.deepEqual(read('c.yaml', text), { a: 1n, 'd.k': 1n, 'e.l': 2n });
    assert.equal(set('c.yaml', text, { a: 3n }), text.replace('&x 1', '&x 3'));
    assert.deepEqual(problems('c.yaml', text), [
      '2: "b" is the alias *x: change it at its anchor',
      '3: "c" has a tag (!!str)',
      '6: "e.<<" merges values',
    ]);
  });

  test('dates stay dates', () => {
    assert.deepEqual(read('c.yaml', 'd: 2024-01-02 03:04:05'), { d: '2024-01-02 03:04:05' });
    assert.equal(set('c.yaml', 'd: 2024-01-02', { d: '2025-12-31' }), 'd: 2025-12-31');
    for (const value of ['soon', '2024-02-30', '2024-1-1']) {
      assert.match(
        refusal(() => set('c.yaml', 'd: 2024-01-02', { d: value })),
        /does not fit "d": it is a date/,
      );
    }
  });

  test('several documents are refused; a broken one keeps what can be read', () => {
    assert.deepEqual(read('c.yaml', 'a: 1\n---\nb: 2\n'), {});
    assert.deepEqual(problems('c.yaml', 'a: 1\n---\nb: 2\n'), [
      '2: Not read: it has several documents',
    ]);
    assert.deepEqual(read('c.yaml', '---\na: 1\n'), { a: 1n });
    assert.match(problems('c.yaml', 'a: 1\nb: [1\n').join(), /Not understood as YAML/);
    assert.deepEqual(read('c.yaml', ''), {});
    assert.deepEqual(read('c.yaml', 'only text'), {});
  });
});

describe('TOML', () => {
  const text = `title = "x" # c
[train]
lr = 1e-4
steps = 1_000
mask = 0xFF
sizes = [ 1, 2 ] # sizes
opt = { name = 'adam', beta.one = 0.9 }
when = 1979-05-27T07:32:00Z

[[step]]
name = """
two
lines"""
[[step]]
"a b".on = true
`;

  test('values, and only the literal changes', () => {
    assert.deepEqual(read('c.toml', text), {
      title: 'x',
      'train.lr': 1e-4,
      'train.steps': 1000n,
      'train.mask': 255n,
      'train.sizes.0': 1n,
      'train.sizes.1': 2n,
      'train.opt.name': 'adam',
      'train.opt.beta.one': 0.9,
      'train.when': '1979-05-27T07:32:00Z',
      'step.0.name': 'two\nlines',
      'step.1.a b.on': true,
    });
    assert.equal(
      set('c.toml', text, {
        title: 'a"\n\u007f',
        'train.lr': 0.5,
        'train.mask': 16n,
        'train.sizes.1': 3n,
        'train.opt.name': "it's",
        'train.when': '2024-01-01T00:00:00+01:00',
        'step.0.name': 'three\n"""\n',
        'step.1.a b.on': false,
      }),
      text
        .replace('"x"', '"a\\"\\n\\u007f"')
        .replace('1e-4', '0.5')
        .replace('0xFF', '16')
        .replace('[ 1, 2 ]', '[ 1, 3 ]')
        .replace("'adam'", '"it\'s"')
        .replace('1979-05-27T07:32:00Z', '2024-01-01T00:00:00+01:00')
        .replace('two\nlines', 'three\n\\"""\n')
        .replace('true', 'false'),
    );
    assert.equal(set('c.toml', text, read('c.toml', text)), text);
  });

  test('what TOML cannot hold is refused by name', () => {
    const refused: readonly (readonly [string, Json, RegExp])[] = [
      ['a = 1', null, /"a": TOML has no null/],
      ['a = 1', 2n ** 63n, /"a": numbers of TOML have 64 bits/],
      ['a = 2024-01-01', '2024-01-01T00:00:00', /"a": it is a date like 2024-01-01/],
      ['a = 07:32:00', '25:00:00', /"a": it is a date like 07:32:00/],
      ['a = 2024-01-01', '2023-02-29', /"a": it is a date/],
    ];
    for (const [source, value, message] of refused) {
      assert.match(
        refusal(() => set('c.toml', source, { a: value })),
        message,
      );
    }
  });

  test('a broken file says so and keeps what can be read', () => {
    assert.deepEqual(read('c.toml', 'a = 1\nb = \nc = 2\n'), { a: 1n, c: 2n });
    assert.match(problems('c.toml', 'a = 1\nb = \n').join(), /^2: Not understood as TOML/);
  });
});

describe('environment files', () => {
  const text = `# settings
A=1
export B = "x\\ny" # c
C= # none
D='a b'\r
E=a b  # c
export F
G="x" y
H=it's
URL=https://u:p@h/?q=#top
`;

  test('values are strings', () => {
    assert.deepEqual(read('.env', text), {
      ...{ A: '1', B: 'x\ny', C: '', D: 'a b', E: 'a b', H: "it's", URL: 'https://u:p@h/?q=#top' },
    });
    assert.deepEqual(problems('.env', `${text}nothing\n`), [
      '8: The value of "G" cannot be read: text follows its quotes, or one is missing',
      '11: Not understood: no NAME=value',
    ]);
  });

  test('the quotes stay, and come where they are needed', () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ['A', '0.5', 'A=0.5'],
      ['A', 'x y', "A='x y'"],
      ['A', "it's # so", 'A="it\'s # so"'],
      ['A', 'a\nb', 'A="a\\nb"'],
      ['A', '', 'A='],
      ['B', 'q"\\', 'export B = "q\\"\\\\" # c'],
      ['C', 'v', 'C=v # none'],
      ['D', 'c', "D='c'\r"],
      ['E', 'c d e', 'E=c d e  # c'],
      ['E', 'c #d', "E='c #d'  # c"],
      // python-dotenv takes the comment after nothing for the value.
      ['E', '', "E=''  # c"],
    ];
    const all = text.split('\n');
    for (const [key, value, line] of cases) {
      const at = all.findIndex((old) => new RegExp(`^(?:export )?${key} ?=`).test(old));
      assert.equal(set('.env', text, { [key]: value }), all.with(at, line).join('\n'));
    }
    assert.equal(set('.env', 'A="l\nm"\n', { A: 'x\ny' }), 'A="x\ny"\n');
    assert.match(
      refusal(() => set('.env', 'A=1', { A: null })),
      /"A": an environment variable is text/,
    );
  });
});

describe('any text', () => {
  const PATHS = ['a.py', 'a.ipynb', 'a.json', 'a.yaml', 'a.toml', '.env'];
  const SEEDS = [
    'x = {"a": [1, -2.5, None], "b": """t\n"""}\nd = e = r"\\d"  # c\nif x:\n    y = 1\n',
    '{"a": {"b": [1, "x\\n", null]}, // c\n"d": true}',
    'a: &x [1, "q", {b: c}]\nd: |\n  text\n  more\ne: *x\nf: 2024-01-01\n',
    'a.b = 1\n[t]\ns = """x\n"""\nl = [{ x = 1 }]\n[[u]]\nd = 1979-05-27\n',
    'A=1\nexport B="x" # c\nC=\'l\nm\'\n',
    '{"cells": [{"cell_type": "code", "source": ["%time\\n", "x = 1\\n", "!ls \\"\\n"]}]}',
  ];
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.constantFrom(
      '"',
      "'",
      '"""',
      '\\',
      '\n',
      '\r\n',
      '[',
      ']',
      '{',
      '}',
      ':',
      '=',
      '#',
      '&x',
      '*x',
      '|',
      '---\n',
      '%%',
      '!!int ',
    ),
  );
  const edited = fc
    .tuple(
      fc.constantFrom(...SEEDS),
      fc.array(fc.tuple(fc.nat(), fc.nat(6), piece), { maxLength: 4 }),
    )
    .map(([seed, changes]) =>
      changes.reduce((text, [at, length, insert]) => {
        const from = at % (text.length + 1);
        return text.slice(0, from) + insert + text.slice(from + length);
      }, seed),
    );

  for (const path of PATHS) {
    test(`${path}: broken text never throws, and no change is no edit`, () => {
      fc.assert(
        fc.property(fc.oneof(edited, fc.string({ unit: 'binary' })), (text) => {
          const document = parse(path, text);
          assert.deepEqual(document.edits(document.values), []);
          for (const { from, to, line } of document.entries.values()) {
            assert.ok(0 <= from && from <= to && to <= text.length && line >= 1);
          }
        }),
        { numRuns: cases(1000, 20_000) },
      );
    });

    test(`${path}: what nests without end is no trouble`, () => {
      for (const unit of [
        '[',
        '{',
        '{"a":',
        '(',
        '{a: ',
        '- ',
        'x=[',
        '"',
        ' ',
        '\n',
        '&a ',
        '#',
      ]) {
        assert.ok(parse(path, unit.repeat(20_000)).values.size >= 0);
      }
    });
  }
});
