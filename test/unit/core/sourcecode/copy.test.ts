import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Pace } from '../../../../src/core/base/pace.ts';
import { FileCopier, hashFile } from '../../../../src/core/sourcecode/copy.ts';
import { isTextFile } from '../../../../src/core/sourcecode/text-detect.ts';
import { posix } from '../../../helpers/posix.ts';
import { permissions, tempDir, writeTree } from '../../../helpers/temp.ts';

const bits = posix('permission bits');
const symlinks = posix('symbolic links');

// The permissions below are those of the usual umask.
process.umask(0o022);

function digest(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

async function copyAll(from: string, to: string, paths: readonly string[], readOnly = false) {
  const copier = new FileCopier(from, to, { readOnly });
  const digests: (string | null)[] = [];
  for (const path of paths) {
    const { size, mode } = statSync(join(from, path));
    digests.push(await copier.copy({ path, size, mode: mode & 0o7777 }, new Pace()));
  }
  return digests;
}

void test('content, parents and digests, for files of all sizes', async (t) => {
  const tree = {
    empty: '',
    'a/b/small.txt': 'small',
    exact: Buffer.alloc(1 << 20, 'e'),
    'over.bin': Buffer.alloc((1 << 20) + 1, 'o'),
    'large.bin': Buffer.alloc((9 << 20) + 13, 'runyard'),
  };
  const from = writeTree(tempDir(t), tree);
  const to = join(tempDir(t), 'run');
  const digests = await copyAll(from, to, Object.keys(tree));
  assert.deepEqual(digests, Object.values(tree).map(digest));
  for (const [path, content] of Object.entries(tree)) {
    assert.ok(readFileSync(join(to, path)).equals(Buffer.from(content)), path);
  }
});

void test('permission bits are copied exactly, whatever the umask', bits, async (t) => {
  const modes = { first: 0o644, all: 0o777, world: 0o666, own: 0o600, ro: 0o444, x: 0o755 };
  const from = writeTree(
    tempDir(t),
    Object.fromEntries(Object.entries(modes).map(([name, mode]) => [name, { data: '', mode }])),
  );
  const to = tempDir(t);
  await copyAll(from, to, Object.keys(modes));
  for (const [name, mode] of Object.entries(modes)) {
    assert.equal(statSync(join(to, name)).mode & 0o7777, mode, name);
  }
});

void test('read-only copies lose their write bits only', bits, async (t) => {
  const from = writeTree(tempDir(t), {
    'run.sh': { data: '', mode: 0o775 },
    plain: { data: '', mode: 0o644 },
  });
  const to = tempDir(t);
  await copyAll(from, to, ['run.sh', 'plain'], true);
  assert.equal(permissions(join(to, 'run.sh')), '-r-xr-xr-x');
  assert.equal(permissions(join(to, 'plain')), '-r--r--r--');
});

void test('links are copied as what they lead to', symlinks, async (t) => {
  const from = writeTree(tempDir(t), { target: 'content' });
  symlinkSync('target', join(from, 'link'));
  const to = tempDir(t);
  await copyAll(from, to, ['link']);
  assert.ok(lstatSync(join(to, 'link')).isFile());
  assert.equal(readFileSync(join(to, 'link'), 'utf8'), 'content');
});

void test(
  'an existing file is replaced, and a link is not written through',
  symlinks,
  async (t) => {
    const from = writeTree(tempDir(t), { a: 'new', b: 'new' });
    const outside = writeTree(tempDir(t), { precious: 'old' });
    const to = writeTree(tempDir(t), {
      a: { data: 'old, read-only and longer', mode: 0o444 },
      b: { symlink: join(outside, 'precious') },
    });
    await copyAll(from, to, ['a', 'b']);
    assert.equal(readFileSync(join(to, 'a'), 'utf8'), 'new');
    assert.equal(readFileSync(join(to, 'b'), 'utf8'), 'new');
    assert.equal(readFileSync(join(outside, 'precious'), 'utf8'), 'old');
  },
);

void test('a source that is gone gives null, one that cannot be copied an error with its name', async (t) => {
  const from = writeTree(tempDir(t), { dir: null });
  const copier = new FileCopier(from, tempDir(t));
  assert.equal(await copier.copy({ path: 'gone', size: 0, mode: 0o644 }, new Pace()), null);
  await assert.rejects(copier.copy({ path: 'dir', size: 0, mode: 0o755 }, new Pace()), {
    code: 'staging-failed',
    message: /'dir'/,
  });
});

void test('a file that grew since it was selected is copied whole', async (t) => {
  const from = writeTree(tempDir(t), { log: 'x' });
  const to = tempDir(t);
  const content = Buffer.alloc(3 << 20, 'y');
  writeFileSync(join(from, 'log'), content);
  const sha = await new FileCopier(from, to).copy(
    { path: 'log', size: 1, mode: 0o644 },
    new Pace(),
  );
  assert.equal(sha, digest(content));
  assert.equal(statSync(join(to, 'log')).size, content.length);
});

void test(
  'a pipe or a device is copied by nobody, and keeps nobody waiting',
  symlinks,
  async (t) => {
    const from = tempDir(t);
    execFileSync('mkfifo', [join(from, 'pipe')]);
    symlinkSync('/dev/zero', join(from, 'endless'));
    for (const path of ['pipe', 'endless']) {
      const copier = new FileCopier(from, join(from, 'copies'));
      const copied = copier.copy({ path, size: 0, mode: 0o644 }, new Pace());
      await assert.rejects(copied, { code: 'staging-failed' });
      await assert.rejects(hashFile(join(from, path), new Pace()), { code: 'unreadable' });
      assert.equal(isTextFile(join(from, path)), false);
    }
  },
);
