import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { posix } from '../../helpers/posix.ts';
import { find, lsPermissions, tempDir, waitFor, writeTree } from '../../helpers/temp.ts';

const symlinks = posix('symbolic links');

test('writeTree and find are each other’s inverse', symlinks, (t) => {
  const dir = tempDir(t);
  writeTree(dir, {
    'a.txt': 'a',
    'b/c.txt': new Uint8Array([1]),
    empty: null,
    link: { symlink: 'a.txt' },
    'x.sh': { data: 'true', mode: 0o555 },
  });
  assert.deepEqual(find(dir), ['a.txt', 'b/c.txt', 'link', 'x.sh']);
  assert.deepEqual(find(dir, { dirs: true }), ['a.txt', 'b/', 'b/c.txt', 'empty/', 'link', 'x.sh']);
  assert.deepEqual(find(join(dir, 'none')), []);
  assert.ok(lsPermissions(dir).includes('-r-xr-xr-x x.sh'));
  assert.ok(lsPermissions(dir).some((line) => line.startsWith('l') && line.endsWith(' link')));
});

test('waitFor resolves to the value, and rejects with what it waited for', async (t) => {
  const file = join(tempDir(t), 'late');
  setImmediate(() => writeFileSync(file, ''));
  assert.equal(await waitFor(() => existsSync(file)), true);
  await assert.rejects(
    waitFor(() => false, { timeoutMs: 30, what: 'Godot' }),
    /Godot/,
  );
});

test('a temporary directory goes away even when it is read-only', async (t) => {
  let kept = '';
  await t.test('inner', (inner) => {
    kept = tempDir(inner);
    mkdirSync(join(kept, 'sub'));
    writeFileSync(join(kept, 'sub/file'), '', { mode: 0o444 });
  });
  assert.equal(existsSync(kept), false);
});
