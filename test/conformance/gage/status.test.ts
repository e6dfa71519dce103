import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deriveStatus } from '../../../src/core/status/status.ts';
import { none, ran, statusOf } from '../../helpers/gage/status.ts';

const me = String(process.pid);

test('the edge table of Gage (gage-format.md 3.1)', () => {
  assert.equal(statusOf(none), 'unknown');
  assert.equal(statusOf({ ...none, initialized: true }), 'pending');
  assert.equal(statusOf({ ...none, initialized: true, staged: true }), 'staged');
  assert.equal(statusOf(ran), 'staged', 'started alone does not matter');
  assert.equal(statusOf({ ...ran, lock: me }), 'running', 'a live process that is the run’s');
  assert.equal(statusOf({ ...ran, lock: 'abc' }), 'terminated');
  assert.equal(statusOf({ ...ran, lock: '-5' }), 'terminated', 'Gage crashes here');
  assert.equal(statusOf({ ...ran, lock: '9999999999999' }), 'terminated');
  assert.equal(statusOf({ ...ran, exit: '1', lock: me }), 'error', 'the exit wins');
  assert.equal(statusOf({ ...ran, exit: '0' }), 'completed');
  assert.equal(statusOf({ ...ran, exit: '-9' }), 'terminated');
  assert.equal(statusOf({ ...ran, exit: 'abc' }), 'staged');
});

test('a live lock counts for as much as is known of its process (gage-format.md 3.1)', () => {
  const locked = { ...ran, lock: me };
  assert.deepEqual(deriveStatus({ ...locked, belongs: () => 'no' }), {
    status: 'lost',
    reason: `Running elsewhere, or a stale lock: process ${me} is not this run's`,
    needsRecovery: false,
    exitCode: null,
    phase: null,
  });
  assert.deepEqual(deriveStatus({ ...locked, belongs: () => 'unknown' }), {
    status: 'running',
    reason: `Process ${me} may be this run's: nobody can tell from here`,
    needsRecovery: false,
    unverified: true,
    exitCode: null,
    phase: null,
  });
});
