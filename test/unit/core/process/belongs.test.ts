import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { belongsTo } from '../../../../src/core/process/belongs.ts';
import { identityOf } from '../../../../src/core/process/identity.ts';
import { holdersOf, type RunPlace } from '../../../../src/core/process/processes.ts';
import { posix } from '../../../helpers/posix.ts';
import { Bystander } from '../../../helpers/processes/bystander.ts';
import { deadIdentity } from '../../../helpers/processes/processes.ts';
import { tempDir } from '../../../helpers/temp.ts';

const signals = posix('environments of other processes');
const SPOOLS = ['40_run.stdout', '40_run.stderr'];

/** Where a run of this id is in a store; its directories are made. */
function placeIn(store: string, id = 'abcd1234'): RunPlace {
  const place = { id, runDir: join(store, id), metaPath: join(store, `${id}.meta`) };
  mkdirSync(place.runDir, { recursive: true });
  mkdirSync(join(place.metaPath, 'runyard', 'spool'), { recursive: true });
  return place;
}

function phaseEnv({ id, runDir }: RunPlace): Record<string, string> {
  return { RUN_ID: id, RUN_DIR: runDir };
}

test(
  'a process with the run in its environment is the run’s, by its pid alone',
  signals,
  async (t) => {
    const run = placeIn(tempDir(t));
    const own = await Bystander.start(t, { env: phaseEnv(run) });
    const hook = await Bystander.start(t, { env: { run_id: run.id, run_dir: run.runDir } });
    const other = await Bystander.start(t, { env: { RUN_ID: run.id, RUN_DIR: tempDir(t) } });
    const half = await Bystander.start(t, { env: { RUN_ID: run.id } });
    const answers = [own, hook, other, half].map(({ pid }) => belongsTo(run, pid));
    assert.deepEqual(answers, ['yes', 'yes', 'no', 'no']);
    assert.deepEqual(
      [own, hook, other, half].map(({ identity }) => belongsTo(run, identity)),
      answers,
    );
  },
);

test(
  'links to the store do not matter, a run that is a link to another one does',
  signals,
  async (t) => {
    const root = tempDir(t);
    const run = placeIn(join(root, 'runs'));
    symlinkSync(join(root, 'runs'), join(root, 'link'));
    const own = await Bystander.start(t, { env: phaseEnv(run), cwd: run.runDir });
    const { id } = run;
    const byLink = {
      id,
      runDir: join(root, 'link', id),
      metaPath: join(root, 'link', `${id}.meta`),
    };
    assert.equal(belongsTo(byLink, own.pid), 'yes');

    // A copy of the store, with links to what belongs to the other one.
    const forged = {
      id,
      runDir: join(root, 'forged', id),
      metaPath: join(root, 'forged', `${id}.meta`),
    };
    mkdirSync(join(root, 'forged'));
    symlinkSync(run.runDir, forged.runDir);
    symlinkSync(run.metaPath, forged.metaPath);
    assert.equal(belongsTo(forged, own.pid), 'no');
    assert.equal(belongsTo(forged, own.identity), 'no');
  },
);

test(
  'where a process works and prints to counts when all of its identity is known',
  signals,
  async (t) => {
    const run = placeIn(tempDir(t));
    const spool = openSync(join(run.metaPath, 'runyard', 'spool', '40_run.stdout'), 'a');
    const inside = await Bystander.start(t, { cwd: run.runDir });
    const printing = await Bystander.start(t, { stdout: spool });
    closeSync(spool);
    for (const { pid, identity } of [inside, printing]) {
      assert.equal(belongsTo(run, identity), 'yes');
      assert.equal(belongsTo(run, pid), 'unknown', 'anybody may stand in a run directory');
      assert.equal(belongsTo(run, { ...identity, start: null }), 'no');
      assert.equal(belongsTo(run, { ...identity, start: '1' }), 'no');
      assert.equal(belongsTo(run, { ...identity, bootId: 'another' }), 'no');
      assert.equal(belongsTo(run, { ...identity, bootId: null }), 'no');
      assert.equal(belongsTo(run, { ...identity, host: 'elsewhere' }), 'unknown');
    }
    const elsewhere = await Bystander.start(t);
    assert.equal(belongsTo(run, elsewhere.identity), 'no');
  },
);

test(
  'no process that is not there, and none that all depend on, is a run’s',
  signals,
  async (t) => {
    const run = placeIn(tempDir(t));
    for (const pid of [-1, 0, 1, 99_999_999, Number.NaN, 1.5]) {
      assert.equal(belongsTo(run, pid), 'no', String(pid));
    }
    assert.equal(belongsTo(run, await deadIdentity()), 'no');
    assert.equal(belongsTo(run, identityOf(1)), 'no');
  },
);

test('who writes to a spool holds it, unless the spool is a link', signals, async (t) => {
  const root = tempDir(t);
  const run = placeIn(root);
  const dir = join(run.metaPath, 'runyard', 'spool');
  const log = join(root, 'daemon.log');
  const open = (path: string): number => {
    const fd = openSync(path, 'a');
    t.after(() => {
      closeSync(fd);
    });
    return fd;
  };
  const own = await Bystander.start(t, { stdout: open(join(dir, '40_run.stdout')) });
  const daemon = await Bystander.start(t, { stdout: open(log) });
  symlinkSync(log, join(dir, '40_run.stderr'));
  assert.deepEqual(holdersOf(run, SPOOLS), [{ pid: own.pid, group: own.pid }]);
  assert.deepEqual(await daemon.signals(), []);

  const forged = placeIn(root, 'ffff0000');
  const link = join(forged.metaPath, 'runyard', 'spool');
  renameSync(link, `${link}.before`);
  symlinkSync(dir, link);
  assert.deepEqual(holdersOf(forged, SPOOLS), []);
  assert.equal(belongsTo(forged, own.identity), 'no');
});
