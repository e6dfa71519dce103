import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import {
  deleteUserAttributes,
  readUserAttributes,
  setLabel,
  setUserAttributes,
} from '../../../../src/core/run/attributes.ts';
import { find, permissions, tempDir } from '../../../helpers/temp.ts';

const id = '60a825b1-4196-41ff-af37-e731541cb1e4';

test('T13: set, set again, delete', (t) => {
  const runsDir = tempDir(t);
  const attributes = () => readUserAttributes(runsDir, id).attributes;
  setUserAttributes(runsDir, id, { color: 'green' });
  setUserAttributes(runsDir, id, { color: 'blue' });
  assert.deepEqual(attributes(), { color: 'blue' });
  deleteUserAttributes(runsDir, id, ['color']);
  assert.deepEqual(attributes(), {});
  const names = readdirSync(join(runsDir, `${id}.user`)).sort();
  assert.equal(names.length, 3);
  for (const name of names) {
    assert.match(
      name,
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.json$/,
    );
  }
});

test('T13: two people, two copies, one merge', (t) => {
  const sam = tempDir(t);
  const sarah = tempDir(t);
  const log = (dir: string): string => join(dir, `${id}.user`);
  setUserAttributes(sam, id, { label: 'Good' }, 'Sam');
  cpSync(log(sam), log(sarah), { recursive: true });
  setUserAttributes(sarah, id, { label: 'Bad' }, 'Sarah');
  // Each change is a file of its own: copying both ways is all that a merge takes.
  cpSync(log(sarah), log(sam), { recursive: true });
  cpSync(log(sam), log(sarah), { recursive: true });
  for (const dir of [sam, sarah]) {
    assert.deepEqual(readUserAttributes(dir, id).attributes, { label: 'Bad' });
    assert.equal(readdirSync(log(dir)).length, 2);
  }
});

test('T13: the text of an entry', (t) => {
  const runsDir = tempDir(t);
  setUserAttributes(runsDir, id, { label: 'lbl é' }, 'sam');
  const [path = ''] = find(runsDir);
  const text = readFileSync(join(runsDir, path), 'utf8');
  assert.equal(text, '{"author": "sam", "set": {"label": "lbl \\u00e9"}, "delete": []}');
  assert.equal(permissions(join(runsDir, path)), '-r--r--r--');
});

test('T13: clearing the label of a run without attributes writes nothing', (t) => {
  const runsDir = tempDir(t);
  setLabel(runsDir, id, null);
  assert.deepEqual(find(runsDir, { dirs: true }), []);
});

test('comments that others edit or delete are listed once, or not at all', (t) => {
  const runsDir = tempDir(t);
  const [first, second] = ['018bcfe5-0001', '018bcfe5-0002'];
  for (const comment of [first, second]) {
    const value = { msg: comment, timestamp: 1_700_000_000_000n };
    setUserAttributes(runsDir, id, { [`comment:${comment}`]: value }, 'Sam');
  }
  const edited = { msg: 'first, edited', timestamp: 9_000_000_000_000n };
  setUserAttributes(runsDir, id, { [`comment:${first}`]: edited }, 'Sarah');
  deleteUserAttributes(runsDir, id, [`comment:${second}`], 'Sarah');
  const { comments, attributes } = readUserAttributes(runsDir, id);
  assert.deepEqual(comments, [
    { id: first, author: 'Sam', timestampMs: 9_000_000_000_000, msg: 'first, edited' },
  ]);
  assert.deepEqual(attributes, {});
});

test('a torn entry of the log does not hide the others', (t) => {
  const runsDir = tempDir(t);
  setLabel(runsDir, id, 'kept');
  const name = 'ffffffff-ffff-4000-8000-000000000000.json';
  writeFileSync(join(runsDir, `${id}.user`, name), '{"author": "x", "set"');
  assert.deepEqual(readUserAttributes(runsDir, id).attributes, { label: 'kept' });
});
