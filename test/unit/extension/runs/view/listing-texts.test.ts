import assert from 'node:assert/strict';
import test from 'node:test';
import { writeMeta } from '../../../../../src/core/run/run.ts';
import type { RunNode } from '../../../../../src/extension/runs/model/nodes.ts';
import { toTreeItem } from '../../../../../src/extension/runs/rows/rows.ts';
import { ListingTexts } from '../../../../../src/extension/runs/view/listing-texts.ts';
import { DependsProject } from '../../../../helpers/runs/depends.ts';
import { infoOf } from '../../../../helpers/runs/runs.ts';
import { waitFor } from '../../../../helpers/temp.ts';

test('a row of the view gets the listed values after it is shown', async (t) => {
  const project = new DependsProject(t);
  const listing = project.past({ config: { lr: 0.5 }, label: 'best' });
  writeMeta(listing, 'opdef.json', '{"listing": {"description": ["lr", "loss"]}}');
  const plain = project.past({ config: { lr: 0.5 } });
  const nodes: RunNode[] = [];
  for (const run of [listing, plain]) {
    const info = await infoOf(run);
    nodes.push({ kind: 'run', key: run.id, storeKey: 's', ns: 'proj', info });
  }
  const told: RunNode[] = [];
  const texts = new ListingTexts((changed) => told.push(...changed));
  t.after(() => {
    texts.dispose();
  });
  const [node] = nodes;
  assert.ok(node !== undefined);
  const description = (): string => toTreeItem(node, 1_700_000_100_000).description ?? '';
  const before = description();
  for (const one of nodes) texts.want(one);
  await waitFor(() => told.length > 0);
  assert.deepEqual(told, [node], 'a row without listing stays as it is');
  assert.equal(description(), before.replace('best', 'best · lr=0.5'));
  assert.match(toTreeItem(node, 0).accessibility ?? '', /label best, lr=0.5,/);

  // It is read again when the run has come to another state.
  writeMeta(listing, 'summary.json', '{"metrics": {"loss": 0.25}}');
  texts.want(node);
  node.info = { ...node.info, status: 'error' };
  texts.want(node);
  await waitFor(() => told.length > 1);
  assert.match(description(), /lr=0.5 loss=0.25/);
});
