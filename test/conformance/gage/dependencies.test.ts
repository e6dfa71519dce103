import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { finalizeRun } from '../../../src/core/life/finalize.ts';
import { recoverRun } from '../../../src/core/life/recover.ts';
import { openRunOutput, startRun } from '../../../src/core/life/start.ts';
import { readProcessFile } from '../../../src/core/meta/process-file.ts';
import { openRun } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { readRunDetail } from '../../../src/core/status/run-detail.ts';
import { listRuns, readRunInfo } from '../../../src/core/store/read.ts';
import { cliJson, runCli, type CliResult } from '../../helpers/cli.ts';
import { exitOf } from '../../helpers/processes/processes.ts';
import { supervisorScript } from '../../helpers/processes/supervisor.ts';
import { DependsProject, stagedDepends } from '../../helpers/runs/depends.ts';
import { find, tempDir, waitFor, writeTree } from '../../helpers/temp.ts';

/** Dependencies, which Gage declares and does not resolve (gage-format.md 4.7), from end to end. */
const GAGE_FILE = `
[prepare]
exec = "echo prepared > out.txt; echo '{\\"metrics\\": {\\"rows\\": 3}}' > summary.json"
sourcecode = false

[train]
exec = "cat out.txt data/raw.csv; echo '{\\"metrics\\": {\\"loss\\": 0.123456}}' > summary.json"
config = "train.py"

[[train.depends]]
run-select = "operation == prepare"
description = "Prepared data"

[[train.depends]]
files = "data/*"
link = true

[train.listing]
description = ["loss", "lr"]

[report]
exec = "cat runs-summary.json"

[report.depends]
type = "runs-summary"
runs-select = "operation == train"
`;

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly manifest: readonly (readonly string[])[];
  readonly depends: readonly {
    readonly type: string;
    readonly files: readonly string[];
    readonly runs: readonly { readonly id: string }[];
  }[];
}

class Chain {
  readonly dir: string;
  readonly runsDir: string;

  constructor(t: test.TestContext) {
    const files = { 'gage.toml': GAGE_FILE, 'train.py': 'lr = 0.5\n', 'data/raw.csv': 'raw\n' };
    this.dir = writeTree(join(tempDir(t), 'proj'), files);
    this.runsDir = join(this.dir, '.gage', 'runs');
  }

  async cli(...args: readonly string[]): Promise<CliResult> {
    return await runCli(args, { cwd: this.dir });
  }

  /** Runs an operation to its end and returns what it printed. */
  async run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.cli('run', ...args, '--wait');
    assert.equal(code, 0, stderr);
    return stdout;
  }

  async show(spec = '1'): Promise<Shown> {
    return (await cliJson(['show', spec], { cwd: this.dir })) as Shown;
  }
}

test('prepare, train, report: each gets what the one before made', async (t) => {
  const chain = new Chain(t);
  await chain.run('prepare');
  const prepare = await chain.show();
  assert.equal(await chain.run('train'), 'prepared\nraw\n');
  const train = await chain.show();
  assert.deepEqual(
    train.depends.map(({ type, files, runs }) => [type, files, runs.map(({ id }) => id)]),
    [
      ['run-files', ['out.txt'], [prepare.id]],
      ['project-files', ['data/raw.csv'], []],
    ],
  );
  const types = train.manifest.map(([type, , path]) => `${type ?? ''} ${path ?? ''}`);
  assert.deepEqual(types, [
    's gage.toml',
    's train.py',
    'd data/raw.csv',
    'd out.txt',
    'g summary.json',
  ]);
  const { stdout } = await chain.cli('show', train.id);
  assert.match(stdout, new RegExp(`\\n {2}prepare ${prepare.name} +1 file, Prepared data\\n`));
  assert.match(stdout, /\n {2}1 project file +linked\n/);

  const summary: unknown = JSON.parse(await chain.run('report'));
  assert.ok(Array.isArray(summary) && summary.length === 1);
  const [row] = summary as Record<string, unknown>[];
  assert.deepEqual(
    [row?.['id'], row?.['config'], row?.['metrics']],
    [train.id, { lr: 0.5 }, { loss: 0.123456 }],
  );

  const list = await chain.cli('list');
  assert.match(list.stdout, / train .* completed {2}loss=0\.1235 lr=0\.5\n/);
  assert.match(list.stdout, / prepare .* completed {2}rows=3\n/);
});

test('an unmet dependency refuses the run before anything is created', async (t) => {
  const chain = new Chain(t);
  for (const command of ['run', 'stage']) {
    const { code, stderr } = await chain.cli(command, 'train');
    assert.equal(code, 1);
    assert.match(
      stderr,
      /dependency of "train" \(Prepared data\) is not met: .*operation == prepare/,
    );
  }
  assert.equal(existsSync(chain.runsDir), false);
});

test('a run is needed again when its dependencies would be other runs', async (t) => {
  const chain = new Chain(t);
  await chain.run('prepare');
  await chain.run('train');
  assert.equal((await chain.cli('run', 'train', '--needed')).code, 5);
  await chain.run('prepare');
  await chain.run('train', '--needed');
  assert.equal((await chain.cli('run', 'train', '--needed')).code, 5);
});

test('a link to a run that is gone is told, and nothing breaks', async (t) => {
  const project = new DependsProject(t);
  const source = project.past({ files: { 'w.bin': 'w', 'v.bin': 'v' } });
  const run = project.pending({ 'run-select': 'prepare', link: true });
  await project.stage(run);
  await runCli(['delete', source.id], { cwd: project.dir });
  const purged = await runCli(['purge', source.id, '--yes'], { cwd: project.dir });
  assert.equal(
    purged.stderr,
    'Other runs link to its files, and will have broken links: ' +
      `train ${run.name}.\nPermanently deleted 1 run\n`,
  );
  const { stdout } = await runCli(['show', run.id], { cwd: project.dir });
  assert.match(stdout, /prepare \S+ +2 files, linked, 2 broken links\n/);
  await finish(run);
  assert.equal((await readRunInfo(run.runsDir, run.id))?.status, 'completed');
});

test('what was chosen survives the end of the run, also in a zip', async (t) => {
  const project = new DependsProject(t);
  project.past({ files: { 'w.bin': 'w' } });
  for (const format of ['universal', 'head'] as const) {
    const run = project.pending({ 'run-select': 'prepare' });
    await project.stage(run);
    const staged = stagedDepends(run);
    await finish(run, format);
    const info = await readRunInfo(run.runsDir, run.id);
    assert.ok(info !== null);
    assert.equal(info.metaForm, format === 'head' ? 'zip' : 'dir');
    assert.deepEqual((await readRunDetail(info)).depends, staged);
  }
});

async function finish(run: Run, format: 'universal' | 'head' = 'universal'): Promise<void> {
  const child = await startRun(run);
  const output = openRunOutput(run, child);
  await output.waitAndClose();
  await finalizeRun(run, await child.wait(), { format });
}

test('a supervisor that dies with the dependencies half way leaves a run to stage again', async (t) => {
  const project = new DependsProject(t);
  const source = project.past({ files: { 'w.bin': 'w' } });
  const wait = join(project.dir, 'wait');
  const run = project.pending(
    { 'run-select': 'prepare', link: true },
    { exec: { 'stage-dependencies': `touch ${wait}; sleep 600`, run: 'true' }, sourcecode: false },
  );
  const supervisor = await supervisorScript();
  const supervise = (): ChildProcess => {
    const task = { action: 'stage', runsDir: run.runsDir, id: run.id, projectDir: project.dir };
    return spawn(process.execPath, [supervisor, JSON.stringify(task)], { stdio: 'ignore' });
  };
  const first = supervise();
  await waitFor(() => existsSync(wait), { what: 'the hook' });
  assert.ok(existsSync(join(run.runDir, 'w.bin')));
  first.kill('SIGKILL');
  await exitOf(first);
  assert.deepEqual(await recoverRun(run), { action: 'staging', status: 'pending' });
  assert.equal(readProcessFile(run)?.failure?.phase, 'stage-dependencies');
  assert.equal(readFileSync(join(source.runDir, 'w.bin'), 'utf8'), 'w');

  const second = supervise();
  await waitFor(() => (readProcessFile(run)?.child ?? null) !== null, { what: 'the hook again' });
  second.kill('SIGTERM');
  await exitOf(second);
  assert.match((await readRunInfo(run.runsDir, run.id))?.reason ?? '', /Staging was stopped/);
  assert.equal(find(source.runDir).length, 1);
});

test('the supervisor itself refuses what is no longer there', async (t) => {
  const project = new DependsProject(t);
  const run = project.pending({ 'run-select': 'prepare' });
  const task = { action: 'stage', runsDir: run.runsDir, id: run.id, projectDir: project.dir };
  const supervisor = await supervisorScript();
  const child = spawn(process.execPath, [supervisor, JSON.stringify(task)], { stdio: 'ignore' });
  assert.equal(await exitOf(child), 1);
  const [info] = await listRuns(run.runsDir);
  assert.equal(info?.status, 'pending');
  assert.match(info.reason ?? '', /A dependency of "train" is not met/);
  assert.equal(readProcessFile(openRun(run.runsDir, run.id))?.failure?.phase, 'stage-dependencies');
});
