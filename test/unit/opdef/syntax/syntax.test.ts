import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toPlain } from '../../../../src/core/data/json.ts';
import { jsonOfNode, valueAt } from '../../../../src/opdef/document.ts';
import { formatOfGageFile, parseSyntax } from '../../../../src/opdef/parse.ts';
import { LineIndex } from '../../../../src/opdef/syntax/lines.ts';
import type { GageFormat, SyntaxTree, ValueNode } from '../../../../src/opdef/syntax/tree.ts';

/** The problems as `message <text>`; warnings with their code before. */
function problems({ problems: all, text }: SyntaxTree): readonly string[] {
  return all.map(({ code, message, range }) => {
    const what = code === 'syntax' ? '' : `${code}: `;
    return `${what}${message} <${text.slice(range.from, range.to)}>`;
  });
}

type Case = readonly [text: string, values: unknown, problems: readonly string[]];

function check(format: GageFormat, cases: readonly Case[]): void {
  for (const [text, values, expected] of cases) {
    test(JSON.stringify(text), () => {
      const tree = parseSyntax(format, text);
      assert.deepEqual(toPlain(jsonOfNode(tree.root)), values);
      assert.deepEqual(problems(tree), expected);
    });
  }
}

describe('broken TOML keeps what parses', () => {
  check('toml', [
    [
      '[train]\nexec = \n[eval]\nexec = "x"\n',
      { train: {}, eval: { exec: 'x' } },
      ['Expected a value after = <exec =>'],
    ],
    [
      '[train]\nexec = "abc\n[eval]\nexec = "x"\n',
      { train: { exec: 'abc' }, eval: { exec: 'x' } },
      ['The string is not closed: expected " <"abc>'],
    ],
    [
      "[train]\nexec = 'abc # no\nversion = 1\n",
      { train: { exec: 'abc # no', version: 1 } },
      ["The string is not closed: expected ' <'abc # no>"],
    ],
    [
      '[train]\nsou\nexec = "x"\n',
      { train: { exec: 'x' } },
      ['Expected = and a value after the key <sou>'],
    ],
    [
      '[tr\n[eval]\nexec = "x"\n',
      { tr: {}, eval: { exec: 'x' } },
      ['The header is not closed: expected ] <[tr>'],
    ],
    [
      '[\n[eval]\nexec = "x"\n',
      { eval: { exec: 'x' } },
      ['Expected a name after the bracket <[>', 'The header is not closed: expected ] <[>'],
    ],
    [
      '[train]\nsourcecode = ["a",\n[eval]\nexec = "x"\n',
      { train: { sourcecode: ['a'] }, eval: { exec: 'x' } },
      ['This [ is not closed: expected ] <[>'],
    ],
    [
      '[train]\nsourcecode = [\n  "a",\n  "b"\nexec = "x"\n',
      { train: { sourcecode: ['a', 'b'], exec: 'x' } },
      ['This [ is not closed: expected ] <[>'],
    ],
    [
      '[train]\nconfig = {keys = "a"\nexec = "x"\n[eval]\n',
      { train: { config: { keys: 'a' }, exec: 'x' }, eval: {} },
      ['This { is not closed: expected } <{>'],
    ],
    [
      '[train]\nexec = """\na\n[eval]\nexec = "x"\n',
      { train: { exec: 'a' }, eval: { exec: 'x' } },
      ['The string is not closed: expected """ <""">'],
    ],
    [
      '[train]\nexec = python3 train.py\nversion = 1\n',
      { train: { exec: 'python3 train.py', version: 1 } },
      ['A string needs quotes <python3 train.py>'],
    ],
    [
      '[train]\ndefault = yes\n',
      { train: { default: 'yes' } },
      ['"yes" is no value of TOML; write true or false <yes>'],
    ],
    [
      '[train]\nversion = 1.2.3\n',
      { train: { version: '1.2.3' } },
      ['"1.2.3" is not a number; a string needs quotes <1.2.3>'],
    ],
    [
      '$runs-dir = "x"\n',
      { '$runs-dir': 'x' },
      ['The key $runs-dir needs quotes: "$runs-dir" <$runs-dir>'],
    ],
    ['[train]\nexec = "x" "y"\n', { train: { exec: 'x' } }, ['Expected the end of the line <"y">']],
    [
      '[train]\nexec = "a\\qb"\n',
      { train: { exec: 'a\\qb' } },
      ['This backslash starts no escape; write \\\\ <\\q>'],
    ],
    [
      '[train]\nsourcecode = ["a" "b", , "c"]\n',
      { train: { sourcecode: ['a', 'b', 'c'] } },
      ['Expected a comma between the values <">', 'Expected a value before the comma <,>'],
    ],
    [
      '[train]\nexec = "x"\nexec = "y"\n',
      { train: { exec: 'y' } },
      ['duplicate-key: The key "exec" is already there <exec>'],
    ],
    [
      '[train]\nexec = "x"\n[train]\nversion = 1\n',
      { train: { exec: 'x', version: 1 } },
      ['duplicate-key: The key "train" is already there <train>'],
    ],
    [
      '= 1\n]\n[a]\nexec = "x"\n',
      { a: { exec: 'x' } },
      ['Expected a key <= 1>', 'Expected a key <]>'],
    ],
  ]);
});

describe('broken YAML keeps what parses', () => {
  check('yaml', [
    [
      'train\n  exec: x\neval:\n  exec: y\n',
      { train: { exec: 'x' }, eval: { exec: 'y' } },
      ['Expected a colon and a value after the key <train>'],
    ],
    [
      'train:\n  exec: "abc\neval:\n  exec: x\n',
      { train: { exec: 'abc' }, eval: { exec: 'x' } },
      ['The string is not closed: expected " <"abc>'],
    ],
    [
      "train:\n  exec: 'abc\n  version: 1\neval:\n  exec: x\n",
      { train: { exec: 'abc', version: 1 }, eval: { exec: 'x' } },
      ["The string is not closed: expected ' <'abc>"],
    ],
    [
      'train:\n  sourcecode: ["a",\n  exec: x\neval:\n  exec: y\n',
      { train: { sourcecode: ['a'], exec: 'x' }, eval: { exec: 'y' } },
      ['This [ is not closed: expected ] <["a",>'],
    ],
    [
      'train:\n  sourcecode: ["a", # b\neval:\n  exec: y\n',
      { train: { sourcecode: ['a'] }, eval: { exec: 'y' } },
      ['This [ is not closed: expected ] <["a",>'],
    ],
    [
      'train:\n  exec: x\n  sou\neval:\n  exec: y\n',
      { train: { exec: 'x', sou: null }, eval: { exec: 'y' } },
      ['Expected a colon and a value after the key <sou>'],
    ],
    [
      'train:\n  exec: x\nsou\neval:\n  exec: y\n',
      { train: { exec: 'x' }, eval: { exec: 'y' } },
      ['Expected a colon and a value after the key <sou>'],
    ],
    [
      'train:\n  exec: x\n version: 1\neval:\n  exec: y\n',
      { train: { exec: 'x', version: 1 }, eval: { exec: 'y' } },
      ['All mapping items must start at the same column <version: 1>'],
    ],
    [
      'train:\n  exec: x\n version: 1\n  sourcecode: a\n  config:\n    - keys: a\n   - b\neval:\n  exec: y\n',
      {
        train: { exec: 'x', version: 1, sourcecode: 'a', config: [{ keys: 'a' }, 'b'] },
        eval: { exec: 'y' },
      },
      [
        'All mapping items must start at the same column <version: 1>',
        'All mapping items must start at the same column <- b>',
      ],
    ],
    [
      'train:\n  depends:\n     - files: a\n   - files: b\n  exec: x\n',
      { train: { depends: [{ files: 'a' }, { files: 'b' }], exec: 'x' } },
      ['All mapping items must start at the same column <- files: b>'],
    ],
    [
      'train:\n  exec: x\n sourcecode:\n  - a\n',
      { train: { exec: 'x', sourcecode: ['a'] } },
      ['All mapping items must start at the same column <sourcecode:>'],
    ],
    [
      'train:\n  exec: x\n eval:\n  exec: y\n',
      { train: { exec: 'x' }, eval: { exec: 'y' } },
      ['All mapping items must start at the same column < eval:>'],
    ],
    [
      '# The name is gone\n  exec: x\n  config:\n    - a\n\neval:\n  exec: y\nlast:\n  exec: z\n',
      { eval: { exec: 'y' }, last: { exec: 'z' } },
      ['Indented, but no operation is above it <exec: x>'],
    ],
    [
      ' train:\n  exec: x\neval:\n  exec: y\n',
      { train: { exec: 'x' }, eval: { exec: 'y' } },
      ['Indented, but no operation is above it <train:>'],
    ],
    [
      '  exec: "x\neval:\n  exec: y\n',
      { eval: { exec: 'y' } },
      [
        'Indented, but no operation is above it <exec: "x>',
        'The string is not closed: expected " <"x>',
      ],
    ],
    [
      'a:\n  x: [b]]\n  y: ]\n  z: 1\nb:\n  x: 2\n',
      { a: { x: ['b'] }, b: { x: 2 } },
      ['Unexpected flow-seq-end token in YAML stream: "]" <]>'],
    ],
    [
      '[x]\na:\n  exec: x\nb:\n  exec: y\n',
      { a: { exec: 'x' }, b: { exec: 'y' } },
      ['A Gage file holds a table with operations <[x]>'],
    ],
    [
      'a:\n  exec: x\n  <<: 3\n',
      { a: { exec: 'x' } },
      ['Merge sources must be maps or map aliases <<<>'],
    ],
    [
      'a:\n  exec: x\nb:\n  <<:\n',
      { a: { exec: 'x' }, b: {} },
      ['Merge sources must be maps or map aliases <<<>'],
    ],
    [
      'train:\n  exec: *.py\neval:\n  exec: y\n',
      { train: { exec: null }, eval: { exec: 'y' } },
      ['*.py is an alias of YAML without its anchor; text needs quotes <*.py>'],
    ],
    ['a:\n  [b]: c\n', { a: { '[b]': 'c' } }, ['a key must be a plain value <[b]>']],
    ['- a\n', {}, ['A Gage file holds a table with operations <- a>']],
    ['a: 1\n---\nb: 2\n', { a: 1 }, ['more than one document <--->']],
    [
      'train:\n  exec: x\n  exec: y\ntrain:\n  exec: z\n',
      { train: { exec: 'z' } },
      [
        'duplicate-key: The key "exec" is already there; the last one counts <exec>',
        'duplicate-key: The key "train" is already there; the last one counts <train>',
      ],
    ],
  ]);
});

test('aliases of YAML that expand without end are told where one is', () => {
  const lists = ['a', 'b', 'c', 'd'].map((name, i, all) => {
    const item = i === 0 ? '1' : `*${String(all[i - 1])}`;
    return `${name}: &${name} [${Array<string>(10).fill(item).join()}]\n`;
  });
  const found = problems(parseSyntax('yaml', lists.join('')));
  assert.deepEqual(found, ['Excessive alias count indicates a resource exhaustion attack <*c>']);
});

test('a key of YAML without a value has its value at its end', () => {
  const tree = parseSyntax('yaml', 'a:\n  exec: x\nb:\n  depends: {files}\n');
  const depends = valueAt(tree.root, 'b', 'depends');
  assert.equal(depends?.kind, 'table');
  const [files] = depends.entries;
  assert.deepEqual(files?.keyRange, { from: 28, to: 33 });
  assert.deepEqual(files.value?.range, { from: 33, to: 33 });
});

test('keys of YAML that are no text are not printed as warnings of the process', async (t) => {
  const warnings: unknown[] = [];
  const listen = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', listen);
  t.after(() => process.off('warning', listen));
  parseSyntax('yaml', 'a: &a\n  {{x}: 1}\nb: {[c]: *a}\n');
  // They are emitted with the next tick.
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});

describe('broken JSON keeps what parses', () => {
  check('json', [
    [
      '{"a": {"default": True, "exec": "x"}}',
      { a: { exec: 'x' } },
      [
        'Not a value of JSON: a string needs double quotes, true, false and null small letters <True>',
      ],
    ],
    [
      '{\n  "train": {\n    "sourcecode": ["a",\n    "exec": "x"\n  },\n  "eval": {"exec": "y"}\n}',
      { train: { sourcecode: ['a'], exec: 'x' }, eval: { exec: 'y' } },
      ['This [ is not closed: expected ] <[>'],
    ],
    [
      '{\n  "train": {\n    "sourcecode": ["a"\n  },\n  "eval": {"exec": "y"}\n}',
      { train: { sourcecode: ['a'] }, eval: { exec: 'y' } },
      ['This [ is not closed: expected ] <[>'],
    ],
    [
      '{\n  "train": {\n    "exec": "x",\n  "eval": {"exec": "y"}\n}',
      { train: { exec: 'x' }, eval: { exec: 'y' } },
      ['This { is not closed: expected } <{>'],
    ],
    [
      '{\n  "train": {\n    "exec": "x\n  },\n  "eval": {"exec": "y"}\n}',
      { train: { exec: 'x' }, eval: { exec: 'y' } },
      ['The string is not closed: expected " <"x>'],
    ],
    [
      '{"train": {\n  sou\n  "exec": "x"\n}}',
      { train: { exec: 'x' } },
      ['A key needs double quotes <sou>'],
    ],
    [
      '{"train": {\n  "sou"\n  "exec": "x"\n}}',
      { train: { exec: 'x' } },
      ['Expected a colon and a value after the key <"sou">'],
    ],
    [
      '{"train": {\n  "exec":\n  "version": 1\n}}',
      { train: { version: 1 } },
      ['Expected a value after the colon <"exec":>'],
    ],
    [
      '{"train": {"exec": "x",}, "eval": {"sourcecode": ["a",]},}',
      { train: { exec: 'x' }, eval: { sourcecode: ['a'] } },
      [
        'Expected no comma before } <,>',
        'Expected no comma before ] <,>',
        'Expected no comma before } <,>',
      ],
    ],
    [
      '{"train": {"exec": "x" "version": 1}}',
      { train: { exec: 'x', version: 1 } },
      ['Expected a comma <"version">'],
    ],
    [
      '{"train": {"exec": "x"} /* no */}',
      { train: { exec: 'x' } },
      ['Only lines that start with // are comments here </* no */>'],
    ],
    [
      '{"train": {"exec": "x"}} // no',
      { train: { exec: 'x' } },
      ['Only lines that start with // are comments here <// no>'],
    ],
    [
      '{"a": {"exec": "x", "exec": "y"}, "a": {}}',
      { a: {} },
      [
        'duplicate-key: The key "exec" is already there; the last one counts <"exec">',
        'duplicate-key: The key "a" is already there; the last one counts <"a">',
      ],
    ],
    ['[1]', {}, ['A Gage file holds an object with operations <[1]>']],
    ['', {}, ['Expected a value <>']],
  ]);
});

describe('what surprises in YAML', () => {
  const surprises = (text: string): readonly string[] =>
    parseSyntax('yaml', `op:\n  key: ${text}\n`)
      .problems.filter(({ code }) => code === 'yaml-surprise')
      .map(({ message }) => message);
  test('what YAML 1.1 reads in another way', () => {
    const cases = [
      ['yes', 'yes is the boolean true here (YAML 1.1); put it in quotes to mean the word'],
      ['Off', 'Off is the boolean false here (YAML 1.1); put it in quotes to mean the word'],
      ['010', '010 is the number 8 here (YAML 1.1); put it in quotes to mean the text'],
      ['12:30', '12:30 is the number 750 here (YAML 1.1); put it in quotes to mean the text'],
      ['1_000', '1_000 is the number 1000 here (YAML 1.1); put it in quotes to mean the text'],
      [
        '1e-4',
        '1e-4 is text here, not a number (YAML 1.1); write 1.0e-4, or quotes to mean the text',
      ],
      [
        '1e4',
        '1e4 is text here, not a number (YAML 1.1); write 1.0e+4, or quotes to mean the text',
      ],
      ['-.5', '-.5 is text here, not a number (YAML 1.1); write -0.5, or quotes to mean the text'],
    ] as const;
    for (const [text, message] of cases) assert.deepEqual(surprises(text), [message], text);
  });

  test('nothing else does', () => {
    for (const text of [
      'true',
      'False',
      '1',
      '1.10',
      '1.0e-4',
      '~',
      '',
      'null',
      'y',
      'a: b'.slice(0, 1),
      '"yes"',
      "'010'",
      '2024-01-02',
      '*x'.slice(1),
      '.inf',
    ]) {
      assert.deepEqual(surprises(text), [], text);
    }
  });

  test('yes where true or false is meant, and names', () => {
    assert.deepEqual(problems(parseSyntax('yaml', 'op:\n  default: yes\n  sourcecode: no\n')), []);
    assert.deepEqual(problems(parseSyntax('yaml', 'on:\n  exec: x\n')), [
      'yaml-surprise: on is the boolean true here (YAML 1.1); put it in quotes to mean the word <on>',
    ]);
  });
});

/** The first value at the key `k` of the operation `op`. */
function valueOf(format: GageFormat, text: string): ValueNode | null {
  const [op] = parseSyntax(format, text).root.entries;
  return op?.value?.kind === 'table' ? (op.value.entries[0]?.value ?? null) : null;
}

describe('places of characters in strings', () => {
  const cases: readonly (readonly [GageFormat, string, string])[] = [
    ['toml', 'op.k = "abXc"', 'abXc'],
    ['toml', 'op.k = "a\\tb\\u00e9\\U0001F600Xc"', 'a\tb\u00e9😀Xc'],
    ['toml', "op.k = 'a\\tXc'", 'a\\tXc'],
    ['toml', 'op.k = """\na\n  b\\\n   Xc"""', 'a\n  bXc'],
    ['yaml', 'op:\n  k: abXc', 'abXc'],
    ['yaml', 'op:\n  k: a b\n    cXc', 'a b cXc'],
    ['yaml', "op:\n  k: 'it''s\n\n    Xc'", "it's\nXc"],
    ['yaml', 'op:\n  k: "a\\tb\\u00e9 \\\n    Xc"', 'a\tb\u00e9 Xc'],
    ['yaml', 'op:\n  k: |\n    a\n      b\n\n    Xc\n', 'a\n  b\n\nXc\n'],
    ['yaml', 'op:\n  k: >-\n    a\n    b\n\n    Xc\n', 'a b\nXc'],
    ['json', '{"op": {"k": "a\\tb\\u00e9\\ud83d\\ude00Xc"}}', 'a\tb\u00e9😀Xc'],
  ];
  for (const [format, source, value] of cases) {
    for (const text of [source, source.replaceAll('\n', '\r\n')]) {
      test(`${format}: ${JSON.stringify(text)}`, () => {
        const node = valueOf(format, text);
        assert.equal(node?.kind, 'scalar');
        const found = String(node.value);
        assert.equal(found.replaceAll('\r\n', '\n'), value);
        assert.equal(node.at(found.indexOf('X')), text.indexOf('X'));
        assert.equal(node.at(found.indexOf('Xc') + 1), text.indexOf('Xc') + 1);
        assert.equal(text[node.at(0)], 'ai'.includes(found[0] ?? '') ? found[0] : undefined);
      });
    }
  }

  test('no place is outside of the literal', () => {
    const node = valueOf('toml', 'op.k = "ab"  ');
    assert.equal(node?.kind, 'scalar');
    assert.deepEqual(
      [-1, 0, 2, 9].map((index) => node.at(index)),
      [8, 8, 10, 10],
    );
  });
});

describe('tables of TOML written in several places', () => {
  const text =
    '[train]\nversion = 1\n[eval]\nexec = "y"\n[train.exec]\nrun = "x"\n[train]\n'.replace(
      /\[train\]\n$/,
      '',
    ) + '[[train.depends]]\nfiles = "a"\n[[train.depends]]\nfiles = "b"\n';
  const tree = parseSyntax('toml', text);
  const slice = ({ from, to }: { from: number; to: number }): string => text.slice(from, to);

  test('are one table with all entries', () => {
    assert.deepEqual(problems(tree), []);
    assert.deepEqual(toPlain(jsonOfNode(tree.root)), {
      train: { version: 1, exec: { run: 'x' }, depends: [{ files: 'a' }, { files: 'b' }] },
      eval: { exec: 'y' },
    });
  });

  test('with every place that names them', () => {
    const [train, evaluate] = tree.root.entries;
    assert.deepEqual(train && [train.keyRange, ...train.alsoAt].map(slice), Array(4).fill('train'));
    assert.equal(train && slice(train.range), text.trimEnd());
    assert.equal(evaluate && slice(evaluate.range), '[eval]\nexec = "y"');
    const depends = train?.value?.kind === 'table' ? train.value.entries[2] : undefined;
    assert.equal(depends && slice(depends.keyRange), 'depends');
    assert.equal(
      depends?.value?.kind === 'list' &&
        depends.value.items[1] &&
        slice(depends.value.items[1].range),
      '[[train.depends]]\nfiles = "b"',
    );
  });

  test('dotted keys too', () => {
    const dotted = parseSyntax('toml', '[a]\nexec.run = "x"\nversion = 1\nexec.finalize = "y"\n');
    assert.deepEqual(toPlain(jsonOfNode(dotted.root)), {
      a: { exec: { run: 'x', finalize: 'y' }, version: 1 },
    });
    const [a] = dotted.root.entries;
    const exec = a?.value?.kind === 'table' ? a.value.entries[0] : undefined;
    assert.equal(exec?.alsoAt.length, 1);
  });
});

describe('lines', () => {
  test('offsets and places, with every line end', () => {
    const lines = new LineIndex('ab\ncd\r\n\re😀\n');
    assert.equal(lines.lineCount, 5);
    const cases = [
      [0, 0, 0],
      [2, 0, 2],
      [3, 1, 0],
      [5, 1, 2],
      [7, 2, 0],
      [8, 3, 0],
      [11, 3, 3],
      [12, 4, 0],
    ] as const;
    for (const [offset, line, character] of cases) {
      assert.deepEqual(lines.positionAt(offset), { line, character });
      assert.equal(lines.offsetAt(line, character), offset);
    }
  });

  test('what is outside counts as the nearest place', () => {
    const lines = new LineIndex('ab\r\ncd');
    assert.deepEqual(lines.positionAt(-1), { line: 0, character: 0 });
    assert.deepEqual(lines.positionAt(99), { line: 1, character: 2 });
    assert.equal(lines.offsetAt(0, 99), 2);
    assert.equal(lines.offsetAt(9, 0), 6);
    assert.equal(lines.offsetAt(-1, 5), 0);
    assert.equal(new LineIndex('').lineCount, 1);
  });
});

test('aliases that stand for millions of values are refused in words', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let n = 1; n < 10; n++) {
    lines.push(`a${n}: &a${n} [${Array.from({ length: 9 }, () => `*a${n - 1}`).join(', ')}]`);
  }
  const bomb = parseSyntax('yaml', `${lines.join('\n')}\n`);
  assert.ok(problems(bomb).some((one) => one.startsWith('Aliases stand for too many values')));
  assert.ok(JSON.stringify(jsonOfNode(bomb.root)).length < 10_000_000);
  const few = parseSyntax('yaml', 'a: &x [1, 2]\nb: *x\nc: [*x, *x]\n');
  assert.deepEqual(problems(few), []);
});

test('texts that once had no end', () => {
  const carriage = parseSyntax('toml', 'config = ["a"\r[train]\nexec = "x"\n');
  assert.notDeepEqual(carriage.problems, []);
  const circle = parseSyntax('yaml', 'a: &x\n  exec: y\n  b: *x\n');
  assert.deepEqual(problems(circle), ['An alias inside of what it stands for has no end <*x>']);
  assert.deepEqual(jsonOfNode(circle.root), { a: { exec: 'y', b: null } });
});

test('the format of a Gage file is that of its name', () => {
  assert.deepEqual(
    ['gage.toml', '.gage/gage.yaml', 'C:\\p\\gage.json', 'gage.yml', 'gage', 'a.py'].map(
      formatOfGageFile,
    ),
    ['toml', 'yaml', 'json', null, null, null],
  );
});
