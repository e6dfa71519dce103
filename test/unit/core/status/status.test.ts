import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import type { ProcessFile } from '../../../../src/core/meta/process-file.ts';
import {
  identityOf,
  livenessOf,
  pidExists,
  type ProcessIdentity,
} from '../../../../src/core/process/identity.ts';
import { deriveStatus, type StatusFacts } from '../../../../src/core/status/status.ts';
import { processFile } from '../../../helpers/processes/process-file.ts';
import { exitOf } from '../../../helpers/processes/processes.ts';

const NOW = Date.now();
const none: StatusFacts = {
  exit: null,
  lock: null,
  initialized: false,
  staged: false,
  started: false,
  process: null,
  heartbeatMs: null,
};
const ran = { ...none, initialized: true, staged: true, started: true };
const me = String(process.pid);

async function deadIdentity(): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  assert.ok(child.pid !== undefined);
  const identity = identityOf(child.pid);
  child.kill('SIGKILL');
  await exitOf(child);
  return identity;
}

const statusOf = (facts: StatusFacts): string => deriveStatus(facts, NOW).status;

test('the edge table of Gage (gage-format.md 3.1)', () => {
  assert.equal(statusOf(none), 'unknown');
  assert.equal(statusOf({ ...none, initialized: true }), 'pending');
  assert.equal(statusOf({ ...none, initialized: true, staged: true }), 'staged');
  assert.equal(statusOf(ran), 'staged', 'started alone does not matter');
  assert.equal(statusOf({ ...ran, lock: me }), 'running');
  assert.equal(statusOf({ ...ran, lock: 'abc' }), 'terminated');
  assert.equal(statusOf({ ...ran, lock: '-5' }), 'terminated', 'Gage crashes here');
  assert.equal(statusOf({ ...ran, lock: '9999999999999' }), 'terminated');
  assert.equal(statusOf({ ...ran, exit: '1', lock: me }), 'error', 'the exit wins');
  assert.equal(statusOf({ ...ran, exit: '0' }), 'completed');
  assert.equal(statusOf({ ...ran, exit: '-9' }), 'terminated');
  assert.equal(statusOf({ ...ran, exit: 'abc' }), 'staged');
});

test('a pid that the system uses again is not our process (W2)', async () => {
  const dead = await deadIdentity();
  assert.equal(livenessOf(dead), 'dead');
  assert.equal(livenessOf(identityOf()), 'alive');
  // Same pid as a live process, another start time: the old one is dead.
  const reused = { ...identityOf(), start: '1' };
  if (process.platform === 'linux') assert.equal(livenessOf(reused), 'dead');
  assert.equal(
    livenessOf({ ...identityOf(), bootId: 'another boot' }),
    process.platform === 'linux' ? 'dead' : 'alive',
  );
  assert.equal(livenessOf({ ...identityOf(), host: 'elsewhere' }), 'remote');
  for (const pid of [0, -1, 1.5, 2 ** 40, NaN]) assert.equal(pidExists(pid), false);
});

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
  assert.equal(at(remote, 1000).status, 'running', 'and it can come back');
  assert.deepEqual([at(dead, 1000).status, at(dead, 1000).needsRecovery], ['terminated', true]);

  const orphan = at({ ...dead, child: identityOf() }, 1000);
  assert.deepEqual([orphan.status, orphan.needsRecovery], ['running', true]);
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
