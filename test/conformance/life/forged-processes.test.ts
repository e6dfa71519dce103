import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { stopBatch } from '../../../src/batch/control.ts';
import { deleteRun, purgeRun } from '../../../src/core/life/delete.ts';
import { recoverRun } from '../../../src/core/life/recover.ts';
import { requestStop } from '../../../src/core/life/stop.ts';
import {
  touchHeartbeat,
  writeProcessFile,
  type ProcessFile,
} from '../../../src/core/meta/process-file.ts';
import type { ProcessIdentity } from '../../../src/core/process/identity.ts';
import { makeRun, runMetaPath, runyardPath } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { runCli } from '../../helpers/cli.ts';
import { posix } from '../../helpers/posix.ts';
import { Bystander } from '../../helpers/processes/bystander.ts';
import { processFile } from '../../helpers/processes/process-file.ts';
import { deadIdentity } from '../../helpers/processes/processes.ts';
import { infoOf } from '../../helpers/runs/runs.ts';
import { tempDir, writeTree } from '../../helpers/temp.ts';

/**
 * A store may come from anybody, and so may the pids in it: a process that is not verifiably the
 * run's gets no signal, whatever is done to the run (design.md 5).
 */

const signals = posix('signals and environments of other processes');
const FOREIGN = { code: 'foreign' };

/** A run that was started, with these files in its meta, and no end. */
function started(t: TestContext, files: Readonly<Record<string, string>> = {}): Run {
  const run = makeRun({ ns: 'test', name: 'op', version: null }, join(tempDir(t), 'runs'));
  const times = { initialized: '1', staged: '2', started: '3' };
  writeTree(run.metaPath, { ...times, 'proc/cmd.json': '["true"]', ...files });
  writeTree(run.runDir, { 'a.txt': '' });
  return run;
}

/** The same, as it is when its supervisor has died; `file` is what the store says of it. */
async function orphan(
  t: TestContext,
  file: (supervisor: ProcessIdentity) => ProcessFile,
): Promise<Run> {
  const run = started(t);
  writeProcessFile(run, file(await deadIdentity()));
  touchHeartbeat(run);
  return run;
}

test(
  'a lock that names another process: said, not stopped, and a person may end the run',
  signals,
  async (t) => {
    const bystander = await Bystander.start(t);
    const lock = { 'proc/lock': String(bystander.pid) };
    const run = started(t, lock);
    const info = await infoOf(run);
    assert.deepEqual([info.status, info.needsRecovery], ['lost', false]);
    assert.equal(
      info.reason,
      `Running elsewhere, or a stale lock: process ${String(bystander.pid)} is not this run's`,
    );
    await assert.rejects(requestStop(run), FOREIGN);
    assert.equal(existsSync(runyardPath(run)), false, 'nothing was asked of anybody');
    assert.deepEqual(await recoverRun(run), { action: 'none', status: 'lost' });
    await assert.rejects(deleteRun(info), FOREIGN);
    await assert.rejects(purgeRun(info), FOREIGN);
    assert.equal((await infoOf(run)).container, 'active');

    const forced = await recoverRun(run, { force: true });
    assert.deepEqual(forced, { action: 'finalized', status: 'terminated' });
    assert.equal(existsSync(runMetaPath(run, 'proc', 'lock')), false);

    const second = started(t, lock);
    await deleteRun(await infoOf(second), { confirmed: true });
    assert.equal((await infoOf(second)).container, 'trash');
    await purgeRun(await infoOf(second), { confirmed: true });
    assert.equal(existsSync(second.metaPath), false);
    assert.deepEqual(await bystander.signals(), []);
  },
);

test(
  'a lock whose process nobody can judge: running, with the reason, and not stopped',
  signals,
  async (t) => {
    const run = started(t);
    const shell = await Bystander.start(t, { cwd: run.runDir });
    writeTree(run.metaPath, { 'proc/lock': String(shell.pid) });
    const info = await infoOf(run);
    assert.deepEqual([info.status, info.unverified], ['running', true]);
    assert.match(info.reason ?? '', /nobody can tell/);
    await assert.rejects(requestStop(run), FOREIGN);
    assert.equal((await recoverRun(run)).action, 'none');
    await assert.rejects(deleteRun(info), FOREIGN);
    assert.equal((await recoverRun(run, { force: true })).action, 'finalized');
    assert.deepEqual(await shell.signals(), []);
  },
);

test(
  'a lock with the process that Gage has started: running, stopped, never deleted',
  signals,
  async (t) => {
    const run = started(t);
    const env = { RUN_ID: run.id, RUN_DIR: run.runDir };
    const own = await Bystander.start(t, { env, cwd: run.runDir });
    writeTree(run.metaPath, { 'proc/lock': String(own.pid) });
    const info = await infoOf(run);
    assert.deepEqual([info.status, info.reason, info.unverified], ['running', null, undefined]);
    await assert.rejects(deleteRun(info, { confirmed: true }), { code: 'wrong-status' });
    assert.equal((await recoverRun(run, { force: true })).action, 'none');
    assert.equal(await requestStop(run), 'requested');
    assert.deepEqual(await own.signals(), ['SIGTERM']);
  },
);

test(
  'a noted process that is not the run’s gets no signal and is not looked after',
  signals,
  async (t) => {
    const bystander = await Bystander.start(t);
    const run = await orphan(t, (dead) => processFile(dead, { child: bystander.identity }));
    const info = await infoOf(run);
    assert.deepEqual([info.status, info.needsRecovery], ['lost', false]);
    await assert.rejects(requestStop(run), FOREIGN);
    assert.equal((await recoverRun(run)).action, 'none');
    await assert.rejects(deleteRun(info), FOREIGN);
    const forced = await recoverRun(run, { force: true });
    assert.deepEqual(forced, { action: 'finalized', status: 'terminated' });
    assert.deepEqual(await bystander.signals(), []);
  },
);

test('a noted process without its start, or with another one, is nobody', signals, async (t) => {
  const bystander = await Bystander.start(t);
  const { identity } = bystander;
  const others = [
    { ...identity, start: null },
    { ...identity, start: '1' },
    { ...identity, bootId: 'another' },
  ];
  for (const child of others) {
    const run = await orphan(t, (dead) => processFile(dead, { child }));
    const info = await infoOf(run);
    assert.deepEqual([info.status, info.needsRecovery], ['terminated', true]);
    assert.equal(await requestStop(run), 'stopped');
    const second = await orphan(t, (dead) => processFile(dead, { child }));
    assert.equal((await recoverRun(second)).action, 'finalized');
  }
  assert.deepEqual(await bystander.signals(), []);
});

test('a noted supervisor gets no signal: it is asked by a file', signals, async (t) => {
  const bystander = await Bystander.start(t);
  const run = await orphan(t, () => processFile(bystander.identity));
  assert.equal((await infoOf(run)).status, 'running');
  assert.equal(await requestStop(run), 'requested');
  assert.ok(existsSync(runyardPath(run, 'request.json')));
  const pidOnly = await orphan(t, () => processFile({ ...bystander.identity, start: null }));
  assert.equal((await infoOf(pidOnly)).status, 'terminated');
  assert.deepEqual(await bystander.signals(), []);
});

test('a run that says it is being restarted, and has died, is finalized', async (t) => {
  const run = await orphan(t, (supervisor) => processFile(supervisor, { action: 'reset' }));
  assert.equal((await recoverRun(run)).action, 'finalized');
  const info = await infoOf(run);
  assert.deepEqual([info.status, info.needsRecovery], ['terminated', false]);
});

test('clearing a staging ends no process that is not its own', signals, async (t) => {
  const bystander = await Bystander.start(t);
  const run = makeRun({ ns: 'test', name: 'op', version: null }, join(tempDir(t), 'runs'));
  writeTree(run.metaPath, { initialized: '1' });
  const dead = await deadIdentity();
  writeProcessFile(run, processFile(dead, { action: 'stage', child: bystander.identity }));
  touchHeartbeat(run);
  assert.deepEqual(await recoverRun(run), { action: 'staging', status: 'pending' });
  assert.deepEqual(await bystander.signals(), []);
});

test('a spool that is a link does not make the run’s what writes behind it', signals, async (t) => {
  const log = join(tempDir(t), 'daemon.log');
  const fd = openSync(log, 'a');
  t.after(() => {
    closeSync(fd);
  });
  const daemon = await Bystander.start(t, { stdout: fd });
  for (const name of ['40_run.stdout', '50_finalize.stdout']) {
    const run = await orphan(t, (dead) => processFile(dead));
    writeTree(runyardPath(run, 'spool'), {});
    symlinkSync(log, runyardPath(run, 'spool', name));
    // Whether such a run can be brought to its end is not asked here.
    await recoverRun(run).catch(() => null);
    assert.deepEqual(await daemon.signals(), []);
  }
  const staging = makeRun({ ns: 'test', name: 'op', version: null }, join(tempDir(t), 'runs'));
  writeTree(staging.metaPath, { initialized: '1', 'runyard/spool/keep': '' });
  symlinkSync(log, runyardPath(staging, 'spool', '20_runtime.stdout'));
  writeProcessFile(staging, processFile(await deadIdentity(), { action: 'stage' }));
  touchHeartbeat(staging);
  await recoverRun(staging).catch(() => null);
  assert.deepEqual(await daemon.signals(), []);
});

test('a batch whose lock names another process is not stopped', signals, async (t) => {
  const bystander = await Bystander.start(t);
  const run = started(t, { 'proc/lock': String(bystander.pid) });
  await assert.rejects(stopBatch(run), FOREIGN);
  assert.deepEqual(await bystander.signals(), []);
});

test(
  'the command says why it does nothing, and asks before it ends such a run',
  signals,
  async (t) => {
    const bystander = await Bystander.start(t);
    const run = started(t, { 'proc/lock': String(bystander.pid) });
    const cli = (...args: readonly string[]): ReturnType<typeof runCli> =>
      runCli(args, { cwd: run.runsDir, env: { GAGE_RUNS: run.runsDir } });
    const stop = await cli('stop', run.id);
    assert.equal(stop.code, 1);
    assert.match(stop.stderr, /was not stopped: it runs elsewhere, or its lock is stale/);
    assert.match(stop.stderr, /finalize or delete it/);
    for (const verb of ['finalize', 'delete']) {
      const { code, stderr } = await cli(verb, run.id);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /may still run elsewhere: Running elsewhere, or a stale lock/);
      assert.match(stderr, new RegExp(`runyard ${verb} ${run.name} --yes`));
    }
    assert.equal((await cli('recover', run.id)).code, 0);
    assert.equal((await infoOf(run)).status, 'lost', 'that is no word of a person');
    assert.equal((await cli('finalize', run.id, '--yes')).code, 0);
    assert.equal((await infoOf(run)).status, 'terminated');

    const second = makeRun(run.opref, run.runsDir);
    writeTree(second.metaPath, { started: '1', 'proc/lock': String(bystander.pid) });
    assert.equal((await cli('delete', second.id, '--yes')).code, 0);
    assert.equal((await infoOf(second)).container, 'trash');
    assert.equal((await cli('purge', second.id, '--yes')).code, 0);
    assert.deepEqual(await bystander.signals(), []);
  },
);

/** Arguments of `unshare` for a process table of our own; it need not be allowed. */
const SANDBOX = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
const hasSandbox =
  process.platform === 'linux' && spawnSync('unshare', [...SANDBOX, 'true']).status === 0;

test(
  'a lock or a note of 1, 0 or -1 is not everybody’s end',
  { skip: !hasSandbox && 'needs unshare with user and pid namespaces' },
  (t) => {
    const worker = join(import.meta.dirname, 'forged-pids-worker.ts');
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      [...SANDBOX, process.execPath, worker, tempDir(t)],
      { encoding: 'utf8', timeout: 60_000 },
    );
    assert.equal(status, 0, stderr);
    assert.equal(stdout, 'nobody got a signal\n');
  },
);
