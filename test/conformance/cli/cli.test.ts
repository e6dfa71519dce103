import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { cliJson, runCli, startCli, type CliResult } from '../../helpers/cli.ts';
import { tempDir, waitFor, writeTree } from '../../helpers/temp.ts';

const GAGE_FILE = `
[hello]
description = "Say hello"
default = true
exec = "python3 hello.py"
config = "hello.py"

[fail]
exec = "echo out; echo err >&2; exit 3"

[slow]
description = """
Wait
for a long time"""
exec = ["python3", "-c", "import time; print('ready', flush=True); time.sleep(300)"]

[stubborn]
exec = ["python3", "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(300)"]

[hooked]
exec = { stage-sourcecode = "echo staging", run = "echo running", finalize = "echo finalizing" }

[broken-hook]
exec = { stage-sourcecode = "echo no; exit 4", run = "echo running" }
`;
const HELLO = `name = "World"
times = 1
rate = 0.5
for i in range(times):
    print(f"Hello {name} {rate}")
`;

interface Entry {
  readonly id: string;
  readonly name: string;
  readonly status: string;
}
interface ListEntry extends Entry {
  readonly label: string | null;
  readonly container: string;
  readonly exitCode: number | null;
}

/** A project in a temporary directory, and the command in it. */
class Project {
  readonly dir: string;

  constructor(t: TestContext) {
    this.dir = writeTree(join(tempDir(t), 'proj'), { 'gage.toml': GAGE_FILE, 'hello.py': HELLO });
  }

  get runs(): string {
    return join(this.dir, '.gage', 'runs');
  }

  async cli(...args: readonly string[]): Promise<CliResult> {
    return await runCli(args, { cwd: this.dir });
  }

  async ok(...args: readonly string[]): Promise<CliResult> {
    const result = await this.cli(...args);
    assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`);
    return result;
  }

  async entry(...args: readonly string[]): Promise<Entry> {
    return (await cliJson(args, { cwd: this.dir })) as Entry;
  }

  async list(...args: readonly string[]): Promise<readonly ListEntry[]> {
    return (await cliJson(['list', ...args], { cwd: this.dir })) as ListEntry[];
  }

  /** Starts an operation that prints `ready`, and waits for that. */
  async startSlow(op = 'slow'): Promise<Entry> {
    const run = await this.entry('run', op);
    assert.equal(run.status, 'running');
    await waitFor(async () => (await this.ok('output', run.id)).stdout === 'ready\n', {
      what: 'the first line',
    });
    return run;
  }
}

test('help, version and wrong usage', async (t) => {
  const project = new Project(t);
  const help = await project.ok('--help');
  const verbs =
    'list show output stage start run stop finalize delete restore purge label ops recover';
  for (const verb of verbs.split(' ')) {
    assert.match(help.stdout, new RegExp(`^  ${verb} `, 'm'));
    const own = await project.ok(verb, '--help');
    assert.match(own.stdout, new RegExp(`^Usage: runyard ${verb} ?`));
    assert.match(own.stdout, /--json/);
  }
  assert.match((await project.ok('--version')).stdout, /^runyard \d+\.\d+\.\d+\n$/);
  for (const args of [
    [],
    ['frobnicate'],
    ['list', '--frobnicate'],
    ['show', '1', '2'],
    ['label', '1'],
  ]) {
    const { code, stdout, stderr } = await project.cli(...args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /runyard/);
    assert.doesNotMatch(stderr, / at .*\.ts:/);
  }
});

test('ops lists the operations', async (t) => {
  const project = new Project(t);
  const ops = (await cliJson(['ops'], { cwd: project.dir })) as Record<string, unknown>[];
  assert.deepEqual(ops[0], {
    name: 'hello',
    version: null,
    description: 'Say hello',
    default: true,
    exec: 'python3 hello.py',
  });
  const table = (await project.ok('ops')).stdout;
  assert.match(table, /^hello +yes +Say hello$/m);
  assert.match(table, /^slow +Wait$/m);
  writeFileSync(join(project.dir, 'gage.toml'), '[hello\n');
  const broken = await project.cli('ops');
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /gage\.toml:1/);
  const nowhere = await runCli(['ops', '--project', tempDir(t)]);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /no Gage file/);
});

test('stage, start, show: the life of a run step by step', async (t) => {
  const project = new Project(t);
  const staged = await project.entry('stage', 'hello', 'name=Ada', 'times=2', '--label', 'first');
  assert.deepEqual(Object.keys(staged), ['id', 'name', 'status']);
  assert.equal(staged.status, 'staged');
  const [row] = await project.list();
  assert.deepEqual([row?.id, row?.label, row?.exitCode], [staged.id, 'first', null]);

  const started = await project.cli('start', staged.id, '--wait');
  assert.deepEqual(
    [started.code, started.stdout],
    [0, 'Hello Ada 0.5\nHello Ada 0.5\n'],
    started.stderr,
  );
  const shown = (await cliJson(['show', staged.name], { cwd: project.dir })) as Record<
    string,
    unknown
  >;
  assert.deepEqual(Object.keys(shown), [
    'id',
    'name',
    'opref',
    'status',
    'label',
    'container',
    'metaForm',
    'runDir',
    'exitCode',
    'timestampsUs',
    'config',
    'summary',
    'attributes',
    'comments',
    'manifest',
    'phases',
    'depends',
  ]);
  assert.equal(shown['status'], 'completed');
  assert.deepEqual(shown['opref'], { ns: 'proj', name: 'hello', version: null });
  assert.deepEqual(shown['config'], { name: 'Ada', times: 2, rate: 0.5 });
  assert.equal(shown['summary'], null);
  assert.deepEqual(shown['attributes'], { label: 'first' });
  assert.deepEqual(shown['phases'], [{ name: '40_run', bytes: 28, lines: 2 }]);
  const manifest = shown['manifest'] as readonly (readonly string[])[];
  assert.deepEqual(
    manifest.map(([type, , path]) => [type, path]),
    [
      ['s', 'gage.toml'],
      ['s', 'hello.py'],
    ],
  );

  const again = await project.cli('start', staged.id);
  assert.equal(again.code, 1);
  const words = `Skipping ${staged.id} - status is 'completed' but expected 'staged'`;
  assert.ok(again.stderr.includes(words), again.stderr);

  const human = (await project.ok('show')).stdout;
  assert.match(human, /^proj:hello {2}completed {2}first$/m);
  assert.match(human, /^ {2}rate +0\.5$/m);
});

test('run --wait prints the output and exits as the run does', async (t) => {
  const project = new Project(t);
  const failed = await project.cli('run', 'fail', '--wait');
  assert.deepEqual([failed.code, failed.stdout, failed.stderr], [3, 'out\n', 'err\n']);
  const quiet = await project.cli('run', '--wait', '--quiet');
  assert.equal(quiet.code, 0);
  assert.match(quiet.stdout, /completed\n$/);
  const json = await cliJson(['run', 'fail', '--wait'], { cwd: project.dir, code: 3 });
  assert.equal((json as Entry).status, 'error');
  const hooked = await project.ok('run', 'hooked', '--wait');
  assert.equal(hooked.stdout, 'staging\nrunning\nfinalizing\n');
});

test('run without --wait returns while the run goes on', async (t) => {
  const project = new Project(t);
  const run = await project.startSlow();
  const [row] = await project.list();
  assert.equal(row?.status, 'running');
  const table = (await project.ok('list')).stdout;
  assert.match(table, new RegExp(`^1 +${run.name} +slow +.* +running`, 'm'));

  for (const verb of ['delete', 'start', 'finalize']) {
    const refused = await project.cli(verb, run.id);
    assert.equal(refused.code, 1, verb);
    assert.match(refused.stderr, /running/);
  }
  const [stopped] = (await cliJson(['stop', run.id, '--wait'], { cwd: project.dir })) as Entry[];
  assert.equal(stopped?.status, 'terminated');
  assert.equal((await project.list())[0]?.exitCode, -15);
  const late = await project.ok('stop', run.id);
  assert.match(late.stderr, /terminated already/);
});

test('stop kills what does not end by itself', async (t) => {
  const project = new Project(t);
  const run = await project.startSlow('stubborn');
  await project.ok('stop', run.id, '--grace', '0.2', '--wait');
  assert.equal((await project.list())[0]?.exitCode, -9);
  const staged = await project.entry('stage');
  const idle = await project.cli('stop', staged.id);
  assert.equal(idle.code, 1);
  assert.match(idle.stderr, /staged, not running/);
});

test('Ctrl-C stops the run and exits with 254; a run stopped by others ends with 128 + signal', async (t) => {
  const project = new Project(t);
  const cli = startCli(['run', 'slow', '--wait'], { cwd: project.dir });
  await waitFor(() => cli.stdout() === 'ready\n', { what: 'the first line' });
  cli.kill('SIGINT');
  const { code, stdout } = await cli.result;
  assert.deepEqual([code, stdout], [254, 'ready\n']);
  const [row] = await project.list();
  assert.equal(row?.status, 'terminated');

  const other = startCli(['run', 'slow', '--wait'], { cwd: project.dir });
  await waitFor(() => other.stdout() === 'ready\n', { what: 'the first line' });
  await project.ok('stop', '1');
  assert.equal((await other.result).code, 128 + 15);
});

test('the run goes on when the waiting command is killed', async (t) => {
  const project = new Project(t);
  const cli = startCli(['run', 'slow', '--wait'], { cwd: project.dir });
  await waitFor(() => cli.stdout() === 'ready\n', { what: 'the first line' });
  cli.kill('SIGKILL');
  await cli.result;
  assert.equal((await project.list())[0]?.status, 'running');
  await project.ok('stop', '1', '--wait');
});

test('what fails before a run exists leaves nothing behind', async (t) => {
  const project = new Project(t);
  for (const args of [
    ['run', 'nothing'],
    ['run', 'hello', 'nokey=1'],
    ['run', 'hello', 'name'],
    ['stage', 'hello', 'times=many'],
    ['run', 'hello', '=1'],
  ]) {
    const { code, stderr } = await project.cli(...args);
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, /^runyard: /);
  }
  assert.equal(existsSync(project.runs), false);
});

test('staging that fails is reported and not started', async (t) => {
  const project = new Project(t);
  const failed = await project.cli('run', 'broken-hook');
  assert.equal(failed.code, 4, failed.stderr);
  assert.match(failed.stderr, /stage-sourcecode/);
  const [row] = await project.list();
  assert.equal(row?.status, 'pending');
  assert.equal((await project.ok('output', '1', '--phase', '10_sourcecode')).stdout, 'no\n');
});

test('runs are selected by number, slice, id and name', async (t) => {
  const project = new Project(t);
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.unshift((await project.entry('stage')).id);
  const listed = async (...specs: readonly string[]): Promise<string[]> =>
    (await project.list(...specs)).map(({ id }) => id);
  assert.deepEqual(await listed(), ids);
  assert.deepEqual(await listed('1'), ids.slice(0, 1));
  assert.deepEqual(await listed('2:'), ids.slice(1));
  assert.deepEqual(await listed('-1:'), ids.slice(2));
  assert.deepEqual(await listed(ids[1]?.slice(0, 12) ?? '', '1'), ids.slice(0, 2));
  assert.deepEqual(await listed('--limit', '2'), ids.slice(0, 2));
  assert.deepEqual(await listed('--where', 'staged'), ids);
  assert.deepEqual(await listed('--where', 'completed'), []);

  const several = await project.cli('show', ':2');
  assert.equal(several.code, 1);
  assert.ok(several.stderr.includes(ids[0] ?? '') && several.stderr.includes(ids[1] ?? ''));
  const none = await project.cli('show', 'zzzzzz');
  assert.equal(none.code, 1);
  assert.match(none.stderr, /No run matches 'zzzzzz'/);
});

test('label, delete, restore, purge', async (t) => {
  const project = new Project(t);
  const run = await project.entry('stage');
  const other = await project.entry('stage');
  await project.ok('label', run.id, other.id, '--set', 'näme ✓');
  assert.deepEqual(
    (await project.list()).map(({ label }) => label),
    ['näme ✓', 'näme ✓'],
  );
  await project.ok('label', run.id, '--clear');
  assert.equal((await project.list(run.id))[0]?.label, null);

  assert.deepEqual(await cliJson(['delete', run.id], { cwd: project.dir }), [run]);
  assert.deepEqual(
    (await project.list()).map(({ id }) => id),
    [other.id],
  );
  assert.deepEqual(
    (await project.list('--container', 'trash')).map(({ id }) => id),
    [run.id],
  );
  assert.deepEqual((await project.list('--all')).length, 2);
  assert.equal(
    (await project.cli('purge', other.id, '-y')).code,
    1,
    'only what is deleted is purged',
  );
  await project.ok('restore', run.name);
  assert.equal((await project.list()).length, 2);
  assert.equal((await project.cli('restore', run.id)).code, 1);

  await project.ok('delete', run.id);
  const asked = await project.cli('purge', run.id);
  assert.equal(asked.code, 2, 'nobody can answer');
  assert.equal((await project.list('--container', 'trash')).length, 1);
  const purged = await cliJson(['purge', '--all', '--yes'], { cwd: project.dir });
  assert.deepEqual(purged, [{ ...run, status: 'deleted' }]);
  assert.deepEqual(
    (await project.list('--all')).map(({ id }) => id),
    [other.id],
  );
  assert.equal(existsSync(join(project.runs, run.id)), false);
});

test('archives are named by id or name', async (t) => {
  const project = new Project(t);
  const run = await project.entry('stage');
  const archive = '6ca48f74-0d16-40a3-a123-da2c0c33d343';
  const definition = { id: archive, name: 'old stuff', date: 1_795_227_782 };
  writeTree(project.runs, {
    [`.archives/${archive}/01a1fbea-0ece-421f-90cc-60edea9316cb.json`]: JSON.stringify(definition),
    [`${run.id}.move/01a1fbea-0ecf-4f02-bdf1-defaad2d51cb-${archive}`]: '',
  });
  assert.deepEqual(await project.list(), []);
  for (const name of ['old stuff', archive]) {
    const rows = await project.list('--container', name);
    assert.deepEqual(
      rows.map(({ id, container }) => [id, container]),
      [[run.id, archive]],
    );
  }
  assert.match((await project.ok('list', '--all')).stdout, / old stuff  name=World /);
  const unknown = await project.cli('list', '--container', 'new stuff');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /no archive 'new stuff'/);
  await project.ok('restore', run.id);
  assert.equal((await project.list()).length, 1);
});

test('output by line', async (t) => {
  const project = new Project(t);
  const script =
    'import sys\nfor i in range(1, 6):\n  print("line", i, flush=True)\nprint("err", file=sys.stderr, flush=True)\nprint("no end", end="")\n';
  writeTree(project.dir, {
    'lines.py': script,
    'gage.toml': '[lines]\nexec = "python3 lines.py"\n',
  });
  await project.ok('run', '--wait');
  const all = 'line 1\nline 2\nline 3\nline 4\nline 5\nerr\nno end';
  assert.equal((await project.ok('output')).stdout, all);
  assert.equal((await project.ok('output', '--from', '2', '--to', '3')).stdout, 'line 2\nline 3\n');
  assert.equal((await project.ok('output', '--from', '99')).stdout, '');
  const { stdout } = await project.ok('output', '1', '--json', '--from', '5');
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    lines.map(({ line, stream, text }) => [line, stream, text]),
    [
      [5, 0, 'line 5'],
      [6, 1, 'err'],
      [7, 0, 'no end'],
    ],
  );
  assert.deepEqual(Object.keys(lines[0] ?? {}), ['line', 'timeMs', 'stream', 'text']);
  for (const { timeMs } of lines) assert.ok(Math.abs(Date.now() - Number(timeMs)) < 60_000);
  const missing = await project.cli('output', '--phase', '50_finalize');
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /no output 50_finalize[^]*It has 40_run/);
  assert.equal((await project.cli('output', '--from', '0')).code, 2);
});

test('output --follow goes on until the run ends', async (t) => {
  const project = new Project(t);
  const run = await project.startSlow();
  const following = startCli(['output', run.id, '--follow'], { cwd: project.dir });
  await waitFor(() => following.stdout() === 'ready\n', { what: 'the line before' });
  await project.ok('stop', run.id);
  const { code, stdout } = await following.result;
  assert.deepEqual([code, stdout], [0, 'ready\n']);
});

test('a run whose processes were killed is recovered, or finalized with a given code', async (t) => {
  const project = new Project(t);
  for (const [verb, exit] of [
    [['recover'], -1],
    [['finalize', '1', '--exit', '7'], 7],
  ] as const) {
    const run = await project.startSlow();
    const file = join(project.runs, `${run.id}.meta`, 'runyard', 'process.json');
    const { supervisor, child } = JSON.parse(readFileSync(file, 'utf8')) as {
      supervisor: { pid: number };
      child: { pid: number };
    };
    process.kill(supervisor.pid, 'SIGKILL');
    process.kill(child.pid, 'SIGKILL');
    await waitFor(async () => (await project.list())[0]?.status === 'terminated', {
      what: 'the run to be seen as terminated',
    });
    assert.equal((await project.list())[0]?.exitCode, null);
    const [entry] = (await cliJson(verb, { cwd: project.dir })) as Entry[];
    assert.equal(entry?.id, run.id);
    assert.equal((await project.list())[0]?.exitCode, exit);
    assert.equal((await project.ok('output', run.id)).stdout, 'ready\n');
    assert.equal((await project.cli('finalize', run.id)).code, 1, 'a final run stays as it is');
  }
  assert.deepEqual(
    await cliJson(['recover'], { cwd: project.dir }),
    [],
    'nothing is left to recover',
  );
});

test('a broken store is listed with the reason', async (t) => {
  const project = new Project(t);
  await project.entry('stage');
  const id = '22222222-0000-4000-8000-000000000000';
  writeTree(project.runs, { [`${id}.meta/opref`]: 'nonsense' });
  const rows = (await project.list()) as readonly (ListEntry & {
    opref: unknown;
    reason?: string;
  })[];
  const broken = rows.find((row) => row.id === id);
  assert.equal(broken?.status, 'unreadable');
  assert.equal(broken.opref, null);
  assert.match(broken.reason ?? '', /operation reference/i);
  assert.equal('reason' in (rows.find((row) => row.id !== id) ?? {}), false);
  assert.equal((await project.cli('show', id)).code, 0);
  assert.equal((await project.cli('start', id)).code, 1);
});

test('the project and the store that are meant', async (t) => {
  const project = new Project(t);
  const elsewhere = tempDir(t);
  const runs = join(elsewhere, 'store');
  const inProject = ['--project', project.dir, '--runs', runs];
  const run = (await cliJson(['stage', ...inProject], { cwd: elsewhere })) as Entry;
  assert.ok(existsSync(join(runs, run.id, 'hello.py')));
  assert.equal(existsSync(project.runs), false);
  const { code, stdout } = await runCli(['list', '--runs', 'store'], { cwd: elsewhere });
  assert.equal(code, 0);
  assert.match(stdout, / proj:hello /, 'another namespace is shown');
  const env = { GAGE_RUNS: runs };
  assert.match((await runCli(['list'], { cwd: project.dir, env })).stdout, / hello /);
  mkdirSync(join(elsewhere, 'empty'));
  const empty = await runCli(['list', '--runs', 'empty'], { cwd: elsewhere });
  assert.deepEqual([empty.code, empty.stdout], [0, '']);
  assert.match(empty.stderr, /no runs/);
  assert.equal(
    (await runCli(['list', '--runs', 'empty', '--json'], { cwd: elsewhere })).stdout,
    '[]\n',
  );
});
