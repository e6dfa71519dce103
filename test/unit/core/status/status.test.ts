import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessFile } from '../../../../src/core/meta/process-file.ts';
import { identityOf } from '../../../../src/core/process/identity.ts';
import { deriveStatus } from '../../../../src/core/status/status.ts';
import { none, ran, statusOf } from '../../../helpers/gage/status.ts';
import { processFile } from '../../../helpers/processes/process-file.ts';
import { deadIdentity } from '../../../helpers/processes/processes.ts';

const NOW = Date.now();
const me = String(process.pid);

test('a run of ours is running, lost, or died, as its supervisor and heartbeat say', async () => {
  const alive = processFile(identityOf());
  const dead = processFile(await deadIdentity());
  const remote = processFile({ ...identityOf(), host: 'elsewhere' });
  const at = (process: ProcessFile, ageMs: number | null): ReturnType<typeof deriveStatus> =>
    deriveStatus({ ...ran, process, heartbeatMs: ageMs === null ? null : NOW - ageMs }, NOW);

  assert.equal(at(alive, 1000).status, 'running');
  assert.equal(at(alive, 61_000).status, 'lost', 'stopped by a debugger, or the disk hangs');
  assert.equal(at(remote, 1000).status, 'running');
  assert.equal(at(remote, 61_000).status, 'lost');
  assert.match(at(remote, 61_000).reason ?? '', /elsewhere for 61 s/);
  assert.equal(at(remote, null).status, 'lost');
  assert.equal(at(remote, -30_000).status, 'running', 'clocks differ');
  assert.match(at(remote, -61_000).reason ?? '', /dated in the future/);
  const patient = { ...remote, timeoutMs: 1e15 };
  assert.equal(at(patient, 7200_000).status, 'lost', 'whoever wrote the file');
  assert.equal(at(remote, 1000).status, 'running', 'and it can come back');
  assert.deepEqual([at(dead, 1000).status, at(dead, 1000).needsRecovery], ['terminated', true]);

  const orphan = at({ ...dead, child: identityOf() }, 1000);
  assert.deepEqual([orphan.status, orphan.needsRecovery], ['running', true]);
});

test('the noted process counts for as much as is known of it', async () => {
  const process = processFile(await deadIdentity(), { child: identityOf() });
  const facts = { ...ran, process, heartbeatMs: NOW };
  const other = deriveStatus({ ...facts, belongs: () => 'no' }, NOW);
  assert.deepEqual([other.status, other.needsRecovery], ['lost', false]);
  const unknown = deriveStatus({ ...facts, belongs: () => 'unknown' }, NOW);
  assert.deepEqual(
    [unknown.status, unknown.needsRecovery, unknown.unverified],
    ['running', false, true],
  );
});

test('interrupted staging is pending and says so', async () => {
  const dead = processFile(await deadIdentity(), { action: 'stage', phase: 'stage-runtime' });
  const facts = { ...none, initialized: true, process: dead, heartbeatMs: NOW };
  const status = deriveStatus(facts, NOW);
  assert.deepEqual([status.status, status.needsRecovery], ['pending', true]);
  assert.match(status.reason ?? '', /interrupted/);
  const failed = deriveStatus(
    { ...facts, process: { ...dead, failure: { phase: 'stage-runtime', message: 'Exit code 3' } } },
    NOW,
  );
  assert.deepEqual(
    [failed.status, failed.needsRecovery, failed.reason],
    ['pending', false, 'Exit code 3'],
  );
});

test('a run that we staged and Gage started follows the rules of Gage', async () => {
  const stagedByUs = processFile(await deadIdentity(), { action: 'stage', phase: null });
  assert.equal(statusOf({ ...ran, started: false, process: stagedByUs }), 'staged');
  assert.equal(statusOf({ ...ran, process: stagedByUs, lock: me }), 'running');
});

test('an interrupted finalize is told by the heartbeat that is still there', async () => {
  const dead = processFile(await deadIdentity());
  const half = deriveStatus({ ...ran, exit: '0', process: dead, heartbeatMs: NOW }, NOW);
  assert.deepEqual([half.status, half.needsRecovery], ['completed', true]);
  const whole = deriveStatus({ ...ran, exit: '0', process: dead, heartbeatMs: null }, NOW);
  assert.deepEqual([whole.status, whole.needsRecovery], ['completed', false]);
});
