import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import { containerOf, moveRun } from '../../../../src/core/run/containers.ts';
import { makeRun } from '../../../../src/core/run/run.ts';
import { listRuns } from '../../../../src/core/store/read.ts';
import { find, tempDir } from '../../../helpers/temp.ts';

const opref = { ns: 'test', name: 'test', version: null };

test('T11: moves between containers', async (t) => {
  const runsDir = tempDir(t);
  const run = makeRun(opref, runsDir);
  assert.equal(containerOf(runsDir, run.id), 'active');
  const moves = ['trash', 'active', 'archive-1', 'trash', 'active'];
  for (const [i, container] of moves.entries()) {
    moveRun(runsDir, run.id, container);
    assert.equal(containerOf(runsDir, run.id), container);
    const active = await listRuns(runsDir);
    assert.equal(active.length, container === 'active' ? 1 : 0, `after move ${String(i)}`);
    const there = await listRuns(runsDir, { container });
    assert.deepEqual(
      there.map(({ id }) => id),
      [run.id],
    );
  }
  const dir = join(runsDir, `${run.id}.move`);
  const names = readdirSync(dir).sort();
  assert.deepEqual(
    names.map((name) => name.slice(37)),
    moves,
  );
  for (const name of names) {
    assert.match(
      name,
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-(trash|active|archive-1)$/,
    );
    assert.equal(readFileSync(join(dir, name), 'utf8'), '');
  }
  const others = find(runsDir).filter((path) => !path.includes('.move/'));
  assert.deepEqual(others, [`${run.id}.meta/opref`]);
});

test('T11: a run without meta cannot be moved', (t) => {
  const runsDir = tempDir(t);
  assert.throws(
    () => {
      moveRun(runsDir, '60a825b1-4196-41ff-af37-e731541cb1e4', 'trash');
    },
    (error) => error instanceof RunyardError && error.code === 'no-run',
  );
  assert.deepEqual(find(runsDir), []);
});
