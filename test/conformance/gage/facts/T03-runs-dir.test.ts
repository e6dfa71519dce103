import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { findProjectDir, namespaceOf } from '../../../../src/core/run/project.ts';
import { findGageFile } from '../../../../src/opdef/gagefile.ts';
import { openProject } from '../../../../src/opdef/project.ts';
import { tempDir, writeTree } from '../../../helpers/temp.ts';

async function runsDirOf(dir: string, env: NodeJS.ProcessEnv): Promise<string> {
  return (await openProject(dir, { env })).runsDir;
}

test('T3: the runs directory', async (t) => {
  const home = tempDir(t);
  const dir = tempDir(t);
  const env = { HOME: home };
  assert.equal(await runsDirOf(dir, env), join(home, '.gage', 'runs'));
  mkdirSync(join(dir, '.vscode'));
  assert.equal(await runsDirOf(dir, env), join(dir, '.gage', 'runs'));
  writeFileSync(join(dir, 'gage.yaml'), '$runs-dir: xyz\n');
  assert.equal(await runsDirOf(dir, env), join(dir, 'xyz'));
  assert.equal(await runsDirOf(dir, { ...env, RUNS_DIR: 'xxx' }), join(dir, 'xxx'));
  assert.equal(
    await runsDirOf(dir, { ...env, RUNS_DIR: 'xxx', GAGE_RUNS: 'yyy' }),
    join(dir, 'yyy'),
  );
  assert.equal(await runsDirOf(dir, { ...env, GAGE_RUNS: '', RUNS_DIR: '' }), join(dir, 'xyz'));
  assert.equal(await runsDirOf(dir, { ...env, GAGE_RUNS: '~/abc' }), join(home, 'abc'));
});

test('T3: a broken Gage file means the default', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'gage.toml'), 'invalid [');
  assert.equal(await runsDirOf(dir, { HOME: dir }), join(dir, '.gage', 'runs'));
});

test('T3: an absolute $runs-dir wins over the project', async (t) => {
  const dir = tempDir(t);
  const other = tempDir(t);
  writeFileSync(join(dir, 'gage.toml'), `"$runs-dir" = ${JSON.stringify(other)}\n`);
  assert.equal(await runsDirOf(dir, { HOME: dir }), other);
});

test('T3: candidates of the Gage file, in order', (t) => {
  const names = [
    '.gage/gage.toml',
    '.gage/gage.yaml',
    '.gage/gage.json',
    'gage.toml',
    'gage.yaml',
    'gage.json',
  ];
  const dir = writeTree(tempDir(t), Object.fromEntries(names.map((name) => [name, ''])));
  for (const name of names) {
    assert.equal(findGageFile(dir), join(dir, name));
    rmSync(join(dir, name));
  }
  assert.equal(findGageFile(dir), null);
});

test('the nearest directory with a marker is the project', (t) => {
  const dir = tempDir(t);
  const deep = join(dir, 'a', 'b');
  mkdirSync(deep, { recursive: true });
  mkdirSync(join(dir, '.git'));
  assert.equal(findProjectDir(deep, {}), dir);
  writeFileSync(join(dir, 'a', 'pyproject.toml'), '');
  assert.equal(findProjectDir(deep, {}), join(dir, 'a'));
});

test('W18: relative PROJECT_DIR and GAGE_RUNS become absolute', async (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'sub', '.git'), { recursive: true });
  const project = await openProject(dir, { env: { PROJECT_DIR: 'sub', GAGE_RUNS: 'runs' } });
  assert.equal(project.projectDir, join(dir, 'sub'));
  assert.equal(project.runsDir, join(dir, 'runs'));
});

test('W16: a project whose directory has a space still has a namespace', (t) => {
  const dir = join(tempDir(t), 'my project');
  mkdirSync(dir);
  assert.equal(namespaceOf(dir), 'my_project');
});
