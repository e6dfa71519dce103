import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBatch } from '../../../src/batch/create.ts';
import { planBatch } from '../../../src/batch/plan.ts';
import { readTrials, trialStates } from '../../../src/batch/record/record.ts';
import { listRuns } from '../../../src/core/store/read.ts';
import type { NeededMatches } from '../../../src/operation/needed.ts';
import { newRun } from '../../../src/operation/new-run.ts';
import { batchRequest } from '../../helpers/runs/batch-request.ts';
import { PROJECT, batchProject, printRuns } from '../../helpers/runs/batches.ts';

test('a plan shows what the batch would record', async (t) => {
  const project = await batchProject(t, PROJECT);
  const request = batchRequest({ flags: ['n=[2,1]', 'x=1', 'text=b'], label: '${n} of ${text}' });
  const plan = await planBatch(project, 'op', request);
  assert.deepEqual(
    plan.trials.map(({ index, config, label, text }) => [index, config, label, text]),
    [
      [1, { n: 2n, x: 1, text: 'b' }, '2 of b', 'n=2'],
      [2, { n: 1n, x: 1, text: 'b' }, '1 of b', 'n=1'],
    ],
  );
  assert.deepEqual(await listRuns(project.runsDir), []);
  const batch = await createBatch(project, plan);
  assert.deepEqual(
    readTrials(batch).map(({ index, label, text, made }) => [index, label, text, made]),
    [
      [1, '2 of b', 'n=2', false],
      [2, '1 of b', 'n=1', false],
    ],
  );
  assert.deepEqual(
    (await trialStates(batch)).map(({ status }) => status),
    ['pending', 'pending'],
  );
  assert.deepEqual(await printRuns(project), ['op+    staged']);
});

test('what is wrong with a trial names it, and nothing is made', async (t) => {
  const project = await batchProject(t, PROJECT);
  await assert.rejects(planBatch(project, 'op', batchRequest({ rows: [{ n: 1n }, { n: 'a' }] })), {
    code: 'bad-config',
    message: /^Trial 2\b/,
  });
  await assert.rejects(planBatch(project, 'op', batchRequest({ flags: ['m=[1,2]'] })), {
    code: 'bad-config',
    message: /"m"/,
  });
  await assert.rejects(planBatch(project, 'none', batchRequest()), { code: 'no-operation' });
  assert.deepEqual(await listRuns(project.runsDir), []);
});

test('needed leaves out what an equal run makes needless, by the rule of the person', async (t) => {
  const project = await batchProject(t, PROJECT);
  const { run } = await newRun(project, 'op', { flags: { n: 1n } });
  const needless = async (matches?: NeededMatches): Promise<unknown> => {
    const request = batchRequest({ flags: ['n=[1,2]'], needed: true });
    const { trials } = await planBatch(project, 'op', request, matches);
    return trials.map(({ equalRun }) => equalRun?.id ?? null);
  };
  assert.deepEqual(await needless(), [null, null]);
  // To Gage, also a run that never ran counts.
  assert.deepEqual(await needless('gage'), [run.id, null]);
});

test('options that make no sense are refused', async (t) => {
  const project = await batchProject(t, PROJECT);
  const plan = async (change: Parameters<typeof batchRequest>[0]): Promise<unknown> =>
    await planBatch(project, 'op', batchRequest({ flags: ['n=[1,2]'], ...change }));
  await assert.rejects(plan({ slots: 0 }), { code: 'bad-request', message: /slots/ });
  await assert.rejects(plan({ maxTrials: 1.5 }), { code: 'bad-request', message: /trials/ });
  await assert.rejects(plan({ seed: -1 }), { code: 'bad-request', message: /seed/ });
  const search = {
    optimizer: './search',
    objective: { metric: 'x', direction: 'minimize' },
  } as const;
  await assert.rejects(plan({ ...search, stageTrials: true }), {
    code: 'bad-request',
    message: './search cannot stage its trials beforehand',
  });
  await assert.rejects(plan({ ...search, objective: null }), { code: 'bad-request' });
});

test('a batch whose code cannot be copied leaves nothing behind', async (t) => {
  const project = await batchProject(t, PROJECT);
  const plan = await planBatch(project, 'op', batchRequest({ flags: ['n=[1,2]'] }));
  const abort = new AbortController();
  abort.abort(new Error('enough'));
  await assert.rejects(createBatch(project, plan, { signal: abort.signal }), /enough/);
  assert.deepEqual(await listRuns(project.runsDir), []);
});
