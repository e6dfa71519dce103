import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import { planRestart } from '../../../src/batch/plan-restart.ts';
import { planBatch } from '../../../src/batch/plan.ts';
import { readTrials, trialStates } from '../../../src/batch/record/record.ts';
import { restartBatch } from '../../../src/batch/restart.ts';
import { purgeRun } from '../../../src/core/life/delete.ts';
import { finalizeRun } from '../../../src/core/life/finalize.ts';
import { resetRun } from '../../../src/core/life/reset.ts';
import { openRunOutput, runStatus, startRun } from '../../../src/core/life/start.ts';
import { readProcessFile } from '../../../src/core/meta/process-file.ts';
import { claimRun } from '../../../src/core/run/claim.ts';
import { runMetaPath } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { openRunFromInfo } from '../../../src/core/status/run-info.ts';
import { listRuns } from '../../../src/core/store/read.ts';
import type { Project } from '../../../src/opdef/project.ts';
import { Bystander } from '../../helpers/processes/bystander.ts';
import { exitOf, within } from '../../helpers/processes/processes.ts';
import { batchRequest } from '../../helpers/runs/batch-request.ts';
import { batchProject, makeBatch, runBatch, startBatch } from '../../helpers/runs/batches.ts';
import { infoOf, stagedTestRun } from '../../helpers/runs/runs.ts';
import { waitFor } from '../../helpers/temp.ts';

/**
 * The cases of guild-format.md 8 that are about status. Where Guild keeps a marker beside an exit code
 * we bring the run back, and a run whose process died without a word is terminated, not an error.
 */

/** Exits with `code`, and waits while there is a file `hold` in the store. */
const OP = `import os, sys, time
code = 0
other = 1
while os.path.exists("../hold"):
    time.sleep(0.02)
sys.exit(code)
`;

async function project(t: TestContext): Promise<Project> {
  return await batchProject(t, {
    'gage.toml': '[op]\nexec = "python3 op.py"\nconfig = "op.py"\n',
    'op.py': OP,
  });
}

async function finish(run: Run, exitCode: number): Promise<void> {
  const child = await startRun(run);
  await openRunOutput(run, child).waitAndClose();
  await child.wait();
  await finalizeRun(run, exitCode);
}

test('case 11: the status of one run through its lives', async (t) => {
  const run = await stagedTestRun(t, { command: ['true'] });
  for (const [exitCode, status] of [
    [0, 'completed'],
    [-9, 'terminated'],
    [1, 'error'],
  ] as const) {
    await finish(run, exitCode);
    assert.equal(runStatus(run), status);
    await resetRun(run, 'staged');
    assert.equal(runStatus(run), 'staged');
  }
  const claim = claimRun(run, 'pending');
  assert.equal(runStatus(run), 'pending');
  claim.release();
  assert.equal(runStatus(run), 'staged', 'giving it back keeps it staged');

  const child = await startRun(run);
  assert.equal(runStatus(run), 'running', 'no trace of its former status');
  await child.wait();
  rmSync(runMetaPath(run, 'runyard'), { recursive: true });
  const own = await Bystander.start(t, { env: { RUN_ID: run.id, RUN_DIR: run.runDir } });
  writeFileSync(runMetaPath(run, 'proc/lock'), String(own.pid));
  assert.equal(runStatus(run), 'running', 'the lock of a living process of the run');
  writeFileSync(runMetaPath(run, 'proc/lock'), String(process.pid));
  assert.equal(runStatus(run), 'lost', 'the lock of another one');
  writeFileSync(runMetaPath(run, 'proc/lock'), String(0x7ffffff));
  assert.equal(runStatus(run), 'terminated', 'the lock of a dead one');
  rmSync(runMetaPath(run, 'proc/lock'));
  rmSync(runMetaPath(run, 'staged'));
  rmSync(runMetaPath(run, 'started'));
  assert.equal(runStatus(run), 'pending');
  rmSync(runMetaPath(run, 'initialized'));
  assert.equal(runStatus(run), 'unknown');
});

test('case 12: what an equal run with each status makes needless, and what a restart starts', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'op', { flags: ['other=[1,2,3]'] });
  await restartBatch(await planRestart(batch, 'remaining'));
  const again = async (...flags: readonly string[]): Promise<readonly (string | null)[]> => {
    const plan = await planBatch(it, 'op', batchRequest({ flags, needed: true }));
    return plan.trials.map(({ equalRun }) => equalRun?.id ?? null);
  };
  const flags = 'other=[1,2,3]';
  assert.deepEqual(await again(flags), [null, null, null], 'planned ones');
  writeFileSync(join(it.runsDir, 'hold'), '');
  await startBatch(batch);
  const [first, second, third] = readTrials(batch);
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  await waitFor(async () => (await trialStates(batch))[0]?.status === 'running');
  assert.deepEqual(await again(flags), [null, null, null], 'one that runs, staged ones');
  await assert.rejects(planRestart(batch, { ids: [first.id] }), { code: 'wrong-status' });
  rmSync(join(it.runsDir, 'hold'));
  await waitFor(async () => (await infoOf(batch)).status === 'completed');
  assert.deepEqual(await again(flags), [first.id, second.id, third.id], 'completed ones');
  assert.deepEqual(await again('other=[1,4]'), [first.id, null], 'a changed value');

  const failing = await makeBatch(it, 'op', { flags: ['code=[3,4]'] });
  await runBatch(failing);
  assert.deepEqual(await again('code=[3,4]'), [null, null], 'failed ones');
});

test('a finished run that is started again shows running, and never its former status', async (t) => {
  const run = await stagedTestRun(t, { command: ['sh', '-c', 'test -e ../hold && sleep 600'] });
  await finish(run, 3);
  assert.equal(runStatus(run), 'error');
  await resetRun(run, 'staged');
  writeFileSync(join(run.runsDir, 'hold'), '');
  const child = await startRun(run);
  assert.equal(runStatus(run), 'running');
  await assert.rejects(startRun(run), { code: 'wrong-status' }, 'and not twice');
  await assert.rejects(resetRun(run, 'staged'), /claimed|in use/);
  await child.stop(0);
  await finalizeRun(run, await child.wait());
});

test('a trial whose holder was killed is staged again at once', async (t) => {
  const run = await stagedTestRun(t, { command: ['true'] });
  const core = join(repoRoot, 'src/core');
  const script = `import { claimRun } from '${core}/run/claim.ts';
    import { openRun } from '${core}/run/run.ts';
    claimRun(openRun('${run.runsDir}', '${run.id}'), 'start');
    process.stdout.write('held');
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script]);
  t.after(() => holder.kill('SIGKILL'));
  await within(once(holder.stdout, 'data'), 'the holder of the claim');
  assert.equal(runStatus(run), 'pending');
  assert.equal((await listRuns(run.runsDir))[0]?.status, 'pending');
  holder.kill('SIGKILL');
  await exitOf(holder);
  assert.equal(runStatus(run), 'staged');
  assert.equal((await listRuns(run.runsDir))[0]?.status, 'staged');
  await finish(run, 0);
  assert.equal(runStatus(run), 'completed');
});

test('the running trial of a batch that was killed ends with its own exit code', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'op', { flags: ['code=[3,0]'] });
  writeFileSync(join(it.runsDir, 'hold'), '');
  await startBatch(batch);
  await waitFor(async () => (await trialStates(batch))[0]?.status === 'running');
  process.kill(readProcessFile(batch)?.supervisor.pid ?? 0, 'SIGKILL');
  await waitFor(async () => (await infoOf(batch)).status === 'terminated');
  rmSync(join(it.runsDir, 'hold'));
  const [first, second] = readTrials(batch);
  assert.ok(first !== undefined && second !== undefined);
  await waitFor(async () => (await infoOf({ ...batch, id: first.id })).status === 'error');
  assert.equal((await infoOf({ ...batch, id: first.id })).exitCode, 3);
  assert.equal((await infoOf({ ...batch, id: second.id })).status, 'staged');
});

test('a trial without its batch, and a batch without a trial, are sound', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'op', { flags: ['code=[0,3]'] });
  await runBatch(batch);
  const [first, second] = readTrials(batch);
  assert.ok(first !== undefined && second !== undefined);
  await waitFor(async () => {
    await purgeRun(await infoOf({ ...batch, id: first.id }));
    return true;
  });
  assert.deepEqual(
    (await trialStates(batch)).map(({ status }) => status),
    ['unknown', 'error'],
  );
  await waitFor(async () => {
    await purgeRun(await infoOf(batch));
    return true;
  });
  const left = await infoOf({ ...batch, id: second.id });
  assert.deepEqual([left.status, left.batch?.role], ['error', 'trial']);
  await resetRun(openRunFromInfo(left), 'staged');
  assert.equal((await infoOf(left)).status, 'staged');
});
