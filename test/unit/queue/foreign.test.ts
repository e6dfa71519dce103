import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { isOurs } from '../../../src/core/origin/run-origin.ts';
import { runMetaPath, writeMeta } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { queueDir } from '../../../src/core/status/marks.ts';
import { type writeTaken, writeBack } from '../../../src/queue/files.ts';
import { allowEntries, foreignEntries } from '../../../src/queue/foreign.ts';
import { ensureQueueRunner } from '../../../src/queue/launch.ts';
import { enqueue, hasWork, listQueue } from '../../../src/queue/queue.ts';
import { forgeEntry, receive } from '../../helpers/runs/foreign.ts';
import { stagedTestRun } from '../../helpers/runs/runs.ts';

const stage = (t: TestContext): Promise<Run> => stagedTestRun(t, { command: ['true'] });

/** Nothing is started: there is no supervisor that could be. */
const NOWHERE = { supervisorPath: '/nowhere/supervisor.cjs' };

it('lists what somebody else has queued as foreign, and has nothing to do for it', async (t) => {
  const run = receive(await stage(t));
  forgeEntry(run);
  const state = await listQueue(run.runsDir);
  assert.deepEqual(state.entries, []);
  assert.deepEqual(state.foreign, [
    { id: run.id, reason: 'It was not put into the queue by you on this machine' },
  ]);
  assert.equal(hasWork(state), false);
  assert.equal(await ensureQueueRunner(run.runsDir, NOWHERE), false);
});

it('is not deceived by an entry for a run of ours, nor by one of another run', async (t) => {
  const run = await stage(t);
  forgeEntry(run, 'json', { stamp: 'f'.repeat(64) });
  assert.equal(hasWork(await listQueue(run.runsDir)), false);
  const queued = await stage(t);
  enqueue(queued);
  const text = readFileSync(join(queueDir(queued.runsDir), `${queued.id}.json`), 'utf8');
  writeFileSync(join(queueDir(run.runsDir), `${run.id}.json`), text);
  assert.equal(hasWork(await listQueue(run.runsDir)), false);
});

it('is not deceived by an entry of ours that was changed', async (t) => {
  const run = await stage(t);
  enqueue(run);
  const path = join(queueDir(run.runsDir), `${run.id}.json`);
  const entry = JSON.parse(readFileSync(path, 'utf8')) as { env: { values: object } };
  const env = { ...entry.env, values: { ...entry.env.values, LD_LIBRARY_PATH: '/evil' } };
  writeFileSync(path, JSON.stringify({ ...entry, env }));
  const { entries, foreign } = await listQueue(run.runsDir);
  assert.deepEqual([entries.length, foreign.length], [0, 1]);
  // Queueing it again takes nothing from it.
  enqueue(run);
  assert.ok(!readFileSync(path, 'utf8').includes('/evil'));
  assert.equal((await listQueue(run.runsDir)).entries.length, 1);
});

it('waits for no run that was changed since it was queued', async (t) => {
  const run = await stage(t);
  enqueue(run);
  writeMeta(run, 'proc/cmd.json', '["evil"]');
  const { entries, foreign } = await listQueue(run.runsDir);
  assert.deepEqual(entries, []);
  assert.match(foreign[0]?.reason ?? '', /was not put here by you, or was changed since/);
  assert.equal(await ensureQueueRunner(run.runsDir, NOWHERE), false);
});

it('gives nothing for what somebody else says to be taken', async (t) => {
  const run = await stage(t);
  writeMeta(run, 'started', '1700000000000000', { writable: true });
  forgeEntry(run, 'taken', { slot: 1 });
  const state = await listQueue(run.runsDir);
  assert.deepEqual(state.running, []);
  assert.equal(await ensureQueueRunner(run.runsDir, NOWHERE), false);
});

it('puts a run back with the stamp that it had', async (t) => {
  const run = await stage(t);
  enqueue(run);
  const path = join(queueDir(run.runsDir), `${run.id}.json`);
  const entry = JSON.parse(readFileSync(path, 'utf8')) as Parameters<typeof writeTaken>[2];
  writeBack(run.runsDir, run.id, { ...entry, slot: 1 });
  assert.equal((await listQueue(run.runsDir)).entries.length, 1);
});

it('does not queue a run that came from somebody else', async (t) => {
  const run = receive(await stage(t));
  assert.throws(
    () => {
      enqueue(run);
    },
    { code: 'foreign' },
  );
  assert.ok(!existsSync(join(queueDir(run.runsDir), `${run.id}.json`)));
});

it('allows exactly what was shown', async (t) => {
  const run = receive(await stage(t));
  forgeEntry(run, 'json', { priority: 3, env: { host: 'x', values: { PATH: '/evil' } } });
  const shown = await foreignEntries(run.runsDir);
  assert.deepEqual(
    shown.map(({ executes }) => executes),
    [['run: true']],
  );
  allowEntries(shown, 'a test');
  assert.ok(isOurs(run));
  const { entries, foreign } = await listQueue(run.runsDir);
  assert.deepEqual([entries[0]?.priority, entries[0]?.by, foreign], [3, 'a test', []]);
  const text = readFileSync(join(queueDir(run.runsDir), `${run.id}.json`), 'utf8');
  assert.ok(!text.includes('/evil'), 'its environment is ours');
  // A change after that makes it foreign again.
  writeMeta(run, 'opdef.json', '{"exec": {"finalize": "evil"}}');
  assert.equal((await listQueue(run.runsDir)).foreign.length, 1);
  assert.throws(
    () => {
      allowEntries(shown, 'a test');
    },
    { code: 'foreign' },
  );
});

it('takes names that are no ids for nothing', async (t) => {
  const run = await stage(t);
  forgeEntry({ runsDir: run.runsDir, id: 'a b' });
  forgeEntry({ runsDir: run.runsDir, id: 'a..b' });
  const { entries, foreign, failed } = await listQueue(run.runsDir);
  assert.deepEqual([entries, foreign, failed], [[], [], []]);
  assert.ok(existsSync(runMetaPath(run, 'staged')));
});
