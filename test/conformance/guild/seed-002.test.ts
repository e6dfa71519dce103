import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBatch } from '../../../src/batch/create.ts';
import { planBatch } from '../../../src/batch/plan.ts';
import { readBatch, readTrials, replaceTrials } from '../../../src/batch/record/record.ts';
import type { TrialFlags } from '../../../src/batch/record/types.ts';
import { makeTrial, newTrial, tryRunStagedTrial } from '../../../src/batch/trial/trial.ts';
import { runStatus } from '../../../src/core/life/start.ts';
import { claimRun } from '../../../src/core/run/claim.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { readRunInfo } from '../../../src/core/store/read.ts';
import { TrialPool } from '../../../src/supervisor/pool.ts';
import { supervisorScript } from '../../helpers/processes/supervisor.ts';
import { batchRequest } from '../../helpers/runs/batch-request.ts';
import { TestLog, batchProject, printRuns } from '../../helpers/runs/batches.ts';

/**
 * The walk-through of a batch that handles the status of its trials: a trial must be `staged`
 * before it is run.
 */

test('seed 002: a batch confirms that a trial is staged before it runs it', async (t) => {
  // A script with an id that can be given as a flag value.
  const project = await batchProject(t, {
    'gage.toml': '["op.py"]\nexec = "python3 op.py"\nconfig = "op.py"\n',
    'op.py': 'id = None\n',
  });

  // Stage a batch.
  const plan = await planBatch(project, 'op.py', batchRequest({ optimizer: '+' }));
  const batch = await createBatch(project, { ...plan, trials: [] });
  assert.deepEqual(await printRuns(project), ['op.py+    staged']);

  // It can be used to initialize some staged trials.
  const { projectDir } = plan.proto;
  const pool = new TrialPool({
    supervisorPath: await supervisorScript(),
    batch,
    projectDir,
    slots: 1,
  });
  t.after(() => {
    pool.close();
  });
  const trials: Run[] = [];
  const record = readBatch(batch);
  for (const id of [1n, 2n, 3n]) {
    const trial = newTrial(record, { id }, trials.length + 1);
    replaceTrials(batch, [...readTrials(batch), { ...trial, made: true }]);
    const run = makeTrial(batch, record, trial);
    await pool.stage(run);
    trials.push(run);
  }
  assert.deepEqual(await printRuns(project), [
    'op.py   id=3  staged',
    'op.py   id=2  staged',
    'op.py   id=1  staged',
    'op.py+        staged',
  ]);
  const flagsOf = (trial: Run | undefined): TrialFlags | undefined =>
    readTrials(batch).find(({ id }) => id === trial?.id)?.flags;
  assert.deepEqual(flagsOf(trials[0]), { id: 1n });
  assert.deepEqual(flagsOf(trials[1]), { id: 2n });
  assert.deepEqual(flagsOf(trials[2]), { id: 3n });

  // A helper that tries to start a trial.
  const [first, second, third] = trials;
  assert.ok(first && second && third);
  const log = new TestLog();
  const runTrial = async (trial: Run): Promise<readonly string[]> => {
    await tryRunStagedTrial(trial, flagsOf(trial) ?? {}, log, pool);
    return log.take();
  };

  // The first staged trial runs.
  assert.deepEqual(await runTrial(first), [`Running trial ${first.id}: op.py (id=1)`]);
  assert.deepEqual(await printRuns(project), [
    'op.py   id=1  completed',
    'op.py   id=3  staged',
    'op.py   id=2  staged',
    'op.py+        staged',
  ]);

  // A second time it is refused, because it is not 'staged', and stays as it is.
  assert.equal(runStatus(first), 'completed');
  const before = await readRunInfo(project.runsDir, first.id);
  assert.deepEqual(await runTrial(first), [
    `WARNING: Skipping ${first.id} - status is 'completed' but expected 'staged'`,
  ]);
  assert.deepEqual(await readRunInfo(project.runsDir, first.id), before);

  // The second trial becomes 'pending': somebody has it and is about to start it.
  const claim = claimRun(second, 'pending');
  assert.equal(runStatus(second), 'pending');
  assert.deepEqual(await runTrial(second), [
    `WARNING: Skipping ${second.id} - status is 'pending' but expected 'staged'`,
  ]);

  // Finally, the third trial.
  assert.deepEqual(await runTrial(third), [`Running trial ${third.id}: op.py (id=3)`]);
  assert.deepEqual(await printRuns(project), [
    'op.py   id=3  completed',
    'op.py   id=1  completed',
    'op.py   id=2  pending',
    'op.py+        staged',
  ]);

  // Whoever had the second one gave it back.
  claim.release();
  assert.equal(runStatus(second), 'staged');
});
