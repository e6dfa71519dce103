import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, readFileSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import {
  openOwnFile,
  openRegular,
  openRegularHandle,
  readRegularFile,
  readSmallFile,
} from '../../../../src/core/base/regular-file.ts';
import { posix } from '../../../helpers/posix.ts';
import { tempDir } from '../../../helpers/temp.ts';

const isUnreadable = (error: unknown): boolean =>
  error instanceof RunyardError && error.code === 'unreadable';
const isUnsafe = (error: unknown): boolean =>
  error instanceof RunyardError && error.code === 'unsafe-path';

test('a small file is read whole, also through a link; one that is not there is null', (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'a'), 'é'.repeat(100_000));
  assert.equal(readSmallFile(join(dir, 'a')), 'é'.repeat(100_000));
  assert.equal(readSmallFile(join(dir, 'missing')), null);
  assert.equal(readSmallFile(join(dir, 'a', 'below')), null);
  assert.throws(() => readRegularFile(join(dir, 'missing')), { code: 'ENOENT' });
});

test('a file above the limit is refused, and one of its size is not', (t) => {
  const path = join(tempDir(t), 'a');
  writeFileSync(path, 'x'.repeat(1000));
  assert.equal(readSmallFile(path, 1000)?.length, 1000);
  assert.throws(() => readSmallFile(path, 999), isUnreadable);
});

test(
  'pipes, devices and directories are no files, and nobody waits for them',
  posix('needs named pipes and links'),
  async (t) => {
    const dir = tempDir(t);
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    symlinkSync('/dev/zero', join(dir, 'zero'));
    mkdirSync(join(dir, 'directory'));
    for (const name of ['pipe', 'zero', 'directory']) {
      assert.throws(() => readSmallFile(join(dir, name)), isUnreadable, name);
      assert.throws(() => openRegular(join(dir, name)), isUnreadable, name);
      await assert.rejects(openRegularHandle(join(dir, name)), isUnreadable, name);
      assert.throws(() => openOwnFile(join(dir, name), 'append'), isUnsafe, name);
    }
  },
);

test('what is written follows no link', posix('needs links'), (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'mine'), 'kept');
  symlinkSync(join(dir, 'mine'), join(dir, 'link'));
  symlinkSync(join(dir, 'nowhere'), join(dir, 'dangling'));
  assert.throws(() => openOwnFile(join(dir, 'link'), 'append'), isUnsafe);
  assert.throws(() => openOwnFile(join(dir, 'dangling'), 'update'), isUnsafe);
  const fd = openOwnFile(join(dir, 'mine'), 'append');
  writeSync(fd, ' and more');
  closeSync(fd);
  assert.equal(readFileSync(join(dir, 'mine'), 'utf8'), 'kept and more');
});
