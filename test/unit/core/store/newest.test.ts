import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { moveRun } from '../../../../src/core/run/containers.ts';
import { makeRun } from '../../../../src/core/run/run.ts';
import { newestRuns } from '../../../../src/core/store/newest.ts';
import { listRuns } from '../../../../src/core/store/read.ts';
import { FIXTURES, unpackFixture } from '../../../helpers/fixtures.ts';
import { tempDir, writeTree } from '../../../helpers/temp.ts';

const opref = { ns: 'test', name: 'op', version: null };

test('the newest runs are the first rows of the whole listing', async (t) => {
  for (const fixture of FIXTURES) {
    const runsDir = unpackFixture(fixture, tempDir(t));
    for (const container of ['active', 'trash', 'nowhere']) {
      const all = await listRuns(runsDir, { container });
      for (const limit of [0, 1, 3, 100]) {
        const { runs, total } = await newestRuns(runsDir, container, limit);
        assert.deepEqual(runs, all.slice(0, limit), `${fixture} ${container} ${String(limit)}`);
        assert.equal(total, all.length);
      }
    }
  }
});

test('runs of every state and broken ones have their place', async (t) => {
  const runsDir = tempDir(t);
  const states: readonly Readonly<Record<string, string>>[] = [
    {},
    { initialized: '1' },
    { initialized: '1', staged: '9' },
    { initialized: '1', staged: '9', started: '5' },
    { initialized: '1', staged: '7', started: 'broken' },
    { initialized: '1', opref: 'nonsense' },
    { started: '9' },
  ];
  for (const files of states) {
    const { metaPath } = makeRun(opref, runsDir);
    // The one that is there is read-only.
    if ('opref' in files) rmSync(join(metaPath, 'opref'));
    writeTree(metaPath, files);
  }
  moveRun(runsDir, makeRun(opref, runsDir).id, 'trash');
  mkdirSync(join(runsDir, '11111111-0000-4000-8000-000000000000.meta'));
  const all = await listRuns(runsDir);
  assert.equal(all.length, states.length);
  const readable = all.filter(({ status }) => status !== 'unreadable').length;
  const { runs } = await newestRuns(runsDir, 'active', readable - 1);
  assert.deepEqual(
    runs.map(
      ({ timestampsUs: { started, staged, initialized } }) => started ?? staged ?? initialized,
    ),
    [9, 9, 7, 5, 1],
  );
  assert.deepEqual((await newestRuns(runsDir, 'active', 100)).runs, all);
});

test('a store that does not exist has no runs', async (t) => {
  const missing = join(tempDir(t), 'missing');
  assert.deepEqual(await newestRuns(missing, 'active', 20), { runs: [], total: 0 });
});
