import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { identityOf } from '../../../../src/core/process/identity.ts';
import { Claim, claimHolder, removeClaims, tryClaim } from '../../../../src/core/run/claim.ts';
import { tempDir, withoutRoot } from '../../../helpers/temp.ts';

const locks = (runsDir: string): string => join(runsDir, '.runyard/locks/a');

function heldBy(runsDir: string, owner: object, timeMs = Date.now()): void {
  mkdirSync(locks(runsDir), { recursive: true });
  writeFileSync(
    join(locks(runsDir), '1.json'),
    JSON.stringify({ owner: { ...identityOf(), ...owner }, purpose: 'x', timeMs, state: 'held' }),
  );
}

test('one holder at a time; a released claim can be taken again', (t) => {
  const run = { runsDir: tempDir(t), id: 'a' };
  const first = tryClaim(run, 'start');
  assert.ok(first instanceof Claim);
  const second = tryClaim(run, 'recover');
  assert.ok(!(second instanceof Claim));
  assert.deepEqual([second.purpose, second.owner.pid], ['start', process.pid]);
  first.release();
  assert.equal(claimHolder(run), null);
  assert.ok(tryClaim(run, 'start') instanceof Claim);
});

test('a dead owner gives its claim back, one on another host only when a person says so', (t) => {
  const dead = { runsDir: tempDir(t), id: 'a' };
  heldBy(dead.runsDir, { start: 'another' });
  assert.ok(process.platform !== 'linux' || tryClaim(dead, 'start') instanceof Claim);

  const remote = { runsDir: tempDir(t), id: 'a' };
  heldBy(remote.runsDir, { host: 'elsewhere' });
  assert.ok(!(tryClaim(remote, 'recover') instanceof Claim));
  assert.ok(tryClaim(remote, 'recover', { overRemote: true }) instanceof Claim);
});

test('releasing late does not take the claim of a later holder away', (t) => {
  const run = { runsDir: tempDir(t), id: 'a' };
  const early = tryClaim(run, 'start');
  assert.ok(early instanceof Claim);
  removeClaims(run);
  heldBy(run.runsDir, {}, 1);
  early.release();
  assert.match(readFileSync(join(locks(run.runsDir), '1.json'), 'utf8'), /"held"/);
  assert.deepEqual(readdirSync(locks(run.runsDir)), ['1.json']);
});

test('a torn claim counts for nothing; one that may not be read is an error', async (t) => {
  const run = { runsDir: tempDir(t), id: 'a' };
  mkdirSync(locks(run.runsDir), { recursive: true });
  writeFileSync(join(locks(run.runsDir), '1.json'), '{"owner"');
  assert.ok(tryClaim(run, 'start') instanceof Claim);
  writeFileSync(join(locks(run.runsDir), '3.json'), '{}', { mode: 0o600 });
  if (process.getuid?.() === 0) {
    await withoutRoot(run.runsDir, () => {
      assert.throws(() => claimHolder(run), { code: 'EACCES' });
    });
  }
});
