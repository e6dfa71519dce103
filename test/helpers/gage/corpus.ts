import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatOfGageFile } from '../../../src/opdef/parse.ts';
import type { GageFormat, TextRange, ValueNode } from '../../../src/opdef/syntax/tree.ts';

export interface CorpusFile {
  readonly name: string;
  readonly format: GageFormat;
  readonly text: string;
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Every Gage file of the fixtures and examples, valid and broken, and some with odd forms. */
export function gageFileCorpus(): readonly CorpusFile[] {
  const fixtures = join(ROOT, 'test', 'fixtures', 'gagefiles');
  const paths = readdirSync(fixtures).map((name) => join(fixtures, name));
  const files = [...paths, join(ROOT, 'examples', 'getting-started', 'gage.toml')];
  const read = files.flatMap((path) => {
    const format = formatOfGageFile(path);
    return format === null
      ? []
      : [{ name: basename(path), format, text: readFileSync(path, 'utf8') }];
  });
  const odd = ODD_FILES.map(([format, text], i) => ({ name: `odd ${i}.${format}`, format, text }));
  return [...read, ...odd];
}

const ODD_FILES: readonly (readonly [GageFormat, string])[] = [
  [
    'toml',
    '"$runs-dir" = "runs" # where\n\n[train]\nexec.run = ["python3", "train.py",]\nexec."stage-runtime" = \'\'\'\nmake\n  env\'\'\'\nversion = 1.0\nsourcecode = [\n  "**/*.py", # code\n  \'-data dir\',\n]\n\n[[train.depends]]\nfiles = "a.csv"\n[[train.depends]]\nrun-select = """op = \\\n   prepare"""\nlink = true\n\n[eval]\nconfig = [{keys = "a.py#x", prefix = "p"}, "b.py"]\n[eval.summary]\nfilename = "s\\u00e9.json"\n[train.listing]\ndescription = ["loss"]\n',
  ],
  [
    'toml',
    'a = 1979-05-27T07:32:00Z\nb = 07:32:00\nc = 1979-05-27 07:32:00\nd = 0xdead_beef\ne = 1e6\nf = -inf\ng = nan\nh = [[1, 2], ["a"],\n["b"]\n]\ni = {x.y = 1, z = {}}\n"" = 1\n"a.b"."c d" = """"quoted""""\nj = """""two"""""\nk = \'\'\'\'q\'\'\'\'\n',
  ],
  [
    'yaml',
    '$runs-dir: runs # where\n\ntrain:\n  exec:\n    run: [python3, "train.py"]\n    stage-runtime: |\n      make\n        env\n\n      more\n  version: 1.10\n  default: yes\n  description: >-\n    folded text\n    in lines\n\n    and more\n  sourcecode:\n  - "**/*.py" # code\n  - \'-data dir\'\n  - plain in\n    two lines\n"eval":\n  config: [{keys: "a.py#x", prefix: p}, b.py]\n  summary: {filename: "s\\u00e9 \\\n     x.json"}\n',
  ],
  [
    'yaml',
    'base: &base\n  exec: python3 a.py\n  version: 0o17\nother:\n  <<: *base\n  version: 12:30\nmore: *base\nyes: {on: 1, ~: 010}\n? complex\n: {a: 1e-4, b: 1_000}\n',
  ],
  ['yaml', '---\n# one document\na:\n  exec: x\n...\n'],
  ['yaml', '  indented:\n    exec: x\n  second:\n    exec: y\n'],
  [
    'json',
    '// a comment\n{\n  "$runs-dir": "runs",\n  // another\n  "train": {\n    "exec": {"run": ["python3", "train.py"], "finalize": "a\\"b\\u00e9\\n"},\n    "version": 1.0,\n    "default": true,\n    "sourcecode": ["*.py", "-data dir"],\n    "depends": [{"files": "x"}, {"run-select": "y"}]\n  },\n  "eval": {"config": [NaN, -Infinity, 12345678901234567890, 1e400, null]}\n}\n',
  ],
];

/** The ranges of a value and of all that is in it, each with what it belongs to. */
export function* rangesOf(node: ValueNode): Generator<TextRange> {
  yield node.range;
  if (node.kind === 'list') for (const item of node.items) yield* rangesOf(item);
  if (node.kind !== 'table') return;
  for (const entry of node.entries) {
    yield entry.range;
    yield entry.keyRange;
    yield* entry.alsoAt;
    if (entry.value !== null) yield* rangesOf(entry.value);
  }
}
