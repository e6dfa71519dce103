import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { readBatch, readTrials, replaceTrials } from '../../../../src/batch/record/record.ts';
import type { TrialFlags } from '../../../../src/batch/record/types.ts';
import { makeTrial, newTrial } from '../../../../src/batch/trial/trial.ts';
import { parseJson } from '../../../../src/core/data/json.ts';
import { isBatch, readBatchRole } from '../../../../src/core/meta/batch-file.ts';
import { runMetaPath } from '../../../../src/core/run/run.ts';
import { posix } from '../../../helpers/posix.ts';
import { PROJECT, batchProject, makeBatch } from '../../../helpers/runs/batches.ts';
import { makePipe } from '../../../helpers/special-files.ts';

test('a batch remembers its values exactly', async (t) => {
  const project = await batchProject(t, PROJECT);
  const batch = await makeBatch(project, 'op', {
    flags: ['n=[12345678901234567890,2]', 'x=1'],
    slots: 3,
    tags: ['a', 'a'],
    seed: 5,
    failFast: true,
  });
  const record = readBatch(batch);
  assert.equal(record.operation, 'op');
  assert.deepEqual(record.tags, ['a']);
  assert.deepEqual([record.slots, record.failFast, record.optimizer], [3, true, '+']);
  assert.deepEqual(record.varying, ['n']);
  assert.deepEqual(record.proto.config, { n: 0n, x: 0.5, text: 'a' });
  const flags = readTrials(batch).map((trial) => trial.flags);
  assert.deepEqual(flags, [
    { n: 12345678901234567890n, x: 1 },
    { n: 2n, x: 1 },
  ]);
  // `1` for a float is one: each value has the type that the run gets.
  assert.match(readFileSync(runMetaPath(batch, 'runyard', 'trials.json'), 'utf8'), /"x": 1\.0/);

  const odd: TrialFlags = { n: null, x: NaN, text: 'ü "\n' };
  const trial = newTrial(record, odd, 3);
  replaceTrials(batch, [...readTrials(batch), trial]);
  assert.deepEqual(readTrials(batch)[2]?.flags, odd);
  assert.equal(readBatch(batch).planned, 3);
  const run = makeTrial(batch, record, trial);
  assert.equal(readBatchRole(run)?.role, 'trial');
  assert.deepEqual(parseJson(readFileSync(runMetaPath(run, 'config.json'), 'utf8')), odd);
});

test('a run knows whether it is a batch, and a trial its batch', async (t) => {
  const project = await batchProject(t, PROJECT);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  const [trial] = readTrials(batch);
  assert.ok(trial);
  const run = makeTrial(batch, readBatch(batch), trial);
  assert.deepEqual([isBatch(batch), isBatch(run)], [true, false]);
  const role = readBatchRole(run);
  assert.equal(role?.role === 'trial' && role.batch, batch.id);
  assert.throws(() => readBatch(run), { code: 'wrong-status', message: /is not a batch/ });
  writeFileSync(runMetaPath(batch, 'runyard', 'proto.json'), '{');
  assert.throws(() => readBatch(batch), { code: 'unreadable', message: /proto\.json of batch/ });
});

test('a record that is no file is not waited for', posix('named pipes'), async (t) => {
  const project = await batchProject(t, PROJECT);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  const trials = runMetaPath(batch, 'runyard', 'trials.json');
  rmSync(trials);
  makePipe(trials);
  assert.throws(() => readTrials(batch), { code: 'unreadable', message: /is a named pipe/ });
});
