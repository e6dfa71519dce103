import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { requestBatchControl, stopBatch } from '../../../src/batch/control.ts';
import { createBatch } from '../../../src/batch/create.ts';
import { planRestart } from '../../../src/batch/plan-restart.ts';
import { planBatch } from '../../../src/batch/plan.ts';
import { readBatch, trialStates } from '../../../src/batch/record/record.ts';
import { restartBatch } from '../../../src/batch/restart.ts';
import { BatchLoop } from '../../../src/batch/run-batch.ts';
import { parseJson } from '../../../src/core/data/json.ts';
import { launchSupervisor } from '../../../src/core/launch/launch.ts';
import { runStatus, startRun } from '../../../src/core/life/start.ts';
import { requestStop } from '../../../src/core/life/stop.ts';
import { readProcessFile } from '../../../src/core/meta/process-file.ts';
import { claimRun } from '../../../src/core/run/claim.ts';
import { runName } from '../../../src/core/run/ids.ts';
import { openRun, runMetaPath } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { listRuns, readRunInfo } from '../../../src/core/store/read.ts';
import { TrialPool } from '../../../src/supervisor/pool.ts';
import { supervisorScript } from '../../helpers/processes/supervisor.ts';
import { batchRequest } from '../../helpers/runs/batch-request.ts';
import {
  TestLog,
  batchEnd,
  batchOutput,
  batchProject,
  makeBatch,
  printRuns,
  runBatch,
  startBatch,
} from '../../helpers/runs/batches.ts';
import { waitFor } from '../../helpers/temp.ts';

/** An operation that fails when it is told to. */
const FAILING = {
  'gage.toml': '[op]\nexec = "python3 op.py"\nconfig = "op.py"\n',
  'op.py': 'fail = False\nn = 0\nif fail:\n    raise SystemExit(1)\n',
};

/** An operation that runs until a file with its number appears beside the project. */
const WAITING = {
  'gage.toml': '[op]\nexec = "python3 op.py"\nconfig = "op.py"\n',
  'op.py': [
    'import os, time',
    'n = 0',
    "gate = os.path.join(os.environ['PARENT_PWD'], f'go-{n}')",
    'while not os.path.exists(gate):',
    '    time.sleep(0.02)',
    '',
  ].join('\n'),
};

async function statusesOf(batch: Run): Promise<readonly string[]> {
  return (await trialStates(batch)).map(({ status }) => status);
}

async function ids(batch: Run): Promise<readonly string[]> {
  return (await trialStates(batch)).map(({ id }) => id);
}

async function untilStatuses(batch: Run, wanted: readonly string[]): Promise<void> {
  await waitFor(async () => (await statusesOf(batch)).join() === wanted.join(), {
    what: `trials that are ${wanted.join(', ')}`,
  });
}

test('a failed trial does not stop the others (guild-format.md 8, case 6)', async (t) => {
  const project = await batchProject(t, FAILING);
  const batch = await makeBatch(project, 'op', { flags: ['fail=[true,false]'] });
  const info = await runBatch(batch);
  const [first = '', second = ''] = await ids(batch);
  assert.deepEqual(batchOutput(batch), [
    'Trials of op: 2, 1 at a time',
    `Running trial ${first}: op (fail=true)`,
    `ERROR: Trial ${first} exited with an error (1) - see log for details`,
    `Running trial ${second}: op (fail=false)`,
  ]);
  assert.equal(info.status, 'completed');
  assert.equal(info.exitCode, 0);
  assert.deepEqual(await printRuns(project), [
    'op   fail=false  completed',
    'op   fail=true   error',
    'op+              completed',
  ]);
});

test('it does when it is told to, and the rest stays staged (case 7)', async (t) => {
  const project = await batchProject(t, FAILING);
  const batch = await makeBatch(project, 'op', { flags: ['fail=[true,false]'], failFast: true });
  const info = await runBatch(batch);
  const [first = ''] = await ids(batch);
  assert.deepEqual(batchOutput(batch).slice(1), [
    `Running trial ${first}: op (fail=true)`,
    `ERROR: Trial ${first} exited with an error (1) - see log for details`,
    'ERROR: Stopping batch because a trial failed (remaining staged trials may be started as needed)',
  ]);
  assert.equal(info.status, 'error');
  assert.equal(info.exitCode, 1);
  assert.deepEqual(await statusesOf(batch), ['error', 'staged']);
});

test('a file with one row is no batch (case 8)', async (t) => {
  const project = await batchProject(t, { ...FAILING, 'one.csv': 'n\n3\n' });
  const file = join(project.commandDir, 'one.csv');
  const plan = await planBatch(project, 'op', batchRequest({ files: [file] }));
  assert.equal(plan.table.single, true);
  assert.equal(plan.trials[0]?.config['n'], 3n);
});

test('rows of a file and typed lists run in their order (case 9)', async (t) => {
  const project = await batchProject(t, {
    'gage.toml': '[op]\nexec = "true"\nconfig = "op.py"\n',
    'op.py': "msg = 'x'\nloud = False\n",
    'trials.csv': 'msg,loud\na,true\nb,true\nc,false\n',
  });
  const batch = await makeBatch(project, 'op', {
    files: [join(project.commandDir, 'trials.csv')],
    flags: ['loud=[true,false]'],
  });
  await runBatch(batch);
  assert.deepEqual(
    batchOutput(batch)
      .slice(1)
      .map((line) => line.replace(/^.*\(/, '(')),
    [
      '(loud=true, msg=a)',
      '(loud=false, msg=a)',
      '(loud=true, msg=b)',
      '(loud=false, msg=b)',
      '(loud=true, msg=c)',
      '(loud=false, msg=c)',
    ],
  );
});

test('a batch without trials says so', async (t) => {
  const project = await batchProject(t, FAILING);
  const plan = await planBatch(project, 'op', batchRequest({ flags: ['n=[]'] }));
  const batch = await createBatch(project, plan);
  const info = await runBatch(batch);
  assert.equal(info.status, 'completed');
  assert.deepEqual(batchOutput(batch), ['There are no trials to run']);
});

test('trials point to their batch, have labels and tags, and all get the same code', async (t) => {
  const project = await batchProject(t, {
    'gage.toml': '[op]\nexec = "cat op.py sub/.hidden"\nconfig = "op.py"\nsourcecode = ["**/*"]\n',
    'op.py': 'n = 0\n',
    'sub/.hidden': 'kept\n',
  });
  const batch = await makeBatch(project, 'op', {
    flags: ['n=[1,2]'],
    tags: ['sweep'],
    label: 'T ${n}',
    batchLabel: 'all',
    batchTags: ['big'],
  });
  // What changes after the batch was made is not for its trials.
  writeFileSync(join(project.commandDir, 'op.py'), 'n = 100\nm = 1\n');
  const info = await runBatch(batch);
  assert.deepEqual([info.label, info.tags], ['all', ['big']]);
  assert.equal(info.batch?.role, 'batch');
  const [first, second] = await trialStates(batch);
  assert.ok(first && second);
  for (const [trial, n] of [
    [first, '1'],
    [second, '2'],
  ] as const) {
    const row = await readRunInfo(project.runsDir, trial.id);
    assert.equal(row?.label, `T ${n}`);
    assert.deepEqual(row.tags, ['sweep']);
    assert.deepEqual(row.batch, {
      role: 'trial',
      batch: batch.id,
      index: Number(n),
      text: `n=${n}`,
    });
    const run = openRun(project.runsDir, trial.id);
    assert.equal(readFileSync(runMetaPath(run, 'output', '40_run'), 'utf8'), `n = ${n}\nkept\n`);
  }
});

test('only so many run at a time, a number that can be changed while they do', async (t) => {
  const project = await batchProject(t, WAITING);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2,3,4]'], slots: 1 });
  await startBatch(batch);
  await untilStatuses(batch, ['running', 'staged', 'staged', 'staged']);
  requestBatchControl(batch, { slots: 3 });
  await untilStatuses(batch, ['running', 'running', 'running', 'staged']);
  for (const n of ['1', '2', '3', '4']) writeFileSync(join(project.commandDir, `go-${n}`), '');
  const info = await batchEnd(batch);
  assert.equal(info.status, 'completed');
  assert.deepEqual(await statusesOf(batch), Array(4).fill('completed'));
});

test('a batch that is stopped stops what runs and leaves the rest staged', async (t) => {
  const project = await batchProject(t, WAITING);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2,3]'], slots: 2 });
  await startBatch(batch);
  const begun = (): number => batchOutput(batch).filter((line) => /^Running/.test(line)).length;
  await waitFor(() => begun() === 2);
  assert.equal(await stopBatch(batch), 'requested');
  const info = await batchEnd(batch);
  assert.equal(info.status, 'terminated');
  assert.equal(info.exitCode, -15);
  assert.deepEqual(await statusesOf(batch), ['terminated', 'terminated', 'staged']);
  const [first = '', second = ''] = await ids(batch);
  const lines = batchOutput(batch).slice(3);
  assert.equal(lines[0], 'Stopping batch (remaining staged trials may be started as needed)');
  assert.deepEqual(
    lines.slice(1).toSorted(),
    [`Trial ${first} was terminated`, `Trial ${second} was terminated`].toSorted(),
  );
});

test('it can also be stopped after those that run', async (t) => {
  const project = await batchProject(t, WAITING);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'], slots: 1 });
  await startBatch(batch);
  await untilStatuses(batch, ['running', 'staged']);
  requestBatchControl(batch, { stop: 'after-current' });
  await waitFor(() => batchOutput(batch).some((line) => line.startsWith('Stopping batch (')));
  writeFileSync(join(project.commandDir, 'go-1'), '');
  const info = await batchEnd(batch);
  assert.equal(info.status, 'terminated');
  assert.deepEqual(await statusesOf(batch), ['completed', 'staged']);
});

test('that may be asked before it runs, and is forgotten when it is started again', async (t) => {
  const project = await batchProject(t, FAILING);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  requestBatchControl(batch, { stop: 'after-current', slots: 2 });
  assert.equal((await runBatch(batch)).status, 'terminated');
  assert.deepEqual(await statusesOf(batch), ['pending', 'pending']);
  await restartBatch(await planRestart(batch, 'remaining'));
  assert.equal((await runBatch(batch)).status, 'completed');
  assert.equal(batchOutput(batch)[0], 'Trials of op: 2, 2 at a time');
  assert.deepEqual(await statusesOf(batch), ['completed', 'completed']);
});

test('a stop between the staging of a trial and its start leaves it staged', async (t) => {
  const project = await batchProject(t, FAILING);
  for (const how of ['stop', 'stopAfterCurrent'] as const) {
    const batch = await makeBatch(project, 'op', {
      flags: ['n=[0:9]'],
      optimizer: 'true',
      objective: { metric: 'loss', direction: 'minimize' },
    });
    const record = readBatch(batch);
    const { projectDir } = record.proto;
    const pool = new TrialPool({
      supervisorPath: await supervisorScript(),
      batch,
      projectDir,
      slots: 1,
    });
    t.after(() => {
      pool.close();
    });
    const stage = pool.stage.bind(pool);
    const loop: BatchLoop = new BatchLoop({
      batch,
      record,
      trials: [],
      chosen: null,
      source: { next: () => Promise.resolve([{ n: 1n }]) },
      resumed: false,
      slots: 1,
      log: new TestLog(),
      runner: pool,
      onProgress: () => undefined,
    });
    pool.stage = async (trial) => {
      await stage(trial);
      loop[how]();
    };
    assert.equal(await loop.run(), -15);
    assert.deepEqual(await statusesOf(batch), ['staged'], how);
  }
});

test('a trial that is stopped alone does not stop the batch, nor the next trial', async (t) => {
  const project = await batchProject(t, WAITING);
  writeFileSync(join(project.commandDir, 'go-2'), '');
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'], failFast: true });
  await startBatch(batch);
  await untilStatuses(batch, ['running', 'staged']);
  const [first = ''] = await ids(batch);
  assert.equal(await requestStop(openRun(project.runsDir, first)), 'requested');
  const info = await batchEnd(batch);
  assert.equal(info.status, 'completed');
  assert.deepEqual(await statusesOf(batch), ['terminated', 'completed']);
  assert.ok(batchOutput(batch).includes(`Trial ${first} was terminated`));
});

test('a signal for an earlier trial does not reach the next one', async (t) => {
  const project = await batchProject(t, WAITING);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  await startBatch(batch);
  await untilStatuses(batch, ['running', 'staged']);
  const [first, second] = (await ids(batch)).map((id) => openRun(project.runsDir, id));
  assert.ok(first && second);
  const worker = readProcessFile(first)?.supervisor.pid ?? 0;
  // Nobody asked to stop this trial: the worker ends after it, and another one takes the next.
  process.kill(worker, 'SIGTERM');
  writeFileSync(join(project.commandDir, 'go-1'), '');
  await untilStatuses(batch, ['completed', 'running']);
  assert.notEqual(readProcessFile(second)?.supervisor.pid, worker);
  writeFileSync(join(project.commandDir, 'go-2'), '');
  assert.equal((await batchEnd(batch)).status, 'completed');
  assert.deepEqual(await statusesOf(batch), ['completed', 'completed']);
});

test('a batch skips what others have, with the status that it saw', async (t) => {
  const project = await batchProject(t, WAITING);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2,3]'] });
  await startBatch(batch);
  await untilStatuses(batch, ['running', 'staged', 'staged']);
  const [, second = '', third = ''] = await ids(batch);
  // A person starts one, somebody else is about to start another.
  const run = openRun(project.runsDir, second);
  const child = await startRun(run, { parentDir: project.commandDir });
  t.after(async () => {
    await child.stop(0);
  });
  const claim = claimRun(openRun(project.runsDir, third), 'start');
  writeFileSync(join(project.commandDir, 'go-1'), '');
  const info = await batchEnd(batch);
  assert.equal(info.status, 'completed');
  assert.deepEqual(batchOutput(batch).slice(2), [
    `WARNING: Skipping ${second} - status is 'running' but expected 'staged'`,
    `WARNING: Skipping ${third} - status is 'pending' but expected 'staged'`,
  ]);
  assert.deepEqual(
    (await trialStates(batch)).map(({ skipped }) => skipped),
    [null, { seen: 'running', expected: 'staged' }, { seen: 'pending', expected: 'staged' }],
  );
  claim.release();
  assert.equal(runStatus(openRun(project.runsDir, third)), 'staged');
});

test('trials that an equal completed run makes needless are left out', async (t) => {
  const project = await batchProject(t, FAILING);
  const earlier = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  await runBatch(earlier);
  const [, equal = ''] = await ids(earlier);
  const batch = await makeBatch(project, 'op', { flags: ['n=[2,3,3]'], needed: true });
  await runBatch(batch);
  const [first = '', second = '', third = ''] = await ids(batch);
  assert.deepEqual(batchOutput(batch).slice(1), [
    `Skipping ${first} - run ${equal} is equal`,
    `Running trial ${second}: op (n=3)`,
    `Skipping ${third} - run ${second} is equal`,
  ]);
  assert.equal(existsSync(join(project.runsDir, `${first}.meta`)), false);
});

test('equal trials wait for each other where one of them is enough', async (t) => {
  const project = await batchProject(t, WAITING);
  const flags = ['n=[1,1,2]'];
  const batch = await makeBatch(project, 'op', { flags, needed: true, slots: 3 });
  await startBatch(batch);
  await untilStatuses(batch, ['running', 'staged', 'running']);
  for (const n of ['1', '2']) writeFileSync(join(project.commandDir, `go-${n}`), '');
  assert.equal((await batchEnd(batch)).status, 'completed');
  assert.deepEqual(await statusesOf(batch), ['completed', 'staged', 'completed']);
  const [first, second] = await trialStates(batch);
  assert.deepEqual(second?.skipped, { seen: 'equal', expected: 'staged', run: first?.id });
});

test('trials can be staged only, and started later', async (t) => {
  const project = await batchProject(t, FAILING);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'], stageTrials: true });
  const info = await runBatch(batch);
  assert.equal(info.status, 'completed');
  assert.deepEqual(await statusesOf(batch), ['staged', 'staged']);
  assert.equal(batchOutput(batch).at(-1), 'The trials are staged and may be started as needed');

  // Whoever starts the batch again wants them to run.
  await restartBatch(await planRestart(batch, 'remaining'));
  await runBatch(batch);
  assert.deepEqual(await statusesOf(batch), ['completed', 'completed']);
});

test('a trial that cannot be staged does not keep the others from running', async (t) => {
  const project = await batchProject(t, {
    'gage.toml':
      '[op]\nconfig = "op.py"\n[op.exec]\nrun = "true"\nstage-runtime = "! grep 1 op.py"\n',
    'op.py': 'n = 0\n',
  });
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  const info = await runBatch(batch);
  const [first = '', second = ''] = await ids(batch);
  assert.equal(info.status, 'completed');
  assert.deepEqual(await statusesOf(batch), ['pending', 'completed']);
  assert.deepEqual(batchOutput(batch).slice(1), [
    `ERROR: Trial ${first} could not be run: The stage-runtime command failed with exit code 1`,
    `Running trial ${second}: op (n=2)`,
  ]);
});

test('a trial that cannot be finalized does not keep its batch waiting', async (t) => {
  const project = await batchProject(t, {
    'gage.toml': '[op]\nexec = "python3 op.py"\nconfig = "op.py"\n',
    // As when the disk is full: the exit code cannot be written.
    'op.py': [
      'import os',
      'n = 0',
      "proc = os.environ['RUN_DIR'] + '.meta/proc'",
      'if n == 1:',
      "    os.rename(proc, proc + '-gone')",
      "    open(proc, 'w').close()",
      '',
    ].join('\n'),
  });
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  assert.equal((await runBatch(batch)).status, 'completed');
  const [first = ''] = await ids(batch);
  assert.deepEqual(await statusesOf(batch), ['terminated', 'completed']);
  const info = await readRunInfo(project.runsDir, first);
  assert.match(info?.reason ?? '', /before it was finalized; proc is a file where a directory/);
  assert.match(batchOutput(batch)[2] ?? '', /^ERROR: Trial .* could not be run: /);
});

test('hooks of trials may write to the code that they are given', async (t) => {
  const project = await batchProject(t, {
    'gage.toml':
      '[op]\nconfig = "op.py"\n[op.exec]\nrun = "true"\nstage-runtime = "python3 op.py"\n',
    'op.py': 'import os, sys\nn = 0\nsys.exit(os.stat("op.py").st_mode & 0o200 == 0)\n',
  });
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  await runBatch(batch);
  assert.deepEqual(await statusesOf(batch), ['completed', 'completed'], batchOutput(batch).join());
  const [first = ''] = await ids(batch);
  // Afterwards they are read-only, as those of every run.
  assert.equal(statSync(join(project.runsDir, first, 'op.py')).mode & 0o222, 0);
});

test('the summary of a batch counts its trials and names the best', async (t) => {
  const project = await batchProject(t, {
    'gage.toml': '[op]\nexec = "python3 op.py"\nconfig = "op.py"\n',
    'op.py':
      'import json\nn = 0\njson.dump({"metrics": {"loss": (n - 2) ** 2}}, open("summary.json", "w"))\n',
  });
  const batch = await makeBatch(project, 'op', {
    flags: ['n=[1,2,3]'],
    slots: 3,
    objective: { metric: 'loss', direction: 'minimize' },
  });
  await runBatch(batch);
  const [, second = ''] = await ids(batch);
  assert.deepEqual(parseJson(readFileSync(runMetaPath(batch, 'summary.json'), 'utf8')), {
    attributes: { 'best trial': runName(second) },
    metrics: { completed: 3n, loss: 0, trials: 3n },
  });
});

test('a sequential search goes on from what it knows, in parallel', async (t) => {
  const project = await batchProject(t, {
    'gage.toml': '[op]\nexec = "python3 op.py"\nconfig = "op.py"\n',
    'op.py':
      'import json\nn = 0\njson.dump({"metrics": {"loss": n / 2}}, open("summary.json", "w"))\n',
    // Gives the number of trials so far, and notes what it was told of them.
    'search.py': [
      'import json, sys',
      'study, *trials = [json.loads(line) for line in sys.stdin]',
      'with open("asked", "a") as f: print([t["value"] for t in trials], file=f)',
      'for i in range(study["count"]): print(json.dumps({"flags": {"n": len(trials) + i}}))',
      '',
    ].join('\n'),
  });
  const request = {
    flags: ['n=[0:9]'],
    optimizer: 'python3 search.py',
    objective: { metric: 'loss', direction: 'maximize' },
    seed: 7,
  } as const;
  const batch = await makeBatch(project, 'op', { ...request, maxTrials: 3 });
  const info = await runBatch(batch);
  assert.equal(info.status, 'completed', batchOutput(batch).join('\n'));
  assert.equal(batchOutput(batch)[0], 'Trials of op: up to 3, 1 at a time, random seed 7');
  const asked = join(project.commandDir, 'asked');
  assert.equal(readFileSync(asked, 'utf8'), '[]\n[0.0]\n[0.0, 0.5]\n');
  const flags = async (of: Run): Promise<readonly unknown[]> =>
    (await trialStates(of)).map((trial) => [trial.flags['n'], trial.status]);
  assert.deepEqual(await flags(batch), [
    [0n, 'completed'],
    [1n, 'completed'],
    [2n, 'completed'],
  ]);
  assert.equal((await readRunInfo(project.runsDir, batch.id))?.batch?.role, 'batch');
  assert.equal(readBatch(batch).planned, 3);

  const wide = await makeBatch(project, 'op', { ...request, maxTrials: 4, slots: 2 });
  await runBatch(wide);
  assert.deepEqual(await statusesOf(wide), Array(4).fill('completed'));
});

test('an optimizer that fails ends the batch with its words', async (t) => {
  const project = await batchProject(t, FAILING);
  const batch = await makeBatch(project, 'op', {
    flags: ['n=[0:9]'],
    optimizer: 'echo "no model" >&2; exit 3',
    objective: { metric: 'loss', direction: 'minimize' },
  });
  const info = await runBatch(batch);
  assert.equal(info.exitCode, 1);
  assert.match(batchOutput(batch).slice(1).join(' '), /^ERROR: .*exited with 3.*no model/);
});

test('a batch is started by whatever starts a run', async (t) => {
  const project = await batchProject(t, FAILING);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  await launchSupervisor({ supervisorPath: await supervisorScript(), run: batch, action: 'start' });
  assert.equal((await batchEnd(batch)).status, 'completed');
  assert.deepEqual(await statusesOf(batch), ['completed', 'completed']);
});

test('a broken record is an error of that batch, which stays staged', async (t) => {
  const project = await batchProject(t, FAILING);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  writeFileSync(runMetaPath(batch, 'runyard', 'trials.json'), '{"trials": 3}');
  await assert.rejects(startBatch(batch), {
    code: 'unreadable',
    message: /trials\.json of batch .* cannot be used/,
  });
  assert.equal(runStatus(batch), 'staged');
  assert.equal(readBatch(batch).operation, 'op');
  assert.equal((await listRuns(project.runsDir)).length, 1);
});
