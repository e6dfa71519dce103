import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { describeForListing } from '../../../../src/cli/base/description.ts';
import type { Json } from '../../../../src/core/data/json.ts';
import { writeMeta } from '../../../../src/core/run/run.ts';
import type { Run, RunInfo } from '../../../../src/core/run/types.ts';
import { listedValues, readListing } from '../../../../src/core/status/listing.ts';
import { readRunInfo } from '../../../../src/core/store/read.ts';
import type { RunNode } from '../../../../src/extension/runs/model/nodes.ts';
import { toTreeItem } from '../../../../src/extension/runs/rows/rows.ts';
import { ListingTexts } from '../../../../src/extension/runs/view/listing-texts.ts';
import { DependsProject } from '../../../helpers/runs/depends.ts';
import { runInfo } from '../../../helpers/runs/run-info.ts';
import { tempDir, waitFor } from '../../../helpers/temp.ts';

const SUMMARY =
  '{"metrics": {"loss": {"value": 0.123456, "label": "L"}}, "attributes": {"x": "y"}}';

async function infoOf(run: Run): Promise<RunInfo> {
  const info = await readRunInfo(run.runsDir, run.id);
  assert.ok(info !== null);
  return info;
}

function textOf(value: Json): string | undefined {
  return listedValues({ config: { v: value }, attributes: {}, metrics: {}, fields: null })[0]?.[1];
}

test('values look as in Gage: floats with four digits, lists joined, nothing for null', () => {
  const floats: [number, string][] = [
    [0.1, '0.1'],
    [0.123456, '0.1235'],
    [1, '1'],
    [0, '0'],
    [-2.5, '-2.5'],
    [1234.56, '1235'],
    [9999.9, '1e+04'],
    [123456, '1.235e+05'],
    [0.0001, '0.0001'],
    [0.00009999, '9.999e-05'],
    [1e-7, '1e-07'],
    [1e100, '1e+100'],
    [NaN, 'nan'],
    [-Infinity, '-inf'],
  ];
  for (const [value, text] of floats) assert.equal(textOf(value), text);
  assert.equal(textOf(12345678901234567890n), '12345678901234567890');
  assert.equal(textOf(true), 'true');
  assert.equal(textOf(null), '');
  assert.equal(textOf([1n, 'a', 0.5]), '1, a, 0.5');
  assert.equal(textOf({ value: 0.5, label: 'x' }), '0.5');
  assert.equal(textOf('two\nlines'), 'two lines');
});

test('all values by name, config before attributes before metrics', () => {
  const values = { config: { b: 1n }, attributes: { b: 2n, a: 2n }, metrics: { a: 3n, c: 3n } };
  assert.deepEqual(listedValues({ ...values, fields: null }), [
    ['a', '2'],
    ['b', '1'],
    ['c', '3'],
  ]);
  assert.deepEqual(listedValues({ ...values, fields: ['c', 'none', 'a'] }), [
    ['c', '3'],
    ['none', ''],
    ['a', '2'],
  ]);
});

test('the fields are those of the run’s own operation', async (t) => {
  const project = new DependsProject(t);
  const run = project.past({ config: { lr: 0.5, n: 1n }, summary: SUMMARY, label: 'best of all' });
  const info = await infoOf(run);
  assert.equal(await describeForListing(info, Infinity), 'best of all  loss=0.1235 lr=0.5 n=1 x=y');
  writeMeta(run, 'opdef.json', '{"listing": {"description": ["lr", "loss", "gone"]}}');
  assert.equal(await describeForListing(info, Infinity), 'best of all  lr=0.5 loss=0.1235 gone=');
  assert.equal(await describeForListing(info, 40), 'best of a…  lr=0.5 loss=0.1235 gone=');
  writeMeta(run, 'opdef.json', '{"listing": {"description": "lr"}}');
  assert.equal((await readListing(info)).fields, null, 'what is no list says nothing');
});

test('a run without values shows its whole label, a broken one its reason', async (t) => {
  const project = new DependsProject(t);
  const plain = await infoOf(project.past({ label: 'a rather long label' }));
  assert.equal(await describeForListing(plain, 20), 'a rather long label');
  const gone = runInfo(1, { label: null, metaPath: join(tempDir(t), 'x.meta') });
  assert.equal(await describeForListing(gone, 80), '');
  const broken = runInfo(1, { status: 'unreadable', reason: 'opref is broken' });
  assert.equal(await describeForListing(broken, 80), 'opref is broken');
});

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
