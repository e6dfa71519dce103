import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { openMeta, readMetaObjects } from '../../../../src/core/meta/meta.ts';
import { unzipMeta } from '../../../../src/core/meta/unzip-meta.ts';
import { zipMeta } from '../../../../src/core/meta/zip-meta.ts';
import { makeRun, runAt } from '../../../../src/core/run/run.ts';
import { readRunDetail } from '../../../../src/core/status/run-detail.ts';
import { listRuns, readRunInfo } from '../../../../src/core/store/read.ts';
import { posix } from '../../../helpers/posix.ts';
import { find, tempDir, writeTree } from '../../../helpers/temp.ts';
import { zipOf, type ZipEntry } from '../../../helpers/zip.ts';

const OPREF = { ns: 'test', name: 'test', version: null };
const RUN: readonly ZipEntry[] = [
  { name: 'opref', data: '1 test test' },
  { name: 'proc/exit', data: '0' },
];

/** A store with one zipped run `a`. */
function storeOf(t: TestContext, files: readonly ZipEntry[]): string {
  const store = tempDir(t);
  writeFileSync(join(store, 'a.meta.zip'), zipOf(files));
  return store;
}

test('a zip that is what it says is read and unpacked', async (t) => {
  const store = storeOf(t, [...RUN, { name: 'log/runner', data: 'hello\n'.repeat(1000) }]);
  assert.equal((await readRunInfo(store, 'a'))?.status, 'completed');
  const run = await unzipMeta(runAt(store, 'a', OPREF));
  assert.equal(readFileSync(join(run.metaPath, 'log/runner'), 'utf8').length, 6000);
  assert.deepEqual(find(store), ['a.meta/log/runner', 'a.meta/opref', 'a.meta/proc/exit']);
});

test('a zip that inflates into more than anybody would write is not inflated', async (t) => {
  const zeros = Buffer.alloc(100_000_000);
  const bomb = ['opref', 'summary.json', 'config.json', 'manifest', 'runyard/depends.json'];
  const files = bomb.map((name) => ({ name, data: zeros }));
  const store = storeOf(t, files);
  const before = process.memoryUsage().rss;
  const [row] = await listRuns(store);
  assert.equal(row?.status, 'unreadable');
  assert.match(row.reason ?? '', /opref is larger than 64 kB/);
  const detail = await readRunDetail(row);
  assert.deepEqual([detail.config, detail.manifest, detail.depends], [{}, [], []]);
  assert.deepEqual(await readMetaObjects(row, bomb), {});
  assert.ok(process.memoryUsage().rss - before < 50_000_000);
});

test('a file in a zip gives no more than it declares', async (t) => {
  const data = Buffer.alloc(5_000_000);
  const store = storeOf(t, [...RUN, { name: 'config.json', data, declared: 10 }]);
  const meta = await openMeta(join(store, 'a.meta.zip'), 'zip');
  await assert.rejects(meta.read('config.json'), { code: 'unreadable' });
  meta.close();
  await assert.rejects(unzipMeta(runAt(store, 'a', OPREF)), { code: 'unreadable' });
  assert.deepEqual(find(store), ['a.meta.zip']);
});

test('a zip that holds far more than it is large is not unpacked', async (t) => {
  const data = Buffer.alloc(1_000_000);
  const bomb = Array.from({ length: 300 }, (_, i) => ({ name: `sys/${String(i)}`, data }));
  const store = storeOf(t, [...RUN, ...bomb]);
  await assert.rejects(unzipMeta(runAt(store, 'a', OPREF)), /far more than it is large/);
  assert.deepEqual(find(store), ['a.meta.zip']);
});

test('a zip with too many files, or names that no file has, is a row that says so', async (t) => {
  const many = Array.from({ length: 100_001 }, (_, i) => ({ name: `sys/${String(i)}`, data: '' }));
  const names = [...RUN, { name: `sys/${'x'.repeat(5000)}`, data: '' }];
  for (const [files, reason] of [
    [[...RUN, ...many], /more than 100000 files/],
    [names, /far too long/],
  ] as const) {
    const store = storeOf(t, files);
    const [row] = await listRuns(store);
    assert.equal(row?.status, 'unreadable');
    assert.match(row.reason ?? '', reason);
  }
});

test(
  'a pipe or a device in place of a zip keeps nobody waiting',
  posix('needs pipes'),
  async (t) => {
    const store = tempDir(t);
    execFileSync('mkfifo', [join(store, 'a.meta.zip')]);
    symlinkSync('/dev/zero', join(store, 'b.meta.zip'));
    mkdirSync(join(store, 'c.meta.zip'));
    const rows = await listRuns(store);
    assert.deepEqual(
      rows.map(({ status, reason }) => [status, reason?.replace(/^.*meta\.zip /, '')]),
      [
        ['unreadable', 'is a named pipe, not a file'],
        ['unreadable', 'is a device, not a file'],
        ['unreadable', 'is a directory, not a file'],
      ],
    );
  },
);

test(
  'a meta with links or pipes is not packed, and nothing is written through one',
  posix('needs links'),
  async (t) => {
    const root = tempDir(t);
    const run = makeRun(OPREF, join(root, 'runs'));
    writeTree(root, { outside: 'kept' });
    symlinkSync(join(root, 'outside'), join(run.metaPath, 'config.json'));
    await assert.rejects(zipMeta(run), { code: 'unsafe-path' });
    const other = makeRun(OPREF, join(root, 'runs'));
    symlinkSync(join(root, 'outside'), `${other.metaPath}.zip.partial`);
    await zipMeta(other);
    assert.equal(readFileSync(join(root, 'outside'), 'utf8'), 'kept');
    assert.ok(find(join(root, 'runs')).includes(`${other.id}.meta.zip`));
  },
);
