import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { StoreChange } from '../../../src/core/store/followed-store.ts';
import { readGuildDetail } from '../../../src/guild/detail.ts';
import { readGuildTrials } from '../../../src/guild/scan.ts';
import { GuildStore } from '../../../src/guild/store.ts';
import { snapshot, unpackGuildHome } from '../../helpers/guild/fixture.ts';
import { posix } from '../../helpers/posix.ts';
import { find, tempDir, waitFor, withoutRoot, writeTree } from '../../helpers/temp.ts';

const STAGED = 'ddbb80d4e17d4243835063d74cfd72d8';
const BATCH = '3abe0ff243114218ac26ddde9128a09a';
const TRIAL = '510e8d3d054f43c39ba069900c00ca0b';

interface Opened {
  readonly store: GuildStore;
  readonly runsDir: string;
  readonly changes: StoreChange[];
}

async function open(t: TestContext, home = unpackGuildHome(tempDir(t))): Promise<Opened> {
  const runsDir = join(home, 'runs');
  const store = new GuildStore({ runsDir });
  t.after(() => store.dispose());
  const changes: StoreChange[] = [];
  store.onDidChange((change) => {
    changes.push(change);
  });
  await store.load();
  return { store, runsDir, changes };
}

describe('a Guild home that is followed', posix('symbolic links'), () => {
  test('all rows at first, then only what changed', async (t) => {
    const { store, changes } = await open(t);
    assert.deepEqual(
      changes.map(({ first, changed }) => [first, changed.length]),
      [[true, 10]],
    );
    await store.refresh();
    await store.refresh([STAGED]);
    assert.equal(changes.length, 1);
  });

  test('attributes and markers that Guild changes are seen by themselves', async (t) => {
    const { store, runsDir } = await open(t);
    const guildDir = join(runsDir, STAGED, '.guild');
    writeFileSync(join(guildDir, 'attrs', 'label'), 'chosen by hand\n');
    await waitFor(() => store.runs.get(STAGED)?.label === 'chosen by hand', { what: 'the label' });
    writeFileSync(join(guildDir, 'LOCK'), String(process.pid));
    unlinkSync(join(guildDir, 'STAGED'));
    await waitFor(() => store.runs.get(STAGED)?.status === 'running', { what: 'running' });
    writeFileSync(join(guildDir, 'attrs', 'exit_status'), '0\n');
    writeFileSync(join(guildDir, 'attrs', 'stopped'), '1895227916760315\n');
    unlinkSync(join(guildDir, 'LOCK'));
    await waitFor(() => store.runs.get(STAGED)?.status === 'completed', { what: 'completed' });
  });

  test('runs come and go, also to the trash and back', async (t) => {
    const { store, runsDir } = await open(t);
    writeTree(join(runsDir, 'new-run', '.guild'), { opref: "script:/p '' '' b.py", STAGED: '' });
    await waitFor(() => store.runs.get('new-run')?.status === 'staged', { what: 'the new run' });
    rmSync(join(runsDir, 'new-run'), { recursive: true });
    await waitFor(() => !store.runs.has('new-run'), { what: 'it to go' });
    const trash = join(runsDir, '..', 'trash', 'runs');
    mkdirSync(trash, { recursive: true });
    renameSync(join(runsDir, TRIAL), join(trash, TRIAL));
    await waitFor(() => store.runs.get(TRIAL)?.container === 'trash', { what: 'the trash' });
    renameSync(join(trash, TRIAL), join(runsDir, TRIAL));
    await waitFor(() => store.runs.get(TRIAL)?.container === 'active', { what: 'the way back' });
    const { batch } = store.runs.get(TRIAL) ?? {};
    assert.equal(batch?.role === 'trial' ? batch.batch : null, BATCH);
  });

  test('runs that go together are all gone', async (t) => {
    const { store, runsDir } = await open(t);
    for (const id of [STAGED, TRIAL]) rmSync(join(runsDir, id), { recursive: true });
    await store.refresh([STAGED, TRIAL]);
    assert.ok(!store.runs.has(STAGED) && !store.runs.has(TRIAL));
  });

  test('a trial keeps its place in the batch when only its label changes', async (t) => {
    const { store, runsDir, changes } = await open(t);
    const before = store.runs.get(TRIAL)?.batch;
    writeFileSync(join(runsDir, TRIAL, '.guild', 'attrs', 'label'), 'best\n');
    await waitFor(() => store.runs.get(TRIAL)?.label === 'best', { what: 'the label' });
    assert.deepEqual(store.runs.get(TRIAL)?.batch, before);
    assert.deepEqual(
      changes.at(-1)?.changed.map(({ id }) => id),
      [TRIAL],
    );
    appendFileSync(join(runsDir, TRIAL, '.guild', 'attrs', 'flags'), 'extra: 1\n');
    await waitFor(
      () => {
        const { batch } = store.runs.get(TRIAL) ?? {};
        return batch?.role === 'trial' && batch.text === 'extra=1 x=3';
      },
      { what: 'the new flag' },
    );
  });

  test('a new trial of a running batch is never a run without one', async (t) => {
    const home = unpackGuildHome(tempDir(t));
    const guildDir = join(home, 'runs', BATCH, '.guild');
    unlinkSync(join(guildDir, 'attrs', 'exit_status'));
    writeFileSync(join(guildDir, 'attrs', 'host'), `${hostname()}\n`);
    writeFileSync(join(guildDir, 'LOCK'), String(process.pid));
    const { store, runsDir, changes } = await open(t, home);
    assert.equal(store.runs.get(BATCH)?.status, 'running');
    symlinkSync('../new-trial', join(runsDir, BATCH, 'new-trial'));
    const files = { opref: "script:/p '' '' b.py", PENDING: '', 'attrs/flags': 'x: 4\n' };
    writeTree(join(runsDir, 'new-trial', '.guild'), files);
    await store.refresh(['new-trial']);
    await waitFor(() => store.runs.has('new-trial'), { what: 'the trial' });
    const seen = changes.flatMap(({ changed }) => changed.filter(({ id }) => id === 'new-trial'));
    assert.ok(seen.length > 0);
    for (const { batch } of seen) assert.equal(batch?.role, 'trial');
  });

  test('nothing is written there', async (t) => {
    const home = unpackGuildHome(tempDir(t));
    const before = snapshot(home);
    const { store } = await open(t, home);
    store.setPolling(true);
    await store.refresh();
    await store.refresh([STAGED, 'no-such-run']);
    store.dispose();
    assert.deepEqual(snapshot(home), before);
  });

  test('a home that cannot be written to is read and followed', async (t) => {
    const dir = tempDir(t);
    const home = unpackGuildHome(dir);
    for (const path of find(home, { dirs: true })) {
      if (path.endsWith('/')) chmodSync(join(home, path), 0o555);
    }
    await withoutRoot(dir, async () => {
      const { store } = await open(t, home);
      assert.equal(store.runs.size, 10);
      assert.ok(![...store.runs.values()].some(({ status }) => status === 'unreadable'));
      const batch = store.runs.get(BATCH);
      assert.ok(batch);
      assert.equal((await readGuildDetail(batch)).phases.length, 1);
      assert.equal(readGuildTrials(batch).length, 3);
    });
  });

  test('a home that comes later is read then', async (t) => {
    const dir = tempDir(t);
    const { store } = await open(t, join(dir, 'guild-home'));
    assert.equal(store.runs.size, 0);
    unpackGuildHome(dir);
    await store.refresh();
    assert.equal(store.runs.size, 10);
  });
});
