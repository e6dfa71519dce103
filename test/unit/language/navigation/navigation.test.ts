import assert from 'node:assert/strict';
import { relative, sep } from 'node:path';
import { describe, test } from 'node:test';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import { definitionAt } from '../../../../src/language/navigation/definition.ts';
import { linksOf } from '../../../../src/language/navigation/links.ts';
import { referencesAt } from '../../../../src/language/navigation/references.ts';
import { renameAt, renameRangeAt } from '../../../../src/language/navigation/rename.ts';
import type { LanguageProject } from '../../../../src/language/places/project.ts';
import { parseGageDocument } from '../../../../src/opdef/document.ts';
import {
  edited,
  FORMATS,
  languageProject,
  textOf,
  withCursor,
  type EditedFile,
  type InFormats,
} from '../../../helpers/gage/text.ts';

const FILES = {
  'train.py': 'seed = 1\nlr = 0.1\nopt = {"name": "adam"}\n',
  'src/model.py': 'depth = 3\n',
  'src/data/load.py': '',
  'data/a.csv': '1',
  'data/b.csv': '2',
  'my file.txt': 'x',
};

/** Where the text at the cursor leads: `path:line:character` of each target, from 0. */
async function targets(project: LanguageProject, file: EditedFile): Promise<readonly string[]> {
  const found = await definitionAt(file.document, file.offset, project);
  return found.map(({ path, range: { start } }) => {
    const place = `${String(start.line)}:${String(start.character)}`;
    return `${path === file.document.path ? 'here' : nameOf(project, path)}:${place}`;
  });
}

/** A file as Gage files name it. */
function nameOf(project: LanguageProject, path: string): string {
  return relative(project.dir, path).replaceAll(sep, '/');
}

describe('definition', () => {
  const cases: readonly (readonly [string, InFormats, readonly string[]])[] = [
    [
      'the files of a pattern',
      {
        toml: '[train]\nsourcecode = ["src/**/*.|py"]',
        yaml: 'train:\n  sourcecode:\n    - "src/**/*.|py"\n',
        json: '{"train": {"sourcecode": "src/**/*.|py"}}',
      },
      ['src/data/load.py:0:0', 'src/model.py:0:0'],
    ],
    [
      'the files that an exclude is about, which no rule selects',
      {
        toml: '[train]\nsourcecode = ["*.py", "-data/*.|csv"]',
        yaml: 'train:\n  sourcecode: ["*.py", "-data/*.|csv"]\n',
        json: '{"train": {"sourcecode": ["*.py", "-data/*.|csv"]}}',
      },
      ['data/a.csv:0:0', 'data/b.csv:0:0'],
    ],
    [
      'the files below a directory that is left out',
      {
        toml: '[train]\nsourcecode = ["-da|ta dir"]',
        yaml: 'train:\n  sourcecode: "-da|ta dir"\n',
        json: '{"train": {"sourcecode": ["-da|ta dir"]}}',
      },
      ['data/a.csv:0:0', 'data/b.csv:0:0'],
    ],
    [
      'a file with a blank in its name',
      {
        toml: `[train]\nsourcecode = "'my fi|le.txt'"`,
        yaml: `train:\n  sourcecode: "'my fi|le.txt'"\n`,
        json: `{"train": {"sourcecode": "'my fi|le.txt'"}}`,
      },
      ['my file.txt:0:0'],
    ],
    [
      'the assignment of a config key',
      {
        toml: '[train]\nconfig = ["train.py#l|r"]',
        yaml: 'train:\n  config:\n  - train.py#l|r\n',
        json: '{"train": {"config": {"keys": "train.py#l|r"}}}',
      },
      ['train.py:1:0'],
    ],
    [
      'the keys of the files of the group',
      {
        toml: '[train]\nconfig = ["train.py#", "#**.nam|e"]',
        yaml: 'train:\n  config: ["train.py#", "#**.nam|e"]\n',
        json: '{"train": {"config": ["train.py#", "#**.nam|e"]}}',
      },
      ['train.py:2:7'],
    ],
    [
      'the file of a config path',
      {
        toml: '[train]\nconfig = "tr|ain.py#lr"',
        yaml: 'train:\n  config: tr|ain.py#lr\n',
        json: '{"train": {"config": "tr|ain.py#lr"}}',
      },
      ['train.py:0:0'],
    ],
    [
      'the script of a command',
      {
        toml: '[train]\nexec = "python3 src/mo|del.py --x"',
        yaml: 'train:\n  exec: python3 ./src/mo|del.py --x\n',
        json: '{"train": {"exec": {"run": ["python3", "src/mo|del.py"]}}}',
      },
      ['src/model.py:0:0'],
    ],
    [
      'the module of a command',
      {
        toml: '[train]\nexec = "python3 -m src.da|ta.load"',
        yaml: 'train:\n  exec: python3 -m src.da|ta.load\n',
        json: '{"train": {"exec": "python3 -m src.da|ta.load"}}',
      },
      ['src/data/load.py:0:0'],
    ],
    [
      'the operation that a dependency selects',
      {
        toml: '[prepare]\nexec = "x"\n[train]\ndepends = {run-select = "operation == prep|are"}',
        yaml: 'prepare:\n  exec: x\ntrain:\n  depends:\n    run-select: operation = prep|are\n',
        json: '{"prepare": {},\n"train": {"depends": [{"run-select": "op = \\"prep|are\\""}]}}',
      },
      ['here'],
    ],
    [
      'the literal of a listed key',
      {
        toml: '[train]\nconfig = "train.py"\nlisting = {description = ["se|ed"]}',
        yaml: 'train:\n  config: train.py\n  listing:\n    description: [se|ed]\n',
        json: '{"train": {"config": "train.py", "listing": {"description": ["se|ed"]}}}',
      },
      ['train.py:0:0'],
    ],
    [
      'nothing, for files of another run',
      {
        toml: '[train]\ndepends = {run-select = "x", files = "data/*|.csv"}',
        yaml: 'train:\n  depends:\n  - run-select: x\n    files: train|.py\n',
        json: '{"train": {"depends": {"run-select": "x", "files": "train|.py"}}}',
      },
      [],
    ],
    [
      'nothing, for a text that means nothing and a file that is not there',
      {
        toml: '[train]\ndescription = "train.|py"\nexec = "gone.py"',
        yaml: 'train:\n  exec: gon|e.py\n',
        json: '{"train": {"config": "gon|e.py#lr"}}',
      },
      [],
    ],
  ];
  for (const [name, sources, expected] of cases) {
    for (const format of FORMATS) {
      test(`${name} (${format})`, async (t) => {
        const project = languageProject(t, FILES);
        const file = withCursor(format, sources[format]);
        const found = await targets(project, file);
        if (expected[0] !== 'here') assert.deepEqual(found, expected);
        else {
          const place = file.document.lines.positionAt(file.document.text.indexOf('prepare'));
          const quote = format === 'json' ? 1 : 0;
          assert.deepEqual(found, [
            `here:${String(place.line)}:${String(place.character - quote)}`,
          ]);
        }
      });
    }
  }

  test('of very many files only the first ones', async (t) => {
    const names = Array.from({ length: 80 }, (_, i) => [`data/${String(i)}.csv`, '']);
    const project = languageProject(t, Object.fromEntries(names) as Record<string, string>);
    const file = withCursor('toml', '[train]\nsourcecode = "data/*|"');
    assert.equal((await targets(project, file)).length, 50);
  });
});

const RENAMED: InFormats = {
  toml: `
[pre|pare]
exec.run = "x"
[[prepare.depends]]
files = "a"
[prepare.listing]
description = ["lr"]
[train]
description = "after prepare"
[[train.depends]]
run-select = "operation == prepare and status == completed"
[[train.depends]]
runs-select = 'op in [prepare, "prepare", other]'
`,
  yaml: `
pre|pare:
  exec: x
train:
  description: after prepare
  depends:
    - run-select: operation == prepare and status == completed
    - runs-select: 'op in [prepare, "prepare", other]'
`,
  json: `{
  "pre|pare": {"exec": "x"},
  "train": {
    "description": "after prepare",
    "depends": [
      {"run-select": "operation == prepare and status == completed"},
      {"runs-select": "op in [prepare, \\"prepare\\", other]"}
    ]
  }
}`,
};

describe('references and rename of an operation', () => {
  const counts = { toml: 6, yaml: 4, json: 4 };
  for (const format of FORMATS) {
    test(`finds its definition and the dependencies that name it (${format})`, () => {
      const { document, offset } = withCursor(format, RENAMED[format]);
      const found = referencesAt(document, offset).map((range) => textOf(document, range));
      assert.equal(found.length, counts[format]);
      assert.ok(found.every((text) => /^\W*prepare\W*$/.test(text)));
    });

    for (const name of ['prep2', 'prep.v2', 'true', "it's", 'a"b', 'größe', 'a#b:', 'a\\b', '-x']) {
      test(`renames to ${name} everywhere (${format})`, () => {
        const { document, offset } = withCursor(format, RENAMED[format]);
        const text = edited(document.text, renameAt(document, offset, name));
        const after = parseGageDocument(document.path, text);
        assert.deepEqual(after.tree.problems, [], text);
        assert.deepEqual(
          after.operations.map((operation) => operation.name),
          [name, 'train'],
        );
        const found = referencesAt(after, after.operations[0]?.nameRange.from ?? -1);
        assert.equal(found.length, counts[format], text);
        assert.ok(text.includes('after prepare'));
        assert.deepEqual(after.operations[0]?.opdef.table, document.operations[0]?.opdef.table);
      });
    }

    test(`begins at a dependency, too (${format})`, () => {
      const source = RENAMED[format].replace('|', '').replace('== prepare', '== prep|are');
      const { document, offset } = withCursor(format, source);
      assert.equal(renameRangeAt(document, offset)?.name, 'prepare');
      assert.equal(renameAt(document, offset, 'x').length, format === 'toml' ? 5 : 3);
    });

    test(`renames nothing else (${format})`, () => {
      const source = RENAMED[format].replace('|', '').replace('after', 'af|ter');
      const { document, offset } = withCursor(format, source);
      assert.equal(renameRangeAt(document, offset), null);
      assert.deepEqual(renameAt(document, offset, 'x'), []);
      assert.deepEqual(referencesAt(document, offset), []);
    });
  }

  for (const name of ['', 'a b', 'a\tb', '$runs-dir', 'train']) {
    test(`refuses ${JSON.stringify(name)}`, () => {
      const { document, offset } = withCursor('toml', RENAMED.toml);
      assert.throws(() => renameAt(document, offset, name), RunyardError);
    });
  }

  test('a dependency that is only a name follows, and becomes an expression when it must', () => {
    const source = '[pre|pare]\n[train]\ndepends = {run-select = "prepare"}\n[other]\n';
    const { document, offset } = withCursor('toml', source);
    const to = (name: string): unknown => {
      const text = edited(document.text, renameAt(document, offset, name));
      return parseGageDocument('gage.toml', text).operations[1]?.opdef.table['depends'];
    };
    assert.deepEqual(to('prep2'), { 'run-select': 'prep2' });
    assert.deepEqual(to('a=b'), { 'run-select': 'operation == "a=b"' });
  });

  test('a name with a quote is written so that it is read again', () => {
    const source = `[pre|pare]\n[train]\ndepends = {run-select = "'prepare'"}\n`;
    const { document, offset } = withCursor('toml', source);
    const text = edited(document.text, renameAt(document, offset, "no's"));
    const [operation] = parseGageDocument('gage.toml', text).operations.slice(1);
    const depends = operation?.opdef.table['depends'];
    assert.deepEqual(depends, { 'run-select': `operation == "no's"` });
  });

  test('a dependency that YAML uses again by its anchor is there once', () => {
    const source =
      'pre|pare: {exec: x}\na: &a\n  depends: &d\n    run-select: op = prepare\nb:\n  <<: *a\nc: *a\nd:\n  depends: *d\n';
    const { document, offset } = withCursor('yaml', source);
    const text = edited(document.text, renameAt(document, offset, 'prep2'));
    assert.equal(text, document.text.replaceAll('prepare', 'prep2'));
    assert.equal(referencesAt(document, offset).length, 2);
  });

  test('a name alone that is no operation is left as it is', () => {
    const source = '[train]\ndepends = {run-select = "some-|label"}';
    const { document, offset } = withCursor('toml', source);
    assert.deepEqual(referencesAt(document, offset), []);
  });

  test('an operation that only a dependency names cannot be renamed', () => {
    const source = '[train]\ndepends = {run-select = "op = el|sewhere"}';
    const { document, offset } = withCursor('toml', source);
    assert.equal(renameRangeAt(document, offset), null);
    assert.equal(referencesAt(document, offset).length, 1);
  });
});

describe('links', () => {
  const sources: InFormats = {
    toml: `
[train]
exec = "python3 train.py --data=data/a.csv $project_dir/src/model.py gone.py src"
sourcecode = ["**/*.py", "-data/b.csv", "'my file.txt'"]
config = ["train.py#lr", "*.py", "gone.py", "-src/model.py"]
`,
    yaml: `
train:
  exec: python3 train.py --data=data/a.csv $project_dir/src/model.py gone.py src
  sourcecode: ["**/*.py", "-data/b.csv", "'my file.txt'"]
  config: ["train.py#lr", "*.py", gone.py, -src/model.py]
`,
    json: `{"train": {
  "exec": "python3 train.py --data=data/a.csv $project_dir/src/model.py gone.py src",
  "sourcecode": ["**/*.py", "-data/b.csv", "'my file.txt'"],
  "config": ["train.py#lr", "*.py", "gone.py", "-src/model.py"]
}}`,
  };
  for (const format of FORMATS) {
    test(`are the files that exist (${format})`, (t) => {
      const project = languageProject(t, FILES);
      const document = parseGageDocument(`gage.${format}`, sources[format]);
      const links = linksOf(document, project);
      assert.deepEqual(
        links.map(({ range, path }) => [textOf(document, range), nameOf(project, path)]),
        [
          ['train.py', 'train.py'],
          ['data/a.csv', 'data/a.csv'],
          ['src/model.py', 'src/model.py'],
          ['data/b.csv', 'data/b.csv'],
          ["'my file.txt'", 'my file.txt'],
          ['train.py', 'train.py'],
          ['src/model.py', 'src/model.py'],
        ],
      );
    });
  }
});
