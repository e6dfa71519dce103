import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import { Pace } from '../../../../src/core/base/pace.ts';
import { FilesLog, scanRunFiles, type FileType } from '../../../../src/core/meta/file-log.ts';
import {
  parseManifest,
  readManifest,
  writeManifest,
  type ManifestResult,
} from '../../../../src/core/meta/manifest.ts';
import { runMetaPath } from '../../../../src/core/run/run.ts';
import type { Run } from '../../../../src/core/run/types.ts';
import { posix } from '../../../helpers/posix.ts';
import { runWithFiles } from '../../../helpers/runs/runs.ts';
import { permissions, tempDir, writeTree } from '../../../helpers/temp.ts';

const bits = posix('permission bits');
const symlinks = posix('symbolic links');

// The permissions below are those of the usual umask.
process.umask(0o022);

async function finish(
  run: Run,
  type: FileType,
  known?: ReadonlyMap<string, string>,
): Promise<ManifestResult> {
  const pace = new Pace();
  const { files } = await scanRunFiles(run.runDir, pace);
  const log = FilesLog.open(run);
  log.append(type, files);
  return await writeManifest(run, log, files, { pace, ...(known && { known }) });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

void test('a line per file: type, digest, path', bits, async (t) => {
  const run = runWithFiles(t, { 'say hi.py': 'print("hi")\n', 'sub/x': '' });
  await finish(run, 's');
  assert.equal(
    readFileSync(runMetaPath(run, 'manifest'), 'utf8'),
    `s ${sha256('print("hi")\n')} say hi.py\ns ${sha256('')} sub/x\n`,
  );
  assert.equal(permissions(runMetaPath(run, 'manifest')), '-rw-r--r--');
});

void test('what was written is read back', async (t) => {
  const run = runWithFiles(t, { 'a b': '1', c: '2' });
  const { entries } = await finish(run, 's');
  assert.deepEqual(readManifest(run), entries);
  assert.deepEqual(entries, [
    ['s', sha256('1'), 'a b'],
    ['s', sha256('2'), 'c'],
  ]);
});

void test('an absent manifest is empty, a broken one an error with its line', (t) => {
  assert.deepEqual(readManifest(runWithFiles(t)), []);
  assert.throws(
    () => parseManifest('s abc x\nnonsense\n'),
    (error) => error instanceof RunyardError && /line 2/.test(error.message),
  );
  assert.throws(() => parseManifest('x abc x\n'), RunyardError);
});

void test('files keep their type and order; added again comes last', async (t) => {
  const run = runWithFiles(t, { a: '1', b: '1' });
  await finish(run, 's');
  rmSync(join(run.runDir, 'a'));
  await finish(run, 'r');
  writeTree(run.runDir, { a: '2', 'b.log': '' });
  const { entries } = await finish(run, 'g');
  assert.deepEqual(
    entries.map(([type, , path]) => `${type} ${path}`),
    ['s b', 'g a', 'g b.log'],
  );
});

void test('W10: only write bits are cleared, a script stays executable', bits, async (t) => {
  const run = runWithFiles(t, {
    'run.sh': { data: '', mode: 0o755 },
    'group.sh': { data: '', mode: 0o770 },
    plain: { data: '', mode: 0o644 },
    'done.txt': { data: '', mode: 0o440 },
  });
  await finish(run, 's');
  const modes = ['run.sh', 'group.sh', 'plain', 'done.txt'].map((name) =>
    permissions(join(run.runDir, name)),
  );
  assert.deepEqual(modes, ['-r-xr-xr-x', '-r-xr-x---', '-r--r--r--', '-r--r-----']);
});

void test(
  'links are hashed by content, and what they lead to stays writable',
  symlinks,
  async (t) => {
    const outside = writeTree(tempDir(t), { one: '1', 'sub/two': '2' });
    const run = runWithFiles(t, {
      link: { symlink: join(outside, 'one') },
      dir: { symlink: join(outside, 'sub') },
    });
    const { entries } = await finish(run, 'd');
    assert.deepEqual(entries, [
      ['d', sha256('2'), 'dir/two'],
      ['d', sha256('1'), 'link'],
    ]);
    assert.equal(permissions(join(outside, 'one')), '-rw-r--r--');
    assert.equal(permissions(join(outside, 'sub', 'two')), '-rw-r--r--');
  },
);

void test('a .gage-cache file beside a file gives its digest', async (t) => {
  const run = runWithFiles(t, {
    'sub/big.bin': 'content',
    'sub/.gage-cache-big.bin.sha': 'abc123\n',
    'other.bin': 'content',
    '.gage-cache-other.bin.sha': '',
  });
  const { entries } = await finish(run, 's');
  const digests = new Map(entries.map(([, digest, path]) => [path, digest]));
  assert.equal(digests.get('sub/big.bin'), 'abc123');
  assert.equal(digests.get('other.bin'), sha256('content'));
});

void test('a cached digest that would break the manifest is not used', async (t) => {
  const run = runWithFiles(t, { x: '1', '.gage-cache-x.sha': 'abc\ns def evil' });
  const { entries } = await finish(run, 's');
  assert.equal(entries.find(([, , path]) => path === 'x')?.[1], sha256('1'));
});

void test('known digests are not computed again', async (t) => {
  const run = runWithFiles(t, { x: '1' });
  const { entries } = await finish(run, 's', new Map([['x', 'f'.repeat(64)]]));
  assert.deepEqual(entries, [['s', 'f'.repeat(64), 'x']]);
});

void test('files that changed since the manifest before are told', async (t) => {
  const run = runWithFiles(t, { same: '1', changed: '1' });
  assert.deepEqual((await finish(run, 's')).modified, []);
  rmSync(join(run.runDir, 'changed'));
  writeFileSync(join(run.runDir, 'changed'), '2');
  writeFileSync(join(run.runDir, 'new'), '3');
  const { modified, entries } = await finish(run, 'g');
  assert.deepEqual(modified, ['changed']);
  assert.deepEqual(
    entries.map(([type, , path]) => `${type} ${path}`),
    ['s changed', 's same', 'g new'],
  );
});

void test('a file that vanished after the scan is left out with a warning', async (t) => {
  const run = runWithFiles(t, { a: '1', b: '2' });
  const pace = new Pace();
  const { files } = await scanRunFiles(run.runDir, pace);
  const log = FilesLog.open(run);
  log.append('g', files);
  rmSync(join(run.runDir, 'a'));
  const { entries, warnings } = await writeManifest(run, log, files, { pace });
  assert.deepEqual(entries, [['g', sha256('2'), 'b']]);
  assert.match(warnings.join('\n'), /File "a" is not in the manifest/);
});

void test('large files are hashed in pieces, and empty ones too', async (t) => {
  const large = Buffer.alloc((9 << 20) + 7, 'runyard');
  const run = runWithFiles(t, { large, exact: Buffer.alloc(1 << 20, 'x'), empty: '' });
  const { entries } = await finish(run, 's');
  const expected = (content: Uint8Array | string): string =>
    createHash('sha256').update(content).digest('hex');
  assert.deepEqual(entries, [
    ['s', expected(''), 'empty'],
    ['s', expected(Buffer.alloc(1 << 20, 'x')), 'exact'],
    ['s', expected(large), 'large'],
  ]);
  assert.equal(statSync(join(run.runDir, 'large')).size, large.length);
});
