import assert from 'node:assert/strict';
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { identityOf } from '../../../../src/core/process/identity.ts';
import { Claim, claimHolder, removeClaims, tryClaim } from '../../../../src/core/run/claim.ts';
import { posix } from '../../../helpers/posix.ts';
import { find, tempDir, withoutRoot, writeTree } from '../../../helpers/temp.ts';

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

const linkedPlaces = [
  '.runyard',
  '.runyard/locks',
  '.runyard/locks/a',
  '.runyard/queue',
  'a.meta',
  'a.meta/runyard',
];
for (const place of linkedPlaces) {
  test(
    `nothing is made or removed through a link in place of ${place}`,
    posix('needs links'),
    (t) => {
      const root = tempDir(t);
      const run = { runsDir: join(root, 'runs'), id: 'a' };
      writeTree(run.runsDir, {
        '.runyard/locks/a/ab12.mark': '',
        '.runyard/queue/kept': '',
        'a.meta/runyard/kept': '',
      });
      // As it is, and with what we would take for ours.
      renameSync(join(run.runsDir, place), join(root, 'outside'));
      symlinkSync(join(root, 'outside'), join(run.runsDir, place));
      const before = find(root, { dirs: true });
      assert.throws(() => tryClaim(run, 'delete'), { code: 'unsafe-path' });
      if (place.includes('locks') || place === '.runyard') {
        assert.throws(() => claimHolder(run), { code: 'unsafe-path' });
        assert.throws(
          () => {
            removeClaims(run);
          },
          { code: 'unsafe-path' },
        );
      }
      assert.deepEqual(find(root, { dirs: true }), before);
    },
  );
}

test('what is not ours among claims is not removed with them', posix('needs links'), (t) => {
  const root = tempDir(t);
  const run = { runsDir: join(root, 'runs'), id: 'a' };
  assert.ok(tryClaim(run, 'start') instanceof Claim);
  writeTree(locks(run.runsDir), {
    'thesis.txt': '',
    '7.json/inside.txt': '',
    heartbeat: '',
    '.2-ab12.json.17-3.tmp': '',
    '8.json': { symlink: join(root, 'target') },
  });
  writeFileSync(join(root, 'target'), '');
  removeClaims(run);
  assert.equal(claimHolder(run), null);
  assert.deepEqual(
    find(root).map((path) =>
      path
        .split('/')
        .slice(-2)
        .join('/')
        .replace(/^\.a.*tmp/, 'a'),
    ),
    ['7.json/inside.txt', 'a/thesis.txt', 'target'],
  );
});

test('a number that is none, or the greatest there is, keeps nobody waiting', (t) => {
  const run = { runsDir: tempDir(t), id: 'a' };
  const number = String(Number.MAX_SAFE_INTEGER);
  writeTree(locks(run.runsDir), { 'ab12.mark': '', [`${number}-ab12.json`]: '' });
  writeTree(locks(run.runsDir), { '9007199254740992-ab12.json': '', '1e3-ab12.json': '' });
  assert.throws(() => tryClaim(run, 'start'), { code: 'io' });
});

test('what is no id of a run is claimed by nobody', (t) => {
  const runsDir = tempDir(t);
  for (const id of ['../outside', 'a.b', '']) {
    assert.throws(() => tryClaim({ runsDir, id }, 'start'), { code: 'unsafe-path' });
  }
  assert.deepEqual(find(runsDir, { dirs: true }), []);
});
