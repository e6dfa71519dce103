import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopBatch } from '../../../src/batch/control.ts';
import { planRestart } from '../../../src/batch/plan-restart.ts';
import { trialRows, trialStates } from '../../../src/batch/record/record.ts';
import { restartBatch } from '../../../src/batch/restart.ts';
import { recoverRun } from '../../../src/core/life/recover.ts';
import { runStatus } from '../../../src/core/life/start.ts';
import { readProcessFile } from '../../../src/core/meta/process-file.ts';
import { livenessOf } from '../../../src/core/process/identity.ts';
import { claimHolder } from '../../../src/core/run/claim.ts';
import { openRun } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { isFinal } from '../../../src/core/status/status.ts';
import type { Project } from '../../../src/opdef/project.ts';
import {
  batchEnd,
  batchOutput,
  batchProject,
  makeBatch,
  runBatch,
  startBatch,
} from '../../helpers/runs/batches.ts';
import { waitFor } from '../../helpers/temp.ts';

/** The supervisor of a batch may die at any instant: nothing is lost, nothing starts twice. */

const TRIALS = 8;
/** Each start of a trial leaves a line in the ledger. */
const COUNTED = {
  'gage.toml': '[op]\nexec = "sh op.sh"\n',
  'op.sh': 'echo $RUN_ID >> "$PARENT_PWD/ledger"; sleep 0.1; echo done\n',
};

/** Milliseconds after the launch at which the supervisors of a batch are killed, one after the other. */
const INSTANTS = [
  [0, 90],
  [40, 150, 300],
  [70, 120, 180],
  [100, 250],
  [160, 60, 400],
  [220, 350],
  [500, 20, 130],
];

for (const instants of INSTANTS) {
  test(`killed after ${instants.join(', ')} ms: each trial runs once, truthfully`, async (t) => {
    const project = await batchProject(t, COUNTED);
    const batch = await countedBatch(project);
    for (const instant of instants) {
      await startBatch(batch);
      await sleep(instant);
      if (!(await kill(batch))) break;
      await untilNothingRuns(batch);
      for (const { info } of await trialRows(batch)) {
        // Trials that ran have ended by themselves; the others wait, but for one that a worker had
        // been told to start, and does so late.
        const status = info?.status ?? 'pending';
        assert.match(status, /^(?:pending|unknown|staged|running|completed)$/);
        assert.notEqual(info?.needsRecovery, true);
      }
      await resume(batch);
    }
    if (!isFinal(runStatus(batch))) {
      await startBatch(batch);
    }
    const info = await batchEnd(batch);
    assert.equal(info.status, 'completed', batchOutput(batch).join('\n'));

    const states = await trialStates(batch);
    assert.deepEqual(
      states.map(({ status }) => status),
      Array(TRIALS).fill('completed'),
    );
    assert.deepEqual(readLedger(project).toSorted(), states.map(({ id }) => id).toSorted());
    const { runsDir } = project;
    await waitFor(() => claimHolder(batch) === null);
    for (const { id } of states) assert.equal(claimHolder({ runsDir, id }), null);
  });
}

for (const instant of [250, 450, 700]) {
  test(`everything killed after ${String(instant)} ms: no trial starts twice`, async (t) => {
    const project = await batchProject(t, COUNTED);
    const batch = await countedBatch(project);
    await startBatch(batch);
    await sleep(instant);
    for (const { info } of await trialRows(batch)) {
      const worker = info === null ? null : readProcessFile(info)?.supervisor;
      if (worker && livenessOf(worker) === 'alive') process.kill(worker.pid, 'SIGKILL');
    }
    await kill(batch);
    await resume(batch);
    await runBatch(batch);
    const states = await trialStates(batch);
    // The exit code of one whose supervisor was killed is known to nobody.
    for (const { status } of states) assert.match(status, /^(?:completed|terminated)$/);
    const ledger = readLedger(project);
    assert.equal(new Set(ledger).size, ledger.length);
    for (const { id, status } of states) {
      if (status === 'completed') assert.ok(ledger.includes(id));
    }
  });
}

const WAITING = {
  'gage.toml': '[op]\nexec = "sh op.sh"\n',
  'op.sh': 'while [ ! -e "$PARENT_PWD/go" ]; do sleep 0.02; done\n',
};

test('a batch that goes on waits for the trials that it left running', async (t) => {
  const project = await batchProject(t, WAITING);
  const batch = await startedBatch(project);
  assert.equal(await kill(batch), true);
  await resume(batch);
  await startBatch(batch);
  await waitFor(() => batchOutput(batch).length === 3);
  const ids = (await trialStates(batch)).map(({ id }) => id);
  assert.deepEqual(
    batchOutput(batch).slice(1).toSorted(),
    ids
      .slice(0, 2)
      .map((id) => `Waiting for trial ${id}, which is running`)
      .toSorted(),
  );
  writeFileSync(join(project.commandDir, 'go'), '');
  const info = await batchEnd(batch);
  assert.equal(info.status, 'completed');
  assert.deepEqual(batchOutput(batch).slice(3), [`Running trial ${ids[2] ?? ''}: op (n=3)`]);
});

test('a stop reaches the trials also when their batch has died', async (t) => {
  const project = await batchProject(t, WAITING);
  const batch = await startedBatch(project);
  assert.equal(await kill(batch), true);
  assert.equal(await stopBatch(batch), 'stopped');
  await untilNothingRuns(batch);
  assert.deepEqual(
    (await trialStates(batch)).map(({ status }) => status),
    ['terminated', 'terminated', 'staged'],
  );
  assert.equal((await batchEnd(batch)).status, 'terminated');
});

test('a trial whose own supervisor dies is looked after to its end', async (t) => {
  const project = await batchProject(t, WAITING);
  const batch = await startedBatch(project);
  const [first] = await trialStates(batch);
  assert.ok(first);
  const run = openRun(project.runsDir, first.id);
  assert.equal(await kill(run), true);
  // It runs on, and somebody looks after it again.
  await waitFor(() => readProcessFile(run)?.action === 'recover');
  assert.equal(runStatus(run), 'running');
  writeFileSync(join(project.commandDir, 'go'), '');
  assert.equal((await batchEnd(batch)).status, 'completed');
  assert.deepEqual(
    (await trialStates(batch)).map(({ status }) => status),
    ['terminated', 'completed', 'completed'],
  );
});

async function countedBatch(project: Project): Promise<Run> {
  const flags = [`n=range[1:${String(TRIALS)}]`];
  return await makeBatch(project, 'op', { flags, acceptUnknown: true, slots: 2 });
}

function readLedger(project: Project): readonly string[] {
  return readFileSync(join(project.commandDir, 'ledger'), 'utf8').trim().split('\n');
}

/** A batch of three trials of which two run. */
async function startedBatch(project: Project): Promise<Run> {
  const flags = ['n=[1,2,3]'];
  const batch = await makeBatch(project, 'op', { flags, acceptUnknown: true, slots: 2 });
  await startBatch(batch);
  await waitFor(() => batchOutput(batch).length === 3);
  return batch;
}

/** Kills the supervisor of a batch. False when it had ended already. */
async function kill(batch: Run): Promise<boolean> {
  const supervisor = readProcessFile(batch)?.supervisor;
  if (supervisor === undefined || isFinal(runStatus(batch))) return false;
  try {
    process.kill(supervisor.pid, 'SIGKILL');
  } catch {
    return false;
  }
  await waitFor(() => livenessOf(supervisor) === 'dead');
  return true;
}

async function untilNothingRuns(batch: Run): Promise<void> {
  await waitFor(
    async () => {
      const rows = await trialRows(batch);
      return rows.every(
        ({ trial, info }) =>
          info?.status !== 'running' &&
          claimHolder({ runsDir: batch.runsDir, id: trial.id }) === null,
      );
    },
    { what: 'the end of the trials that run' },
  );
}

async function resume(batch: Run): Promise<void> {
  await recoverRun(batch);
  if (runStatus(batch) === 'staged') return;
  await restartBatch(await planRestart(batch, 'remaining'));
}
