import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { describeForListing } from '../../../../src/cli/base/description.ts';
import { writeMeta } from '../../../../src/core/run/run.ts';
import { readListing } from '../../../../src/core/status/listing.ts';
import { DependsProject } from '../../../helpers/runs/depends.ts';
import { runInfo } from '../../../helpers/runs/run-info.ts';
import { infoOf } from '../../../helpers/runs/runs.ts';
import { tempDir } from '../../../helpers/temp.ts';

const SUMMARY =
  '{"metrics": {"loss": {"value": 0.123456, "label": "L"}}, "attributes": {"x": "y"}}';

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
