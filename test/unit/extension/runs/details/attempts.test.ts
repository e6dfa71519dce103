import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { NO_DETAIL } from '../../../../../src/core/status/run-detail.ts';
import { detailChildren, sectionsOf } from '../../../../../src/extension/runs/details/details.ts';
import type { DetailNode, RunNode } from '../../../../../src/extension/runs/model/nodes.ts';
import { toTreeItem } from '../../../../../src/extension/runs/rows/rows.ts';
import { runInfo } from '../../../../helpers/runs/run-info.ts';
import { tempDir, writeTree } from '../../../../helpers/temp.ts';

const STOPPED = Date.UTC(2026, 10, 20, 12, 1);
const NOW = STOPPED + 5 * 60_000;

function nodeIn(metaPath: string, batch = false): RunNode {
  const role = { role: 'batch', operation: 'train', planned: 1, objective: null } as const;
  const info = runInfo(1, { metaPath, batch: batch ? role : null });
  return { kind: 'run', key: 'run|s|1', storeKey: 's', ns: 'proj', info };
}

const below = (node: DetailNode): readonly DetailNode[] => detailChildren(node, () => '', NOW);

const texts = (nodes: readonly DetailNode[]): readonly string[] =>
  nodes.map((node) => {
    const { label, description } = toTreeItem(node, NOW);
    return description === undefined ? label : `${label}: ${description}`;
  });

function attempt(exit: number): Readonly<Record<string, string>> {
  return {
    'proc/exit': String(exit),
    started: String((STOPPED - 2000) * 1000),
    stopped: String(STOPPED * 1000),
  };
}

function tree(at: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${at}/${path}`, text]));
}

void test('the former attempts of a run are below it, with what they left', (t) => {
  const meta = join(tempDir(t), '1.meta');
  writeTree(meta, {
    ...tree('runyard/attempts/1', {
      ...attempt(3),
      'output/40_run': 'no luck',
      'output/40_run.index': '',
      'output/50_finalize': '',
      'output/50_finalize.index': '',
      'summary.json': '{}',
      'files/model10.bin': 'a',
      'files/deep/model9.bin': 'b',
    }),
    ...tree('runyard/attempts/2', attempt(-15)),
    // One that is still being put there.
    ...tree('runyard/attempts/3', { started: '1' }),
  });
  const run = nodeIn(meta);
  const section = sectionsOf(run, NO_DETAIL).at(-1) ?? assert.fail();
  assert.deepEqual(texts([section]), ['Former attempts']);
  const attempts = below(section);
  assert.deepEqual(texts(attempts), [
    'Attempt 1: exit 3 · 5 min ago · 2.0 s',
    'Attempt 2: terminated · 5 min ago · 2.0 s',
  ]);
  const [first, second] = attempts;
  assert.ok(first !== undefined && second !== undefined);
  const left = below(first);
  assert.deepEqual(texts(left), ['Run', 'summary.json', 'deep/model9.bin', 'model10.bin']);
  const [output] = left;
  assert.equal(
    output?.kind === 'formerFile' && output.uri,
    `runyard://s/${run.info.id}/meta/runyard/attempts/1/output/40_run`,
  );
  assert.deepEqual(texts(below(second)), ['Nothing was kept']);
  const keys = [section, ...attempts, ...left].map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
});

void test('a run that was never restarted has no such section, a batch has it among its details', (t) => {
  const meta = join(tempDir(t), '1.meta');
  const titles = (run: RunNode): readonly string[] => texts(sectionsOf(run, NO_DETAIL));
  assert.ok(!titles(nodeIn(meta)).includes('Former attempts'));
  writeTree(meta, tree('runyard/attempts/1', attempt(0)));
  assert.deepEqual(titles(nodeIn(meta, true)), ['Details']);
  const [details] = sectionsOf(nodeIn(meta, true), NO_DETAIL);
  assert.ok(details !== undefined);
  assert.ok(texts(below(details)).includes('Former attempts'));
});
