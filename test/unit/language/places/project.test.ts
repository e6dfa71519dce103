import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { operationsOfProject } from '../../../../src/language/checks/gage-files.ts';
import {
  LanguageProject,
  type LanguageProjectOptions,
} from '../../../../src/language/places/project.ts';
import { parseGageDocument } from '../../../../src/opdef/document.ts';
import { posix } from '../../../helpers/posix.ts';
import { linkToDevice, makePipe } from '../../../helpers/special-files.ts';
import { tempDir, writeTree } from '../../../helpers/temp.ts';

const symlinks = posix('symbolic links');

function open(
  t: TestContext,
  tree: Parameters<typeof writeTree>[1],
  options?: LanguageProjectOptions,
): LanguageProject {
  return new LanguageProject(writeTree(tempDir(t), tree), options);
}

async function paths(project: LanguageProject, ...patterns: string[]): Promise<readonly string[]> {
  return (await project.selection(patterns)).files.map(({ path }) => path);
}

void test('a selection is kept until an event', async (t) => {
  const project = open(t, { 'a.py': '' });
  const first = await project.selection(['*.py']);
  assert.equal(await project.selection(['*.py']), first);
  writeTree(project.dir, { 'b.py': '' });
  project.event('created', join(project.dir, 'b.py'));
  assert.deepEqual(await paths(project, '*.py'), ['a.py', 'b.py']);
  renameSync(join(project.dir, 'a.py'), join(project.dir, 'c.py'));
  project.event('deleted', join(project.dir, 'a.py'));
  project.event('created', join(project.dir, 'c.py'));
  assert.deepEqual(await paths(project, '*.py'), ['b.py', 'c.py']);
});

void test('the selection tells what each pattern did', async (t) => {
  const project = open(t, { 'a.py': '', 'b.py': '', 'c.txt': '', 'data/d.py': '' });
  const { rules, complete } = await project.selection([
    '**/*.py',
    'a.*',
    '-b.py',
    '-nothing',
    '-data dir',
  ]);
  assert.equal(complete, true);
  assert.deepEqual(rules, [
    { matched: 2, decided: 0 },
    { matched: 1, decided: 1 },
    { matched: 1, decided: 1 },
    { matched: 0, decided: 0 },
    { matched: 1, decided: 1 },
  ]);
});

void test('a limit that ends the walk makes the counts incomplete', async (t) => {
  const project = open(t, { a: '', b: '', c: '', 'd.py': '' });
  const { rules, complete, limits } = await project.selection(['* max-matches=2', '-*.py']);
  assert.equal(complete, false);
  assert.deepEqual(rules[1], { matched: 0, decided: 0 });
  assert.equal(limits.length, 1);
});

void test('many selections at once', async (t) => {
  const project = open(t, { 'a.py': '', 'b.txt': '', 'c/d.py': '' });
  const [all, python, again] = await Promise.all([
    paths(project, '**/*'),
    paths(project, '**/*.py'),
    paths(project, '**/*'),
  ]);
  assert.deepEqual(all, ['a.py', 'b.txt', 'c/d.py']);
  assert.deepEqual(python, ['a.py', 'c/d.py']);
  assert.deepEqual(again, all);
});

void test('a failure is not kept', async (t) => {
  const project = open(t, {});
  rmSync(project.dir, { recursive: true });
  await assert.rejects(project.selection(['*']), { code: 'io' });
  await assert.rejects(project.selection(['"open']), { code: 'bad-pattern' });
  writeTree(project.dir, { a: '' });
  assert.deepEqual(await paths(project, '*'), ['a']);
});

void test('who gave up gets no selection, the others do', async (t) => {
  const project = open(t, { a: '' });
  const giveUp = new AbortController();
  const given = project.selection(['*'], giveUp.signal);
  const wanted = paths(project, '*');
  giveUp.abort(new Error('enough'));
  await assert.rejects(given, /enough/);
  assert.deepEqual(await wanted, ['a']);
});

void test('the store is never walked, and what happens in it does not matter', async (t) => {
  const dir = writeTree(tempDir(t), { 'a.py': '', 'store/run/a.py': '' });
  const runsDir = join(dir, 'store');
  const project = new LanguageProject(dir, { runsDir });
  assert.deepEqual(await paths(project, '**/*.py'), ['a.py']);
  const { version } = project;
  project.event('created', join(runsDir, 'run', 'b.py'));
  project.event('created', join(dir, '.git', 'index'));
  project.event('created', join(tempDir(t), 'elsewhere'));
  assert.equal(project.version, version);
  project.event('created', join(dir, 'storeroom'));
  assert.equal(project.version, version + 1);
});

void test('files that are always left out', async (t) => {
  const project = open(t, { 'a.py': '', 'key.pem': '' }, { exclude: ['*.pem'] });
  assert.deepEqual(await paths(project, '*'), ['a.py']);
});

void test('the version grows with events about what was asked', (t) => {
  const project = open(t, { 'gage.toml': '' });
  const grows = (kind: Parameters<LanguageProject['event']>[0], path: string): boolean => {
    const { version } = project;
    project.event(kind, join(project.dir, path));
    return project.version > version;
  };
  assert.equal(grows('changed', 'train.py'), false);
  assert.equal(project.exists('train.py'), false);
  assert.equal(project.exists('conf/base.json'), false);
  assert.equal(grows('created', 'train.py'), true);
  assert.equal(grows('created', 'conf'), true, 'the file may have come with it');
  assert.equal(grows('changed', 'conf'), false);
  assert.equal(grows('deleted', 'other'), false);
  assert.equal(grows('created', '.gage/gage.toml'), true);
});

void test('a project is known by its real path too', symlinks, async (t) => {
  const base = tempDir(t);
  const real = writeTree(join(base, 'real'), { a: '' });
  symlinkSync(real, join(base, 'link'));
  const project = new LanguageProject(join(base, 'link'));
  assert.deepEqual(await paths(project, '*'), ['a']);
  writeTree(real, { b: '', c: '' });
  project.event('created', join(real, 'b'));
  assert.deepEqual(await paths(project, '*'), ['a', 'b', 'c']);
});

void test('a config file is read once and again when it was written', async (t) => {
  const project = open(t, { 'train.py': 'lr = 0.1\n', 'image.png': '' });
  const first = await project.configFile('train.py');
  assert.ok('document' in first);
  assert.deepEqual([...first.document.values], [['lr', 0.1]]);
  assert.equal(await project.configFile(join(project.dir, 'train.py')), first);
  writeTree(project.dir, { 'train.py': 'lr = 0.25\n' });
  const second = await project.configFile('train.py');
  assert.ok('document' in second);
  assert.deepEqual([...second.document.values], [['lr', 0.25]]);
});

void test('why a file holds no configuration', async (t) => {
  const project = open(t, { 'image.png': '', 'latin.py': Buffer.from('x = "\xe9"', 'latin1') });
  mkdirSync(join(project.dir, 'dir.py'));
  const reason = async (path: string): Promise<string> => {
    const facts = await project.configFile(path);
    return 'reason' in facts ? facts.reason : 'none';
  };
  assert.equal(await reason('nothing.py'), 'missing');
  assert.equal(await reason('image.png'), 'unsupported');
  assert.equal(await reason('latin.py'), 'unreadable');
  assert.equal(await reason('dir.py'), 'unreadable');
});

void test('all Gage files that exist, in the order of looking', (t) => {
  const project = open(t, { 'gage.json': '{}', 'gage.toml': '', '.gage/gage.yaml': '' });
  assert.deepEqual(
    project.gageFiles(),
    ['.gage/gage.yaml', 'gage.toml', 'gage.json'].map((name) => join(project.dir, name)),
  );
});

void test('programs of the PATH and of the project', posix('permission bits'), (t) => {
  const bin = writeTree(tempDir(t), {
    tool: { data: '#!/bin/sh\n', mode: 0o755 },
    text: { data: '', mode: 0o644 },
    folder: null,
  });
  const env = { PATH: ['', bin].join(delimiter) };
  const project = open(t, { 'run.sh': { data: '#!/bin/sh\n', mode: 0o755 }, 'a.py': '' }, { env });
  const found = (name: string): boolean => project.commandExists(name);
  assert.deepEqual(['tool', 'text', 'folder', 'run.sh', 'no'].map(found), [
    true,
    false,
    false,
    false,
    false,
  ]);
  assert.deepEqual(['./run.sh', './a.py', './no', join(bin, 'tool')].map(found), [
    true,
    false,
    false,
    true,
  ]);
});

void test('what is no file holds no values', posix('named pipes'), async (t) => {
  const project = open(t, {});
  linkToDevice(join(project.dir, 'train.py'));
  makePipe(join(project.dir, 'values.json'));
  for (const [path, what] of [
    ['train.py', /train\.py is a device, not a file$/],
    ['values.json', /values\.json is a named pipe, not a file$/],
  ] as const) {
    const facts = await project.configFile(path);
    assert.ok('reason' in facts && facts.reason === 'unreadable', path);
    assert.match(facts.message, what);
  }
});

void test('Gage files that are no files define nothing', posix('named pipes'), (t) => {
  const project = open(t, { 'gage.toml': '[train]\nexec = "true"\n' });
  makePipe(join(project.dir, 'gage.yaml'));
  linkToDevice(join(project.dir, 'gage.json'));
  const path = join(project.dir, 'gage.toml');
  const document = parseGageDocument(path, readFileSync(path, 'utf8'));
  assert.deepEqual([...operationsOfProject(document, project)], ['train']);
});
