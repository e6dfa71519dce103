import assert from 'node:assert/strict';
import test from 'node:test';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import { decodeOpRef, encodeOpRef } from '../../../../src/core/run/opref.ts';

const isBadOpRef = (error: unknown): boolean =>
  error instanceof RunyardError && error.code === 'bad-opref';

test('T2: encoding an operation reference', () => {
  const ref = (ns: string, name: string, version: string | null = null) => ({ ns, name, version });
  assert.equal(encodeOpRef(ref('test', 'test', '1')), '2 test test 1');
  assert.equal(encodeOpRef(ref('test', 'test')), '1 test test');
  const bad = [
    ref('', 'test'),
    ref('test', ''),
    ref('a b', 'test'),
    ref('test', 'a b'),
    ref('test', 'test', '1 2'),
    ref('test', 'test', ''),
  ];
  for (const opref of bad) {
    assert.throws(() => encodeOpRef(opref), isBadOpRef, JSON.stringify(opref));
  }
});

test('T2: decoding an operation reference', () => {
  const plain = { ns: 'my-ns', name: 'my-op', version: null };
  assert.deepEqual(decodeOpRef('2 my-ns my-op 1'), { ...plain, version: '1' });
  assert.deepEqual(decodeOpRef('2 my-ns my-op'), plain);
  assert.deepEqual(decodeOpRef('1 my-ns my-op'), plain);
  assert.deepEqual(decodeOpRef('1 my-ns my-op\n'), plain);
  for (const text of ['2 my-ns', '2', '', '1 my-ns my-op 1', '2 a b c d', '3 foobar']) {
    assert.throws(() => decodeOpRef(text), isBadOpRef, text);
  }
});
