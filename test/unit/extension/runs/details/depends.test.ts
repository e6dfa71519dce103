import assert from 'node:assert/strict';
import test from 'node:test';
import { readRunDetail } from '../../../../../src/core/status/run-detail.ts';
import { readRunInfo } from '../../../../../src/core/store/read.ts';
import type { Row } from '../../../../../src/extension/base/row.ts';
import {
  dependenciesOf,
  detailChildren,
} from '../../../../../src/extension/runs/details/details.ts';
import type { DependencyNode, RunNode } from '../../../../../src/extension/runs/model/nodes.ts';
import { toTreeItem } from '../../../../../src/extension/runs/rows/rows.ts';
import { posix } from '../../../../helpers/posix.ts';
import { DependsProject } from '../../../../helpers/runs/depends.ts';
import { removeTree } from '../../../../helpers/temp.ts';

const symlinks = posix('symbolic links');

test('what a run depends on is below it, and a click reveals the run', symlinks, async (t) => {
  const project = new DependsProject(t, { 'a.csv': 'a', 'b.csv': 'b' });
  const source = project.past({ files: { 'w.bin': 'w', 'v.bin': 'v' } });
  const other = project.past({ files: { 'w.bin': 'w' }, label: 'gold' });
  const run = project.pending(
    [
      { 'run-select': source.id, link: true, description: 'Weights' },
      { files: '*.csv' },
      { 'runs-select': 'prepare' },
    ],
    { sourcecode: false },
  );
  await project.stage(run);
  removeTree(`${source.runDir}/v.bin`);
  const info = await readRunInfo(run.runsDir, run.id);
  assert.ok(info !== null);
  const node: RunNode = { kind: 'run', key: 'run|s|1', storeKey: 's', ns: 'proj', info };
  const found = dependenciesOf(node, await readRunDetail(info));
  const row = (one: DependencyNode | undefined): Partial<Row> => {
    assert.ok(one !== undefined);
    const { label, description, state, command } = toTreeItem(one, 0);
    return { label, ...(description && { description }), state, ...(command && { command }) };
  };
  const reveal = (id: string): Row['command'] => ({
    id: 'runyard.revealRun',
    title: 'Reveal Run',
    argument: { runsDir: project.runsDir, id },
  });
  const [weights, files, summary] = found;
  assert.deepEqual(row(weights), {
    label: `Depends on prepare ${source.name}`,
    description: '2 files, linked, 1 broken link, Weights',
    state: 'leaf',
    command: reveal(source.id),
  });
  assert.deepEqual(row(files), { label: 'Depends on 2 project files', state: 'leaf' });
  assert.deepEqual(row(summary), {
    label: 'Depends on runs-summary.json of 2 runs',
    state: 'collapsed',
  });
  assert.ok(summary !== undefined);
  const below = detailChildren(summary, () => '', 0);
  assert.deepEqual(
    below.map((one) => toTreeItem(one, 0).label),
    [`prepare ${other.name}`, `prepare ${source.name}`],
  );
  assert.deepEqual(toTreeItem(below[0] ?? summary, 0).command, reveal(other.id));
  assert.equal(new Set([...found, ...below].map(({ key }) => key)).size, 5);
});
