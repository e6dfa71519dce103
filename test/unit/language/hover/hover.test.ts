import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hoverAt } from '../../../../src/language/hover/hover.ts';
import {
  FORMATS,
  languageProject,
  textOf,
  withCursor,
  type InFormats,
} from '../../../helpers/gage/text.ts';

const FILES = {
  'train.py': 'seed = 1\nlr = 0.1\nopt = {"name": "adam"}\n',
  'src/model.py': 'depth = 3\n',
  'src/test_model.py': '',
  ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`data/${String(i)}.csv`, '1,2'])),
  'a`b.txt': '',
};

interface Case {
  readonly name: string;
  readonly sources: InFormats;
  /** The part of the text that the hover is about, without quotes. */
  readonly about: string;
  readonly says: readonly RegExp[];
  readonly saysNot?: RegExp;
}

/** An operation with one key and its value, which is JSON and good for the three formats. */
function withValue(key: string, value: string, more = ''): InFormats {
  return {
    toml: `${more === '' ? '' : `[${more}]\nexec = "x"\n`}[train]\n${key} = ${value}\n`,
    yaml: `${more === '' ? '' : `${more}:\n  exec: x\n`}train:\n  ${key}: ${value}\n`,
    json: `{${more === '' ? '' : `"${more}": {"exec": "x"}, `}"train": {"${key}": ${value}}}`,
  };
}

const CASES: readonly Case[] = [
  {
    name: 'a key says what it does',
    sources: withValue('vers|ion', '"1"'),
    about: 'version',
    says: [/^The version of the operation/],
  },
  {
    name: 'a phase says what it does',
    sources: {
      toml: '[train.exec]\nfina|lize = "x"\n',
      yaml: 'train:\n  exec:\n    fina|lize: x\n',
      json: '{"train": {"exec": {"fina|lize": "x"}}}',
    },
    about: 'finalize',
    says: [/before the run becomes read-only/],
  },
  {
    name: 'a key of a dependency says what it does',
    sources: {
      toml: '[[train.depends]]\nli|nk = true\n',
      yaml: 'train:\n  depends:\n  - li|nk: true\n',
      json: '{"train": {"depends": [{"li|nk": true}]}}',
    },
    about: 'link',
    says: [/Links the files/],
  },
  {
    name: 'a setting says what it does',
    sources: {
      toml: '"$runs|-dir" = "x"\n',
      yaml: '$runs|-dir: x\n',
      json: '{"$runs|-dir": "x"}',
    },
    about: '$runs-dir',
    says: [/directory of the runs/],
  },
  {
    name: 'sourcecode says what is copied',
    sources: withValue('source|code', '["**/*.py", "data/1.csv"]'),
    about: 'sourcecode',
    says: [/Patterns of the files/, /\*\*4 files\*\* \(\d+ bytes\)/, /- `src\/model\.py`/],
  },
  {
    name: 'config says its values',
    sources: withValue('con|fig', '["train.py", "src/model.py"]'),
    about: 'config',
    says: [/`lr` = `0\.1` \(train\\\.py:2\)/, /`depth` = `3` \(src\/model\\\.py:1\)/],
  },
  {
    name: 'a pattern says what it selects',
    sources: withValue('sourcecode', '["**/*.p|y", "-**/test_*"]'),
    about: '**/*.py',
    says: [
      /^Selects \*\*2 files\*\* \(\d+ bytes\)\.\n\n- `src\/model\.py`\n- `train\.py`\n\n/,
      /matches 1 other file, for which later patterns decide/,
    ],
  },
  {
    name: 'of many files the first ones',
    sources: withValue('sourcecode', '"da|ta/*.csv"'),
    about: 'data/*.csv',
    says: [/\*\*12 files\*\* \(36 bytes\)/, /- … 2 more$/],
    saysNot: /9\.csv/,
  },
  {
    name: 'an exclude says what it takes out, and from which pattern',
    sources: withValue('sourcecode', '["**/*.py", "-**/te|st_*"]'),
    about: '-**/test_*',
    says: [
      /^Takes out \*\*1 file\*\* \(0 bytes\)/,
      /- `src\/test_model\.py`/,
      /`\*\*\/\*\.py` would/,
    ],
  },
  {
    name: 'an exclude of a directory, with the default patterns before it',
    sources: withValue('sourcecode', '["-da|ta dir"]'),
    about: '-data dir',
    says: [/^Takes out \*\*12 files\*\*/, /`\*\*\/\* text size<100000 max-matches=500` would/],
  },
  {
    name: 'a pattern that does nothing',
    sources: withValue('sourcecode', '["*.py", "-no|thing"]'),
    about: '-nothing',
    says: [/^Takes out no file\.$/],
  },
  {
    name: 'a pattern of a dependency',
    sources: {
      toml: '[[train.depends]]\nfiles = ["data/1*.c|sv", "-data/11.csv"]\n',
      yaml: 'train:\n  depends:\n    files: ["data/1*.c|sv", "-data/11.csv"]\n',
      json: '{"train": {"depends": [{"files": ["data/1*.c|sv", "-data/11.csv"]}]}}',
    },
    about: 'data/1*.csv',
    says: [/^Selects \*\*2 files\*\*/, /data\/10\.csv/, /1 other file/],
  },
  {
    name: 'names that look like Markdown',
    sources: withValue('sourcecode', '"*.t|xt"'),
    about: '*.txt',
    says: [/- `` a`b\.txt ``/],
  },
  {
    name: 'a config key says its value and line',
    sources: withValue('config', '["train.py#l|r"]'),
    about: 'train.py#lr',
    says: [/^- `lr` = `0\.1` \(train\\\.py:2\)$/],
  },
  {
    name: 'a glob of config keys',
    sources: withValue('config', '"*.py#**.*|"'),
    about: '*.py#**.*',
    says: [/`seed` = `1`/, /`opt\.name` = `"adam"`/],
  },
  {
    name: 'a config key that is taken out',
    sources: withValue('config', '["train.py", "-#se|ed"]'),
    about: '-#seed',
    says: [/^Leaves out:\n\n- `seed` = `1`/],
  },
  {
    name: 'a config file that is not there',
    sources: withValue('config', '"go|ne.py#lr"'),
    about: 'gone.py#lr',
    says: [/No file/],
  },
  {
    name: 'a config key that is not there',
    sources: withValue('config', '"train.py#l|x"'),
    about: 'train.py#lx',
    says: [/^No such key in:\n\n- `train\.py`$/],
  },
  {
    name: 'a listed key',
    sources: {
      toml: '[train]\nconfig = "train.py"\nlisting.description = ["l|r"]\n',
      yaml: 'train:\n  config: train.py\n  listing:\n    description: [l|r]\n',
      json: '{"train": {"config": "train.py", "listing": {"description": ["l|r"]}}}',
    },
    about: 'lr',
    says: [/^`lr` = `0\.1`/],
  },
  {
    name: 'the name of an operation',
    sources: {
      toml: '[tr|ain]\ndescription = "Trains *it*"\nversion = 2\nexec = "python3 train.py"\nconfig = "train.py#lr"\n',
      yaml: 'tr|ain:\n  description: Trains *it*\n  version: 2\n  exec: python3 train.py\n  config: train.py#lr\n',
      json: '{"tr|ain": {"description": "Trains *it*", "version": 2, "exec": {"run": "python3 train.py"}, "config": "train.py#lr"}}',
    },
    about: 'train',
    says: [
      /^\*\*train\*\* \(version `2`\)/,
      /Trains \\\*it\\\*/,
      /`python3 train\.py`/,
      /`lr` = `0\.1`/,
    ],
  },
  {
    name: 'the operation that a dependency names',
    sources: {
      toml: '[prepare]\nexec = "make"\n[train]\ndepends = {run-select = "op = pre|pare"}\n',
      yaml: 'prepare:\n  exec: make\ntrain:\n  depends:\n    run-select: op = pre|pare\n',
      json: '{"prepare": {"exec": "make"}, "train": {"depends": {"run-select": "op = pre|pare"}}}',
    },
    about: 'prepare',
    says: [/^\*\*prepare\*\*\n\n`make`$/],
  },
];

describe('hover', () => {
  for (const { name, sources, about, says, saysNot } of CASES) {
    for (const format of FORMATS) {
      test(`${name} (${format})`, async (t) => {
        const { document, offset } = withCursor(format, sources[format]);
        const hover = await hoverAt(document, offset, languageProject(t, FILES));
        assert.ok(hover);
        assert.equal(textOf(document, hover.range).replace(/^["']|["']$/g, ''), about);
        for (const form of says) assert.match(hover.markdown, form);
        if (saysNot !== undefined) assert.doesNotMatch(hover.markdown, saysNot);
      });
    }
  }

  const silent: readonly InFormats[] = [
    withValue('exec', '"ec|ho"'),
    withValue('unkn|own', '1'),
    withValue('sourcecode', '["*.p|y", 1]'),
    withValue('sourcecode', `"'op|en"`),
    withValue('config', '"|#"'),
    {
      toml: '[train]\ndepends = {run-select = "x", files = "da|ta/*"}',
      yaml: 'train:\n  depends:\n    run-select: x\n    files: da|ta/*\n',
      json: '{"train": {"depends": {"files": "da|ta/*", "run-select": "x"}}}',
    },
  ];
  for (const sources of silent) {
    for (const format of FORMATS) {
      test(`nothing for ${JSON.stringify(sources[format])}`, async (t) => {
        const { document, offset } = withCursor(format, sources[format]);
        const hover = await hoverAt(document, offset, languageProject(t, FILES));
        assert.ok(hover === null || /^No file/.test(hover.markdown), hover?.markdown);
      });
    }
  }

  for (const [format, example] of [
    ['toml', /```toml\nsourcecode = \[/],
    ['yaml', /```yaml\nsourcecode:\n {2}- /],
    ['json', /```jsonc\n"sourcecode": \[/],
  ] as const) {
    test(`examples are in the format of the file (${format})`, async (t) => {
      const project = languageProject(t, {});
      const { document, offset } = withCursor(format, withValue('source|code', '[]')[format]);
      assert.match((await hoverAt(document, offset, project))?.markdown ?? '', example);
    });
  }

  test('stops when it is aborted', async (t) => {
    const { document, offset } = withCursor('toml', withValue('sourcecode', '"*|"').toml);
    const signal = AbortSignal.abort();
    const project = languageProject(t, FILES);
    await assert.rejects(hoverAt(document, offset, project, signal), { name: 'AbortError' });
  });
});
