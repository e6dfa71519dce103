import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { execa } from 'execa';
import { keyPath, privateKey } from '../../../../src/core/origin/key.ts';
import { posix } from '../../../helpers/posix.ts';
import { permissions, tempDir, withoutRoot } from '../../../helpers/temp.ts';

/** A state directory of this test's own. @returns where the key is, or will be. */
function ownState(t: TestContext): string {
  const before = process.env['XDG_STATE_HOME'];
  process.env['XDG_STATE_HOME'] = tempDir(t);
  t.after(() => {
    process.env['XDG_STATE_HOME'] = before;
  });
  return keyPath();
}

const HEX = 'ab'.repeat(32);

function putKey(path: string, mode = 0o600): void {
  mkdirSync(dirname(path), { mode: 0o700 });
  writeFileSync(path, HEX, { mode });
}

it('makes a key of 32 bytes once, for its user alone', posix('needs modes'), (t) => {
  const path = ownState(t);
  const key = privateKey();
  assert.equal(key?.length, 32);
  assert.equal(readFileSync(path, 'utf8').trim(), key.toString('hex'));
  assert.equal(permissions(path), '-rw-------');
  assert.equal(permissions(dirname(path)), 'drwx------');
  assert.deepEqual(privateKey(), key);
});

it('gives many processes that start at once the same key', async (t) => {
  ownState(t);
  const module = join(import.meta.dirname, '../../../../src/core/origin/key.ts');
  const url = JSON.stringify(`file://${module}`);
  const code = `console.log((await import(${url})).privateKey().toString('hex'))`;
  const made = await Promise.all(
    Array.from({ length: 6 }, () =>
      execa(process.execPath, ['--input-type=module', '-e', code], { timeout: 60_000 }),
    ),
  );
  const keys = new Set(made.map(({ stdout }) => stdout));
  assert.equal(keys.size, 1);
  assert.deepEqual([...keys], [privateKey()?.toString('hex')]);
});

it('refuses a key that others can read', posix('needs modes'), (t) => {
  const path = ownState(t);
  putKey(path, 0o644);
  chmodSync(path, 0o644);
  assert.equal(privateKey(), null);
  chmodSync(path, 0o600);
  assert.equal(privateKey()?.toString('hex'), HEX);
});

it('refuses a key in a directory that others can write to', posix('needs modes'), (t) => {
  const path = ownState(t);
  putKey(path);
  chmodSync(dirname(path), 0o777);
  assert.equal(privateKey(), null);
});

it('refuses a key that is a link, and one that is none', posix('needs links'), (t) => {
  const path = ownState(t);
  const elsewhere = join(tempDir(t), 'key');
  writeFileSync(elsewhere, HEX, { mode: 0o600 });
  mkdirSync(dirname(path), { mode: 0o700 });
  symlinkSync(elsewhere, path);
  assert.equal(privateKey(), null);
  const other = ownState(t);
  mkdirSync(dirname(other), { mode: 0o700 });
  writeFileSync(other, 'short', { mode: 0o600 });
  assert.equal(privateKey(), null);
});

it('does without where nothing can be written', posix('needs modes'), async (t) => {
  const path = ownState(t);
  const home = dirname(dirname(path));
  chmodSync(home, 0o555);
  await withoutRoot(home, () => {
    assert.equal(privateKey(), null);
  });
});

it('has a place on every platform', () => {
  assert.equal(keyPath({ XDG_STATE_HOME: '/state' }), join('/state', 'runyard', 'key'));
  assert.match(keyPath({ XDG_STATE_HOME: 'relative' }, 'linux'), /\.local.state.runyard.key$/);
  assert.match(keyPath({}, 'darwin'), /Library.Application Support.runyard.key$/);
  assert.match(keyPath({ LOCALAPPDATA: 'C:\\local' }, 'win32'), /^C:\\local.runyard.key$/);
});
