import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import { Pace } from '../../../../src/core/base/pace.ts';
import {
  FilesLog,
  cpythonMicroseconds,
  parseFilesLog,
  scanRunFiles,
  type FileType,
} from '../../../../src/core/meta/file-log.ts';
import { runMetaPath } from '../../../../src/core/run/run.ts';
import type { Run } from '../../../../src/core/run/types.ts';
import { posix } from '../../../helpers/posix.ts';
import { runWithFiles } from '../../../helpers/runs/runs.ts';
import { permissions, tempDir, writeTree } from '../../../helpers/temp.ts';

const bits = posix('permission bits');
const symlinks = posix('symbolic links');
const lineBreaks = posix('names with line breaks');

// The permissions below are those of the usual umask.
process.umask(0o022);

async function appendScan(run: Run, type: FileType): Promise<void> {
  const { files } = await scanRunFiles(run.runDir, new Pace());
  FilesLog.open(run).append(type, files);
}

function logText(run: Run): string {
  return readFileSync(runMetaPath(run, 'log', 'files'), 'utf8');
}

/** The log without its times. */
function logLines(run: Run): readonly string[] {
  return logText(run)
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace(/^(. .) \d{16} /, '$1 T '));
}

// Pairs of st_mtime_ns and int(st_mtime * 1_000_000), from CPython 3.11. Dividing the integer
// nanoseconds by 1000 gives one less for those marked.
for (const [ns, us] of [
  [1773856391161973069n, 1773856391161973],
  [1811969249698935572n, 1811969249698935],
  [1625923578077777868n, 1625923578077777],
  [1796327743625763863n, 1796327743625764], // one less
  [1832811755449008934n, 1832811755449009], // one less
  [1637503345258409929n, 1637503345258410], // one less
  [1633709574605985840n, 1633709574605986], // one less
  [1784402105783235912n, 1784402105783236], // one less
  [1874841847448955962n, 1874841847448956], // one less
  [1688563354812973887n, 1688563354812974], // one less
  [1700000000999999999n, 1700000001000000], // one less
  [2147483648123456789n, 2147483648123457], // one less
  [1700000000000000000n, 1700000000000000],
  [0n, 0],
  [1n, 0],
  [999n, 0],
  [1000n, 1],
  [-1n, 0],
  [-1500000000n, -1500000],
] as const) {
  void test(`${String(ns)} ns is ${us} us for CPython`, () => {
    assert.equal(cpythonMicroseconds(ns), us);
  });
}

void test('records have four fields, and the path is the rest of the line', () => {
  assert.deepEqual(parseFilesLog('a s 1700000000000000 a b  c\nm g 5 x\nd d - y/z\n'), [
    { event: 'a', type: 's', modified: 1700000000000000, path: 'a b  c' },
    { event: 'm', type: 'g', modified: 5, path: 'x' },
    { event: 'd', type: 'd', modified: null, path: 'y/z' },
  ]);
  assert.deepEqual(parseFilesLog(''), []);
  assert.deepEqual(parseFilesLog('a s 1 x\r\n')[0]?.path, 'x');
});

void test('a broken record is an error that names its line', () => {
  for (const bad of ['x s 1 p', 'a x 1 p', 'a s one p', 'a s 1', 'a s 1 ', '', 'a s 1.5 p']) {
    assert.throws(
      () => parseFilesLog(`a s 1 ok\n${bad}\n`),
      (error) =>
        error instanceof RunyardError &&
        error.code === 'unreadable' &&
        /line 2/.test(error.message),
      bad,
    );
  }
});

void test('another meta schema is refused', (t) => {
  const run = runWithFiles(t);
  rmSync(runMetaPath(run, '__schema__'));
  assert.throws(() => FilesLog.open(run), /schema/);
});

void test('added, modified and deleted files, per phase, in code point order', bits, async (t) => {
  const run = runWithFiles(t, { b: '1', a: '1', 'a-b': '1', 'dir/x': '1', '😀': '', '\uff61': '' });
  await appendScan(run, 's');
  const added = ['a', 'a-b', 'b', 'dir/x', '\uff61', '😀'].map((path) => `a s T ${path}`);
  assert.deepEqual(logLines(run), added);

  utimesSync(join(run.runDir, 'b'), 1, 1);
  rmSync(join(run.runDir, 'dir'), { recursive: true });
  writeFileSync(join(run.runDir, 'c'), '');
  await appendScan(run, 'r');
  assert.deepEqual(logLines(run).slice(6), ['m r 1000000 b', 'a r T c', 'd r - dir/x']);

  // Gone files are told again in every later phase, as Gage does; nothing else is.
  await appendScan(run, 'd');
  assert.deepEqual(logLines(run).slice(9), ['d d - dir/x']);

  mkdirSync(join(run.runDir, 'dir'));
  writeFileSync(join(run.runDir, 'dir', 'x'), 'again');
  await appendScan(run, 'g');
  assert.deepEqual(logLines(run).slice(10), ['a g T dir/x']);
  assert.equal(permissions(runMetaPath(run, 'log', 'files')), '-rw-r--r--');
});

void test('a file with the time 0 has no time in the log and is added again', async (t) => {
  const run = runWithFiles(t, { x: '' });
  utimesSync(join(run.runDir, 'x'), 0, 0);
  await appendScan(run, 's');
  await appendScan(run, 'r');
  assert.equal(logText(run), 'a s - x\na r - x\n');
});

void test('one open log gives the same records as reading it anew', async (t) => {
  const tree = { a: '', b: '' };
  const anew = runWithFiles(t, tree);
  const kept = runWithFiles(t, tree);
  const log = FilesLog.open(kept);
  for (const type of ['s', 'r', 'd'] as const) {
    if (type === 'r') rmSync(join(anew.runDir, 'a'));
    if (type === 'r') rmSync(join(kept.runDir, 'a'));
    await appendScan(anew, type);
    log.append(type, (await scanRunFiles(kept.runDir, new Pace())).files);
  }
  assert.deepEqual(logLines(kept), logLines(anew));
  assert.deepEqual(log.records, FilesLog.open(kept).records);
});

void test('live files: added again comes last, a deleted one is out, m changes no type', (t) => {
  const run = runWithFiles(t);
  const lines = ['a s 1 a', 'a s 1 b', 'a s 1 c', 'd r - a', 'd d - b', 'm d 2 c', 'a g 3 a'];
  appendFileSync(runMetaPath(run, 'log', 'files'), lines.map((line) => `${line}\n`).join(''));
  assert.deepEqual(
    [...FilesLog.open(run).liveFiles()],
    [
      ['c', 's'],
      ['a', 'g'],
    ],
  );
});

void test(
  'the scan follows links, and leaves out dangling ones, directories and loops (W13)',
  symlinks,
  async (t) => {
    const outside = writeTree(tempDir(t), { 'sub/data.bin': '123' });
    const run = runWithFiles(t, {
      file: 'x',
      link: { symlink: 'file' },
      data: { symlink: outside },
      dangling: { symlink: 'nowhere' },
      me: { symlink: 'me' },
      empty: null,
      'sub/up': { symlink: '..' },
      'sub/y': '',
    });
    const { files } = await scanRunFiles(run.runDir, new Pace());
    assert.deepEqual(
      files.map(({ path, size, linked }) => [path, size, linked]),
      [
        ['data/sub/data.bin', 3, true],
        ['file', 1, false],
        ['link', 1, true],
        ['sub/y', 0, false],
      ],
    );
  },
);

void test('a run directory that does not exist has no files', async (t) => {
  const dir = join(tempDir(t), 'nowhere');
  assert.deepEqual(await scanRunFiles(dir, new Pace()), { files: [], warnings: [] });
});

void test(
  'W25: a name with a line break is left out, one with a final blank is told',
  lineBreaks,
  async (t) => {
    const run = runWithFiles(t, { 'a\nb': '', 'c\rd': '', 'e ': '', f: '' });
    const { files, warnings } = await scanRunFiles(run.runDir, new Pace());
    assert.deepEqual(
      files.map((file) => file.path),
      ['e ', 'f'],
    );
    assert.deepEqual([...warnings].sort(), [
      'File "a\\nb" is not logged: its name has a line break',
      'File "c\\rd" is not logged: its name has a line break',
      'File "e " ends with a blank, which Gage does not read',
    ]);
    FilesLog.open(run).append('s', files);
    assert.deepEqual([...FilesLog.open(run).liveFiles().keys()], ['e ', 'f']);
  },
);

void test('an aborted scan stops with the reason', async (t) => {
  const run = runWithFiles(t, { a: '' });
  const pace = new Pace(AbortSignal.abort(new Error('enough')));
  await assert.rejects(scanRunFiles(run.runDir, pace), /enough/);
});
