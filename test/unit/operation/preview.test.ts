import assert from 'node:assert/strict';
import { join, sep } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parseFlags } from '../../../src/config/flags.ts';
import { encodeLine } from '../../../src/core/data/json.ts';
import { stageRun } from '../../../src/core/life/stage.ts';
import { openProject } from '../../../src/opdef/project.ts';
import { newRun } from '../../../src/operation/new-run.ts';
import {
  previewJson,
  previewOperation,
  type Preview,
  type PreviewOptions,
} from '../../../src/operation/preview.ts';
import { renderPreview } from '../../../src/operation/render-preview.ts';
import { runCli } from '../../helpers/cli.ts';
import { posix } from '../../helpers/posix.ts';
import { find, tempDir, writeTree, type TreeEntry } from '../../helpers/temp.ts';

const GAGE_FILE = `
[train]
description = "Trains a model.\\nSlowly."
version = 2.0
progress = "tqdm"
output-summary = "(?P<key>loss): (?P<value>.*)"
config = ["train.py", "conf.json"]
sourcecode = ["**/*.py", "conf.json", "data/*", "-data/big.csv", "-old dir"]
depends = [
  { files = "models/*" },
  { run-select = "operation == prepare", description = "Clean data" },
]

[train.exec]
stage-runtime = "cp $project_dir/x ."
run = ["python", "$project_dir/train.py"]
finalize = '''
echo $project_dir
echo done
'''

[prepare]
exec = "python prepare.py"
`;

const FILES: Readonly<Record<string, TreeEntry>> = {
  'gage.toml': GAGE_FILE,
  'train.py': '# Trains\nlr = 0.1\nname = "a"\n',
  'prepare.py': '',
  'conf.json': '{"epochs": 3}\n',
  'data/a.csv': '1,2\n',
  'data/big.csv': 'x'.repeat(2000),
  'data/id_rsa': 'secret',
  'old/c.py': '',
  'models/m.bin': '\0\0',
};

async function preview(
  dir: string,
  opName: string,
  options: PreviewOptions = {},
): Promise<Preview> {
  return await previewOperation(await openProject(dir, { env: {} }), opName, options);
}

function project(t: TestContext, files: Readonly<Record<string, TreeEntry>> = FILES): string {
  return writeTree(join(tempDir(t), 'demo'), files);
}

void test('a preview as text', posix('paths with slashes'), async (t) => {
  const dir = project(t);
  const shown = await preview(dir, 'train', { flags: parseFlags(['lr=0.5']) });
  const { text } = renderPreview(shown);
  assert.equal(
    text.replaceAll(dir, '/demo'),
    `train 2.0  /demo/gage.toml
Trains a model.
Slowly.

Problems
  A dependency is not met: there is no completed run that matches "operation == prepare"

Warnings
  File "data/id_rsa" may hold secrets

Commands
  stage-runtime
    cp /demo/x .
  run
    ['python', '/demo/train.py']
  finalize
    echo $project_dir
    echo done

Progress
  run  tqdm

Output summary
  (?P<key>loss): (?P<value>.*)

Config: 3 values, 1 changed
  epochs  3    conf.json:1
  lr      0.5  train.py:2   was 0.1
  name    "a"  train.py:3

Dependencies
  project files: models/*
    models/m.bin  2 bytes
  run files: operation == prepare
    Clean data
    Not met

Source patterns
  **/*.py        takes 2 files
  conf.json      takes 1 file
  data/*         takes 2 of 3 files
  -data/big.csv  leaves out 1 file
  -old dir       leaves out 1 directory

Source code: 5 files, 53 bytes
  conf.json    14 bytes  conf.json
  data/a.csv    4 bytes  data/*
  data/id_rsa   6 bytes  data/*
  prepare.py    0 bytes  **/*.py
  train.py     29 bytes  **/*.py
`,
  );
});

void test('the links of a preview lead to the files that the text names', async (t) => {
  const dir = project(t);
  const { text, links } = renderPreview(await preview(dir, 'train'));
  const targets = links.map(({ from, to, path, line }) => {
    const place = line === null ? '' : `:${String(line)}`;
    const named = text.slice(from, to);
    const target = `${path.replaceAll(sep, '/')}${place}`;
    assert.ok(target.endsWith(named.replaceAll(sep, '/')), named);
    return target.slice(dir.length + 1);
  });
  assert.deepEqual(targets, [
    'gage.toml',
    'conf.json:1',
    'train.py:2',
    'train.py:3',
    'models/m.bin',
    'conf.json',
    'data/a.csv',
    'data/id_rsa',
    'prepare.py',
    'train.py',
  ]);
});

void test("a preview as JSON begins with Gage's own", async (t) => {
  const dir = project(t);
  const json = previewJson(await preview(dir, 'prepare'));
  const text = encodeLine(json);
  const own = {
    sourcecode: {
      src_dir: dir,
      patterns: [
        '**/* text size<100000 max-matches=500',
        '-**/.* dir',
        '-**/* dir sentinel=bin/activate',
        '-**/* dir sentinel=.nocopy',
        '-summary.json',
      ],
      paths: [
        'conf.json',
        'data/a.csv',
        'data/big.csv',
        'data/id_rsa',
        'gage.toml',
        'old/c.py',
        'prepare.py',
        'train.py',
      ],
    },
  };
  assert.ok(text.startsWith(encodeLine(own).slice(0, -1)), text);
  const { commands, bytes } = JSON.parse(text) as Record<string, unknown>;
  assert.deepEqual(commands, { run: 'python prepare.py' });
  const sizes = ['conf.json', 'data/a.csv', 'data/id_rsa', 'train.py'].map(sizeOf);
  assert.equal(bytes, sizes.reduce((a, b) => a + b) + 2000 + GAGE_FILE.length);
});

function sizeOf(path: string): number {
  const data = FILES[path];
  return typeof data === 'string' ? data.length : 0;
}

void test('what a preview shows is what staging copies', async (t) => {
  const dir = project(t);
  for (const [opName, others] of [
    ['prepare', []],
    ['link', ['gage.toml']],
  ] as const) {
    writeTree(dir, {
      'gage.toml': `${GAGE_FILE}\n[link]\nexec = "x"\nsourcecode = ["**/*", "-gage.toml"]\n`,
    });
    const { source } = await preview(dir, opName);
    const { run } = await newRun(await openProject(dir, { env: {} }), opName);
    await stageRun(run, dir);
    const paths = source.files.map(({ path }) => path);
    assert.deepEqual(paths, find(run.runDir));
    assert.ok(others.every((path) => !paths.includes(path)));
  }
});

void test('what is wrong with an operation does not hide the rest', async (t) => {
  const dir = project(t, {
    'gage.toml': `
[broken]
version = "a b"
config = { keys = 3 }
depends = 3
progress = 1
`,
    'a.py': '',
  });
  const { problems, source, version, config, depends } = await preview(dir, 'broken');
  assert.equal(problems.length, 5);
  assert.match(problems.join('\n'), /"version" of an operation must be/);
  assert.match(problems.join('\n'), /has no command to run/);
  assert.equal(version, null);
  assert.deepEqual([config, depends], [[], []]);
  assert.deepEqual(
    source.files.map(({ path }) => path),
    ['a.py', 'gage.toml'],
  );
});

void test('given values that cannot be used are refused', async (t) => {
  const dir = project(t);
  const given = (flag: string): Promise<Preview> =>
    preview(dir, 'train', { flags: parseFlags([flag]) });
  await assert.rejects(given('lrr=1'), { code: 'bad-config' });
  await assert.rejects(given('epochs=many'), { code: 'bad-config' });
  await assert.rejects(preview(dir, 'trian'), { code: 'no-operation' });
  await assert.rejects(preview(tempDir(t), 'train'), { code: 'no-gage-file' });
});

void test('a key that no file has', async (t) => {
  const options = { flags: parseFlags(['extra=1']), acceptUnknown: true };
  const shown = await preview(project(t), 'train', options);
  assert.match(renderPreview(shown).text, /\n {2}extra {3}1 {4}given; no file has this key\n/);
});

void test('files that are always left out', async (t) => {
  const { source } = await preview(project(t), 'train', { exclude: ['id_*', 'data/id_*'] });
  assert.deepEqual(source.secrets, []);
  assert.deepEqual(source.patterns.slice(-2), ['-id_*', '-data/id_*']);
});

void test('runyard run --preview creates nothing', async (t) => {
  const dir = project(t);
  const before = find(dir);
  const shown = await runCli(['run', 'train', 'lr=0.2', '--preview'], { cwd: dir });
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /^train 2\.0 {2}.*gage\.toml\n/);
  assert.match(shown.stdout, /\n {2}lr {6}0\.2 {2}train\.py:2 {3}was 0\.1\n/);
  const json = await runCli(['run', '--preview', '--json', 'train'], { cwd: dir });
  assert.equal(json.code, 0, json.stderr);
  assert.match(json.stdout, /^\{\n {2}"sourcecode": \{\n {4}"src_dir": /);
  assert.deepEqual(find(dir), before);
});
