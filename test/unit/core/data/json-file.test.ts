import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { readJsonFile, readJsonFileIfAny } from '../../../../src/core/data/json-file.ts';
import { posix } from '../../../helpers/posix.ts';
import { tempDir, withoutRoot } from '../../../helpers/temp.ts';

const bits = posix('permission bits');

const Schema = z.object({ slots: z.number() });

test('a file that says nothing usable is null: none, broken, or another shape', (t) => {
  const path = join(tempDir(t), 'small.json');
  assert.equal(readJsonFile(path, Schema), null);
  assert.equal(readJsonFile(join(path, 'below'), Schema), null);
  const texts: readonly [text: string, expected: unknown][] = [
    ['{"slots": 2}\n', { slots: 2 }],
    ['{"slots": 2', null],
    ['{"slots": "2"}', null],
    ['', null],
  ];
  for (const [text, expected] of texts) {
    writeFileSync(path, text);
    assert.deepEqual(readJsonFile(path, Schema), expected, text);
  }
});

test('a file that is far too large is refused, and is none for whoever need not know', (t) => {
  const path = join(tempDir(t), 'large.json');
  writeFileSync(path, '{"slots": 2}');
  assert.throws(() => readJsonFile(path, Schema, 11), { code: 'unreadable' });
  truncateSync(path, 17 * 1024 * 1024);
  assert.throws(() => readJsonFile(path, Schema), { code: 'unreadable' });
  assert.equal(readJsonFileIfAny(path, Schema), null);
});

test(
  'a file that cannot be read is an error, or none for whoever need not know',
  bits,
  async (t) => {
    const dir = tempDir(t);
    mkdirSync(join(dir, 'a-directory'));
    assert.throws(() => readJsonFile(join(dir, 'a-directory'), Schema), { code: 'unreadable' });
    assert.equal(readJsonFileIfAny(join(dir, 'a-directory'), Schema), null);
    const path = join(dir, 'secret.json');
    writeFileSync(path, '{"slots": 2}');
    chmodSync(path, 0o000);
    await withoutRoot(dir, () => {
      assert.throws(() => readJsonFile(path, Schema), { code: 'EACCES' });
      assert.equal(readJsonFileIfAny(path, Schema), null);
    });
  },
);
