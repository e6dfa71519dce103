import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { completionsAt } from '../../../../src/language/completion/completion.ts';
import type { Completion } from '../../../../src/language/completion/item.ts';
import { parseGageDocument } from '../../../../src/opdef/document.ts';
import type { GageFormat } from '../../../../src/opdef/syntax/tree.ts';
import {
  edited,
  FORMATS,
  languageProject,
  withCursor,
  type InFormats,
} from '../../../helpers/gage/text.ts';

const FILES = {
  'train.py':
    '"""Trains."""\nseed = 1\nlr = 0.1\nopt = {"name": "adam", "on": True}\nif __name__ == "__main__":\n  pass\n',
  'prepare.sh': 'echo',
  'notes.txt': '',
  'my file.txt': '',
  '.env': 'A=1\n',
  'src/model.py': 'depth = 3\nlr = 1\n',
  'src/deep/x.py': '',
  'data/a.csv': '1',
  '-odd.txt': '',
};

interface Result {
  readonly labels: readonly string[];
  /** The text with the proposal of this label in it; `$0` and other places to fill in are empty. */
  readonly take: (label: string) => string;
  readonly get: (label: string) => Completion;
}

async function complete(
  t: Parameters<typeof languageProject>[0],
  format: GageFormat,
  marked: string,
): Promise<Result> {
  const project = languageProject(t, FILES);
  const { document, offset } = withCursor(format, marked);
  const found = await completionsAt(document, offset, project);
  for (const { range, label } of found) {
    const { from, to } = range;
    assert.ok(from <= offset && offset <= to, `${label}: ${String(from)}-${String(to)}`);
    assert.ok(!document.text.slice(from, to).includes('\n'), `${label}: on one line`);
  }
  const get = (label: string): Completion => {
    const one = found.find((completion) => completion.label === label);
    assert.ok(
      one,
      `${label} is not among ${found.map((completion) => completion.label).join(', ')}`,
    );
    return one;
  };
  const take = (label: string): string => {
    const { range, insert, snippet } = get(label);
    const line = document.lines.positionAt(offset).line;
    const indent = /^[ \t]*/.exec(document.text.slice(document.lines.offsetAt(line, 0)))?.[0] ?? '';
    // As the editor does with the lines of a snippet.
    const text = snippet ? filled(insert).replaceAll('\n', `\n${indent}`) : insert;
    return edited(document.text, [{ ...range, insert: text }]);
  };
  return { labels: found.map(({ label }) => label), get, take };
}

/** A snippet with its first choices taken. */
function filled(snippet: string): string {
  return snippet
    .replace(/\$\{\d+\|([^,|]*)[^|]*\|\}/g, '$1')
    .replace(/\$\{\d+:([^}]*)\}/g, '$1')
    .replace(/(?<!\\)\$\d+/g, '')
    .replace(/\\([\\$}])/g, '$1');
}

describe('completion of keys', () => {
  const sources: Readonly<Record<string, InFormats>> = {
    'at an empty place': {
      toml: '[train]\nexec = "x"\n|\n[other]\nversion = 1\n',
      yaml: 'train:\n  exec: x\n  |\nother:\n  version: 1\n',
      json: '{"train": {"exec": "x", |}, "other": {"version": 1}}',
    },
    'of a key that is half typed': {
      toml: '[train]\nexec = "x"\nsou|\n[other]\nversion = 1\n',
      yaml: 'train:\n  exec: x\n  sou|\nother:\n  version: 1\n',
      json: '{"train": {"exec": "x", "sou|"}, "other": {"version": 1}}',
    },
  };
  for (const [name, source] of Object.entries(sources)) {
    for (const format of FORMATS) {
      test(`${name} are those of an operation that it does not have (${format})`, async (t) => {
        const { labels, take, get } = await complete(t, format, source[format]);
        assert.deepEqual(labels, [
          'description',
          'default',
          'version',
          'progress',
          'sourcecode',
          'config',
          'depends',
          'output-summary',
          'summary',
          'listing',
        ]);
        for (const label of labels) {
          const text = take(label);
          const after = parseGageDocument(`gage.${format}`, text);
          assert.deepEqual(after.tree.problems, [], text);
          const { table } = after.operations[0]?.opdef ?? {};
          assert.deepEqual(Object.keys(table ?? {}), ['exec', label], text);
          assert.deepEqual(Object.keys(after.operations[1]?.opdef.table ?? {}), ['version'], text);
        }
        assert.match(get('sourcecode').markdown ?? '', /copied into the run/);
      });
    }
  }

  const phases: InFormats = {
    toml: '[train.exec]\nrun = "x"\nfi|\n',
    yaml: 'train:\n  exec:\n    run: x\n    fi|\n',
    json: '{"train": {"exec": {"run": "x", "fi|"}}}',
  };
  for (const format of FORMATS) {
    test(`phases in exec (${format})`, async (t) => {
      const { labels, take } = await complete(t, format, phases[format]);
      assert.deepEqual(labels, [
        'stage-sourcecode',
        'stage-runtime',
        'stage-dependencies',
        'finalize',
      ]);
      const text = take('finalize');
      const { operations } = parseGageDocument(`gage.${format}`, text);
      const exec = operations[0]?.opdef.table['exec'];
      assert.deepEqual(exec, { run: 'x', finalize: 'python3 train.py' }, text);
    });
  }

  const groups: readonly (readonly [InFormats, readonly string[]])[] = [
    [
      {
        toml: '[train]\nconfig = {keys = "a.py", |}',
        yaml: 'train:\n  config:\n    keys: a.py\n    |',
        json: '{"train": {"config": [{"keys": "a.py", |}]}}',
      },
      ['description', 'prefix', 'strip-prefix', 'rename'],
    ],
    [
      {
        toml: '[[train.depends]]\nfiles = "a"\n\n[[train.depends]]\nrun-select = "op = a"\nli|',
        yaml: 'train:\n  depends:\n  - files: a\n  - run-select: op = a\n    li|',
        json: '{"train": {"depends": [{"files": "a"}, {"run-select": "op = a", "li|"}]}}',
      },
      ['files', 'link', 'runs-select', 'summary-filename', 'type', 'description'],
    ],
    [
      {
        toml: '[train.listing]\n|',
        yaml: 'train:\n  listing:\n    |',
        json: '{"train": {"listing": {|}}}',
      },
      ['description'],
    ],
    [
      {
        toml: '[train.summary]\nf|',
        yaml: 'train:\n  summary:\n    f|',
        json: '{"train": {"summary": {"f|"}}}',
      },
      ['filename'],
    ],
  ];
  for (const [source, expected] of groups) {
    for (const format of FORMATS) {
      test(`of tables below: ${expected.join(', ')} (${format})`, async (t) => {
        assert.deepEqual((await complete(t, format, source[format])).labels, expected);
      });
    }
  }

  const roots: InFormats = { toml: '|', yaml: '|', json: '{|}' };
  for (const format of FORMATS) {
    test(`at the top are settings and a new operation (${format})`, async (t) => {
      const { labels, take } = await complete(t, format, roots[format]);
      assert.deepEqual(labels, ['operation', '$runs-dir']);
      const { operations, tree } = parseGageDocument(`gage.${format}`, take('operation'));
      assert.deepEqual(tree.problems, []);
      assert.deepEqual(operations[0]?.opdef.table, { exec: 'python3 train.py' });
      const { settings } = parseGageDocument(`gage.${format}`, take('$runs-dir'));
      assert.deepEqual(
        settings.map(({ key }) => key),
        ['$runs-dir'],
      );
    });
  }

  for (const source of ['|', '\n  |\n', '// x\n|', 'op|']) {
    test(`JSON without its braces gets them: ${JSON.stringify(source)}`, async (t) => {
      const { labels, take } = await complete(t, 'json', source);
      assert.deepEqual(labels, ['operation', '$runs-dir']);
      for (const label of labels) {
        const { tree } = parseGageDocument('gage.json', take(label));
        assert.deepEqual(tree.problems, []);
        assert.equal(tree.root.entries.length, 1);
      }
    });
  }

  for (const [source, end] of [
    ['[train]\nexec.|', 'exec.run = "python3 train.py"'],
    ['train.exec.|\n', 'train.exec.run = "python3 train.py"\n'],
    ['train = { exec.| }', 'train = { exec.run = "python3 train.py" }'],
  ] as const) {
    test(`behind the dot of a key: ${JSON.stringify(source)}`, async (t) => {
      const text = (await complete(t, 'toml', source)).take('run');
      assert.ok(text.endsWith(end), text);
      assert.deepEqual(parseGageDocument('gage.toml', text).tree.problems, []);
    });
  }

  test('what a dotted key has already is not offered behind the dot', async (t) => {
    const { labels } = await complete(t, 'toml', '[train]\nexec.run = "x"\nexec.|\n');
    assert.ok(labels.includes('finalize') && !labels.includes('run'), labels.join());
  });

  const renamed: InFormats = {
    toml: '[train]\nexe|x = "x"\n',
    yaml: 'train:\n  exe|x: x\n',
    json: '{"train": {"exe|x": "x"}}',
  };
  for (const format of FORMATS) {
    test(`a key that has a value keeps it (${format})`, async (t) => {
      const { take } = await complete(t, format, renamed[format]);
      assert.equal(take('exec'), renamed[format].replace('exe|x', 'exec'));
    });
  }

  test('in JSON a comma follows where another key does', async (t) => {
    const { take } = await complete(t, 'json', '{"train": {\n  "def|"\n  "exec": "x"\n}}');
    assert.deepEqual(parseGageDocument('gage.json', take('default')).tree.problems, []);
  });
});

describe('completion in YAML', () => {
  test('an item of depends is a table', async (t) => {
    const source = 'train:\n  depends:\n    - |\n';
    const { labels, take } = await complete(t, 'yaml', source);
    assert.ok(labels.includes('run-select') && labels.includes('files'));
    const { operations } = parseGageDocument('gage.yaml', take('files'));
    assert.deepEqual(operations[0]?.opdef.table['depends'], [{ files: ['data.csv'] }]);
    const typing = await complete(t, 'yaml', source.replace('|', 'ru|'));
    assert.match(typing.take('link'), /\n {4}- link: true\n$/);
  });
  test('an item of config is a path or a table', async (t) => {
    const { labels } = await complete(t, 'yaml', 'train:\n  config:\n    - |\n');
    assert.ok(labels.includes('keys') && labels.includes('train.py'));
  });
  test('an item of exec is no phase', async (t) => {
    const { labels } = await complete(t, 'yaml', 'train:\n  exec:\n    - |\n');
    assert.ok(!labels.includes('run') && labels.includes('train.py'));
  });
  test('a text without quotes goes on after a blank', async (t) => {
    const select = 'prepare:\n  exec: x\ntrain:\n  depends:\n    run-select: op = |\n';
    const { take } = await complete(t, 'yaml', select);
    assert.equal(take('prepare'), select.replace('|', 'prepare'));
    const exec = 'train:\n  exec: python3 |\n';
    const { labels, take: takeFile } = await complete(t, 'yaml', exec);
    assert.equal(takeFile('train.py'), exec.replace('|', 'train.py'));
    assert.ok(!labels.includes('python3 train.py'), 'a command in place of the one that is typed');
  });
  const flows: readonly (readonly [string, string, object])[] = [
    ['train: {|}\n', 'sourcecode', { sourcecode: ['*.py'] }],
    ['train: {exec: x, so|}\n', 'depends', { exec: 'x', depends: { files: ['data.csv'] } }],
    ['train:\n  config: [|]\n', 'keys', { config: [{ keys: ['train.py#lr'] }] }],
    ['train:\n  depends: [ru|]\n', 'files', { depends: [{ files: ['data.csv'] }] }],
  ];
  for (const [source, label, table] of flows) {
    test(`a key in brackets: ${JSON.stringify(source)}`, async (t) => {
      const { take } = await complete(t, 'yaml', source);
      const { tree, operations } = parseGageDocument('gage.yaml', take(label));
      assert.deepEqual(tree.problems, []);
      assert.deepEqual(operations[0]?.opdef.table, table);
    });
  }
  const blocks = [
    'train:\n  exec: >\n    python3 |\n',
    'train:\n  exec: >-\n    make "x" tr|\n    ls\n',
  ];
  for (const source of blocks) {
    test(`a line of a block: ${JSON.stringify(source)}`, async (t) => {
      const { take } = await complete(t, 'yaml', source);
      assert.equal(take('train.py'), source.replace(/(tr)?\|/, 'train.py'));
    });
  }
});

describe('completion of TOML headers', () => {
  test('lists of tables of an operation that has none', async (t) => {
    const { labels } = await complete(t, 'toml', '[[train.|]]');
    assert.deepEqual(labels, ['config', 'depends']);
  });
  test('tables of one operation', async (t) => {
    const { labels, take } = await complete(
      t,
      'toml',
      '[train]\n[train.exec]\nrun = "x"\n[train.|]\n',
    );
    assert.deepEqual(labels, ['progress', 'config', 'depends', 'summary', 'listing']);
    assert.match(take('listing'), /\[train\.listing\]\n$/);
  });
  test('lists of tables', async (t) => {
    const { labels } = await complete(t, 'toml', '[[train.depends]]\nfiles = "a"\n[[train.d|]]\n');
    assert.deepEqual(labels, ['config', 'depends']);
  });
  test('tables of all operations', async (t) => {
    const { labels, take } = await complete(t, 'toml', '[train]\n["a.b".exec]\nrun = "x"\n[|');
    assert.ok(labels.includes('train.exec') && labels.includes('"a.b".config'), labels.join());
    assert.ok(!labels.includes('"a.b".exec'));
    assert.match(take('"a.b".config'), /\["a\.b"\.config$/);
  });
  test('a name that is being typed is no operation', async (t) => {
    const { labels } = await complete(t, 'toml', '[train]\nexec = "x"\n[tr|');
    assert.ok(labels.includes('train.config') && !labels.some((label) => label.startsWith('tr.')));
  });
});

/** Marked text of a value in the three formats: in quotes, in a list, and without quotes. */
function inPlaces(key: string, value: string): readonly (readonly [GageFormat, string])[] {
  return [
    ['toml', `[train]\n${key} = "${value}"\n`],
    ['toml', `[train]\n${key} = ["z", '${value}']\n`],
    ['toml', `[train]\n${key} = [\n  "z",\n  "${value}",\n]\n`],
    ['yaml', `train:\n  ${key}: "${value}"\n`],
    ['yaml', `train:\n  ${key}:\n    - z\n    - '${value}'\n`],
    ['yaml', `train:\n  ${key}: [z, "${value}"]\n`],
    ['json', `{"train": {"${key}": "${value}"}}`],
    ['json', `{"train": {"${key}": ["z", "${value}"]}}`],
  ];
}

describe('completion of source patterns', () => {
  for (const [format, source] of inPlaces('sourcecode', 't|')) {
    test(`files, folders and globs in quotes: ${JSON.stringify(source)}`, async (t) => {
      const { labels, take, get } = await complete(t, format, source);
      for (const label of [
        'train.py',
        'src/',
        '**/*.py',
        '*.sh',
        '**/*',
        'my\\ file.txt',
        '.env',
      ]) {
        assert.ok(labels.includes(label), label);
      }
      assert.equal(take('train.py'), source.replace('t|', 'train.py'));
      assert.equal(take('**/*.py'), source.replace('t|', '**/*.py'));
      assert.equal(get('src/').retrigger, true);
      const { operations, tree } = parseGageDocument(`gage.${format}`, take('my\\ file.txt'));
      assert.deepEqual(tree.problems, []);
      const value = [operations[0]?.opdef.table['sourcecode']].flat().at(-1);
      assert.equal(value, 'my\\ file.txt');
    });
  }
  for (const [format, source] of inPlaces('sourcecode', '-src/de|')) {
    test(`one directory at a time, after a hyphen, too: ${JSON.stringify(source)}`, async (t) => {
      const { labels, take } = await complete(t, format, source);
      assert.ok(
        labels.includes('model.py') && labels.includes('deep dir') && labels.includes('deep/'),
      );
      assert.ok(!labels.includes('train.py'));
      assert.equal(take('deep dir'), source.replace('de|', 'deep dir'));
    });
  }
  for (const [format, source] of inPlaces('sourcecode', 'sr|c/model.py text')) {
    test(`in the middle of a path: ${JSON.stringify(source)}`, async (t) => {
      const { take } = await complete(t, format, source);
      assert.equal(take('data/'), source.replace('sr|c/', 'data//'));
    });
  }
  for (const [format, source] of inPlaces('sourcecode', '**/*.py text |')) {
    test(`options after a blank: ${JSON.stringify(source)}`, async (t) => {
      const { labels, take } = await complete(t, format, source);
      assert.deepEqual(labels, ['size<', 'size>', 'max-matches=']);
      assert.equal(take('size<'), source.replace('|', 'size<'));
    });
  }
  test('options of directories', async (t) => {
    const { labels } = await complete(t, 'toml', '[a]\nsourcecode = "-data s|"');
    assert.deepEqual(labels, [
      'dir',
      'text',
      'binary',
      'size<',
      'size>',
      'max-matches=',
      'sentinel=',
    ]);
    const dir = await complete(t, 'toml', '[a]\nsourcecode = "-data dir s|"');
    assert.deepEqual(dir.labels, ['size<', 'size>', 'max-matches=', 'sentinel=']);
  });

  const bare: readonly (readonly [GageFormat, string, Readonly<Record<string, string>>])[] = [
    [
      'toml',
      '[train]\nsourcecode = |',
      { 'train.py': '"train.py"', 'src/': '"src/"', true: 'true' },
    ],
    ['toml', '[train]\nsourcecode = [|]', { 'train.py': '"train.py"', '**/*.py': '"**/*.py"' }],
    ['toml', '[train]\nsourcecode = ["a", |]', { 'my\\ file.txt': "'my\\ file.txt'" }],
    [
      'yaml',
      'train:\n  sourcecode: |',
      { 'train.py': 'train.py', '*.py': '"*.py"', false: 'false' },
    ],
    [
      'yaml',
      'train:\n  sourcecode:\n    - |',
      { 'train.py': 'train.py', 'src/': 'src/', '**/*': '"**/*"' },
    ],
    ['yaml', 'train:\n  sourcecode: [a, |]', { '-odd.txt': '"-odd.txt"' }],
    ['json', '{"train": {"sourcecode": |}}', { 'train.py': '"train.py"' }],
    ['json', '{"train": {"sourcecode": ["a", |]}}', { 'my\\ file.txt': '"my\\\\ file.txt"' }],
  ];
  for (const [format, source, expected] of bare) {
    test(`writes quotes where the format needs them: ${JSON.stringify(source)}`, async (t) => {
      const { take } = await complete(t, format, source);
      for (const [label, written] of Object.entries(expected)) {
        assert.equal(take(label), source.replace('|', written));
      }
    });
  }
  test('a value without quotes gets them when it needs them then', async (t) => {
    const { take } = await complete(t, 'yaml', 'train:\n  sourcecode:\n    - src/|\n');
    assert.equal(take('model.py'), 'train:\n  sourcecode:\n    - src/model.py\n');
    assert.equal(take('*.py'), 'train:\n  sourcecode:\n    - src/*.py\n');
  });
});

describe('completion of config', () => {
  for (const [format, source] of inPlaces('config', '|')) {
    test(`files that have values: ${JSON.stringify(source)}`, async (t) => {
      const { labels } = await complete(t, format, source);
      assert.ok(labels.includes('train.py') && labels.includes('src/') && labels.includes('*.py'));
      assert.ok(!labels.includes('notes.txt') && !labels.includes('prepare.sh'));
    });
  }
  for (const [format, source] of inPlaces('config', 'train.py#l|')) {
    test(`keys of the file with value, type and line: ${JSON.stringify(source)}`, async (t) => {
      const { labels, take, get } = await complete(t, format, source);
      assert.deepEqual(labels, ['seed', 'lr', 'opt.name', 'opt.on', '*', 'opt.*', '**.*']);
      assert.equal(get('lr').detail, '0.1 · float · train.py:3');
      assert.equal(get('opt.on').detail, 'true · bool · train.py:4');
      assert.equal(take('opt.name'), source.replace('l|', 'opt.name'));
    });
  }
  const groups: readonly (readonly [GageFormat, string])[] = [
    ['toml', '[train]\nconfig = ["train.py#seed", "src/model.py#", "#|"]'],
    ['yaml', 'train:\n  config:\n    keys: ["train.py#seed", "src/model.py#", "#|"]'],
    ['json', '{"train": {"config": [{"keys": ["train.py#seed", "src/*.py#", "#|"]}]}}'],
  ];
  for (const [format, source] of groups) {
    test(`keys of the group (${format})`, async (t) => {
      const { labels } = await complete(t, format, source);
      for (const label of ['seed', 'depth', 'lr']) assert.ok(labels.includes(label), label);
    });
  }
  test('YAML without quotes', async (t) => {
    const { take } = await complete(t, 'yaml', 'train:\n  config: train.py#|\n');
    assert.equal(take('lr'), 'train:\n  config: train.py#lr\n');
    assert.equal(take('*'), 'train:\n  config: train.py#*\n');
  });
  test('a file that cannot be read has no keys', async (t) => {
    const { labels } = await complete(t, 'toml', '[a]\nconfig = "gone.py#|"');
    assert.deepEqual(labels, ['*', '**.*']);
  });
});

describe('completion of commands', () => {
  const empty: InFormats = {
    toml: '[train]\nexec = |',
    yaml: 'train:\n  exec: |',
    json: '{"train": {"exec": |}}',
  };
  for (const format of FORMATS) {
    test(`scripts of the project (${format})`, async (t) => {
      const { labels, take } = await complete(t, format, empty[format]);
      const command = labels.find((label) => /^python3? train\.py$/.test(label)) ?? '';
      assert.ok(labels.includes('sh prepare.sh'));
      const written = format === 'yaml' ? command : `"${command}"`;
      assert.equal(take(command), empty[format].replace('|', written));
    });
  }
  for (const [format, source] of inPlaces('exec', 'src/m|')) {
    test(`paths: ${JSON.stringify(source)}`, async (t) => {
      const { take } = await complete(t, format, source);
      assert.equal(take('model.py'), source.replace('m|', 'model.py'));
    });
  }
  const words: InFormats = {
    toml: '[train.exec]\nrun = "python3 --in=data/| --x"',
    yaml: 'train:\n  exec:\n    run: python3 --in=data/| --x',
    json: '{"train": {"exec": {"run": "python3 --in=data/| --x"}}}',
  };
  for (const format of FORMATS) {
    test(`word by word (${format})`, async (t) => {
      const { labels, take } = await complete(t, format, words[format]);
      assert.deepEqual(labels, ['a.csv']);
      assert.equal(take('a.csv'), words[format].replace('|', 'a.csv'));
    });
  }
});

describe('completion of other values', () => {
  const cases: readonly (readonly [InFormats, readonly string[]])[] = [
    [
      { toml: '[a]\ndefault = |', yaml: 'a:\n  default: t|', json: '{"a": {"default": |}}' },
      ['true', 'false'],
    ],
    [
      { toml: '[a]\nprogress = "|"', yaml: 'a:\n  progress: |', json: '{"a": {"progress": "t|"}}' },
      ['tqdm'],
    ],
    [
      {
        toml: '[a]\nprogress.run = "|"',
        yaml: 'a:\n  progress:\n    run: t|',
        json: '{"a": {"progress": {"run": "|"}}}',
      },
      ['tqdm'],
    ],
    [
      {
        toml: '[a]\ndepends = [{files = "x", link = |}]',
        yaml: 'a:\n  depends:\n    files: x\n    link: |',
        json: '{"a": {"depends": {"link": |}}}',
      },
      ['true', 'false'],
    ],
    [
      {
        toml: '[[a.depends]]\ntype = "|"',
        yaml: 'a:\n  depends:\n    type: r|',
        json: '{"a": {"depends": {"type": "|"}}}',
      },
      ['project-files', 'run-files', 'runs-summary'],
    ],
    [
      {
        toml: '[a]\nconfig = "src/model.py"\nlisting.description = ["|"]',
        yaml: 'a:\n  config: src/model.py\n  listing:\n    description: [|]',
        json: '{"a": {"config": "src/model.py", "listing": {"description": ["d|"]}}}',
      },
      ['depth', 'lr'],
    ],
    [
      { toml: '[a]\nversion = "|"', yaml: 'a:\n  version: 1|', json: '{"a": {"version": "|"}}' },
      [],
    ],
    [{ toml: '[a]\n# sou|', yaml: 'a:\n  # sou|', json: '{\n// sou|\n}' }, []],
  ];
  for (const [source, expected] of cases) {
    for (const format of FORMATS) {
      test(`${expected.join(', ')}: ${JSON.stringify(source[format])}`, async (t) => {
        assert.deepEqual((await complete(t, format, source[format])).labels, expected);
      });
    }
  }

  const select: InFormats = {
    toml: '[prepare]\n[train]\nconfig = "src/model.py"\ndepends = {run-select = "operation = |"}',
    yaml: 'prepare:\n  exec: x\ntrain:\n  config: src/model.py\n  depends:\n    run-select: operation = p|',
    json: '{"prepare": {}, "train": {"config": "src/model.py", "depends": {"run-select": "operation = |"}}}',
  };
  for (const format of FORMATS) {
    test(`operations in run-select (${format})`, async (t) => {
      const { labels, take } = await complete(t, format, select[format]);
      assert.ok(labels.includes('prepare'), labels.join());
      assert.match(take('prepare'), /operation = prepare/);
    });
    test(`keys and words in run-select (${format})`, async (t) => {
      const source = select[format].replace(/operation = p?\|/, '|');
      const { labels } = await complete(t, format, source);
      assert.ok(
        labels.some((label) => label.includes('depth')),
        labels.join(),
      );
      assert.ok(labels.includes('status') && labels.includes('prepare'));
    });
    test(`files of the project in depends (${format})`, async (t) => {
      const source = select[format].replace('run-select', 'files').replace(/operation = p?/, '');
      const { labels } = await complete(t, format, source);
      assert.ok(labels.includes('data/') && labels.includes('train.py'));
    });
  }
});
