import assert from 'node:assert/strict';
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setLabel } from '../../../../src/core/run/attributes.ts';
import { newRunId } from '../../../../src/core/run/ids.ts';
import { pokeRun } from '../../../../src/core/run/run.ts';
import type { RunInfo } from '../../../../src/core/run/types.ts';
import { findRuns } from '../../../../src/core/store/find-runs.ts';
import type { StoreChange } from '../../../../src/core/store/followed-store.ts';
import { listRuns } from '../../../../src/core/store/read.ts';
import { RunStore } from '../../../../src/core/store/run-store.ts';
import { addRun } from '../../../helpers/runs/runs.ts';
import { tempDir, waitFor, writeTree } from '../../../helpers/temp.ts';

function loadedStore(t: TestContext, runsDir: string, cacheFile?: string): RunStore {
  const store = new RunStore({ runsDir, ...(cacheFile === undefined ? {} : { cacheFile }) });
  t.after(() => {
    store.dispose();
  });
  return store;
}

test('a corrupt run is one broken row with its reason, and the others are listed (W3, W4)', async (t) => {
  const store = tempDir(t);
  const good = addRun(store);
  const badOpref = addRun(store, { opref: '3 foobar' });
  const noOpref = addRun(store);
  rmSync(join(store, `${noOpref}.meta`, 'opref'));
  const badZip = newRunId();
  writeFileSync(join(store, `${badZip}.meta.zip`), 'PK not a zip');
  const badSummary = addRun(store, { 'summary.json': '[1, "run"]', started: 'abc' });
  const odd = 'not-a-hex-id';
  writeTree(join(store, `${odd}.meta`), { opref: '1 proj train' });

  const runs = await listRuns(store);
  const byId = new Map(runs.map((run) => [run.id, run]));
  assert.equal(runs.length, 6);
  assert.equal(byId.get(good)?.status, 'completed');
  assert.equal(byId.get(badSummary)?.status, 'completed');
  assert.equal(byId.get(badSummary)?.timestampsUs.started, null);
  assert.equal(byId.get(odd)?.name, odd, 'an id that is not hex is its own name (W16)');
  for (const [id, reason] of [
    [badOpref, /3 foobar/],
    [noOpref, /opref is missing/],
    [badZip, /zip/i],
  ] as const) {
    assert.equal(byId.get(id)?.status, 'unreadable');
    assert.match(byId.get(id)?.reason ?? '', reason);
  }
});

test('newest first; a label may come from the summary; both forms are one run', async (t) => {
  const store = tempDir(t);
  const first = addRun(store, { 'summary.json': '{"run": {"label": "from summary"}}' });
  const second = addRun(store);
  setLabel(store, second, 'mine é');
  // A torn zip beside the directory, as a crash of Gage leaves it: the directory counts.
  writeFileSync(join(store, `${second}.meta.zip`), 'PK');
  const runs = await listRuns(store);
  assert.deepEqual(
    runs.map((run) => [run.id, run.label, run.metaForm, run.status]),
    [
      [second, 'mine é', 'dir', 'completed'],
      [first, 'from summary', 'dir', 'completed'],
    ],
  );
  assert.deepEqual(await listRuns(join(store, 'missing')), []);
});

test('runs are found by index, slice, id and name', () => {
  const ids = ['60a825b1-0', '60a825b2-1', 'deadbeef-2', '7f000001-3'];
  const names = ['kafom-fikud', 'kafom-fikuf', 'tupot-ruroz', 'lusab-babad'];
  const runs = ids.map((id, i) => ({ id, name: names[i] ?? '' }) as RunInfo);
  const pick = (spec: string): number[] => findRuns(runs, spec).map((run) => ids.indexOf(run.id));
  assert.deepEqual(pick('1'), [0]);
  assert.deepEqual(pick('4'), [3]);
  assert.deepEqual(pick('5'), []);
  assert.deepEqual(pick('2:3'), [1, 2]);
  assert.deepEqual(pick('-2:'), [2, 3]);
  assert.deepEqual(pick(':-3'), [0]);
  assert.deepEqual(pick('0:2'), [0, 1]);
  assert.deepEqual(pick('kafom'), [0, 1]);
  assert.deepEqual(pick('60a825b2'), [1]);
  assert.deepEqual(pick('7f'), [3]);
});

test('a loaded store follows what others do to it', async (t) => {
  const runsDir = tempDir(t);
  const first = addRun(runsDir);
  const store = loadedStore(t, runsDir);
  const changes: StoreChange[] = [];
  store.onDidChange((change) => changes.push(change));
  await store.load();
  assert.deepEqual([...store.runs.keys()], [first]);
  assert.equal(changes[0]?.first, true);

  const second = addRun(runsDir);
  await waitFor(() => store.runs.get(second)?.status === 'completed', { what: 'the new run' });
  // The first label makes `<id>.user`; a second one changes only what is below it: a poke tells.
  setLabel(runsDir, first, 'one');
  await waitFor(() => store.runs.get(first)?.label === 'one', { what: 'the label' });
  setLabel(runsDir, first, 'two');
  pokeRun({ metaPath: join(runsDir, `${first}.meta`) });
  await waitFor(() => store.runs.get(first)?.label === 'two', { what: 'the second label' });

  const seen = changes.length;
  rmSync(join(runsDir, `${second}.meta`), { recursive: true });
  await waitFor(() => !store.runs.has(second), { what: 'the removal' });
  assert.ok(changes.slice(seen).some((change) => change.removed.includes(second)));
});

test('a store that is made later is found at once', async (t) => {
  const project = tempDir(t);
  const runsDir = join(project, '.gage', 'runs');
  const store = loadedStore(t, runsDir);
  await store.load();
  assert.equal(store.runs.size, 0);
  const id = addRun(runsDir);
  await waitFor(() => store.runs.get(id)?.status === 'completed', {
    what: 'the first run to show without a poll',
  });
  const next = addRun(runsDir);
  await waitFor(() => store.runs.has(next), { what: 'the second run, too' });
});

test('only the run that changed is told', async (t) => {
  const runsDir = tempDir(t);
  const ids = Array.from({ length: 20 }, () => addRun(runsDir));
  const store = loadedStore(t, runsDir);
  await store.load();
  const changed: string[] = [];
  store.onDidChange((change) => changed.push(...change.changed.map((run) => run.id)));
  const [target = ''] = ids;
  setLabel(runsDir, target, 'x');
  await store.refresh();
  assert.deepEqual(changed, [target]);
});

test('the index gives the same rows, and is never trusted over the files', async (t) => {
  const runsDir = tempDir(t);
  const cacheFile = join(tempDir(t), 'index.sqlite');
  const ids = Array.from({ length: 5 }, () => addRun(runsDir));
  // Settled: what changed a moment ago is not remembered, since a second change may leave the same time.
  const past = new Date(Date.now() - 60_000);
  const { utimesSync } = await import('node:fs');
  for (const id of ids) utimesSync(join(runsDir, `${id}.meta`), past, past);

  const one = new RunStore({ runsDir, cacheFile });
  await one.load();
  const rows = new Map(one.runs);
  one.dispose();

  // A row that can only come from the index: the file is changed without a trace in the times.
  const [first = '', second = ''] = ids;
  chmodSync(join(runsDir, `${first}.meta`, 'opref'), 0o644);
  writeFileSync(join(runsDir, `${first}.meta`, 'opref'), '1 proj changed');
  setLabel(runsDir, second, 'new label');
  const two = loadedStore(t, runsDir, cacheFile);
  await two.load();
  assert.equal(two.runs.get(first)?.opref?.name, 'train', 'read from the index');
  assert.equal(two.runs.get(second)?.label, 'new label', 'read from the files');
  for (const id of ids.slice(2)) assert.deepEqual(two.runs.get(id), rows.get(id));

  // A broken index is made anew.
  writeFileSync(cacheFile, 'garbage'.repeat(1000));
  const three = loadedStore(t, runsDir, cacheFile);
  await three.load();
  assert.equal(three.runs.size, 5);
  assert.equal(three.runs.get(first)?.opref?.name, 'changed');
});

test('a deleted run of an old Gage that is put back under its name keeps its one row', async (t) => {
  const runsDir = tempDir(t);
  addRun(runsDir);
  const id = addRun(runsDir);
  const meta = join(runsDir, `${id}.meta`);
  renameSync(meta, `${meta}.deleted`);
  const store = loadedStore(t, runsDir);
  await store.load();
  assert.equal(store.runs.get(id)?.container, 'trash');
  const changes: StoreChange[] = [];
  store.onDidChange((change) => changes.push(change));

  renameSync(`${meta}.deleted`, meta);
  await store.refresh([id]);
  assert.equal(store.runs.get(id)?.container, 'active');
  assert.ok(changes.length > 0 && changes.every(({ removed }) => removed.length === 0));
});
