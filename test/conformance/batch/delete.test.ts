import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { readBatch, readTrials, trialStates } from '../../../src/batch/record/record.ts';
import { makeTrial } from '../../../src/batch/trial/trial.ts';
import { claimRun } from '../../../src/core/run/claim.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { listRuns } from '../../../src/core/store/read.ts';
import { runCli } from '../../helpers/cli.ts';
import { batchProject, makeBatch } from '../../helpers/runs/batches.ts';

/** A batch with two trials that were made, and a run of it in no batch. */
async function twoTrials(t: TestContext): Promise<Run> {
  const project = await batchProject(t, {
    'gage.toml': '[op]\nexec = "true"\nconfig = "op.py"\n',
    'op.py': 'x = 1\n',
  });
  const batch = await makeBatch(project, 'op', { flags: ['x=[1,2]'] });
  const record = readBatch(batch);
  for (const trial of readTrials(batch)) makeTrial(batch, record, trial);
  return batch;
}

async function cli(batch: Run, ...args: readonly string[]): Promise<string> {
  const { code, stderr } = await runCli(['--runs', batch.runsDir, ...args]);
  return `${String(code)}: ${stderr.trim()}`;
}

async function containers(batch: Run): Promise<readonly string[]> {
  const runs = await listRuns(batch.runsDir, { container: 'any' });
  return runs.map(({ batch: role, container }) => `${role?.role ?? 'run'} ${container}`).sort();
}

test('deleting a batch leaves its trials alone, unless they are asked for', async (t) => {
  const batch = await twoTrials(t);
  assert.equal(await cli(batch, 'delete', batch.id), '0: Deleted 1 run');
  assert.deepEqual(await containers(batch), ['batch trash', 'trial active', 'trial active']);
  assert.equal(await cli(batch, 'restore', batch.id), '0: Restored 1 run');

  assert.equal(await cli(batch, 'delete', batch.id, '--trials'), '0: Deleted 3 runs');
  assert.deepEqual(await containers(batch), ['batch trash', 'trial trash', 'trial trash']);
  assert.equal(await cli(batch, 'restore', batch.id, '--trials'), '0: Restored 3 runs');
  assert.deepEqual(await containers(batch), ['batch active', 'trial active', 'trial active']);
  assert.deepEqual(
    (await trialStates(batch)).map(({ status }) => status),
    ['pending', 'pending'],
  );
});

test('only the trials beside it are deleted for good with a batch', async (t) => {
  const batch = await twoTrials(t);
  const [first, second] = readTrials(batch);
  assert.ok(first !== undefined && second !== undefined);
  await cli(batch, 'delete', batch.id, first.id);
  assert.equal(
    await cli(batch, 'purge', batch.id, '--trials', '--yes'),
    '0: Permanently deleted 2 runs',
  );
  const left = await listRuns(batch.runsDir, { container: 'any' });
  assert.deepEqual(
    left.map(({ id }) => id),
    [second.id],
  );
});

test('a batch that is about to start is not deleted', async (t) => {
  const batch = await twoTrials(t);
  const claim = claimRun(batch, 'batch');
  t.after(() => {
    claim.release();
  });
  assert.match(await cli(batch, 'delete', batch.id), /^1: .*in use \(batch\)/);
});
