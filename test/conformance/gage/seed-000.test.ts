import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { RunyardError } from '../../../src/core/base/errors.ts';
import { runName } from '../../../src/core/run/ids.ts';
import { makeRun, openRun } from '../../../src/core/run/run.ts';
import { readRunDetail } from '../../../src/core/status/run-detail.ts';
import { listRuns, readRunInfo } from '../../../src/core/store/read.ts';
import { find, tempDir } from '../../helpers/temp.ts';

/** The first walk-through of a run's life: a run, its directory, its initial status. */

test('seed 000: what is known of a new run', async (t) => {
  const runsHome = tempDir(t);
  const run = makeRun({ ns: 'test', name: 'test', version: null }, runsHome);

  // It has a unique id.
  assert.match(run.id, /^[0-9a-f-]{36}$/);
  assert.equal(run.name, runName(run.id));
  const other = makeRun(run.opref, runsHome);
  assert.notEqual(other.id, run.id);

  // It has a run directory below the parent. Today it is made when the first file is staged.
  assert.equal(run.runDir, join(runsHome, run.id));
  assert.equal(existsSync(run.runDir), false);
  assert.deepEqual(find(run.runDir), []);

  // Its status is unknown, and there is nothing more to it.
  const info = await readRunInfo(runsHome, run.id);
  assert.equal(info?.status, 'unknown');
  assert.deepEqual(info.timestampsUs, {
    initialized: null,
    staged: null,
    started: null,
    stopped: null,
  });
  const detail = await readRunDetail(info);
  assert.deepEqual(detail.attributes, {});
  assert.deepEqual(detail.manifest, []);
  assert.deepEqual(detail.phases, []);
});

test('seed 000: a run directory without meta is not a run', async (t) => {
  const runsHome = tempDir(t);
  const id = '60a825b1-4196-41ff-af37-e731541cb1e4';
  mkdirSync(join(runsHome, id));

  // Its attributes cannot be read, and the error names the meta that is missing.
  assert.throws(
    () => openRun(runsHome, id),
    (error) =>
      error instanceof RunyardError && error.code === 'no-run' && error.message.includes(id),
  );
  assert.equal(await readRunInfo(runsHome, id), null);

  // The run does not show up in a listing.
  assert.deepEqual(await listRuns(runsHome), []);
});

test('seed 000: a meta directory that is just being made is not listed yet', async (t) => {
  const runsHome = tempDir(t);
  mkdirSync(join(runsHome, '60a825b1-4196-41ff-af37-e731541cb1e4.meta'));
  assert.deepEqual(await listRuns(runsHome), []);
});
