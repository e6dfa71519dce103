import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { deleteRun, purgeRun, restoreRun } from '../../../src/core/life/delete.ts';
import { startRun, claimedStatus, runStatus } from '../../../src/core/life/start.ts';
import { identityOf } from '../../../src/core/process/identity.ts';
import { Claim, claimRun, tryClaim } from '../../../src/core/run/claim.ts';
import {
  initRunMeta,
  makeRun,
  pokeRun,
  runMetaPath,
  runyardPath,
} from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { queueEntryPath } from '../../../src/core/status/marks.ts';
import { cacheFileIn } from '../../../src/core/store/index-cache.ts';
import { listRuns } from '../../../src/core/store/read.ts';
import { RunStore } from '../../../src/core/store/run-store.ts';
import { infoOf, stagedTestRun } from '../../helpers/runs/runs.ts';
import { find, tempDir, waitFor } from '../../helpers/temp.ts';

function enqueue(run: Run): void {
  mkdirSync(dirname(queueEntryPath(run)), { recursive: true });
  writeFileSync(queueEntryPath(run), '{}');
}

async function statuses(t: TestContext, run: Run): Promise<readonly string[]> {
  const store = new RunStore({
    runsDir: run.runsDir,
    cacheFile: cacheFileIn(join(run.runsDir, '../cache'), run.runsDir),
  });
  t.after(() => {
    store.dispose();
  });
  await store.load();
  const listed = (await listRuns(run.runsDir)).find(({ id }) => id === run.id);
  const stored = store.runs.get(run.id);
  store.dispose();
  return [(await infoOf(run)).status, listed?.status ?? '', stored?.status ?? '', runStatus(run)];
}

test('a staged run that somebody has is pending, one in the queue is queued', async (t) => {
  const run = await stagedTestRun(t, { command: ['true'] });
  const all = async (): Promise<string> => [...new Set(await statuses(t, run))].join();
  assert.equal(await all(), 'staged');
  enqueue(run);
  assert.equal(await all(), 'queued');
  const claim = claimRun(run, 'start');
  assert.equal(await all(), 'pending', 'who is about to start it has it from the queue');
  assert.equal(claimedStatus(run), 'staged', 'for the holder it is what its files say');
  claim.release();
  assert.equal(await all(), 'queued');
});

test('a claim of a dead process, or of whoever staged the run, counts for nothing', async (t) => {
  const run = await stagedTestRun(t, { command: ['true'] });
  const staging = claimRun(run, 'stage');
  assert.equal(runStatus(run), 'staged');
  staging.release();
  const dir = join(run.runsDir, '.runyard/locks', run.id);
  const dead = { owner: { ...identityOf(), pid: 0x7ffffff }, purpose: 'start', timeMs: Date.now() };
  writeFileSync(join(dir, '2.json'), JSON.stringify({ ...dead, state: 'held' }));
  assert.equal(runStatus(run), 'staged');
  assert.ok(tryClaim(run, 'start') instanceof Claim);
});

test('runs that are not staged have no marks', async (t) => {
  const run = await stagedTestRun(t, { command: ['sleep', '600'] });
  enqueue(run);
  const child = await startRun(run);
  t.after(async () => {
    await child.stop(0);
  });
  assert.equal(runStatus(run), 'running');
  assert.deepEqual(find(join(run.runsDir, '.runyard/queue')), [], 'it has left the queue');
});

test('a store that remembers a run as staged finds its marks, and forgets them', async (t) => {
  const run = await stagedTestRun(t, { command: ['true'] });
  const old = new Date(Date.now() - 60_000);
  const { utimesSync } = await import('node:fs');
  utimesSync(run.metaPath, old, old);
  const options = { runsDir: run.runsDir, cacheFile: join(run.runsDir, '../index.sqlite') };
  const load = async (): Promise<string | undefined> => {
    const store = new RunStore(options);
    try {
      await store.load();
      return store.runs.get(run.id)?.status;
    } finally {
      store.dispose();
    }
  };
  assert.equal(await load(), 'staged');
  enqueue(run);
  assert.equal(await load(), 'queued');
  const { rmSync } = await import('node:fs');
  rmSync(queueEntryPath(run));
  const claim = claimRun(run, 'pending');
  assert.equal(await load(), 'pending');
  claim.release();
  assert.equal(await load(), 'staged');
});

test('a living store sees that a run comes free when its holder gives it back', async (t) => {
  const run = await stagedTestRun(t, { command: ['true'] });
  const claim = claimRun(run, 'start');
  const store = new RunStore({ runsDir: run.runsDir });
  t.after(() => {
    store.dispose();
  });
  await store.load();
  assert.equal(store.runs.get(run.id)?.status, 'pending');
  claim.release();
  await waitFor(() => store.runs.get(run.id)?.status === 'staged', {
    what: 'the row without any event',
  });
  enqueue(run);
  pokeRun(run);
  await waitFor(() => store.runs.get(run.id)?.status === 'queued', { what: 'the queued row' });
});

test('a run that somebody is about to start is not deleted; a deleted one is not started', async (t) => {
  const run = await stagedTestRun(t, { command: ['true'] });
  const claim = claimRun(run, 'start');
  await assert.rejects(deleteRun(await infoOf(run)), { code: 'claimed' });
  assert.equal((await infoOf(run)).container, 'active');
  claim.release();
  enqueue(run);
  await deleteRun(await infoOf(run));
  assert.equal((await infoOf(run)).status, 'staged', 'it has left the queue');
  await assert.rejects(startRun(run), /it is in the trash/);
  restoreRun(await infoOf(run));
  assert.equal(runStatus(run), 'staged');
  enqueue(run);
  await purgeRun(await infoOf(run));
  assert.deepEqual(find(join(run.runsDir, '.runyard')), []);
});

test('of very many pending runs each has its turn', async (t) => {
  const runsDir = join(tempDir(t), 'runs');
  const runs = Array.from({ length: 700 }, () => {
    const run = makeRun({ ns: 'test', name: 'test', version: null }, runsDir);
    initRunMeta(run, { name: 'test', table: {} }, {}, { command: 'true', env: {} });
    return run;
  });
  const store = new RunStore({ runsDir });
  t.after(() => {
    store.dispose();
  });
  await store.load();
  // No watch of the store sees what happens in a directory below it.
  const changed = [runs[0], runs[350], runs[699]].filter((run) => run !== undefined);
  for (const run of changed) writeFileSync(runMetaPath(run, 'staged'), '1');
  for (const { id } of changed) {
    await waitFor(() => store.runs.get(id)?.status === 'staged');
  }
});

test('a broken word of a batch is told of in its row, and hides nothing else', async (t) => {
  const run = await stagedTestRun(t, { command: ['true'] });
  mkdirSync(runyardPath(run), { recursive: true });
  writeFileSync(runyardPath(run, 'batch.json'), '{"role": "tri');
  const info = await infoOf(run);
  assert.deepEqual([info.status, info.batch], ['staged', null]);
  assert.match(info.reason ?? '', /batch\.json cannot be used/);
  enqueue(run);
  assert.equal((await infoOf(run)).status, 'queued');
});
