import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { trialStates } from '../../../src/batch/record/record.ts';
import { launchSupervisor } from '../../../src/core/launch/launch.ts';
import { runStatus } from '../../../src/core/life/start.ts';
import { requestStop } from '../../../src/core/life/stop.ts';
import { readProcessFile } from '../../../src/core/meta/process-file.ts';
import { stampRun } from '../../../src/core/origin/run-origin.ts';
import { pidExists } from '../../../src/core/process/identity.ts';
import { claimRun } from '../../../src/core/run/claim.ts';
import { runMetaPath } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { writeEntry } from '../../../src/queue/files.ts';
import { ensureQueueRunner } from '../../../src/queue/launch.ts';
import {
  dequeue,
  enqueue,
  listQueue,
  setQueue,
  type QueueState,
} from '../../../src/queue/queue.ts';
import { Gate } from '../../helpers/gate.ts';
import { posix } from '../../helpers/posix.ts';
import { supervisorScript } from '../../helpers/processes/supervisor.ts';
import { batchProject, makeBatch } from '../../helpers/runs/batches.ts';
import { stagedTestRun } from '../../helpers/runs/runs.ts';
import { tempDir, waitFor } from '../../helpers/temp.ts';

const shell = posix('a shell and signals');

async function ensure(runsDir: string, env: NodeJS.ProcessEnv = {}): Promise<boolean> {
  return await ensureQueueRunner(runsDir, {
    supervisorPath: await supervisorScript(),
    env: { ...process.env, ...env },
  });
}

async function state(runsDir: string): Promise<QueueState> {
  return await listQueue(runsDir);
}

/** A store in which each run writes a word to a common trace, and waits where it is told to. */
class Store {
  readonly root: string;
  readonly runsDir: string;
  readonly #t: test.TestContext;
  readonly #trace: string;
  readonly #gates: Gate[] = [];

  constructor(t: test.TestContext) {
    this.#t = t;
    // Whatever the test left waiting must not start while its files are removed: before that,
    // as hooks run in the order in which they were added.
    t.after(async () => {
      for (const gate of this.#gates) gate.open();
      setQueue(this.runsDir, { paused: true });
      for (const { id } of (await state(this.runsDir)).entries) {
        dequeue({ runsDir: this.runsDir, id, metaPath: join(this.runsDir, `${id}.meta`) });
      }
      await this.idle();
    });
    this.root = tempDir(t);
    this.runsDir = join(this.root, 'runs');
    this.#trace = join(this.root, 'trace');
    appendFileSync(this.#trace, '');
  }

  async stage(word: string, more = ''): Promise<Run> {
    const command = `echo ${word}$CUDA_VISIBLE_DEVICES >> ${this.#trace}${more}`;
    return await stagedTestRun(this.#t, { command, root: this.root });
  }

  /** A staged run that waits, after its word, until its own gate is opened. */
  async stageGated(word: string, more = ''): Promise<{ readonly run: Run; readonly gate: Gate }> {
    const gate = await Gate.make(this.#t);
    this.#gates.push(gate);
    return { run: await this.stage(word, `; ${gate.wait}${more}`), gate };
  }

  trace(): readonly string[] {
    return readFileSync(this.#trace, 'utf8').split('\n').filter(Boolean);
  }

  async idle(): Promise<void> {
    await waitFor(async () => (await state(this.runsDir)).runner === null, {
      what: 'the end of the queue',
    });
  }
}

test('the queue starts what waits, one after another, and ends', shell, async (t) => {
  const store = new Store(t);
  const runs = [await store.stage('a'), await store.stage('b'), await store.stage('c')];
  const [a, b, c] = runs;
  assert.ok(a && b && c);
  assert.equal(await ensure(store.runsDir), false, 'there is nothing to do');
  for (const run of runs) enqueue(run);
  enqueue(c, { priority: 1 });
  assert.equal(await ensure(store.runsDir), true);
  await store.idle();
  assert.deepEqual(store.trace(), ['c', 'a', 'b']);
  assert.deepEqual(runs.map(runStatus), ['completed', 'completed', 'completed']);
  assert.deepEqual((await state(store.runsDir)).entries, []);
  assert.match(readFileSync(runMetaPath(a, 'log', 'runner'), 'utf8'), /Taken by the queue: slot 1/);
  // It works again when something is queued later.
  const d = await store.stage('d');
  enqueue(d);
  // The process of before may see it, too, on its way out.
  await ensure(store.runsDir);
  await store.idle();
  assert.equal(runStatus(d), 'completed');
});

test('slots, pause and removal are heeded while it works', shell, async (t) => {
  const store = new Store(t);
  const { run: first, gate: firstGate } = await store.stageGated('a');
  const { run: second, gate: secondGate } = await store.stageGated('b');
  const third = await store.stage('c');
  const removed = await store.stage('d');
  for (const run of [first, second, third, removed]) enqueue(run);
  await ensure(store.runsDir);
  await waitFor(() => store.trace().length === 1);
  const before = await state(store.runsDir);
  assert.deepEqual(before.running, [{ id: first.id, slot: 1 }]);
  assert.equal(before.entries.length, 3);
  assert.ok(before.runner !== null && pidExists(before.runner.pid));

  setQueue(store.runsDir, { slots: 2 });
  await waitFor(() => store.trace().length === 2, { what: 'the second slot' });
  assert.equal(dequeue(removed), true);
  setQueue(store.runsDir, { paused: true });
  firstGate.open();
  secondGate.open();
  await waitFor(() => runStatus(first) === 'completed' && runStatus(second) === 'completed');
  await store.idle();
  assert.equal(runStatus(third), 'queued', 'nothing starts while it is paused');
  assert.equal(await ensure(store.runsDir), false);

  setQueue(store.runsDir, { paused: false });
  // The process of before may see it, too, on its way out.
  await ensure(store.runsDir);
  await store.idle();
  assert.deepEqual(store.trace(), ['a', 'b', 'c']);
  assert.equal(runStatus(removed), 'staged');
});

test('slots that were lowered hold, whichever slots are still filled', shell, async (t) => {
  const store = new Store(t);
  const gated = [
    await store.stageGated('x'),
    await store.stageGated('x'),
    await store.stageGated('x'),
  ];
  const last = await store.stage('last');
  for (const run of [...gated.map((each) => each.run), last]) enqueue(run);
  setQueue(store.runsDir, { slots: 3 });
  await ensure(store.runsDir);
  await waitFor(() => store.trace().length === 3);
  setQueue(store.runsDir, { slots: 1 });
  const { running } = await state(store.runsDir);
  for (const slot of [1, 2]) {
    const { id } = running.find((entry) => entry.slot === slot) ?? {};
    gated.find(({ run }) => run.id === id)?.gate.open();
    await waitFor(async () => !(await state(store.runsDir)).running.some((e) => e.id === id));
    const taken = join(store.runsDir, '.runyard', 'queue', `${String(id)}.taken`);
    await waitFor(() => !existsSync(taken), { what: 'the end of a run to be seen' });
    assert.equal(runStatus(last), 'queued', 'one more runs still than there are slots');
  }
  for (const { run, gate } of gated) if (runStatus(run) === 'running') gate.open();
  await store.idle();
  assert.equal(runStatus(last), 'completed');
});

test('each run gets the GPU of its slot', shell, async (t) => {
  const store = new Store(t);
  setQueue(store.runsDir, { slots: 3, resources: [['gpu:0'], ['gpu:1'], []] });
  const gated = [
    await store.stageGated('one'),
    await store.stageGated('any'),
    await store.stageGated('none'),
  ];
  const [one, any, none] = gated.map(({ run }) => run);
  assert.ok(one && any && none);
  const never = await store.stage('never');
  enqueue(one, { resources: ['gpu:1'] });
  enqueue(any, { resources: ['gpu'] });
  enqueue(none);
  enqueue(never, { resources: ['gpu:9'], priority: 9 });
  await ensure(store.runsDir, { CUDA_VISIBLE_DEVICES: '-' });
  await waitFor(() => store.trace().length === 3);
  assert.deepEqual([...store.trace()].sort(), ['any0', 'none-', 'one1']);
  for (const { gate } of gated) gate.open();
  await store.idle();
  assert.equal(runStatus(never), 'queued');
  dequeue(never);
});

test('a run means the interpreter of whoever queued it, and tells no secrets', shell, async (t) => {
  const store = new Store(t);
  const run = await store.stage('$VIRTUAL_ENV:$JULIA_PROJECT:$OTHER:');
  const taken = await store.stage('$VIRTUAL_ENV:');
  const old = await store.stage('$VIRTUAL_ENV:');
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
  });
  process.env = { ...before, VIRTUAL_ENV: '/mine', OTHER: 'secret' };
  for (const each of [run, taken, old]) enqueue(each);
  process.env = { ...before, VIRTUAL_ENV: '/of-another-terminal' };
  enqueue(run, { priority: 1 });
  const path = (each: Run, kind: string): string =>
    join(store.runsDir, '.runyard', 'queue', `${each.id}.${kind}`);
  assert.ok(!readFileSync(path(run, 'json'), 'utf8').includes('secret'));
  // A queue died that had taken this one, and the last was queued without a record.
  const entry = JSON.parse(readFileSync(path(taken, 'json'), 'utf8')) as object;
  writeFileSync(path(taken, 'taken'), JSON.stringify({ ...entry, slot: 1 }));
  rmSync(path(taken, 'json'));
  const bare = { version: 1 as const, resources: [], stagedUs: 0, sinceMs: 0, by: '', env: null };
  writeEntry(store.runsDir, old.id, { ...bare, priority: -1 });
  const env = { VIRTUAL_ENV: '/runner', JULIA_PROJECT: '/runner', OTHER: 'runner' };
  await ensure(store.runsDir, { ...env, CUDA_VISIBLE_DEVICES: '' });
  await store.idle();
  assert.deepEqual(store.trace(), ['/mine::runner:', '/mine:', '/runner:']);
});

test('it waits for runs that others started, when asked to', shell, async (t) => {
  const store = new Store(t);
  const { run: other, gate } = await store.stageGated('other');
  const mine = await store.stage('mine');
  setQueue(store.runsDir, { waitForRunning: true });
  await launchSupervisor({ supervisorPath: await supervisorScript(), run: other, action: 'start' });
  await waitFor(() => store.trace().length === 1);
  enqueue(mine);
  assert.equal(await ensure(store.runsDir), true);
  assert.equal(runStatus(mine), 'queued');
  gate.open();
  await store.idle();
  assert.deepEqual(store.trace(), ['other', 'mine']);
});

test('a run that cannot be started leaves the queue with its reason', shell, async (t) => {
  const store = new Store(t);
  const broken = await store.stage('broken');
  const fine = await store.stage('fine');
  chmodSync(runMetaPath(broken, 'proc', 'cmd.json'), 0o644);
  writeFileSync(runMetaPath(broken, 'proc', 'cmd.json'), '{');
  stampRun(broken);
  enqueue(broken);
  enqueue(fine);
  await ensure(store.runsDir);
  await store.idle();
  assert.deepEqual([runStatus(broken), runStatus(fine)], ['staged', 'completed']);
  const { entries, failed, running } = await state(store.runsDir);
  assert.deepEqual([entries, running], [[], []]);
  assert.equal(failed[0]?.id, broken.id);
  assert.match(failed[0].reason, /proc\/cmd.json of run .* cannot be used/);
  assert.equal(dequeue(broken), true, 'the failure is forgotten');
  assert.deepEqual((await state(store.runsDir)).failed, []);
});

test('a program that cannot be started is an error of the run', shell, async (t) => {
  const run = await stagedTestRun(t, { command: ['/no/such/program'] });
  enqueue(run);
  await ensure(run.runsDir);
  await waitFor(() => runStatus(run) === 'error');
  assert.deepEqual((await state(run.runsDir)).failed, []);
});

test('a killed queue loses nothing: its runs go on, the next one goes on too', shell, async (t) => {
  const store = new Store(t);
  const { run: first, gate } = await store.stageGated('a');
  const second = await store.stage('b');
  enqueue(first);
  enqueue(second);
  await ensure(store.runsDir);
  await waitFor(() => store.trace().length === 1);
  const { runner } = await state(store.runsDir);
  assert.ok(runner);
  process.kill(runner.pid, 'SIGKILL');
  await waitFor(() => !pidExists(runner.pid));
  const between = await state(store.runsDir);
  assert.equal(between.runner, null);
  assert.deepEqual(between.running, [{ id: first.id, slot: 1 }]);
  assert.deepEqual([runStatus(first), runStatus(second)], ['running', 'queued']);

  assert.deepEqual(
    await Promise.all([ensure(store.runsDir), ensure(store.runsDir), ensure(store.runsDir)]).then(
      (started) => started.filter(Boolean).length,
    ),
    1,
    'of three windows one starts it',
  );
  assert.deepEqual(store.trace(), ['a'], 'the slot is not free');
  gate.open();
  await store.idle();
  assert.deepEqual(store.trace(), ['a', 'b']);
  assert.ok(!existsSync(join(store.runsDir, '.runyard', 'queue', `${first.id}.taken`)));
});

test('a run whose supervisor is killed is looked after by the queue', shell, async (t) => {
  const store = new Store(t);
  const { run, gate } = await store.stageGated('a', '; echo end');
  enqueue(run);
  await ensure(store.runsDir);
  await waitFor(() => store.trace().length === 1);
  for (let kills = 0; kills < 2; kills++) {
    const pid = readProcessFile(run)?.supervisor.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await waitFor(
      () => {
        const now = readProcessFile(run)?.supervisor.pid ?? 0;
        return now !== pid && pidExists(now);
      },
      { what: `another supervisor after ${String(kills)} others` },
    );
  }
  gate.open();
  await store.idle();
  assert.equal(readFileSync(runMetaPath(run, 'output', '40_run'), 'utf8'), 'end\n');
  await waitFor(() => runStatus(run) === 'terminated');
});

test('SIGTERM ends the queue, not its runs', shell, async (t) => {
  const store = new Store(t);
  const { run } = await store.stageGated('a');
  const next = await store.stage('b');
  enqueue(run);
  enqueue(next);
  await ensure(store.runsDir);
  await waitFor(() => store.trace().length === 1);
  process.kill((await state(store.runsDir)).runner?.pid ?? 0, 'SIGTERM');
  await store.idle();
  assert.deepEqual([runStatus(run), runStatus(next)], ['running', 'queued']);
  await requestStop(run);
  await waitFor(() => runStatus(run) === 'terminated');
  dequeue(next);
});

test('what a dead queue had taken and not started is started by the next one', shell, async (t) => {
  const store = new Store(t);
  const run = await store.stage('a');
  const claimed = await store.stage('b');
  enqueue(run);
  enqueue(claimed);
  for (const { id } of [run, claimed]) {
    const path = join(store.runsDir, '.runyard', 'queue', id);
    const entry = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as object;
    writeFileSync(`${path}.taken`, JSON.stringify({ ...entry, slot: 1 }));
    rmSync(`${path}.json`);
  }
  setQueue(store.runsDir, { slots: 2 });
  const claim = claimRun(claimed, 'start');
  await ensure(store.runsDir);
  await waitFor(() => runStatus(run) === 'completed');
  assert.deepEqual(store.trace(), ['a']);
  claim.release();
  await store.idle();
  assert.deepEqual(store.trace(), ['a', 'b']);
});

test('a queue that does not start is an error', shell, async (t) => {
  const run = await stagedTestRun(t, { command: 'true' });
  enqueue(run);
  const missing = join(tempDir(t), 'missing.cjs');
  await assert.rejects(ensureQueueRunner(run.runsDir, { supervisorPath: missing }), {
    code: 'supervisor',
  });
  assert.equal(runStatus(run), 'queued');
});

test('a queued batch runs as a batch', shell, async (t) => {
  const project = await batchProject(t, {
    'gage.toml': '[task]\nexec = ["true"]\nsourcecode = []\n',
  });
  const batch = await makeBatch(project, 'task', { rows: [{}, {}] });
  enqueue(batch);
  assert.equal(runStatus(batch), 'queued');
  await ensure(batch.runsDir);
  await waitFor(async () => (await state(batch.runsDir)).runner === null, {
    what: 'the end of the queue',
  });
  assert.equal(runStatus(batch), 'completed');
  const states = (await trialStates(batch)).map(({ status }) => status);
  assert.deepEqual(states, ['completed', 'completed']);
});

test('when no supervisor can be started the queue is paused, not emptied', shell, async (t) => {
  for (const slots of [1, 4]) {
    const root = tempDir(t);
    const runs: Run[] = [];
    for (let i = 0; i < 5; i++) runs.push(await stagedTestRun(t, { command: 'true', root }));
    for (const run of runs) enqueue(run);
    const { runsDir } = runs[0] ?? {};
    assert.ok(runsDir !== undefined);
    setQueue(runsDir, { slots });
    // As its own script it starts nothing but queues.
    const script = join(root, 'broken.cjs');
    const path = JSON.stringify(await supervisorScript());
    writeFileSync(
      script,
      `if (process.argv[2] === 'queue') require(${path}); else process.exit(3);`,
    );
    await ensureQueueRunner(runsDir, { supervisorPath: script });
    await waitFor(async () => (await state(runsDir)).runner === null, {
      what: 'the end of the queue',
    });
    const { paused, entries, failed, running } = await state(runsDir);
    assert.deepEqual([paused, entries.length, failed.length, running], [true, 2, 3, []]);
    assert.match(
      failed.map(({ reason }) => reason).join('\n'),
      /did not start.*the queue was paused/,
    );
  }
});
