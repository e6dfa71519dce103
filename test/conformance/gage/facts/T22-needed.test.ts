import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { cliJson, runCli, type CliResult } from '../../../helpers/cli.ts';
import { find, tempDir, writeTree } from '../../../helpers/temp.ts';

const SCRIPT = 'x = 1\nprint(f"x is {x}")\n';
const OPERATION = '[op]\nexec = "python3 op.py"\nconfig = "op.py"\n';

function project(dir: string, gageFile = OPERATION): string {
  return writeTree(dir, { 'gage.toml': gageFile, 'op.py': SCRIPT });
}

async function runNeeded(dir: string, ...args: readonly string[]): Promise<CliResult> {
  return await runCli(['run', 'op', '--needed', '--wait', ...args], { cwd: dir });
}

function oprefs(runsDir: string): string[] {
  return readdirSync(runsDir)
    .filter((name) => name.endsWith('.meta'))
    .map((name) => readFileSync(join(runsDir, name, 'opref'), 'utf8'))
    .sort();
}

test('T22: --needed skips what a completed run has done', async (t) => {
  const dir = project(join(tempDir(t), 'proj'));
  const runs = join(dir, '.gage', 'runs');
  assert.equal((await runNeeded(dir)).code, 0);
  const before = find(runs);

  const skipped = await runNeeded(dir);
  assert.equal(skipped.code, 5, skipped.stderr);
  assert.equal(skipped.stdout, '');
  assert.match(skipped.stderr, /Skipped/);
  assert.deepEqual(find(runs), before);

  // An equal value, also one of the other kind of number, is no difference.
  assert.equal((await runNeeded(dir, 'x=1')).code, 5);

  const other = await runNeeded(dir, 'x=2');
  assert.equal(other.code, 0);
  assert.equal(other.stdout, 'x is 2\n');
  assert.equal((await runNeeded(dir, 'x=2')).code, 5);
  assert.equal((await runNeeded(dir)).code, 5);
});

test('T22: a new version is needed, and listed with it', async (t) => {
  const dir = project(join(tempDir(t), 'proj'));
  assert.equal((await runNeeded(dir)).code, 0);
  writeFileSync(join(dir, 'gage.toml'), `${OPERATION}version = "2"\n`);
  assert.equal((await runNeeded(dir)).code, 0);
  assert.equal((await runNeeded(dir)).code, 5);
  assert.deepEqual(oprefs(join(dir, '.gage', 'runs')), ['1 proj op', '2 proj op 2']);
  const { stdout } = await runCli(['list'], { cwd: dir });
  assert.match(stdout, / op v2 /);
});

test('T22: a run that failed, or was only staged, does not make another needless', async (t) => {
  const dir = project(join(tempDir(t), 'proj'));
  writeFileSync(join(dir, 'op.py'), 'x = 1\nraise SystemExit(3)\n');
  assert.equal((await runNeeded(dir)).code, 3);
  assert.equal((await runNeeded(dir)).code, 3);
  writeFileSync(join(dir, 'op.py'), SCRIPT);
  assert.equal((await runCli(['stage', 'op'], { cwd: dir })).code, 0);
  assert.equal((await runNeeded(dir)).code, 0);
  assert.equal((await runNeeded(dir)).code, 5);
});

test('T22: a deleted run does not count', async (t) => {
  const dir = project(join(tempDir(t), 'proj'));
  assert.equal((await runNeeded(dir)).code, 0);
  assert.equal((await runCli(['delete', '1'], { cwd: dir })).code, 0);
  assert.equal((await runNeeded(dir)).code, 0);
});

test('T22: the same operation of a sibling project in one store', async (t) => {
  const parent = tempDir(t);
  const runs = join(parent, 'runs');
  for (const name of ['one', 'two']) {
    const dir = project(join(parent, name));
    assert.equal((await runNeeded(dir, '--runs', runs)).code, 0);
    assert.equal((await runNeeded(dir, '--runs', runs)).code, 5);
  }
  assert.deepEqual(oprefs(runs), ['1 one op', '1 two op']);
});

test('T22: versions that are numbers keep their look', async (t) => {
  for (const [version, stored] of [
    ['1', '1'],
    ['1.0', '1.0'],
    ['"2.0"', '2.0'],
  ] as const) {
    const dir = project(join(tempDir(t), 'proj'), `${OPERATION}version = ${version}\n`);
    await cliJson(['stage', 'op'], { cwd: dir });
    assert.deepEqual(oprefs(join(dir, '.gage', 'runs')), [`2 proj op ${stored}`]);
  }
});
