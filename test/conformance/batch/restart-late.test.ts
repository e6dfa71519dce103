import assert from 'node:assert/strict';
import test from 'node:test';
import { planRestart } from '../../../src/batch/plan-restart.ts';
import { readBatch, readTrials, trialStates } from '../../../src/batch/record/record.ts';
import { restartBatch } from '../../../src/batch/restart.ts';
import { makeTrial } from '../../../src/batch/trial/trial.ts';
import { finalizeRun } from '../../../src/core/life/finalize.ts';
import { stageRun } from '../../../src/core/life/stage.ts';
import { openRunOutput, startRun } from '../../../src/core/life/start.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { batchProject, makeBatch } from '../../helpers/runs/batches.ts';

/** Runs a staged trial as a person does, without its batch. */
async function runAlone(trial: Run): Promise<void> {
  const child = await startRun(trial);
  await openRunOutput(trial, child).waitAndClose();
  await finalizeRun(trial, await child.wait());
}

test('a trial that somebody ran after the restart was planned is not run again', async (t) => {
  const project = await batchProject(t, {
    'gage.toml': '[task]\nexec = ["true"]\nsourcecode = []\n',
  });
  const batch = await makeBatch(project, 'task', { rows: [{}, {}, {}] });
  const record = readBatch(batch);
  const trials = readTrials(batch).map((trial) => makeTrial(batch, record, trial));
  for (const trial of trials) await stageRun(trial, project.commandDir);
  const [first, second] = trials;
  assert.ok(first && second);
  await runAlone(first);
  const plan = await planRestart(batch, 'all');
  assert.equal(plan.reused.length, 3);

  await runAlone(second);
  await restartBatch(plan);
  const states = (await trialStates(batch)).map(({ status }) => status);
  assert.deepEqual(states, ['staged', 'completed', 'staged']);
});
