import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { moveRun } from '../../../src/core/run/containers.ts';
import { openProject } from '../../../src/opdef/project.ts';
import { findEqualRun, type NeededMatches } from '../../../src/operation/needed.ts';
import { DependsProject } from '../../helpers/runs/depends.ts';

async function equalTo(
  project: DependsProject,
  matches?: NeededMatches,
  op = 'prepare',
): Promise<string | null> {
  writeFileSync(
    join(project.dir, 'gage.toml'),
    '[prepare]\nexec = "true"\n[train]\nexec = "true"\ndepends = {run-select = "prepare"}\n',
  );
  const opened = await openProject(project.dir, { env: {} });
  const run = await findEqualRun(opened, op, {}, matches);
  return run?.id ?? null;
}

test('only a completed run makes another needless', async (t) => {
  const project = new DependsProject(t);
  for (const exit of [1, -15, null]) project.past({ exit });
  project.past({ ns: 'else' });
  project.past({ config: { x: 1n } });
  assert.equal(await equalTo(project), null);
  const completed = project.past();
  project.past({ exit: null });
  assert.equal(await equalTo(project, 'completed'), completed.id);
});

test("Gage's own rule: any active run that did not fail", async (t) => {
  const project = new DependsProject(t);
  project.past({ exit: 1 });
  assert.equal(await equalTo(project, 'gage'), null);
  const deleted = project.past();
  moveRun(project.runsDir, deleted.id, 'trash');
  assert.equal(await equalTo(project, 'gage'), null);
  const stopped = project.past({ exit: -15 });
  assert.equal(await equalTo(project, 'gage'), stopped.id);
  const staged = project.past({ exit: null });
  assert.equal(await equalTo(project, 'gage'), staged.id);
});

test('a run that depended on another run is not equal', async (t) => {
  const project = new DependsProject(t);
  project.past({ files: { 'a.txt': 'a' } });
  assert.equal(await equalTo(project, 'gage', 'train'), null);
  const train = project.pending({ 'run-select': 'prepare' });
  await project.stage(train);
  assert.equal(await equalTo(project, 'gage', 'train'), train.id);
  project.past({ files: { 'a.txt': 'a' } });
  assert.equal(await equalTo(project, 'gage', 'train'), null);
});
