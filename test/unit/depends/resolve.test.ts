import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { Json } from '../../../src/core/data/json.ts';
import { moveRun } from '../../../src/core/run/containers.ts';
import { writeMeta } from '../../../src/core/run/run.ts';
import {
  requireDepends,
  resolveDepends,
  type ResolvedDependency,
} from '../../../src/depends/resolve.ts';
import { DependsProject } from '../../helpers/runs/depends.ts';

async function resolve(project: DependsProject, depends: Json): Promise<ResolvedDependency> {
  const { dir: projectDir, runsDir } = project;
  const all = await resolveDepends({ projectDir, runsDir, ns: 'proj', table: { depends } });
  const [first] = all;
  assert.ok(first !== undefined && all.length === 1);
  return first;
}

function paths({ files }: ResolvedDependency): string[] {
  return files.map(({ path }) => path);
}

const FILES = { 'out.bin': 'x' };

test('files of the project are selected whatever their size and kind', async (t) => {
  const project = new DependsProject(t, {
    'data/a.csv': 'a',
    'data/big.bin': Buffer.alloc(200_000),
    'data/.hidden': 'h',
    'data/tmp/x.csv': 'x',
  });
  assert.deepEqual(paths(await resolve(project, { files: ['data/**/*', '-**/tmp dir'] })), [
    'data/.hidden',
    'data/a.csv',
    'data/big.bin',
  ]);
});

test('without a file of the project the dependency is not met', async (t) => {
  const project = new DependsProject(t, { 'data/a.csv': 'a' });
  const none = await resolve(project, { files: '*.csv' });
  assert.equal(none.problem, 'no file of the project matches "*.csv"');
  const folder = await resolve(project, { files: 'data' });
  assert.equal(
    folder.problem,
    'no file of the project matches "data"; for a folder write "data/**/*"',
  );
});

test('the newest completed run is chosen', async (t) => {
  const project = new DependsProject(t);
  project.past({ files: FILES });
  const newest = project.past({ files: FILES });
  project.past({ files: FILES, exit: 1 });
  project.past({ files: FILES, exit: -15 });
  project.past({ files: FILES, exit: null });
  project.past({ op: 'other', files: FILES });
  for (const select of ['operation == prepare', 'op in [prepare]', 'prepare', '"prepare"']) {
    const found = await resolve(project, { 'run-select': select });
    assert.deepEqual([found.runs.map(({ id }) => id), found.problem], [[newest.id], null], select);
    assert.equal(found.sourceDir, newest.runDir);
  }
});

test('an expression that speaks of the status decides alone', async (t) => {
  const project = new DependsProject(t);
  project.past({ files: FILES });
  const failed = project.past({ files: FILES, exit: 1 });
  const { runs } = await resolve(project, { 'run-select': 'op = prepare and status = error' });
  assert.deepEqual(
    runs.map(({ id }) => id),
    [failed.id],
  );
});

test('a run is named by id, name or label', async (t) => {
  const project = new DependsProject(t);
  const one = project.past({ files: FILES, label: 'gold' });
  const two = project.past({ files: FILES, label: 'Second best' });
  const failed = project.past({ files: FILES, exit: 1 });
  project.past({ files: FILES });
  const chosen = async (select: string): Promise<string | undefined> =>
    (await resolve(project, { 'run-select': select })).runs[0]?.id;
  assert.equal(await chosen(one.id), one.id);
  assert.equal(await chosen(one.name), one.id);
  assert.equal(await chosen(one.id.slice(0, 12)), one.id);
  assert.equal(await chosen('gold'), one.id);
  assert.equal(await chosen('"Second best"'), two.id);
  assert.equal(await chosen(failed.id), failed.id, 'named by its own name it may have failed');
  assert.equal(await chosen('label = gold'), one.id);
});

test('config, metrics and times choose', async (t) => {
  const project = new DependsProject(t);
  const good = project.past({
    files: FILES,
    config: { lr: 0.1 },
    summary: '{"metrics": {"loss": 0.2}}',
  });
  project.past({ files: FILES, config: { lr: 0.2 }, summary: '{"metrics": {"loss": 0.9}}' });
  for (const select of [
    'config.lr == 0.1',
    'op = prepare and metric.loss < 0.5',
    'started < 2 days ago and config.lr < 0.15',
  ]) {
    const { runs } = await resolve(project, { 'run-select': select });
    assert.deepEqual(
      runs.map(({ id }) => id),
      [good.id],
      select,
    );
  }
});

test('an operation means the own project first, and then others in the store', async (t) => {
  const project = new DependsProject(t);
  const own = project.past({ files: FILES });
  const foreign = project.past({ files: FILES, ns: 'else' });
  const only = project.past({ files: FILES, ns: 'else', op: 'only' });
  const chosen = async (select: string): Promise<string | undefined> =>
    (await resolve(project, { 'run-select': select })).runs[0]?.id;
  assert.equal(await chosen('op = prepare'), own.id);
  assert.equal(await chosen('prepare'), own.id);
  assert.equal(await chosen('op = only'), only.id);
  assert.equal(await chosen('only'), only.id);
  assert.equal(await chosen('else:prepare'), foreign.id);
  assert.equal(await chosen('op = prepare and ns = else'), foreign.id);
});

test('deleted runs, runs being made and the run itself are never chosen', async (t) => {
  const project = new DependsProject(t);
  const deleted = project.past({ files: FILES });
  moveRun(project.runsDir, deleted.id, 'trash');
  const run = project.pending({ 'run-select': 'op = train' });
  writeMeta(run, 'proc/exit', '0');
  const table = { depends: { 'run-select': 'op in [prepare, train]' } };
  const scope = { projectDir: project.dir, runsDir: project.runsDir, ns: 'proj', table };
  const [itself] = await resolveDepends({ ...scope, runId: run.id });
  assert.deepEqual(itself?.runs, []);
  const [other] = await resolveDepends(scope);
  assert.deepEqual(
    other?.runs.map(({ id }) => id),
    [run.id],
    'without its id it would be',
  );
});

test('why no run is chosen', async (t) => {
  const project = new DependsProject(t);
  const problem = async (select: string): Promise<string | null> =>
    (await resolve(project, { 'run-select': select })).problem;
  assert.equal(
    await problem('prepare'),
    'no operation, run or label of a run in this store is called "prepare"',
  );
  assert.equal(
    await problem('op = prepare'),
    'there is no completed run that matches "op = prepare"',
  );
  const failed = project.past({ exit: 1 });
  assert.equal(
    await problem('prepare'),
    `there is no completed run of operation "prepare"; the newest, ${failed.name}, is error`,
  );
  assert.equal(
    await problem('op = prepare'),
    `there is no completed run that matches "op = prepare"; the newest, ${failed.name}, is error`,
  );
  assert.equal(await problem('status = completed'), 'no run matches "status = completed"');
  assert.match((await problem('op = = x')) ?? '', /^"op = = x", character \d+: /);
  assert.match((await problem('op = prepare and')) ?? '', /^"op = prepare and", character 17: /);
  const staged = project.past({ op: 'train', exit: null });
  assert.equal(await problem(staged.id), `run ${staged.name} has not ended: it is staged`);
  const done = project.past();
  assert.equal(await problem('op = prepare'), `run prepare ${done.name} has generated no files`);
  rmSync(done.runDir, { recursive: true });
  assert.match(
    (await problem('op = prepare')) ?? '',
    /^the files of run prepare .* cannot be read/,
  );
});

test('of a run its generated files, or those that patterns say', async (t) => {
  const project = new DependsProject(t);
  const run = project.past({ files: { 'model/w.bin': 'w', 'log.txt': 'l', 'summary.json': '{}' } });
  writeFileSync(join(run.runDir, 'train.py'), 'code');
  const files = async (patterns?: Json): Promise<string[]> =>
    paths(
      await resolve(project, { 'run-select': 'prepare', ...(patterns && { files: patterns }) }),
    );
  assert.deepEqual(await files(), ['log.txt', 'model/w.bin']);
  assert.deepEqual(await files('-*.txt'), ['model/w.bin']);
  assert.deepEqual(await files('*.py'), ['train.py']);
  assert.deepEqual(await files(['**/*', '-*.txt']), ['model/w.bin', 'train.py']);
  const none = await resolve(project, { 'run-select': 'prepare', files: 'model' });
  assert.match(none.problem ?? '', /no file of run prepare \S+ matches "model"; for a folder/);
});

test('the summary of another run is never taken for the own one', async (t) => {
  const project = new DependsProject(t, { 'summary.json': '{}' });
  project.past({ files: { 'summary.json': '{}', 'a.txt': 'a' } });
  const named = await resolve(project, { 'run-select': 'prepare', files: '*' });
  assert.deepEqual(paths(named), ['a.txt']);
  assert.match(named.warnings.join(), /"summary.json" is left out/);
  const own = await resolve(project, { files: '*.json' });
  assert.equal(own.problem, 'no file of the project matches "*.json"');
});

test('all completed runs make a summary', async (t) => {
  const project = new DependsProject(t);
  const one = project.past();
  const two = project.past();
  project.past({ exit: 1 });
  project.past({ ns: 'else' });
  const all = await resolve(project, { 'runs-select': 'op = prepare' });
  assert.deepEqual(
    all.runs.map(({ id }) => id),
    [two.id, one.id],
  );
  const none = await resolve(project, { 'runs-select': 'op = train' });
  assert.equal(none.problem, 'there is no completed run that matches "op = train"');
});

test('a dependency that is not met is told with its operation and description', async (t) => {
  const project = new DependsProject(t);
  const scope = { projectDir: project.dir, runsDir: project.runsDir, ns: 'proj' };
  const table = { depends: { files: 'x.csv', description: 'The raw data\nof 2026' } };
  await assert.rejects(requireDepends({ ...scope, table, opName: 'train' }), {
    code: 'unmet-dependency',
    message:
      'A dependency of "train" (The raw data) is not met: no file of the project matches "x.csv"',
  });
});
