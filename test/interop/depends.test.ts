import assert from 'node:assert/strict';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { cliJson, runCli } from '../helpers/cli.ts';
import { Gage, gageProgram } from '../helpers/gage/gage.ts';
import { tempDir, writeTree } from '../helpers/temp.ts';

const GAGE_FILE = `
[prepare]
exec = "echo prepared > out.txt"
sourcecode = false

[train]
exec = "cat out.txt raw.csv > model.txt"
sourcecode = false

[[train.depends]]
run-select = "op = prepare"

[[train.depends]]
files = "*.csv"
link = true
`;

test('the real Gage lists, shows and starts runs that have dependencies', async (t) => {
  const files = { 'gage.toml': GAGE_FILE, 'raw.csv': 'raw\n' };
  const cwd = writeTree(join(tempDir(t), 'proj'), files);
  const gage = new Gage(await gageProgram(), cwd);
  await gage.ok('check', 'gage.toml');
  // Also a run that Gage made can be depended upon.
  await gage.ok('run', 'prepare', '-y');
  const staged = (await cliJson(['stage', 'train'], { cwd })) as { id: string; name: string };
  await gage.ok('run', '--start', staged.name, '-y');

  const shown = (await cliJson(['show', staged.id], { cwd })) as {
    status: string;
    runDir: string;
    manifest: string[][];
    depends: { type: string; runs: { opref: { name: string } }[] }[];
  };
  assert.equal(shown.status, 'completed');
  assert.deepEqual(
    shown.depends.map(({ type, runs }) => [type, runs.map(({ opref }) => opref.name)]),
    [
      ['run-files', ['prepare']],
      ['project-files', []],
    ],
  );
  assert.deepEqual(
    shown.manifest.map(([type, , path]) => `${type ?? ''} ${path ?? ''}`),
    ['d out.txt', 'd raw.csv', 'g model.txt'],
  );
  assert.equal(readFileSync(join(shown.runDir, 'model.txt'), 'utf8'), 'prepared\nraw\n');
  assert.ok(lstatSync(join(shown.runDir, 'raw.csv')).isSymbolicLink());
  // Gage makes its own files read-only, and not what a link leads to.
  assert.notEqual(lstatSync(join(cwd, 'raw.csv')).mode & 0o200, 0);

  assert.deepEqual(
    (await gage.list()).map(({ operation, status }) => [operation, status]),
    [
      ['train', 'completed'],
      ['prepare', 'completed'],
    ],
  );
  assert.match(await gage.ok('show', '1', '--files'), /out\.txt.*dependency/);
  assert.equal((await runCli(['delete', staged.id], { cwd })).code, 0);
});
