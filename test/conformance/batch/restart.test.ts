import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { planRestart, type RestartPlan } from '../../../src/batch/plan-restart.ts';
import { readTrials, trialStates } from '../../../src/batch/record/record.ts';
import { restartBatch } from '../../../src/batch/restart.ts';
import { encodeLine } from '../../../src/core/data/json.ts';
import { launchSupervisor } from '../../../src/core/launch/launch.ts';
import { deleteRun } from '../../../src/core/life/delete.ts';
import { recoverRun } from '../../../src/core/life/recover.ts';
import { requestStop } from '../../../src/core/life/stop.ts';
import {
  readProcessFile,
  removeLiveFiles,
  touchHeartbeat,
} from '../../../src/core/meta/process-file.ts';
import { identityOf, livenessOf } from '../../../src/core/process/identity.ts';
import { claimRun, removeClaims } from '../../../src/core/run/claim.ts';
import { runMetaPath, runyardPath } from '../../../src/core/run/run.ts';
import type { Run, RunInfo } from '../../../src/core/run/types.ts';
import { readRunInfo, listRuns } from '../../../src/core/store/read.ts';
import type { Project } from '../../../src/opdef/project.ts';
import { supervisorScript } from '../../helpers/processes/supervisor.ts';
import {
  batchEnd,
  batchOutput,
  batchProject,
  makeBatch,
  runBatch,
  startBatch,
} from '../../helpers/runs/batches.ts';
import { crashAt } from '../../helpers/runs/crashing-fs.ts';
import { removeTree, waitFor } from '../../helpers/temp.ts';

/** Exits with `code` until there is a file `fixed` in the store; waits while there is one `hold`. */
const CHECK = `import os, sys, time
code = 0
size = 1
print("version 1", code, size, flush=True)
while os.path.exists("../hold"):
    time.sleep(0.02)
sys.exit(0 if os.path.exists("../fixed") else code)
`;
const GAGE_FILE = '[check]\nexec = "python3 check.py"\nconfig = "check.py"\n';

async function project(t: TestContext): Promise<Project> {
  return await batchProject(t, { 'gage.toml': GAGE_FILE, 'check.py': CHECK });
}

function put(project: Project, name: string): void {
  writeFileSync(join(project.runsDir, name), '');
}

async function states(batch: Run): Promise<readonly string[]> {
  return (await trialStates(batch)).map(
    ({ flags, status }) => `${encodeLine(flags['code'] ?? null)} ${status}`,
  );
}

async function restart(batch: Run, plan: RestartPlan): Promise<RunInfo> {
  await restartBatch(plan);
  return await runBatch(batch);
}

const codes = (trials: RestartPlan['reused']): readonly string[] =>
  trials.map(({ flags }) => encodeLine(flags['code'] ?? null));
const output = (run: Pick<Run, 'metaPath'>): string =>
  readFileSync(runMetaPath(run, 'output', '40_run'), 'utf8');

test('the trials that failed run again under their ids, and no others', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'check', { flags: ['code=[0,3,4]'], batchLabel: 'mine' });
  await runBatch(batch);
  assert.deepEqual(await states(batch), ['0 completed', '3 error', '4 error']);
  const before = await listRuns(it.runsDir);
  put(it, 'fixed');

  const plan = await planRestart(batch, 'failed');
  assert.deepEqual([codes(plan.reused), codes(plan.untouched)], [['3', '4'], ['0']]);
  const info = await restart(batch, plan);

  assert.deepEqual([info.status, info.label], ['completed', 'mine']);
  assert.deepEqual(await states(batch), ['0 completed', '3 completed', '4 completed']);
  const after = await listRuns(it.runsDir);
  const ids = (runs: readonly RunInfo[]): readonly string[] => runs.map(({ id }) => id).sort();
  assert.deepEqual(ids(after), ids(before), 'the same runs');
  const first = (runs: readonly RunInfo[]): unknown =>
    runs.find(({ batch }) => batch?.role === 'trial' && batch.index === 1)?.timestampsUs;
  assert.deepEqual(first(after), first(before), 'what was completed did not run again');
  const again = after.find(({ batch }) => batch?.role === 'trial' && batch.index === 2);
  assert.ok(again !== undefined);
  assert.equal(readFileSync(runyardPath(again, 'attempts/1/proc/exit'), 'utf8'), '3');
  assert.match(readFileSync(runyardPath(batch, 'attempts/1/output/40_run'), 'utf8'), /\(3\)/);
  assert.ok(!batchOutput(batch).some((line) => line.includes('Skipping')), output(batch));
});

test('a restart of some leaves staged trials alone, and Resume starts them', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'check', { flags: ['code=[3,0,1]'], failFast: true });
  await runBatch(batch);
  assert.deepEqual(await states(batch), ['3 error', '0 staged', '1 staged']);
  put(it, 'fixed');
  await restart(batch, await planRestart(batch, 'failed'));
  assert.deepEqual(await states(batch), ['3 completed', '0 staged', '1 staged']);

  const [, , third] = readTrials(batch);
  assert.ok(third !== undefined);
  await restart(batch, await planRestart(batch, { ids: [third.id] }));
  assert.deepEqual(await states(batch), ['3 completed', '0 staged', '1 completed']);

  const plan = await planRestart(batch, 'remaining');
  assert.deepEqual(codes(plan.reused), ['0']);
  const info = await restart(batch, plan);
  assert.equal(info.status, 'completed');
  assert.deepEqual(await states(batch), ['3 completed', '0 completed', '1 completed']);
});

test('changed values make new trials, and trials that have them already are not made twice', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'check', { flags: ['code=[0,3,4]'] });
  await runBatch(batch);

  const same = await planRestart(batch, 'failed', { flags: ['code=0'] });
  assert.deepEqual([same.reused, same.created], [[], []], 'a completed trial has these values');
  const other = await planRestart(
    batch,
    { ids: [same.untouched[1]?.id ?? ''] },
    { flags: ['code=4'] },
  );
  assert.deepEqual([codes(other.reused), other.created], [['4'], []], 'this one had failed');
  await assert.rejects(planRestart(batch, 'failed', { flags: ['cod=1'] }), { code: 'bad-config' });

  const plan = await planRestart(batch, 'failed', { flags: ['size=[1,2]', 'code=0'] });
  assert.deepEqual(
    plan.created.map(({ index, flags, insteadOf }) => [index, flags, insteadOf.index]),
    [[4, { code: 0n, size: 2n }, 2]],
  );
  assert.deepEqual(codes(plan.untouched), ['0', '3', '4']);
  await restart(batch, plan);
  assert.deepEqual(await states(batch), ['0 completed', '3 error', '4 error', '0 completed']);
  const made = (await listRuns(it.runsDir)).find(({ id }) => id === plan.created[0]?.id);
  assert.ok(made !== undefined);
  assert.deepEqual(made.batch, {
    role: 'trial',
    batch: batch.id,
    index: 4,
    text: 'code=0 size=2',
  });
  assert.equal(output(made), 'version 1 0 2\n');
  const row = await readRunInfo(batch.runsDir, batch.id);
  assert.equal(row?.batch?.role === 'batch' && row.batch.planned, 4);
});

test('changed values of the remaining trials run instead of them', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'check', { flags: ['code=[0,3]'], stageTrials: true });
  await runBatch(batch);
  const plan = await planRestart(batch, 'remaining', { flags: ['size=2'] });
  assert.deepEqual(codes(plan.created), ['0', '3']);
  await restart(batch, plan);
  const all = ['0 staged', '3 staged', '0 completed', '3 error'];
  assert.deepEqual(await states(batch), all);

  const half = await makeBatch(it, 'check', { flags: ['code=[0,4]'] });
  await restart(half, await planRestart(half, 'remaining', { flags: ['size=2'] }));
  assert.deepEqual((await states(half)).slice(2), ['0 completed', '4 error']);
  assert.ok((await states(half)).slice(0, 2).every((text) => !text.endsWith('completed')));
});

test('the same restart from two terminals makes new trials once', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'check', { flags: ['code=[0,3]'] });
  await runBatch(batch);
  const options = { flags: ['code=[0,4]', 'size=2'] };
  const [mine, other] = [
    await planRestart(batch, 'failed', options),
    await planRestart(batch, 'failed', options),
  ];
  await restartBatch(mine);
  await restart(batch, other);
  assert.deepEqual(await states(batch), ['0 completed', '3 error', '0 completed', '4 error']);
  assert.deepEqual(
    readTrials(batch).map(({ index }) => index),
    [1, 2, 3, 4],
  );
});

test('without the project nothing is restarted with its code of now', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'check', { flags: ['code=[0,3]'] });
  await runBatch(batch);
  put(it, 'fixed');
  removeTree(it.commandDir);
  const plan = await planRestart(batch, 'all', { restage: true });
  await assert.rejects(restartBatch(plan), { code: 'io', message: /cannot be read/ });
  assert.deepEqual(await states(batch), ['0 completed', '3 error']);
  await restart(batch, await planRestart(batch, 'failed'));
  assert.deepEqual(await states(batch), ['0 completed', '3 completed']);
});

test('all anew: with the code that they have, or with that of now', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'check', { flags: ['code=[0,3]'], slots: 2 });
  await runBatch(batch);
  const file = join(it.commandDir, 'check.py');
  writeFileSync(file, CHECK.replace('version 1', 'version 2'));
  const outputs = async (): Promise<readonly string[]> =>
    (await trialStates(batch)).map(({ id }) =>
      output({ metaPath: join(it.runsDir, `${id}.meta`) }),
    );

  const plan = await planRestart(batch, 'all');
  assert.deepEqual(codes(plan.reused), ['0', '3']);
  await restart(batch, plan);
  assert.deepEqual(await outputs(), ['version 1 0 1\n', 'version 1 3 1\n']);

  await restart(batch, await planRestart(batch, 'failed', { restage: true }));
  assert.deepEqual(await outputs(), ['version 1 0 1\n', 'version 2 3 1\n']);
  assert.deepEqual(await states(batch), ['0 completed', '3 error']);
});

test('a batch that died shows it, its running trial goes on, and Resume does the rest', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'check', { flags: ['code=[0,3,4]'] });
  put(it, 'hold');
  await startBatch(batch);
  await waitFor(async () => (await states(batch))[0] === '0 running');
  await assert.rejects(planRestart(batch, 'remaining'), { code: 'wrong-status' });
  const pid = readProcessFile(batch)?.supervisor.pid;
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGKILL');
  const dead = await waitFor(async () => {
    const info = await readRunInfo(batch.runsDir, batch.id);
    return info?.needsRecovery === true && info;
  });
  assert.equal(dead.status, 'terminated');
  assert.match(dead.reason ?? '', /^The batch died: running trials go on, Resume starts/);
  assert.equal((await recoverRun(batch)).action, 'finalized');
  assert.equal((await readRunInfo(batch.runsDir, batch.id))?.status, 'terminated');

  const plan = await planRestart(batch, 'remaining');
  assert.deepEqual([codes(plan.reused), codes(plan.untouched)], [['3', '4'], ['0']]);
  await restartBatch(plan);
  await startBatch(batch);
  put(it, 'fixed');
  removeTree(join(it.runsDir, 'hold'));
  assert.equal((await batchEnd(batch)).status, 'completed');
  assert.deepEqual(await states(batch), ['0 completed', '3 completed', '4 completed']);
});

test('trials that are running, deleted or of another batch are refused', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'check', { flags: ['code=[3,4,5]'] });
  await runBatch(batch);
  const [first, second] = readTrials(batch);
  assert.ok(first !== undefined && second !== undefined);
  await assert.rejects(planRestart(batch, { ids: [batch.id] }), { code: 'no-run' });
  const info = await readRunInfo(batch.runsDir, first.id);
  assert.ok(info !== null);
  await deleteRun(info);
  await assert.rejects(planRestart(batch, { ids: [first.id] }), { code: 'no-run' });
  assert.deepEqual(codes((await planRestart(batch, 'all')).reused), ['4', '5']);

  put(it, 'hold');
  await restartBatch(await planRestart(batch, { ids: [second.id] }));
  await launchSupervisor({
    supervisorPath: await supervisorScript(),
    run: { runsDir: it.runsDir, id: second.id },
    action: 'start',
  });
  await assert.rejects(planRestart(batch, { ids: [second.id] }), /is running and cannot/);
  assert.deepEqual(codes((await planRestart(batch, 'all')).reused), ['5']);
  removeTree(join(it.runsDir, 'hold'));
  await waitFor(async () => (await states(batch))[1] === '4 error');
});

test('a trial that its batch had told to start, before it died, is left to who starts it', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'check', { flags: ['code=[3,0]'], failFast: true });
  await runBatch(batch);
  assert.deepEqual(await states(batch), ['3 error', '0 staged']);
  const plan = await planRestart(batch, 'remaining');
  const [trial] = plan.reused;
  assert.ok(trial?.info);
  const { info } = trial;
  // The worker that staged it looks after it while it lives, and a busy machine ends it late.
  await waitFor(() => livenessOf(readProcessFile(info)?.supervisor ?? identityOf()) !== 'alive');
  // Between its first sign of life and its process file: as a busy machine holds it for long.
  const claim = claimRun(info, 'start');
  touchHeartbeat(info);
  const restarted = restartBatch(plan);
  const first = await Promise.race([restarted.then(() => 'restarted'), sleep(200, 'waits')]);
  assert.equal(first, 'waits');
  removeLiveFiles(info);
  claim.release();
  await restarted;
  await runBatch(batch);
  assert.deepEqual(await states(batch), ['3 error', '0 completed']);
});

test('a restart that was interrupted is completed by another one', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'check', { flags: ['code=[0,3,4]'] });
  await runBatch(batch);
  put(it, 'fixed');
  const options = { flags: ['size=[1,2]'] };
  for (let at = 1, crashed = true; crashed; at += 7) {
    const plan = await planRestart(batch, 'all', options);
    assert.equal(plan.reused.length + plan.created.length, 6, `change ${String(at)}`);
    crashed = await crashAt(at, () => restartBatch(plan));
    for (const { id } of [batch, ...plan.reused]) removeClaims({ runsDir: it.runsDir, id });
  }
  assert.deepEqual([...new Set((await trialStates(batch)).map(({ status }) => status))].sort(), [
    'pending',
    'staged',
  ]);
  assert.equal((await runBatch(batch)).status, 'completed');
  assert.equal((await listRuns(it.runsDir)).length, 7, 'nothing was made twice');
  assert.equal(new Set((await trialStates(batch)).map(({ status }) => status)).size, 1);
});

test('a batch that was stopped goes on where it was', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'check', { flags: ['code=[0,3]'] });
  put(it, 'hold');
  await startBatch(batch);
  await waitFor(async () => (await states(batch))[0] === '0 running');
  await requestStop(batch, { graceMs: 5000 });
  assert.equal((await batchEnd(batch)).status, 'terminated');
  assert.deepEqual(await states(batch), ['0 terminated', '3 staged']);
  removeTree(join(it.runsDir, 'hold'));
  await restart(batch, await planRestart(batch, 'remaining'));
  assert.deepEqual(await states(batch), ['0 terminated', '3 error']);
  await restart(batch, await planRestart(batch, 'failed'));
  assert.deepEqual(await states(batch), ['0 completed', '3 error']);
});

test('trials that were only staged run when somebody goes on with their batch', async (t) => {
  const it = await project(t);
  const batch = await makeBatch(it, 'check', { flags: ['code=[0,3]'], stageTrials: true });
  await restart(batch, await planRestart(batch, 'remaining'));
  assert.deepEqual(await states(batch), ['0 staged', '3 staged'], 'the first time they are staged');
  // This one was prepared and not launched.
  await restartBatch(await planRestart(batch, 'remaining'));
  await restart(batch, await planRestart(batch, 'remaining'));
  assert.deepEqual(await states(batch), ['0 completed', '3 error']);
});
