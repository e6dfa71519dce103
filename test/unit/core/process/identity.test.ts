import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityOf, livenessOf, pidExists } from '../../../../src/core/process/identity.ts';
import { deadIdentity } from '../../../helpers/processes/processes.ts';

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
