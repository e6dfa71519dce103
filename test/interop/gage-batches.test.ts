import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { before, type TestContext } from 'node:test';
import { planRestart } from '../../src/batch/plan-restart.ts';
import { readTrials, trialStates } from '../../src/batch/record/record.ts';
import { restartBatch } from '../../src/batch/restart.ts';
import { resetRun } from '../../src/core/life/reset.ts';
import { runName } from '../../src/core/run/ids.ts';
import type { Run, RunInfo } from '../../src/core/run/types.ts';
import { openRunFromInfo } from '../../src/core/status/run-info.ts';
import { readRunInfo } from '../../src/core/store/read.ts';
import { openProject, type Project } from '../../src/opdef/project.ts';
import { Gage, gageProgram, type GageRow } from '../helpers/gage/gage.ts';
import { batchEnd, batchOutput, makeBatch, runBatch, startBatch } from '../helpers/runs/batches.ts';
import { removeTree, tempDir, waitFor, writeTree } from '../helpers/temp.ts';

/** Batches of Runyard and the real Gage 0.1.2, which knows nothing of them, on the same store. */
const TRAIN = `import os, time
lr = 0.5
code = 0
print("lr", lr, flush=True)
while os.path.exists("../hold"):
    time.sleep(0.02)
open("model.txt", "w").write(str(lr))
raise SystemExit(code)
`;
const GAGE_FILE = '[train]\nexec = "python3 train.py"\nconfig = "train.py"\n';

let program = '';
before(async () => {
  program = await gageProgram();
});

interface Bench {
  readonly project: Project;
  readonly gage: Gage;
}

async function newBench(t: TestContext): Promise<Bench> {
  const dir = writeTree(join(tempDir(t), 'proj'), { 'gage.toml': GAGE_FILE, 'train.py': TRAIN });
  return { project: await openProject(dir, { env: {} }), gage: new Gage(program, dir) };
}

/** A row as `gage list` shows it: the first word of the name only. */
function rowOf(id: string, operation: string, status: string, label = ''): GageRow {
  return { name: runName(id).split('-')[0] ?? '', operation, status, label };
}

function sorted(rows: readonly GageRow[]): readonly GageRow[] {
  return [...rows].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function infoOf({ project }: Bench, id: string): Promise<RunInfo> {
  const info = await readRunInfo(project.runsDir, id);
  assert.ok(info !== null);
  return info;
}

async function statuses(batch: Run): Promise<readonly string[]> {
  return (await trialStates(batch)).map(({ status }) => status);
}

test('gage lists and shows every trial as a run, and the batch as one more', async (t) => {
  const bench = await newBench(t);
  const { gage, project } = bench;
  const flags = ['lr=[0.1,0.2]', 'code=[0,3]'];
  const batch = await makeBatch(project, 'train', { flags, batchLabel: 'sweep' });
  assert.deepEqual(await gage.list(), [rowOf(batch.id, 'train+', 'staged', 'sweep')]);
  await runBatch(batch);

  const trials = readTrials(batch);
  const rows = trials.map(({ id, label }, i) =>
    rowOf(id, 'train', i < 2 ? 'completed' : 'error', label),
  );
  const all = [...rows, rowOf(batch.id, 'train+', 'completed', 'sweep')];
  assert.deepEqual(sorted(await gage.list()), sorted(all));
  assert.deepEqual(
    trials.map(({ label }) => label),
    ['code=0 lr=0.1', 'code=0 lr=0.2', 'code=3 lr=0.1', 'code=3 lr=0.2'],
  );
  const shown = await gage.ok('show', batch.id);
  assert.match(shown, /train\+ +completed/);
  assert.match(shown, /Running trial [^]*exited with an error \(3\)/);
  const trial = await gage.ok('show', trials[1]?.id ?? '');
  assert.match(trial, /proj:train +completed/);
  assert.match(trial, /lr +0\.2[^]*model\.txt[ |]+generated/);
  assert.equal(await gage.ok('cat', batch.id, '--meta', '-p', 'config.json'), '{}');
});

test('gage sees a batch that runs, and its trials', async (t) => {
  const { gage, project } = await newBench(t);
  const batch = await makeBatch(project, 'train', { flags: ['lr=[0.1,0.2]'] });
  writeFileSync(join(project.runsDir, 'hold'), '');
  await startBatch(batch);
  await waitFor(async () => (await statuses(batch)).join() === 'running,staged');
  const rows = await gage.list();
  assert.deepEqual(rows.map(({ operation, status }) => `${operation} ${status}`).sort(), [
    'train running',
    'train staged',
    'train+ running',
  ]);
  removeTree(join(project.runsDir, 'hold'));
  await batchEnd(batch);
});

test('gage labels, deletes, restores and purges trials, and the batch sees it', async (t) => {
  const bench = await newBench(t);
  const { gage, project } = bench;
  const batch = await makeBatch(project, 'train', { flags: ['lr=[0.1,0.2,0.3]'] });
  await runBatch(batch);
  const [first = '', second = '', third = ''] = readTrials(batch).map(({ id }) => id);

  await gage.ok('label', first, '--set', 'from gage', '-y');
  assert.equal((await infoOf(bench, first)).label, 'from gage');
  await gage.ok('delete', second, third, '-y');
  assert.equal((await infoOf(bench, second)).container, 'trash');
  const again = await planRestart(batch, 'all');
  assert.deepEqual(
    again.reused.map(({ id }) => id),
    [first],
    'what is in the trash stays there',
  );
  await gage.ok('restore', third, '-y');
  assert.equal((await planRestart(batch, 'all')).reused.length, 2);
  await gage.ok('purge', second, '-y');
  assert.deepEqual(await statuses(batch), ['completed', 'unknown', 'completed']);

  await restartBatch(await planRestart(batch, 'all'));
  assert.equal((await runBatch(batch)).status, 'completed');
  assert.deepEqual(await statuses(batch), ['completed', 'unknown', 'completed']);
  assert.equal((await gage.list()).length, 3);

  await gage.ok('delete', batch.id, '-y');
  assert.equal((await infoOf(bench, batch.id)).container, 'trash');
  assert.equal((await gage.list()).length, 2, 'the trials stay');
  await gage.ok('purge', batch.id, '-y');
  assert.deepEqual(
    readdirSync(project.runsDir).filter((name) => name.startsWith(batch.id)),
    [],
  );
  assert.equal((await infoOf(bench, first)).status, 'completed');
});

test('a trial that gage has started is not started by its batch', async (t) => {
  const { gage, project } = await newBench(t);
  const batch = await makeBatch(project, 'train', { flags: ['lr=[0.1,0.2]'], stageTrials: true });
  await runBatch(batch);
  const [first = ''] = readTrials(batch).map(({ id }) => id);
  const printed = await gage.ok('run', '--start', first, '-y');
  assert.match(printed, /lr 0\.1/);
  assert.deepEqual(await statuses(batch), ['completed', 'staged']);
  await restartBatch(await planRestart(batch, 'remaining'));
  await runBatch(batch);
  assert.deepEqual(await statuses(batch), ['completed', 'completed']);
  const started = batchOutput(batch).filter((line) => line.startsWith('Running trial'));
  assert.equal(started.length, 1);
});

test('a run that comes back, its former attempts and a batch that gage ran are sound for gage', async (t) => {
  const bench = await newBench(t);
  const { gage, project } = bench;
  const batch = await makeBatch(project, 'train', { flags: ['code=[3,4]'] });
  await runBatch(batch);
  const [first = '', second = ''] = readTrials(batch).map(({ id }) => id);
  await resetRun(openRunFromInfo(await infoOf(bench, first)), 'staged');
  const row = rowOf(first, 'train', 'staged', 'code=3');
  assert.deepEqual(
    (await gage.list()).filter(({ name }) => name === row.name),
    [row],
  );
  const started = await gage.run('run', '--start', first, '-y');
  assert.equal(started.code, 3);
  assert.match(await gage.ok('show', first), /exit_code +3[^]*model\.txt[ |]+generated/);
  assert.ok(existsSync(join(project.runsDir, `${first}.meta/runyard/attempts/1/proc/exit`)));
  await resetRun(openRunFromInfo(await infoOf(bench, first)), 'staged');

  await resetRun(openRunFromInfo(await infoOf(bench, batch.id)), 'staged');
  // What it could start is our command, which is not on its path.
  await assert.rejects(gage.run('run', '--start', batch.id, '-y'), /No such file[^]*'runyard'/);
  await restartBatch(await planRestart(batch, { ids: [first, second] }));
  assert.equal((await runBatch(batch)).status, 'completed');
  assert.deepEqual(await statuses(batch), ['error', 'error']);
  assert.ok(batchOutput(batch).every((line) => !line.includes('Skipping')));
  for (const id of [first, second, batch.id]) await gage.ok('show', id);
});
