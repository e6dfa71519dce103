import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { readBatch, readTrials } from '../../../../src/batch/record/record.ts';
import { makeTrial } from '../../../../src/batch/trial/trial.ts';
import { runMetaPath } from '../../../../src/core/run/run.ts';
import { listRuns, readRunInfo } from '../../../../src/core/store/read.ts';
import { PROJECT, batchProject, makeBatch } from '../../../helpers/runs/batches.ts';

test('making a trial again completes what was interrupted and changes nothing else', async (t) => {
  const project = await batchProject(t, PROJECT);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  const record = readBatch(batch);
  const [trial] = readTrials(batch);
  assert.ok(trial);
  const run = makeTrial(batch, record, trial);
  const whole = await readRunInfo(project.runsDir, run.id);
  assert.deepEqual([whole?.status, whole?.label], ['pending', 'n=1']);
  // The process died after the first half.
  for (const name of ['initialized', 'config.json', 'runyard/batch.json']) {
    rmSync(runMetaPath(run, name));
  }
  makeTrial(batch, record, trial);
  const again = await readRunInfo(project.runsDir, run.id);
  assert.deepEqual({ ...again, timestampsUs: null }, { ...whole, timestampsUs: null });
  assert.equal((await listRuns(project.runsDir)).length, 2);
});
