import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { makeOwnDir, ownDirProblem, requireOwnDir } from '../../../../src/core/base/own-dir.ts';
import { posix } from '../../../helpers/posix.ts';
import { tempDir } from '../../../helpers/temp.ts';

test('directories of ours are made one by one, and are all right when they are there', (t) => {
  const root = tempDir(t);
  assert.equal(ownDirProblem(root, '.runyard', 'locks'), null);
  assert.equal(makeOwnDir(root, '.runyard', 'locks'), join(root, '.runyard', 'locks'));
  assert.equal(makeOwnDir(root, '.runyard', 'locks'), requireOwnDir(root, '.runyard', 'locks'));
  writeFileSync(join(root, '.runyard', 'queue'), '');
  assert.match(ownDirProblem(root, '.runyard', 'queue', 'x') ?? '', /queue is a file where/);
  assert.throws(() => makeOwnDir(join(root, 'missing'), 'a'), { code: 'ENOENT' });
});

test(
  'a link is refused at each level, and nothing is made behind it',
  posix('needs links'),
  (t) => {
    const [root, outside] = [tempDir(t), tempDir(t)];
    mkdirSync(join(outside, 'locks'));
    symlinkSync(outside, join(root, '.runyard'));
    assert.throws(() => makeOwnDir(root, '.runyard', 'locks', 'id'), { code: 'unsafe-path' });
    assert.match(ownDirProblem(root, '.runyard') ?? '', /\.runyard is a link/);
    assert.deepEqual(readdirSync(join(outside, 'locks')), []);
    symlinkSync(join(outside, 'nowhere'), join(root, 'dangling'));
    assert.throws(() => makeOwnDir(root, 'dangling'), { code: 'unsafe-path' });
    assert.ok(!existsSync(join(outside, 'nowhere')));
  },
);
