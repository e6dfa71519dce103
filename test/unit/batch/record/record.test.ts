import assert from 'node:assert/strict';
import { cpSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeChosenTrials } from '../../../../src/batch/chosen-trials.ts';
import { requestBatchControl } from '../../../../src/batch/control.ts';
import { readBatch, readTrials, replaceTrials } from '../../../../src/batch/record/record.ts';
import type { TrialFlags } from '../../../../src/batch/record/types.ts';
import { makeTrial, newTrial } from '../../../../src/batch/trial/trial.ts';
import { parseJson } from '../../../../src/core/data/json.ts';
import { isBatch, readBatchRole } from '../../../../src/core/meta/batch-file.ts';
import { runMetaPath } from '../../../../src/core/run/run.ts';
import { posix } from '../../../helpers/posix.ts';
import { PROJECT, batchProject, makeBatch } from '../../../helpers/runs/batches.ts';
import { makePipe } from '../../../helpers/special-files.ts';
import { find, tempDir } from '../../../helpers/temp.ts';

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

test('ids of trials that are no ids are refused', async (t) => {
  const project = await batchProject(t, PROJECT);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  const path = runMetaPath(batch, 'runyard', 'trials.json');
  const text = readFileSync(path, 'utf8');
  const [trial] = readTrials(batch);
  for (const id of ['../../victim', 'a/b', '..', '', 'a.meta', 'a\\\\b', 'a\\u0000']) {
    writeFileSync(path, text.replace(trial?.id ?? '', id));
    assert.throws(() => readTrials(batch), { code: 'unreadable', message: /trials\.json/ }, id);
  }
});

test('a batch writes nothing through links', posix('links'), async (t) => {
  const project = await batchProject(t, PROJECT);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  const trials = readTrials(batch);
  const record = readBatch(batch);
  const outside = tempDir(t);
  const moved = join(tempDir(t), 'runyard');
  renameSync(runMetaPath(batch, 'runyard'), moved);
  cpSync(moved, outside, { recursive: true });
  const before = find(outside).map((name) => [name, readFileSync(join(outside, name), 'utf8')]);
  symlinkSync(outside, runMetaPath(batch, 'runyard'));
  const refused = { code: 'unsafe-path', message: /runyard is a link where a directory should be/ };
  assert.throws(() => replaceTrials(batch, trials), refused);
  assert.throws(() => writeChosenTrials(batch, ['a']), refused);
  assert.throws(() => writeChosenTrials(batch, null), refused);
  assert.throws(() => requestBatchControl(batch, { slots: 2 }), refused);
  const [trial] = trials;
  assert.ok(trial !== undefined);
  symlinkSync(tempDir(t), join(batch.runsDir, `${trial.id}.user`));
  assert.throws(() => makeTrial(batch, record, trial), { code: 'unsafe-path' });
  const after = find(outside).map((name) => [name, readFileSync(join(outside, name), 'utf8')]);
  assert.deepEqual(after, before);
});
