import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { tryClaim } from '../../../../src/core/run/claim.ts';
import type { RunInfo } from '../../../../src/core/run/types.ts';
import { newestRuns } from '../../../../src/core/store/newest.ts';
import { listRuns, readRunInfo } from '../../../../src/core/store/read.ts';
import { isCacheable } from '../../../../src/core/store/scan.ts';
import { posix } from '../../../helpers/posix.ts';
import { addRun } from '../../../helpers/runs/runs.ts';
import { tempDir, writeTree } from '../../../helpers/temp.ts';

const special = posix('needs links and pipes');

/** A store with one run, which has files of ours. */
function storeWithRun(t: TestContext): { readonly store: string; readonly id: string } {
  const store = join(tempDir(t), 'runs');
  const id = addRun(store, {
    'log/runner': '',
    'runyard/process.json': '{}',
    'runyard/heartbeat': '',
    'runyard/batch.json': '{}',
  });
  writeTree(store, { [`${id}/train.py`]: '', [`${id}.user`]: null, [`${id}.move`]: null });
  writeTree(store, { '.runyard/locks': null, '.runyard/queue': null });
  return { store, id };
}

/** The row of the run by each way that there is to it; they agree. */
async function rowOf(store: string, id: string): Promise<RunInfo> {
  const info = await readRunInfo(store, id);
  const [listed] = await listRuns(store);
  const [newest] = (await newestRuns(store, 'active', 1)).runs;
  assert.ok(info !== null);
  assert.deepEqual([listed?.status, newest?.status], [info.status, info.status]);
  assert.deepEqual(listed?.reason?.replace(store, ''), info.reason?.replace(store, ''));
  return info;
}

test(
  'a row says what lies in the place of a directory, and nobody recovers the run',
  special,
  async (t) => {
    for (const place of [
      '.meta',
      '.meta/runyard',
      '.meta/proc',
      '.meta/log',
      '',
      '.user',
      '.move',
      '/.runyard',
      '/.runyard/locks',
      '/.runyard/queue',
    ]) {
      const { store, id } = storeWithRun(t);
      const path = place.startsWith('/') ? store + place : join(store, id + place);
      renameSync(path, join(dirname(store), 'outside'));
      symlinkSync(join(dirname(store), 'outside'), path);
      const row = await rowOf(store, id);
      assert.match(row.reason ?? '', /is a link where a directory should be$/, place);
      assert.deepEqual([row.needsRecovery, isCacheable(row)], [false, false], place);
    }
  },
);

test('a row says that the claims of its run are behind a link', special, async (t) => {
  const { store, id } = storeWithRun(t);
  mkdirSync(join(dirname(store), 'outside'));
  symlinkSync(join(dirname(store), 'outside'), join(store, '.runyard/locks', id));
  const row = await rowOf(store, id);
  assert.match(row.reason ?? '', /is a link where a directory should be$/);
  assert.throws(() => tryClaim({ runsDir: store, id }, 'test'), { code: 'unsafe-path' });
});

test('a row says what lies in the place of a file of ours', special, async (t) => {
  for (const name of ['process.json', 'heartbeat', 'request.json', 'batch.json']) {
    for (const kind of ['a link', 'a named pipe', 'a directory', 'a file'] as const) {
      const { store, id } = storeWithRun(t);
      const path = join(store, `${id}.meta/runyard`, name);
      rmSync(path, { force: true });
      if (kind === 'a link') symlinkSync('/dev/zero', path);
      else if (kind === 'a named pipe') execFileSync('mkfifo', [path]);
      else if (kind === 'a directory') mkdirSync(path);
      else writeFileSync(path, '');
      const row = await rowOf(store, id);
      assert.equal(row.needsRecovery, false);
      if (kind === 'a directory') continue;
      const sentence = `runyard/${name} is ${kind} where a file should be`;
      assert.equal(row.reason?.includes(sentence) ?? false, kind !== 'a file', `${name} ${kind}`);
    }
  }
});

test('a run whose files never end is unreadable, and nobody waits for it', special, async (t) => {
  const replacements: Record<string, (path: string) => void> = {
    'is a device': (path) => {
      symlinkSync('/dev/zero', path);
    },
    'is a named pipe': (path) => {
      execFileSync('mkfifo', [path]);
    },
    'is a directory': (path) => {
      mkdirSync(path);
    },
    'is larger than 64 kB': (path) => {
      writeFileSync(path, '');
      truncateSync(path, 1024 ** 4);
    },
  };
  for (const name of ['opref', 'started', 'proc/exit']) {
    for (const [reason, replace] of Object.entries(replacements)) {
      const { store, id } = storeWithRun(t);
      const path = join(store, `${id}.meta`, name);
      rmSync(path);
      replace(path);
      const row = await rowOf(store, id);
      assert.equal(row.status, 'unreadable', `${name} ${reason}`);
      assert.ok(row.reason?.includes(reason), row.reason ?? '');
    }
  }
});

test('a large summary has its label, and one that is too large says so', async (t) => {
  const { store, id } = storeWithRun(t);
  writeTree(join(store, `${id}.meta`), { 'summary.json': '{"run": {"label": "x"}}' });
  rmSync(join(store, `${id}.meta/runyard`), { recursive: true });
  assert.equal((await rowOf(store, id)).label, 'x');
  appendFileSync(join(store, `${id}.meta/summary.json`), ' '.repeat(2 * 1024 * 1024));
  const row = await rowOf(store, id);
  assert.deepEqual([row.status, row.label, row.reason], ['completed', 'x', null]);
  truncateSync(join(store, `${id}.meta/summary.json`), 17 * 1024 * 1024);
  const large = await rowOf(store, id);
  assert.deepEqual([large.status, large.label], ['completed', null]);
  assert.match(large.reason ?? '', /summary\.json is larger than 16 MB/);
});

test(
  'links in the place of files that a living run writes show while it lives',
  special,
  async (t) => {
    const { store, id } = storeWithRun(t);
    const meta = join(store, `${id}.meta`);
    for (const name of ['started', 'stopped', 'proc/exit', 'log/runner', 'runyard']) {
      rmSync(join(meta, name), { recursive: true });
    }
    assert.deepEqual((await rowOf(store, id)).reason, null);
    symlinkSync(join(store, 'nowhere'), join(meta, 'log/runner'));
    const row = await rowOf(store, id);
    assert.deepEqual(
      [row.status, row.reason],
      ['staged', 'log/runner is a link where a file should be'],
    );
  },
);

test('a meta whose name holds no id is a row that says so, and is left alone', async (t) => {
  const store = tempDir(t);
  const from = join(store, `${addRun(store)}.meta`);
  for (const name of ['a b.meta', 'a.b.meta', '-x.meta', 'ünï.meta']) {
    renameSync(from, join(store, name));
    const [row] = await listRuns(store);
    assert.equal(row?.status, 'unreadable', name);
    assert.match(row.reason ?? '', /does not begin with the id of a run/);
    assert.deepEqual(await readRunInfo(store, row.id), row);
    assert.throws(() => tryClaim(row, 'test'), { code: 'unsafe-path' });
    renameSync(join(store, name), from);
  }
  for (const id of ['a.b', '../runs', '..', 'a/b']) {
    assert.equal(await readRunInfo(store, id), null, id);
  }
  assert.ok(!existsSync(join(store, '.runyard')));
});
