import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { applyEdits } from '../../../../src/config/formats/document.ts';
import type { DiagnosticCode } from '../../../../src/language/checks/diagnostic.ts';
import { checkProject, checkText } from '../../../../src/language/checks/diagnostics.ts';
import { fixesFor } from '../../../../src/language/fixes/fixes.ts';
import { LanguageProject } from '../../../../src/language/places/project.ts';
import { parseGageDocument } from '../../../../src/opdef/document.ts';
import { envWith } from '../../../helpers/gage/text.ts';
import { tempDir, writeTree } from '../../../helpers/temp.ts';

/**
 * Applies the preferred fix of the first diagnostic with a code, until there is none.
 * Fails when a fix does not take its diagnostic away.
 */
async function fixAll(
  t: TestContext,
  file: string,
  source: string,
  code: DiagnosticCode,
): Promise<string> {
  const dir = writeTree(tempDir(t), {
    'train.py': 'lr = 1\n',
    'data/a.txt': '',
    '.env': '',
    'key.pem': '',
  });
  const project = new LanguageProject(dir, { env: envWith(t, 'python3') });
  let text = source;
  for (let left = Infinity; ;) {
    const document = parseGageDocument(join(dir, file), text);
    const all = [...checkText(document), ...(await checkProject(document, project))];
    const found = all.filter((one) => one.code === code);
    const [first] = found;
    if (first === undefined) return text;
    assert.ok(found.length < left, `still there:\n${text}`);
    left = found.length;
    const [fix] = fixesFor(document, first, project);
    assert.ok(fix, `a fix for ${first.message}`);
    text = applyEdits(
      text,
      [...fix.edits].sort((a, b) => a.from - b.from),
    );
  }
}

/** A file, the code whose diagnostics are fixed, the text before and after. */
const CASES: readonly (readonly [
  name: string,
  file: string,
  code: DiagnosticCode,
  before: string,
  after: string,
])[] = [
  [
    'exec goes below the header, comments stay',
    'gage.toml',
    'missing-exec',
    '# all\n[train] # mine\nversion = 1 # one\n',
    '# all\n[train] # mine\nexec = "python3 train.py"\nversion = 1 # one\n',
  ],
  [
    'exec of a table that has only inner headers',
    'gage.toml',
    'missing-exec',
    '[train.listing]\ndescription = ["a"]\n',
    '[train]\nexec = "python3 train.py"\n\n[train.listing]\ndescription = ["a"]\n',
  ],
  [
    'exec of a table that has only lists of tables',
    'gage.toml',
    'missing-exec',
    '[[train.depends]]\nfiles = "data/*"\n',
    '[train]\nexec = "python3 train.py"\n\n[[train.depends]]\nfiles = "data/*"\n',
  ],
  [
    'exec of an inline table',
    'gage.toml',
    'missing-exec',
    'train = { version = 1 }\nother = {}\n',
    'train = { version = 1, exec = "python3 train.py" }\nother = { exec = "python3 other.py" }\n',
  ],
  [
    'exec of dotted keys',
    'gage.toml',
    'missing-exec',
    'train.version = 1\n',
    'train.exec = "python3 train.py"\ntrain.version = 1\n',
  ],
  [
    'exec with Windows line ends',
    'gage.toml',
    'missing-exec',
    '[train]\r\nversion = 1\r\n',
    '[train]\r\nexec = "python3 train.py"\r\nversion = 1\r\n',
  ],
  [
    'the phase run below its header',
    'gage.toml',
    'missing-exec',
    '[train.exec]\nfinalize = "echo"\n',
    '[train.exec]\nrun = "python3 train.py"\nfinalize = "echo"\n',
  ],
  [
    'exec in YAML with a comment',
    'gage.yaml',
    'missing-exec',
    'train: # mine\n    # one\n    version: 1\n',
    'train: # mine\n    # one\n    exec: "python3 train.py"\n    version: 1\n',
  ],
  [
    'exec in a table of YAML in braces',
    'gage.yaml',
    'missing-exec',
    'train: {version: 1}\n',
    'train: {version: 1, exec: "python3 train.py"}\n',
  ],
  [
    'exec in JSON in one line',
    'gage.json',
    'missing-exec',
    '{"train": {"version": 1}, "b": {}}',
    '{"train": {"version": 1, "exec": "python3 train.py"}, "b": {"exec": "python3 b.py"}}',
  ],
  [
    'exec in JSON with comments',
    'gage.json',
    'missing-exec',
    '{\n  // mine\n  "train": {\n    "version": 1\n  }\n}\n',
    '{\n  // mine\n  "train": {\n    "version": 1,\n    "exec": "python3 train.py"\n  }\n}\n',
  ],
  [
    'secrets are added to a list of many lines',
    'gage.toml',
    'secret-copied',
    '[train]\nexec = "echo"\nsourcecode = [\n  "**/*", # all\n]\n',
    '[train]\nexec = "echo"\nsourcecode = [\n  "**/*", # all\n  "-.env",\n  "-key.pem",\n]\n',
  ],
  [
    'secrets are added to a list of many lines without a comma at its end',
    'gage.toml',
    'secret-copied',
    '[train]\nexec = "echo"\nsourcecode = [\n  "**/*" # all\n]\n',
    '[train]\nexec = "echo"\nsourcecode = [\n  "**/*", # all\n  "-.env",\n  "-key.pem"\n]\n',
  ],
  [
    'secrets are added to a list of many lines in JSON',
    'gage.json',
    'secret-copied',
    '{"train": {"exec": "echo", "sourcecode": [\n  "**/*"\n]}}',
    '{"train": {"exec": "echo", "sourcecode": [\n  "**/*",\n  "-.env",\n  "-key.pem"\n]}}',
  ],
  [
    'secrets are added in YAML with a comment',
    'gage.yaml',
    'secret-copied',
    'train:\n  exec: echo\n  sourcecode:\n  - "**/*" # all\n\nb:\n  exec: echo\n  sourcecode: [train.py]\n',
    'train:\n  exec: echo\n  sourcecode:\n  - "**/*" # all\n  - "-.env"\n  - "-key.pem"\n\nb:\n  exec: echo\n  sourcecode: [train.py]\n',
  ],
  [
    'secrets of a plain value of YAML',
    'gage.yaml',
    'secret-copied',
    "train:\n  exec: echo\n  sourcecode: '**/*'\n",
    'train:\n  exec: echo\n  sourcecode: [\'**/*\', "-.env", "-key.pem"]\n',
  ],
  [
    'secrets where sourcecode is true',
    'gage.json',
    'secret-copied',
    '{"train": {"exec": "echo", "sourcecode": true}}',
    '{"train": {"exec": "echo", "sourcecode": ["-.env", "-key.pem"]}}',
  ],
  [
    'the last item of a list of lines goes with its line',
    'gage.toml',
    'pattern-shadowed',
    '[train]\nexec = "echo"\nsourcecode = [\n  "*.py",\n  "*.py" # again\n]\n',
    '[train]\nexec = "echo"\nsourcecode = [\n  "*.py",\n]\n',
  ],
  [
    'the last item of JSON takes the comma before it along',
    'gage.json',
    'pattern-shadowed',
    '{\n  "train": {\n    "exec": "echo",\n    "sourcecode": [\n      "*.py",\n      "*.py"\n    ]\n  }\n}\n',
    '{\n  "train": {\n    "exec": "echo",\n    "sourcecode": [\n      "*.py"\n    ]\n  }\n}\n',
  ],
  [
    'the last item in one line',
    'gage.json',
    'pattern-shadowed',
    '{"train": {"exec": "echo", "sourcecode": ["*.py", "data/*", "*.py"]}}',
    '{"train": {"exec": "echo", "sourcecode": ["*.py", "data/*"]}}',
  ],
  [
    'with an exclude between them the first of two is idle',
    'gage.yaml',
    'pattern-shadowed',
    'train:\n  exec: echo\n  sourcecode: ["*.py", -train.py, "*.py"]\n',
    'train:\n  exec: echo\n  sourcecode: ["*.py"]\n',
  ],
  [
    'a default in braces',
    'gage.toml',
    'two-defaults',
    'a = { exec = "echo", default = true }\nb = { default = true, exec = "echo" }\n',
    'a = { exec = "echo", default = true }\nb = { exec = "echo" }\n',
  ],
  [
    'a default with a comment',
    'gage.toml',
    'two-defaults',
    '[a]\nexec = "echo"\ndefault = true\n[b]\ndefault = true # too\nexec = "echo"\n',
    '[a]\nexec = "echo"\ndefault = true\n[b]\nexec = "echo"\n',
  ],
  [
    'a default that is all there is in YAML',
    'gage.yaml',
    'two-defaults',
    'a:\n  exec: echo\n  default: true\nb:\n  default: yes\n',
    'a:\n  exec: echo\n  default: true\nb:\n  default: false\n',
  ],
  [
    'a version that TOML cannot read',
    'gage.toml',
    'syntax',
    '[train]\nexec = "echo"\nversion = 1.2.0 # next\n',
    '[train]\nexec = "echo"\nversion = "1.2.0" # next\n',
  ],
  [
    'a version that JSON cannot read',
    'gage.json',
    'syntax',
    '{"train": {"exec": "echo", "version": 1.2.0}}',
    '{"train": {"exec": "echo", "version": "1.2.0"}}',
  ],
  [
    'a number of TOML that runs would show in another way',
    'gage.toml',
    'bad-version',
    '[train]\nexec = "echo"\nversion = 1.10\n',
    '[train]\nexec = "echo"\nversion = "1.10"\n',
  ],
  [
    'a number of JSON that runs would show in another way',
    'gage.json',
    'bad-version',
    '{"train": {"exec": "echo", "version": 1.10}}',
    '{"train": {"exec": "echo", "version": "1.10"}}',
  ],
  [
    'a version that is a date',
    'gage.toml',
    'bad-version',
    '[train]\nexec = "echo"\nversion = 2026-11-21\n',
    '[train]\nexec = "echo"\nversion = "2026-11-21"\n',
  ],
  [
    'a number that runs would show in another way',
    'gage.yaml',
    'bad-version',
    'train:\n  exec: echo\n  version: 1.10\n',
    'train:\n  exec: echo\n  version: "1.10"\n',
  ],
  [
    'a misspelled key in several headers',
    'gage.toml',
    'unknown-key',
    '[train.excc]\nrun = "echo"\n',
    '[train.exec]\nrun = "echo"\n',
  ],
  [
    'a pattern without quotes gets them when it needs them',
    'gage.yaml',
    'pattern-never-matches',
    'train:\n  exec: echo\n  sourcecode: /*.py\n',
    'train:\n  exec: echo\n  sourcecode: "*.py"\n',
  ],
  [
    'a pattern in single quotes keeps them',
    'gage.toml',
    'pattern-never-matches',
    "[train]\nexec = 'echo'\nsourcecode = ['**/*', '-data']\n",
    "[train]\nexec = 'echo'\nsourcecode = ['**/*', '-data dir']\n",
  ],
];

for (const [name, file, code, before, after] of CASES) {
  test(`${file}: ${name}`, async (t) => {
    assert.equal(await fixAll(t, file, before, code), after);
  });
}
