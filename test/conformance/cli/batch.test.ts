import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { cliJson, runCli, startCli, type CliResult, type RunningCli } from '../../helpers/cli.ts';
import { supervisorScript } from '../../helpers/processes/supervisor.ts';
import { tempDir, waitFor, writeTree } from '../../helpers/temp.ts';

const GAGE_FILE = `
[train]
default = true
exec = "python3 train.py"
config = "train.py"

[check]
exec = ["python3", "-c", "import values, sys; sys.exit(values.code)"]
config = "values.py"

[unstaged]
exec = { stage-sourcecode = "exit 7", run = "true" }
config = "values.py"

[wait]
exec = ["python3", "-c", "import values, time; print('ready', flush=True); time.sleep(values.seconds)"]
config = "values.py"
`;
const TRAIN = `lr = 0.1
depth = 2
import json
print("training with", lr, depth)
json.dump({"metrics": {"loss": abs(lr - 0.3) + depth}}, open("summary.json", "w"))
`;
const VALUES = 'code = 0\nseconds = 0\n';

interface Entry {
  readonly id: string;
  readonly name: string;
  readonly status: string;
}
interface Trial extends Entry {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly index: number;
  readonly skipped: Readonly<Record<string, string>> | null;
}
interface Listed extends Entry {
  readonly runDir: string;
  readonly label: string | null;
  readonly opref: { readonly name: string };
}

/** A project in a temporary directory, and the command in it. */
class Project {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;

  private constructor(dir: string, env: NodeJS.ProcessEnv) {
    this.dir = dir;
    this.env = env;
  }

  static async make(
    t: TestContext,
    files: Readonly<Record<string, string>> = {},
  ): Promise<Project> {
    const dir = writeTree(join(tempDir(t), 'proj'), {
      ...{ 'gage.toml': GAGE_FILE, 'train.py': TRAIN, 'values.py': VALUES },
      ...files,
    });
    return new Project(dir, { RUNYARD_SUPERVISOR: await supervisorScript() });
  }

  async cli(...args: readonly string[]): Promise<CliResult> {
    return await runCli(args, { cwd: this.dir, env: this.env });
  }

  async ok(...args: readonly string[]): Promise<CliResult> {
    const result = await this.cli(...args);
    assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`);
    return result;
  }

  start(...args: readonly string[]): RunningCli {
    return startCli(args, { cwd: this.dir, env: this.env });
  }

  async json<T>(...args: readonly string[]): Promise<T> {
    return (await cliJson(args, { cwd: this.dir, env: this.env })) as T;
  }

  async trials(batch: string): Promise<readonly Trial[]> {
    return await this.json('trials', batch);
  }

  async statuses(batch: string): Promise<readonly string[]> {
    return (await this.trials(batch)).map(({ status }) => status);
  }

  /** The newest batch. */
  async batch(): Promise<Listed> {
    const batch = (await this.list()).find(({ opref }) => opref.name.endsWith('+'));
    assert.ok(batch !== undefined);
    return batch;
  }

  async list(): Promise<readonly Listed[]> {
    return await this.json('list');
  }
}

test('help and wrong usage', async (t) => {
  const project = await Project.make(t);
  const help = await project.ok('--help');
  const verbs = ['batch', 'trials', 'resume', 'restart'].map(async (verb) => {
    assert.match(help.stdout, new RegExp(`^  ${verb} `, 'm'));
    const own = await project.ok(verb, '--help');
    assert.match(own.stdout, new RegExp(`^Usage: runyard ${verb} ?`));
    assert.match(own.stdout, /--json/);
  });
  const wrong = [
    ['batch', '--slots', '0'],
    ['batch', '--max-trials', 'x'],
    ['batch', '--seed', '-1'],
    ['batch', '--minimize', 'a', '--maximize', 'b'],
    ['batch', '--minimize', ''],
    ['batch', '--stage', '--wait'],
    ['batch', '--env', 'x'],
    ['trials'],
    ['trials', '1', '2'],
    ['resume'],
    ['restart', '1'],
    ['restart', '1', '--failed', '--all'],
    ['restart', '1', '--trial', '0'],
  ].map(async (args) => {
    const { code, stdout, stderr } = await project.cli(...args);
    assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
    assert.equal(stdout, '');
    assert.match(stderr, /^runyard: /);
  });
  await Promise.all([...verbs, ...wrong]);
  assert.deepEqual(await project.list(), []);
});

test('errors name what is wrong and make nothing', async (t) => {
  const project = await Project.make(t, { 'empty.txt': '' });
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['batch', 'nope', 'lr=[1,2]'], /nope/],
    [['batch', 'train', 'nope=[1,2]'], /Trial 1 \(nope=1\).*nope/],
    [['batch', 'train', 'lr=[1,'], /lr/],
    [['batch', 'train', 'depth=[1,x]'], /depth/],
    [['batch', 'train', '-b', 'no-such.csv'], /no-such\.csv/],
    [['batch', 'train', '-b', 'empty.txt'], /empty\.txt/],
    [['batch', 'train', 'lr=[1,2]', '-o', 'gp', '--minimize', 'loss'], /no optimizer 'gp'/],
    [['batch', 'train', 'lr=[1,2]', '-o', 'optuna'], /optuna needs to know.*metric to minimize/s],
    [['batch', 'train', 'lr=1', '-o', 'true', '--minimize', 'loss'], /nothing to search/],
  ];
  const failures = cases.map(async ([args, message]) => {
    const { code, stdout, stderr } = await project.cli(...args);
    assert.equal(code, 1, `${args.join(' ')}: ${stdout}${stderr}`);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, / at .*\.ts:/);
  });
  await Promise.all(failures);
  assert.deepEqual(await project.list(), []);
  const run = await project.json<Entry>('stage', 'train');
  for (const verb of [['trials'], ['resume'], ['restart', '--failed']]) {
    const [name = '', ...options] = verb;
    const { code, stderr } = await project.cli(name, run.id, ...options);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`Run ${run.name} is not a batch`));
  }
});

test('--preview shows the trials and makes nothing', async (t) => {
  const project = await Project.make(t, { 'more.csv': 'lr,depth\n0.5,\n,7\n' });
  const grid = await project.ok(
    'batch',
    'lr=[0.1,0.2]',
    'depth=[1,2,1]',
    '--preview',
    '--slots',
    '2',
  );
  assert.equal(
    grid.stdout,
    `#  depth  lr   note
1  1      0.1
2  1      0.2
3  2      0.1
4  2      0.2
5  1      0.1  same as trial 1
6  1      0.2  same as trial 2
`,
  );
  assert.match(grid.stderr, /^6 trials of train \(\+\), 2 at a time$/m);

  const one = await project.ok('batch', 'lr=[0.1]*1', 'depth=3', '--preview');
  assert.match(one.stderr, /^1 trial of train/m);
  const plain = await project.ok('batch', 'lr=0.1', 'depth=3', '--preview');
  assert.match(plain.stderr, /^One run of train, not a batch$/m);

  const random = ['batch', 'lr=uniform[0.0:1.0]', '-m', '3', '--preview', '--minimize', 'loss'];
  const drawn = await project.ok(...random, '--seed', '7');
  assert.match(drawn.stdout, /^1 {2}0\.\d+ +drawn: lr$/m);
  assert.match(drawn.stderr, /^3 trials of train \(random\).*, seed 7, minimize loss$/m);
  assert.equal((await project.ok(...random, '--seed', '7')).stdout, drawn.stdout);

  const json = await project.json<Record<string, unknown> & { trials: unknown[] }>(
    ...['batch', '-b', 'more.csv', 'depth=[3,4]', '--preview', '-m', '1', '--seed', '1'],
  );
  assert.deepEqual(Object.keys(json), [
    ...['operation', 'version', 'optimizer', 'seed', 'slots', 'objective'],
    ...['generated', 'trials', 'space', 'notes'],
  ]);
  assert.deepEqual([json['optimizer'], json['seed'], json['generated']], ['+', 1, 4]);
  assert.equal(json.trials.length, 1);
  assert.deepEqual(Object.keys(json.trials[0] as object), [
    ...['index', 'flags', 'config', 'label', 'sampled', 'duplicateOf', 'equal'],
  ]);

  const search = await project.ok(
    ...[
      'batch',
      'lr=loguniform[0.001:1:0.5]',
      'depth=[1,2]',
      '-o',
      'true',
      '--minimize',
      'loss',
      '--preview',
    ],
  );
  assert.equal(search.stdout, 'lr: loguniform[0.001:1:0.5]\ndepth: [1, 2]\n');
  assert.deepEqual(await project.list(), []);
});

test('one row of values is one plain run, no batch (guild-format.md 8, case 8)', async (t) => {
  const project = await Project.make(t, {
    'one.csv': 'lr,depth\n0.5,3\n',
    'one.json': '[{"lr": 0.5, "depth": 4}]',
    'table.json': '{"lr": 0.5, "depth": 5}',
  });
  const made: (readonly [string, string | null])[] = [];
  for (const [name, ...options] of [
    ['one.csv', '--label', 'd ${depth}'],
    ['one.json', '--batch-label', 'mine'],
    ['table.json'],
  ]) {
    const run = await project.ok('batch', '-b', name ?? '', ...options, '--wait');
    assert.match(run.stdout, /^training with 0\.5 \d\n$/);
    const [newest] = await project.list();
    made.push([newest?.opref.name ?? '', newest?.label ?? null]);
  }
  assert.deepEqual(made, [
    ['train', 'd 3'],
    ['train', 'mine'],
    ['train', null],
  ]);
  assert.equal((await project.cli('batch', '-b', 'one.csv', '--needed', '--json')).code, 5);
  assert.equal((await project.json<Entry>('batch', 'lr=1', '--stage')).status, 'staged');
  assert.equal((await project.json<Entry>('batch', 'lr=1', '--stage-trials')).status, 'staged');
  assert.equal((await project.cli('batch', 'check', 'code=3', '--wait')).code, 3);
  assert.equal((await project.list()).length, 6);
});

test('a batch from the first look to the best trial', async (t) => {
  const project = await Project.make(t);
  const staged = await project.json<Entry>(
    ...['batch', 'lr=[0.3,0.1]', 'depth=[1,2]', '--minimize', 'loss', '--stage', '--slots', '2'],
    ...['--label', 'lr ${lr}', '--tag', 'sweep', '--batch-label', 'Both'],
  );
  assert.deepEqual(Object.keys(staged), ['id', 'name', 'status']);
  assert.equal(staged.status, 'staged');
  const planned = await project.trials(staged.id);
  assert.deepEqual(Object.keys(planned[0] ?? {}), [
    'id',
    'name',
    'status',
    'flags',
    'index',
    'skipped',
  ]);
  assert.deepEqual(
    planned.map(({ index, flags, status, skipped }) => [index, flags, status, skipped]),
    [
      [1, { depth: 1, lr: 0.3 }, 'pending', null],
      [2, { depth: 1, lr: 0.1 }, 'pending', null],
      [3, { depth: 2, lr: 0.3 }, 'pending', null],
      [4, { depth: 2, lr: 0.1 }, 'pending', null],
    ],
  );

  const ended = await project.ok('resume', staged.id, '--wait');
  for (const { id, flags } of planned) {
    const text = `depth=${String(flags['depth'])}, lr=${String(flags['lr'])}`;
    assert.match(ended.stdout, new RegExp(`^Running trial ${id}: train \\(${text}\\)$`, 'm'));
  }
  assert.deepEqual(await project.statuses(staged.id), Array(4).fill('completed'));
  assert.deepEqual(
    (await project.trials(staged.id)).map(({ id }) => id),
    planned.map(({ id }) => id),
  );
  const table = (await project.ok('trials', staged.id)).stdout.split('\n');
  assert.match(table[0] ?? '', /^# +name +status +depth +lr +loss +note$/);
  assert.match(table[1] ?? '', /^1 +\S+ +completed +1 +0\.3 +1 +best$/);
  assert.match(table[4] ?? '', /^4 +\S+ +completed +2 +0\.1 +2\.2$/);

  const rows = await project.list();
  assert.deepEqual(rows.map(({ opref, label }) => `${opref.name} ${String(label)}`).sort(), [
    'train lr 0.1',
    'train lr 0.1',
    'train lr 0.3',
    'train lr 0.3',
    'train+ Both',
  ]);
  const ofTrial = await project.ok('trials', planned[2]?.id ?? '');
  assert.equal(ofTrial.stdout, (await project.ok('trials', staged.id)).stdout);
  const again = await project.cli('resume', staged.id);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /Nothing to resume: 4 completed/);
});

test('without --wait it returns when the batch is looked after', async (t) => {
  const project = await Project.make(t);
  const one = await project.json<Entry>('batch', 'wait', 'seconds=[0]', '--stage');
  assert.equal((await project.json<Entry>('start', one.id)).status, 'running');
  await waitFor(async () => (await project.batch()).status === 'completed');
  assert.deepEqual(await project.statuses(one.id), ['completed']);

  const started = await project.json<Entry>('batch', 'wait', 'seconds=[0,0]', '--batch-tag', 'x');
  assert.equal(started.status, 'running');
  await waitFor(async () => (await project.batch()).status === 'completed');
  assert.deepEqual(await project.statuses(started.id), ['completed', 'completed']);
});

test('Ctrl-C stops a batch: running trials end, the others stay staged, resume goes on', async (t) => {
  const project = await Project.make(t);
  const cli = project.start('batch', 'wait', 'seconds=[300,0,0]', '--wait');
  await waitFor(() => cli.stdout().includes('Running trial'));
  const { id } = await project.batch();
  await waitFor(async () => (await project.statuses(id))[0] === 'running');
  cli.kill('SIGINT');
  const { code, stderr } = await cli.result;
  assert.equal(code, 254, stderr);
  assert.deepEqual(await project.statuses(id), ['terminated', 'staged', 'staged']);
  assert.equal((await project.batch()).status, 'terminated');

  const resumed = await project.json<Entry>('resume', id, '--wait');
  assert.deepEqual(resumed, { id, name: resumed.name, status: 'completed' });
  assert.deepEqual(await project.statuses(id), ['terminated', 'completed', 'completed']);
});

test('stop, stop after the current trials, and other slots while a batch runs', async (t) => {
  const project = await Project.make(t);
  const stopped = await project.json<Entry>('batch', 'wait', 'seconds=[300,300]');
  await waitFor(async () => (await project.statuses(stopped.id))[0] === 'running');
  await project.ok('stop', stopped.id, '--wait');
  assert.deepEqual(await project.statuses(stopped.id), ['terminated', 'staged']);

  const slow = await project.json<Entry>('batch', 'wait', 'seconds=[300,300,300]');
  await waitFor(async () => (await project.statuses(slow.id))[0] === 'running');
  await project.ok('resume', slow.id, '--slots', '2');
  await waitFor(async () => (await project.statuses(slow.id))[1] === 'running');
  await project.ok('stop', slow.id, '--after-current');
  for (const trial of (await project.trials(slow.id)).slice(0, 2))
    await project.ok('stop', trial.id);
  await waitFor(async () => (await project.batch()).status === 'terminated');
  assert.deepEqual(await project.statuses(slow.id), ['terminated', 'terminated', 'staged']);
});

test('stop also ends the trials of a batch whose supervisor has died', async (t) => {
  const project = await Project.make(t);
  const { id } = await project.json<Entry>('batch', 'wait', 'seconds=[300,300]');
  await waitFor(async () => (await project.statuses(id))[0] === 'running');
  const { runDir } = await project.batch();
  process.kill(Number(readFileSync(`${runDir}.meta/proc/lock`, 'utf8')), 'SIGKILL');
  await waitFor(async () => (await project.batch()).status === 'terminated');
  await project.ok('stop', id, '--wait');
  await waitFor(async () => (await project.statuses(id)).join() === 'terminated,staged');
});

test('the command that a batch records says that Gage cannot run it', async (t) => {
  const project = await Project.make(t);
  const { id, name } = await project.json<Entry>('batch', 'check', 'code=[0,0]', '--stage');
  const inside = { ...project.env, RUN_ID: id };
  const { code, stderr } = await runCli(['resume', id], { cwd: project.dir, env: inside });
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`Batch ${name} was not started by Runyard\n.*runyard resume`));
  await project.ok('resume', id, '--wait');
});

test('a failed trial stops nothing, with --fail-fast the rest; restart brings them back', async (t) => {
  const project = await Project.make(t);
  const all = await project.cli('batch', 'check', 'code=[3,0]', '--wait');
  assert.equal(all.code, 0);
  assert.match(all.stdout, /exited with an error \(3\) - see log for details/);
  const batch = await project.batch();
  assert.deepEqual(await project.statuses(batch.id), ['error', 'completed']);
  const known = await project.ok('restart', batch.id, '--failed', 'code=0');
  assert.match(known.stderr, /^No trial is to be restarted: .*completed ones have these values$/m);

  const fast = await project.cli('batch', 'check', 'code=[3,0]', '--wait', '--fail-fast');
  assert.equal(fast.code, 3);
  assert.match(
    fast.stdout,
    /Stopping batch because a trial failed \(remaining staged trials may be started as needed\)/,
  );
  const { id } = await project.batch();
  assert.deepEqual(await project.statuses(id), ['error', 'staged']);
  const before = await project.trials(id);

  const failed = await project.cli('restart', id, '--failed', '--wait');
  assert.match(failed.stderr, /^Restarting 1 trial$/m);
  assert.deepEqual(await project.trials(id), before);
  await project.ok('restart', id, '--remaining', '--wait');
  assert.deepEqual(await project.statuses(id), ['error', 'completed']);
  await project.cli('restart', id, '--trial', '2', '--wait');
  await project.cli('restart', id, '--all', '--wait');
  const ids = before.map((trial) => trial.id);
  assert.deepEqual(
    (await project.trials(id)).map((trial) => trial.id),
    ids,
  );

  const values = ['code=0', 'seconds=0.01'];
  const changed = await project.cli('restart', id, '--failed', ...values, '--wait');
  assert.equal(
    changed.stderr,
    'Trial 3 is new: code=0, seconds=0.01; trial 1 stays as it is\n',
    changed.stderr,
  );
  assert.deepEqual(await project.statuses(id), ['error', 'staged', 'completed']);
});

test('--needed leaves out what is there, --stage-trials starts nothing', async (t) => {
  const project = await Project.make(t);
  await project.ok('batch', 'lr=[0.1,0.2]', '--wait');
  const same = await project.cli('batch', 'lr=[0.1,0.2]', '--needed', '--json');
  assert.equal(same.code, 5);
  assert.equal(same.stdout, 'null\n');
  await project.ok('batch', 'lr=[0.2,0.3]', '--needed', '--wait', '--maximize', 'score');
  const { stderr } = await project.ok('trials', (await project.batch()).id);
  assert.equal(stderr, 'No completed trial has the metric score\n');
  const [first, second] = await project.trials((await project.batch()).id);
  assert.deepEqual(first?.skipped, { seen: 'equal', expected: 'staged' });
  assert.deepEqual([second?.status, second?.skipped], ['completed', null]);

  await project.ok('batch', 'lr=[0.4,0.5]', '--stage-trials', '--wait');
  const staged = await project.batch();
  assert.equal(staged.status, 'completed');
  assert.deepEqual(await project.statuses(staged.id), ['staged', 'staged']);
});

const SEARCH = `import json, sys
study, *trials = [json.loads(line) for line in sys.stdin]
print("asked with", len(trials), file=sys.stderr)
print(json.dumps({"flags": {"lr": len(trials) / 10}}) if len(trials) < 4 else '{"done": true}')
`;

test('a search asks for trials until it is done', async (t) => {
  const project = await Project.make(t, { 'search.py': SEARCH });
  const command = ['batch', 'lr=uniform[0.0:1.0]', '-o', 'python3 search.py', '--minimize', 'loss'];
  const { stdout } = await project.ok(...command, '--wait');
  assert.match(stdout, /asked with 0/);
  const { id } = await project.batch();
  const trials = await project.trials(id);
  assert.deepEqual(
    trials.map(({ flags, status }) => [flags['lr'], status]),
    [
      [0, 'completed'],
      [0.1, 'completed'],
      [0.2, 'completed'],
      [0.3, 'completed'],
    ],
  );
  assert.match((await project.ok('trials', id)).stdout, /^4 .* best$/m);

  const broken = await project.cli(...command.with(3, 'echo nonsense; echo why >&2'), '--wait');
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, /answered something else than flags: nonsense\n.*why/);
});

const SLOW_SEARCH = `import json, sys
study, *trials = [json.loads(line) for line in sys.stdin]
for i in range(study["count"]):
    print(json.dumps({"flags": {"seconds": [0.0, 300.0, 0.5, 0.25][len(trials) + i]}}))
`;

test('batch of single values exits with the code of the staging command that failed, as run does', async (t) => {
  const project = await Project.make(t);
  for (const args of [
    ['run', 'unstaged', 'code=1', '--wait'],
    ['batch', 'unstaged', 'code=1', '--wait'],
  ]) {
    const { code, stderr } = await project.cli(...args);
    assert.equal(code, 7, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, /stage-sourcecode|staging|exit code 7/i);
  }
});

test('a search that was stopped goes on where it was', async (t) => {
  const project = await Project.make(t, {
    'search.py': SLOW_SEARCH,
    'values.py': 'seconds = 0.0\n',
  });
  const { id } = await project.json<Entry>(
    ...['batch', 'wait', 'seconds=uniform[0.0:300.0]', '-o', 'python3 search.py'],
    ...['--minimize', 'loss', '-m', '4'],
  );
  await waitFor(async () => (await project.statuses(id))[1] === 'running');
  await project.ok('stop', id, '--wait');
  assert.deepEqual(await project.statuses(id), ['completed', 'terminated']);
  await project.ok('resume', id, '--slots', '2', '--wait');
  assert.deepEqual(
    (await project.trials(id)).map(({ flags, status }) => [flags['seconds'], status]),
    [
      [0, 'completed'],
      [300, 'terminated'],
      [0.5, 'completed'],
      [0.25, 'completed'],
    ],
  );
  const over = await project.ok('resume', id);
  assert.match(over.stderr, /Nothing to resume: 3 completed, 1 terminated/);
});
