import assert from 'node:assert/strict';
import test from 'node:test';
import { newRunId, runName } from '../../../../src/core/run/ids.ts';

test('T1: names of runs', () => {
  const vectors: readonly (readonly [id: string, name: string])[] = [
    ['60a825b1-4196-41ff-af37-e731541cb1e4', 'kafom-fikud'],
    ['60a825b1-4196-41ff-af37-e731541cb1e5', 'kafom-fikud'],
    ['60a825b1', 'kafom-fikud'],
    ['60a82', 'babak-bopaf'],
    ['aaa', 'babab-bopop'],
    ['bbb', 'babab-bovur'],
    ['ccc', 'babab-bugas'],
    ['241c61fd', 'fibis-kalut'],
    ['7f000001', 'lusab-babad'],
    ['deadbeef', 'tupot-ruroz'],
    ['00000000', 'babab-babab'],
    ['ffffffff', 'zuzuz-zuzuz'],
  ];
  for (const [id, name] of vectors) assert.equal(runName(id), name, id);
});

test('T1: an id that is not hex is its own name', () => {
  assert.equal(runName('gggggggg'), 'gggggggg');
});

test('a new id is a lower-case random UUID version 4', () => {
  const ids = new Set(Array.from({ length: 100 }, newRunId));
  assert.equal(ids.size, 100);
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});
