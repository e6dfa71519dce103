import assert from 'node:assert/strict';
import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deleteRun, purgeRun, restoreRun } from '../../../../src/core/life/delete.ts';
import { newRunId } from '../../../../src/core/run/ids.ts';
import { listRuns, readRunInfo } from '../../../../src/core/store/read.ts';
import { posix } from '../../../helpers/posix.ts';
import { Bystander } from '../../../helpers/processes/bystander.ts';
import { addRun } from '../../../helpers/runs/runs.ts';
import { find, tempDir, writeTree } from '../../../helpers/temp.ts';

test('delete and restore move a run; nothing is renamed', async (t) => {
  const store = tempDir(t);
  const id = addRun(store);
  const info = await readRunInfo(store, id);
  assert.ok(info);
  const before = find(store).filter((path) => !path.includes('.move'));
  await deleteRun(info);
  assert.deepEqual(await listRuns(store), []);
  assert.equal((await listRuns(store, { container: 'trash' }))[0]?.id, id);
  restoreRun(info);
  assert.equal((await listRuns(store))[0]?.id, id);
  assert.deepEqual(
    find(store).filter((path) => !path.includes('.move')),
    before,
  );
});

test('runs that Gage 0.1.2 deleted are in the trash and come back', async (t) => {
  const store = tempDir(t);
  const id = addRun(store);
  mkdirSync(join(store, id));
  writeFileSync(join(store, id, 'train.py'), '');
  for (const name of [`${id}.meta`, id])
    renameSync(join(store, name), join(store, `${name}.deleted`));
  const [deleted] = await listRuns(store, { container: 'trash' });
  assert.equal(deleted?.id, id);
  restoreRun(deleted);
  const [run] = await listRuns(store);
  assert.equal(run?.id, id);
  assert.deepEqual(find(run.runDir), ['train.py']);
});

test('deleting for good takes exactly the run (W17)', async (t) => {
  const store = tempDir(t);
  const id = addRun(store);
  const longer = `${id}0`;
  cpSync(join(store, `${id}.meta`), join(store, `${longer}.meta`), { recursive: true });
  writeTree(store, {
    [`${id}/train.py`]: 'x',
    [`${longer}/train.py`]: 'x',
    [`${id}.project`]: 'file:..',
  });
  const info = await readRunInfo(store, id);
  assert.ok(info);
  await purgeRun(info);
  assert.deepEqual(
    find(store).filter((path) => path.startsWith(id) && !path.startsWith(longer)),
    [],
  );
  assert.ok(find(store).includes(`${longer}/train.py`));
});

test('deleting run `a` for good leaves run `a.b` alone, and what only begins like it (W17)', async (t) => {
  const store = tempDir(t);
  const from = join(store, `${addRun(store)}.meta`);
  for (const id of ['a', 'a.b']) cpSync(from, join(store, `${id}.meta`), { recursive: true });
  rmSync(from, { recursive: true });
  writeTree(store, {
    'a/x': '',
    'a.b/x': '',
    'a.notes': '',
    'a.user/x.json': '',
    'a.b.user/x': '',
  });
  const info = await readRunInfo(store, 'a');
  assert.ok(info);
  await purgeRun(info);
  const left = find(store).filter((path) => path.startsWith('a'));
  assert.deepEqual(
    left.filter((path) => !path.startsWith('a.b')),
    ['a.notes'],
  );
  assert.ok(
    left.includes('a.b.meta/opref') && left.includes('a.b/x') && left.includes('a.b.user/x'),
  );
});

test('nothing is deleted or moved through a link', posix('needs links'), async (t) => {
  const root = tempDir(t);
  const store = join(root, 'runs');
  for (const place of ['', '.move', '.user', '.meta/runyard', '.meta/log']) {
    const id = addRun(store);
    const outside = join(root, `outside${place.replace('/', '')}`);
    writeTree(outside, { kept: '' });
    symlinkSync(outside, join(store, `${id}${place}`));
    const info = await readRunInfo(store, id);
    assert.ok(info);
    await assert.rejects(deleteRun(info), { code: 'unsafe-path' });
    await assert.rejects(purgeRun(info), { code: 'unsafe-path' });
    assert.throws(
      () => {
        restoreRun(info);
      },
      { code: 'unsafe-path' },
    );
    assert.deepEqual(find(outside), ['kept']);
    assert.ok(find(store).includes(`${id}.meta/opref`));
  }
});

test('a queue behind a link keeps its entries', posix('needs links'), async (t) => {
  const root = tempDir(t);
  const store = join(root, 'runs');
  const id = addRun(store);
  const outside = writeTree(join(root, 'outside'), { [`${id}.json`]: '' });
  writeTree(store, { '.runyard/queue': { symlink: outside } });
  const info = await readRunInfo(store, id);
  assert.ok(info);
  await assert.rejects(deleteRun(info), { code: 'unsafe-path' });
  assert.deepEqual(find(outside), [`${id}.json`]);
});

test('a running run is neither deleted nor purged (W17)', posix('environments'), async (t) => {
  const store = tempDir(t);
  const id = addRun(store);
  const own = await Bystander.start(t, { env: { RUN_ID: id, RUN_DIR: join(store, id) } });
  writeTree(join(store, `${id}.meta`), { 'proc/lock': String(own.pid) });
  rmSync(join(store, `${id}.meta`, 'stopped'));
  rmSync(join(store, `${id}.meta`, 'proc/exit'));
  const info = await readRunInfo(store, id);
  assert.equal(info?.status, 'running');
  await assert.rejects(deleteRun(info), { code: 'wrong-status' });
  await assert.rejects(purgeRun(info), { code: 'wrong-status' });
});

test('a copied or hostile meta cannot make us touch another run, or anything else', async (t) => {
  const root = tempDir(t);
  const store = join(root, 'runs');
  const innocent = addRun(store);
  const evil = addRun(store, { id: '../..' });
  const copy = newRunId();
  cpSync(join(store, `${innocent}.meta`), join(store, `${copy}.meta`), { recursive: true });
  assert.deepEqual(
    (await listRuns(store)).map((run) => run.id).sort(),
    [innocent, evil, copy].sort(),
    'the name says which run it is',
  );
  for (const id of [evil, copy]) {
    const info = await readRunInfo(store, id);
    assert.ok(info);
    await purgeRun(info);
  }
  assert.deepEqual(
    (await listRuns(store)).map((run) => run.id),
    [innocent],
  );
});
