import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { runStatus, startRun } from '../../../src/core/life/start.ts';
import { identityOf } from '../../../src/core/process/identity.ts';
import { setUserAttributes } from '../../../src/core/run/attributes.ts';
import { claimsDir } from '../../../src/core/run/claim.ts';
import { ACTIVE, TRASH, moveRun } from '../../../src/core/run/containers.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { queueDir } from '../../../src/core/status/marks.ts';
import { writeTaken } from '../../../src/queue/files.ts';
import { tryLead } from '../../../src/queue/leader.ts';
import { dequeue, enqueue, hasWork, listQueue, setQueue } from '../../../src/queue/queue.ts';
import { watchQueue } from '../../../src/queue/watch.ts';
import { newTestRun, stagedTestRun } from '../../helpers/runs/runs.ts';
import { tempDir, waitFor } from '../../helpers/temp.ts';

const stage = (t: test.TestContext, root: string): Promise<Run> =>
  stagedTestRun(t, { command: 'true', root });

async function ids(runsDir: string): Promise<readonly string[]> {
  return (await listQueue(runsDir)).entries.map(({ id }) => id);
}

test('a store without a queue: one slot, nothing waits, nothing is written by looking', async (t) => {
  const runsDir = join(tempDir(t), 'runs');
  assert.deepEqual(await listQueue(runsDir), {
    slots: 1,
    paused: false,
    waitForRunning: false,
    resources: [],
    entries: [],
    running: [],
    failed: [],
    foreign: [],
    runner: null,
  });
  assert.equal(existsSync(runsDir), false);
});

test('runs wait in the order of their staging, unless a priority says otherwise', async (t) => {
  const root = tempDir(t);
  const a = await stage(t, root);
  const b = await stage(t, root);
  const c = await stage(t, root);
  enqueue(c, { by: 'a test' });
  enqueue(a);
  enqueue(b);
  assert.deepEqual(await ids(a.runsDir), [a.id, b.id, c.id]);
  enqueue(c, { priority: 1 });
  enqueue(a, { priority: -1 });
  assert.deepEqual(await ids(a.runsDir), [c.id, b.id, a.id]);
  const { entries } = await listQueue(a.runsDir);
  assert.deepEqual([entries[0]?.by, entries[0]?.priority], ['a test', 1], 'the rest is kept');
  assert.equal(runStatus(a), 'queued');
  assert.equal(dequeue(a), true);
  assert.equal(dequeue(a), false);
  assert.equal(runStatus(a), 'staged');
  assert.deepEqual(await ids(a.runsDir), [c.id, b.id]);
});

test('only a staged run can be queued', async (t) => {
  const { run } = newTestRun(t, { command: 'true' });
  assert.throws(
    () => {
      enqueue(run);
    },
    {
      code: 'wrong-status',
      message: `Skipping ${run.id} - status is 'pending' but expected 'staged'`,
    },
  );
  const deleted = await stagedTestRun(t, { command: 'true' });
  moveRun(deleted.runsDir, deleted.id, TRASH);
  assert.throws(
    () => {
      enqueue(deleted);
    },
    { code: 'no-run' },
  );
  assert.deepEqual(await ids(run.runsDir), []);
});

test('who starts a queued run takes it out of the queue', async (t) => {
  const run = await stagedTestRun(t, { command: 'true' });
  enqueue(run);
  const child = await startRun(run);
  assert.deepEqual(await ids(run.runsDir), []);
  await child.wait();
  assert.equal(dequeue(run), false);
});

test('a deleted run does not wait; restored it does', async (t) => {
  const run = await stagedTestRun(t, { command: 'true' });
  enqueue(run);
  moveRun(run.runsDir, run.id, TRASH);
  assert.deepEqual(await ids(run.runsDir), []);
  moveRun(run.runsDir, run.id, ACTIVE);
  assert.deepEqual(await ids(run.runsDir), [run.id]);
  rmSync(run.metaPath, { recursive: true });
  assert.deepEqual(await ids(run.runsDir), []);
});

test('tags of a run say what its slot must have', async (t) => {
  const root = tempDir(t);
  const a = await stage(t, root);
  const b = await stage(t, root);
  setUserAttributes(a.runsDir, a.id, { tags: ['gpu:1', 'resource:ssd', 'good'] });
  enqueue(a);
  enqueue(b, { resources: ['gpu'] });
  setQueue(a.runsDir, { slots: 2, resources: [['gpu:0']] });
  const state = await listQueue(a.runsDir);
  assert.deepEqual(
    state.entries.map(({ resources, blocked }) => ({ resources, blocked })),
    [
      { resources: ['gpu:1', 'ssd'], blocked: 'No slot of the queue has gpu:1 and ssd' },
      { resources: ['gpu'], blocked: null },
    ],
  );
  assert.equal(hasWork(state), true);
  dequeue(b);
  assert.equal(hasWork(await listQueue(a.runsDir)), false, 'what is left can never start');
});

test('settings are kept one by one', async (t) => {
  const runsDir = join(tempDir(t), 'runs');
  setQueue(runsDir, { slots: 3 });
  setQueue(runsDir, { paused: true });
  setQueue(runsDir, { waitForRunning: true, slots: 2 });
  const { slots, paused, waitForRunning } = await listQueue(runsDir);
  assert.deepEqual(
    { slots, paused, waitForRunning },
    { slots: 2, paused: true, waitForRunning: true },
  );
  for (const bad of [0, -1, 1.5, NaN, 1001, 1e12]) {
    assert.throws(
      () => {
        setQueue(runsDir, { slots: bad });
      },
      { code: 'bad-request' },
    );
  }
});

test('settings that cannot be understood are as if nobody had set them', async (t) => {
  const run = await stagedTestRun(t, { command: 'true' });
  enqueue(run);
  const dir = queueDir(run.runsDir);
  for (const [slots, paused] of [
    ['-1', '"yes"'],
    ['1e12', '{'],
  ] as const) {
    writeFileSync(join(dir, 'slots.setting'), slots);
    writeFileSync(join(dir, 'paused.setting'), paused);
    mkdirSync(join(dir, 'other'), { recursive: true });
    const state = await listQueue(run.runsDir);
    assert.deepEqual([state.slots, state.paused], [1, false]);
  }
});

test('an entry that cannot be read starts nothing and says so, until it is made anew', async (t) => {
  const root = tempDir(t);
  const run = await stage(t, root);
  const other = await stage(t, root);
  const { runsDir } = run;
  setUserAttributes(runsDir, run.id, { tags: ['gpu:1'] });
  for (const { id } of [run, other]) enqueue({ ...run, id });
  writeFileSync(join(queueDir(runsDir), `${run.id}.json`), '{"priority":');
  rmSync(join(queueDir(runsDir), `${other.id}.json`));
  mkdirSync(join(queueDir(runsDir), `${other.id}.json`));
  const state = await listQueue(runsDir);
  assert.deepEqual([state.entries, hasWork(state)], [[], false]);
  assert.deepEqual(
    new Map(state.failed.map(({ id, reason }) => [id, reason])),
    new Map(
      [run, other].map(({ id }) => [id, 'Its entry cannot be read: remove it and add it again']),
    ),
  );
  enqueue(run);
  const [entry] = (await listQueue(runsDir)).entries;
  assert.deepEqual([entry?.id, entry?.resources], [run.id, ['gpu:1']]);
  writeFileSync(join(queueDir(runsDir), `${run.id}.json`), '');
  assert.equal(dequeue(run), true);
  assert.deepEqual([runStatus(run), (await ids(runsDir)).length], ['staged', 0]);
});

test('a priority is a whole number', async (t) => {
  const run = await stagedTestRun(t, { command: 'true' });
  for (const priority of [1.5, NaN, 1e300]) {
    assert.throws(
      () => {
        enqueue(run, { priority });
      },
      { code: 'bad-request' },
    );
  }
  assert.equal(runStatus(run), 'staged');
});

test('what was taken and is not started yet counts as running, once', async (t) => {
  const run = await stagedTestRun(t, { command: 'true' });
  enqueue(run);
  const entry = JSON.parse(
    readFileSync(join(queueDir(run.runsDir), `${run.id}.json`), 'utf8'),
  ) as Parameters<typeof writeTaken>[2];
  writeTaken(run.runsDir, run.id, { ...entry, slot: 1 });
  assert.deepEqual((await listQueue(run.runsDir)).running, [], 'who took it has died before');
  dequeue(run);
  assert.deepEqual((await listQueue(run.runsDir)).running, [{ id: run.id, slot: 1 }]);
  assert.throws(
    () => {
      enqueue(run);
    },
    { code: 'wrong-status' },
  );
});

test('a watcher hears of every change, also of the first entry of a store', async (t) => {
  const run = await stagedTestRun(t, { command: 'true' });
  let calls = 0;
  const watcher = watchQueue(run.runsDir, () => calls++);
  t.after(() => {
    watcher.dispose();
  });
  enqueue(run);
  await waitFor(() => calls > 0, { what: 'the first entry' });
  for (const change of [
    () => {
      setQueue(run.runsDir, { paused: true });
    },
    () => dequeue(run),
  ]) {
    const before = calls;
    change();
    await waitFor(() => calls > before, { what: 'a change' });
  }
});

test('a queue of another host has a leader as long as that gives signs of life', async (t) => {
  const run = await stagedTestRun(t, { command: 'true' });
  const { runsDir } = run;
  const dir = join(claimsDir(runsDir), 'queue');
  mkdirSync(dir, { recursive: true });
  const owner = { ...identityOf(), host: 'elsewhere' };
  const yesterday = Date.now() - 30 * 3600_000;
  // It may be older than claims of other hosts count.
  const claim = { owner, purpose: 'queue', timeMs: yesterday, state: 'held' };
  writeFileSync(join(dir, '1.json'), JSON.stringify(claim));
  writeFileSync(join(dir, 'heartbeat'), JSON.stringify(owner));
  assert.deepEqual((await listQueue(runsDir)).runner, owner);
  assert.equal(tryLead(runsDir), null);

  utimesSync(join(dir, 'heartbeat'), yesterday / 1000, yesterday / 1000);
  assert.equal((await listQueue(runsDir)).runner, null);
  const leadership = tryLead(runsDir);
  assert.ok(leadership !== null);
  assert.equal(leadership.beat(), true);
  assert.equal((await listQueue(runsDir)).runner?.pid, process.pid);
  writeFileSync(join(dir, '3.json'), JSON.stringify({ ...claim, timeMs: Date.now() }));
  assert.equal(leadership.beat(), false, 'somebody has taken over');
});
