import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import test from 'node:test';
import { execaSync } from 'execa';
import { applyConfig } from '../../../src/config/apply.ts';
import { finalizeRun } from '../../../src/core/life/finalize.ts';
import { stageRun } from '../../../src/core/life/stage.ts';
import { openRunOutput, runStatus, startRun } from '../../../src/core/life/start.ts';
import { initRunMeta, makeRun, runMetaPath } from '../../../src/core/run/run.ts';
import type { OpDef, Run } from '../../../src/core/run/types.ts';
import { WAIT_MS, find, lsPermissions, tempDir, writeTree } from '../../helpers/temp.ts';

/** The second walk-through of a run's life: staged, started, finalized. Step by step. */

const OPDEF: OpDef = {
  name: 'test',
  table: {
    exec: {
      'stage-sourcecode': 'python -c "print(\'Stage source\')"',
      run: 'python say.py',
    },
    config: 'say.py',
  },
};
const COMMAND = { command: ['python', 'say.py'], env: {} };
const OPREF = { ns: 'test', name: 'test', version: null };

function project(t: test.TestContext): string {
  return writeTree(join(tempDir(t), 'project'), {
    'say.py': 'msg = "Hi there"\nprint(msg)\n',
  });
}

/** An environment in which `python` is there, under the name that the walk-through uses. */
function withPython(t: test.TestContext): NodeJS.ProcessEnv {
  const bin = join(tempDir(t), 'bin');
  mkdirSync(bin);
  const script = 'import sys; print(sys.executable)';
  const { stdout: python } = execaSync('python3', ['-c', script], { timeout: WAIT_MS });
  symlinkSync(python, join(bin, 'python'));
  return {
    ...process.env,
    PATH: [bin, dirname(python), process.env['PATH'] ?? ''].join(delimiter),
  };
}

function cat(run: Run, ...path: readonly string[]): string {
  return readFileSync(runMetaPath(run, ...path), 'utf8');
}

/** The listing of the walk-through, which does not know our own files. */
function metaListing(run: Run): string[] {
  return lsPermissions(run.metaPath)
    .filter((line) => !line.startsWith('d'))
    .filter((line) => !line.includes(' runyard/'));
}

test('seed 001: a run is staged, started and finalized', async (t) => {
  const umask = process.umask(0o002);
  t.after(() => process.umask(umask));
  const env = withPython(t);
  const projectDir = project(t);
  const runsHome = tempDir(t);
  const run = makeRun(OPREF, runsHome);
  initRunMeta(run, OPDEF, {}, COMMAND);
  await stageRun(run, projectDir, { env });
  assert.deepEqual(find(run.runDir), ['say.py']);

  // The run is started, and we are not kept.
  const proc = await startRun(run, { env });
  assert.deepEqual(find(runMetaPath(run, 'proc')), ['cmd.json', 'env.json', 'lock']);
  assert.equal(Number(cat(run, 'proc', 'lock')), proc.pid);
  assert.equal(runStatus(run), 'running');

  const output = openRunOutput(run, proc);
  assert.equal(await proc.wait(), 0);
  await output.waitAndClose();
  assert.deepEqual(metaListing(run), [
    '-r--r--r-- __schema__',
    '-r--r--r-- config.json',
    '-r--r--r-- id',
    '-r--r--r-- initialized',
    '-rw-rw-r-- log/files',
    '-rw-rw-r-- log/runner',
    '-rw-rw-r-- manifest',
    '-r--r--r-- opdef.json',
    '-r--r--r-- opref',
    '-r--r--r-- output/10_sourcecode',
    '-r--r--r-- output/10_sourcecode.index',
    '-rw-rw-r-- output/40_run',
    '-rw-rw-r-- output/40_run.index',
    '-r--r--r-- proc/cmd.json',
    '-r--r--r-- proc/env.json',
    '-r--r--r-- proc/lock',
    '-r--r--r-- staged',
    '-r--r--r-- started',
  ]);
  assert.equal(cat(run, 'output', '10_sourcecode'), 'Stage source\n');
  assert.equal(cat(run, 'output', '40_run'), 'Hi there\n');

  // The process has ended, but the run is not final yet.
  await finalizeRun(run, proc.exitCode ?? -1);
  assert.deepEqual(metaListing(run), [
    '-r--r--r-- __schema__',
    '-r--r--r-- config.json',
    '-r--r--r-- id',
    '-r--r--r-- initialized',
    '-r--r--r-- log/files',
    '-r--r--r-- log/runner',
    '-r--r--r-- manifest',
    '-r--r--r-- opdef.json',
    '-r--r--r-- opref',
    '-r--r--r-- output/10_sourcecode',
    '-r--r--r-- output/10_sourcecode.index',
    '-r--r--r-- output/40_run',
    '-r--r--r-- output/40_run.index',
    '-r--r--r-- proc/cmd.json',
    '-r--r--r-- proc/env.json',
    '-r--r--r-- proc/exit',
    '-r--r--r-- staged',
    '-r--r--r-- started',
    '-r--r--r-- stopped',
  ]);
  assert.deepEqual(lsPermissions(run.runDir), ['-r--r--r-- say.py']);
  assert.equal(
    cat(run, 'manifest'),
    's 3f9c639e1d6b056c071b44752ea97c694127291443065afa2689bf78ef3b8fb0 say.py\n',
  );
  assert.equal(runStatus(run), 'completed');
  assert.equal(cat(run, 'proc', 'exit'), '0');

  // Of ours, only what tells who looked after the run stays.
  assert.deepEqual(
    lsPermissions(run.metaPath).filter(
      (line) => line.startsWith('-') && line.includes(' runyard/'),
    ),
    [
      '-r--r--r-- runyard/offsets/10_sourcecode',
      '-r--r--r-- runyard/offsets/40_run',
      '-r--r--r-- runyard/origin.json',
      '-r--r--r-- runyard/process.json',
    ],
  );
});

test('seed 001: a run with config', async (t) => {
  const env = withPython(t);
  const run = makeRun(OPREF, tempDir(t));
  initRunMeta(run, OPDEF, { msg: 'Ho there' }, COMMAND);
  await stageRun(run, project(t), { env, applyConfig });
  const proc = await startRun(run, { env });
  const output = openRunOutput(run, proc);
  assert.equal(await proc.wait(), 0);
  await output.waitAndClose();
  assert.equal(cat(run, 'output', '40_run'), 'Ho there\n');
  await finalizeRun(run, 0);
  assert.equal(runStatus(run), 'completed');
});
