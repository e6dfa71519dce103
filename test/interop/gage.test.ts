import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { before } from 'node:test';
import { cliJson, runCli, startCli } from '../helpers/cli.ts';
import { Gage, gageProgram } from '../helpers/gage/gage.ts';
import { tempDir, waitFor, writeTree } from '../helpers/temp.ts';

/** Runyard and the real Gage 0.1.2 on the same stores (gage-format.md T25). */

const GAGE_FILE = String.raw`
[train]
description = "Train"
default = true
exec = "python3 train.py"
config = "train.py"

[train-hooks]
config = "train.py"

[train-hooks.exec]
stage-sourcecode = "echo staged > hook.txt; echo source hook"
run = ["python3", "train.py"]
finalize = "echo finalize hook"

[fail]
exec = ["python3", "-c", "import sys; print('about to fail'); sys.exit(3)"]

[where]
exec = '''printf '%s\n' $project_dir "$project_dir" '$project_dir' > seen.txt'''

[sleepy]
exec = ["python3", "-c", "import time; print('zzz', flush=True); time.sleep(300)"]
`;
const TRAIN = `import json
x = 1
lr = 0.5
name = "best"
print(f"x={x} lr={lr} name={name}")
print("second line")
json.dump({"metrics": {"loss": lr / 2}}, open("summary.json", "w"))
`;

interface Row {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly label: string | null;
  readonly opref: { ns: string; name: string; version: string | null } | null;
  readonly container: string;
  readonly exitCode: number | null;
  readonly timestampsUs: Readonly<Record<string, number | null>>;
}
interface Shown extends Row {
  readonly config: unknown;
  readonly summary: unknown;
  readonly manifest: readonly (readonly string[])[];
}

let program = '';
before(async () => {
  program = await gageProgram();
});

/** A project with its own store, and both programs on it. */
class Bench {
  readonly dir: string;
  readonly gage: Gage;

  constructor(dir: string, name = 'proj') {
    this.dir = writeTree(join(dir, name), { 'gage.toml': GAGE_FILE, 'train.py': TRAIN });
    this.gage = new Gage(program, this.dir);
  }

  async json(...args: readonly string[]): Promise<unknown> {
    return await cliJson(args, { cwd: this.dir });
  }

  async list(...args: readonly string[]): Promise<readonly Row[]> {
    return (await this.json('list', ...args)) as Row[];
  }

  async show(run: string, ...args: readonly string[]): Promise<Shown> {
    return (await this.json('show', run, ...args)) as Shown;
  }

  async output(run: string): Promise<string> {
    const { code, stdout, stderr } = await runCli(['output', run], { cwd: this.dir });
    assert.equal(code, 0, stderr);
    return stdout;
  }

  /** Makes a run with our command and waits for its end. @returns its id. */
  async runOurs(code: number, ...args: readonly string[]): Promise<Row> {
    return (await cliJson(['run', ...args, '--wait'], { cwd: this.dir, code })) as Row;
  }

  meta(id: string, ...path: readonly string[]): string {
    return join(this.dir, '.gage', 'runs', `${id}.meta`, ...path);
  }
}

/** The first word of a run's name: what `gage list` shows. */
function word(run: { name: string }): string {
  return run.name.split('-')[0] ?? '';
}

test('gage lists and shows the runs that we made', async (t) => {
  const bench = new Bench(tempDir(t));
  const completed = await bench.runOurs(0, 'train', 'lr=0.25', '--label', 'first');
  const failed = await bench.runOurs(3, 'fail');
  const staged = (await bench.json('stage', 'train', 'x=3')) as Row;
  const killed = (await bench.json('run', 'sleepy')) as Row;
  await waitFor(async () => (await bench.output(killed.id)) === 'zzz\n', {
    what: 'its first line',
  });
  assert.equal((await bench.gage.list())[0]?.status, 'running');
  await bench.json('stop', killed.id, '--wait');

  const rows = await bench.gage.list();
  const expected = [
    { name: word(killed), operation: 'sleepy', status: 'terminated', label: '' },
    { name: word(failed), operation: 'fail', status: 'error', label: '' },
    { name: word(completed), operation: 'train', status: 'completed', label: 'first' },
    { name: word(staged), operation: 'train', status: 'staged', label: '' },
  ];
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  assert.deepEqual(rows.sort(byName), expected.sort(byName));

  const shown = await bench.gage.ok('show', completed.id);
  assert.match(shown, new RegExp(completed.id));
  assert.match(shown, /proj:train +completed/);
  assert.match(shown, /exit_code +0/);
  assert.match(shown, /lr +0\.25/);
  assert.match(shown, /x=1 lr=0\.25 name=best/);
  assert.match(shown, /train\.py[ |]+source code/);
  assert.match(shown, /summary\.json[ |]+generated/);
  assert.match(await bench.gage.ok('show', failed.id), /exit_code +3[^]*about to fail/);
  assert.match(await bench.gage.ok('show', killed.id), /exit_code +-15/);
  assert.match(await bench.gage.ok('show', staged.id), /proj:train +staged/);
  const config = await bench.gage.ok('cat', staged.id, '--meta', '-p', 'config.json');
  assert.deepEqual(JSON.parse(config), { lr: 0.5, name: 'best', x: 3 });
});

test('gage starts a run that we staged, and it reads back in ours', async (t) => {
  const bench = new Bench(tempDir(t));
  for (const op of ['train', 'train-hooks']) {
    const staged = (await bench.json('stage', op, 'x=7')) as Row;
    const printed = await bench.gage.ok('run', '--start', staged.id, '-y');
    assert.match(printed, /x=7 lr=0\.5 name=best/);
    const shown = await bench.show(staged.id);
    assert.equal(shown.status, 'completed');
    assert.equal(shown.exitCode, 0);
    assert.deepEqual(shown.summary, { metrics: { loss: 0.25 } });
    assert.equal(await bench.output(staged.id), 'x=7 lr=0.5 name=best\nsecond line\n');
    // No file of ours looks changed to Gage: their times agree to the microsecond.
    const log = readFileSync(bench.meta(staged.id, 'log', 'files'), 'utf8');
    assert.deepEqual(
      log.split('\n').filter((line) => line.startsWith('m ')),
      [],
    );
    assert.ok(shown.manifest.some(([type, , path]) => type === 'g' && path === 'summary.json'));
  }
});

test('gage starts a run of a project whose name is code for a shell', async (t) => {
  const bench = new Bench(tempDir(t), `it's $(touch canary) & "x"; \`touch canary\` *`);
  const staged = (await bench.json('stage', 'where')) as Row;
  await bench.gage.ok('run', '--start', staged.id, '-y');
  assert.equal((await bench.show(staged.id)).status, 'completed');
  const runDir = bench.meta(staged.id).replace(/\.meta$/, '');
  assert.equal(readFileSync(join(runDir, 'seen.txt'), 'utf8'), `${bench.dir}\n`.repeat(3));
  assert.equal(existsSync(join(runDir, 'canary')), false);
});

test('gage labels, deletes, restores and purges runs that we made', async (t) => {
  const bench = new Bench(tempDir(t));
  const run = await bench.runOurs(0, 'train');
  const staged = (await bench.json('stage', 'train')) as Row;

  await bench.gage.ok('label', run.id, '--set', 'from gage', '-y');
  assert.equal((await bench.show(run.id)).label, 'from gage');
  await bench.gage.ok('label', run.id, '--clear', '-y');
  assert.equal((await bench.show(run.id)).label, null);

  await bench.gage.ok('delete', run.id, '-y');
  assert.deepEqual(
    (await bench.list()).map(({ id }) => id),
    [staged.id],
  );
  const [deleted] = await bench.list('--container', 'trash');
  assert.equal(deleted?.id, run.id);
  await bench.gage.ok('restore', run.id, '-y');
  assert.equal((await bench.list()).length, 2);

  await bench.gage.ok('delete', run.id, staged.id, '-y');
  await bench.json('restore', staged.id);
  assert.equal((await bench.gage.list())[0]?.name, word(staged), 'we restore what gage deleted');
  await bench.gage.ok('purge', run.id, '-y');
  const left = readdirSync(join(bench.dir, '.gage', 'runs'));
  assert.deepEqual(
    left.filter((name) => name.startsWith(run.id)),
    [],
  );
  assert.deepEqual(
    (await bench.list('--all')).map(({ id }) => id),
    [staged.id],
  );
});

test('we list, show, label, delete, restore and purge the runs that gage made', async (t) => {
  const bench = new Bench(tempDir(t));
  await bench.gage.ok('run', 'train', 'lr=2', '-y', '--label', 'made by gage');
  assert.equal((await bench.gage.run('run', 'fail', '-y')).code, 3);
  await bench.gage.ok('run', 'train', '--stage', '-y');
  const rows = await bench.list();
  const byOp = new Map(rows.map((row) => [`${row.opref?.name ?? ''} ${row.status}`, row]));
  assert.deepEqual([...byOp.keys()].sort(), ['fail error', 'train completed', 'train staged']);
  const completed = byOp.get('train completed');
  const failed = byOp.get('fail error');
  assert.ok(completed && failed);
  assert.equal(completed.label, 'made by gage');
  assert.equal(completed.opref?.ns, 'proj');
  assert.equal(failed.exitCode, 3);
  assert.deepEqual((await bench.gage.list()).map(({ name }) => name).sort(), rows.map(word).sort());

  const shown = await bench.show(completed.id);
  assert.deepEqual(shown.config, { x: 1, lr: 2.0, name: 'best' });
  assert.deepEqual(shown.summary, { metrics: { loss: 1.0 } });
  assert.equal(await bench.output(completed.id), 'x=1 lr=2 name=best\nsecond line\n');
  const lines = (await runCli(['output', completed.id, '--json'], { cwd: bench.dir })).stdout;
  const [first] = lines.split('\n').map((line) => (line ? (JSON.parse(line) as unknown) : null));
  const { timeMs, ...rest } = first as { timeMs: number };
  assert.deepEqual(rest, { line: 1, stream: 0, text: 'x=1 lr=2 name=best' });
  assert.ok(timeMs >= (shown.timestampsUs['started'] ?? 0) / 1000 - 1);
  assert.ok(timeMs <= (shown.timestampsUs['stopped'] ?? 0) / 1000 + 1);

  await bench.json('label', completed.id, '--set', 'lbl é');
  assert.match(await bench.gage.ok('select', completed.id, '--label'), /lbl é/);
  await bench.json('label', completed.id, '--clear');
  assert.equal((await bench.show(completed.id)).label, null);

  await bench.json('delete', failed.id);
  assert.deepEqual(
    (await bench.list('--container', 'trash')).map(({ id }) => id),
    [failed.id],
  );
  await bench.json('restore', failed.id);
  assert.equal((await bench.list()).length, 3);
  await bench.json('delete', failed.id);
  await bench.json('purge', failed.id, '--yes');
  assert.equal((await bench.gage.list()).length, 2);
  assert.equal(existsSync(bench.meta(failed.id)), false);
});

test('we start a run that gage staged, and gage reads it back', async (t) => {
  const bench = new Bench(tempDir(t));
  for (const op of ['train', 'train-hooks']) {
    await bench.gage.ok('run', op, 'x=5', '--stage', '-y');
    const [staged] = await bench.list();
    assert.equal(staged?.status, 'staged');
    // What Gage staged is not known to be of this user: it is shown, and needs a yes.
    const refused = await runCli(['start', staged.id, '--wait'], { cwd: bench.dir });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /Not put here by you on this machine: [^]*\n {2}run: /);
    const start = ['start', staged.id, '--wait', '--yes'];
    const started = await runCli(start, { cwd: bench.dir });
    assert.equal(started.code, 0, started.stderr);
    assert.match(started.stdout, /x=5 lr=0\.5 name=best\nsecond line\n/);
    const [row] = await bench.gage.list();
    assert.deepEqual(row, {
      name: word(staged),
      operation: op,
      status: 'completed',
      label: '',
    });
    const shown = await bench.gage.ok('show', staged.id);
    assert.match(shown, /x=5 lr=0\.5 name=best/);
    assert.match(shown, /summary\.json[ |]+generated/);
    const log = readFileSync(bench.meta(staged.id, 'log', 'files'), 'utf8');
    assert.deepEqual(
      log.split('\n').filter((line) => line.startsWith('m ')),
      [],
    );
  }
});

test('we see a run of gage while it runs', async (t) => {
  const bench = new Bench(tempDir(t));
  const gage = bench.gage.run('run', 'sleepy', '-y');
  const [row] = await waitFor(
    async () => {
      const rows = await bench.list();
      return rows[0]?.status === 'running' ? rows : null;
    },
    { what: "gage's run to be running" },
  );
  assert.ok(row);
  const refused = await runCli(['delete', row.id], { cwd: bench.dir });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /is running/);
  const pid = Number(readFileSync(bench.meta(row.id, 'proc', 'lock'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await gage;
  const shown = await bench.show(row.id);
  assert.equal(shown.status, 'terminated');
  assert.equal(shown.exitCode, -9);
});

test('stop ends a run of gage, which finalizes it', async (t) => {
  const bench = new Bench(tempDir(t));
  const gage = bench.gage.run('run', 'sleepy', '-y');
  const row = await waitFor(
    async () => (await bench.list()).find(({ status }) => status === 'running'),
    { what: "gage's run to be running" },
  );
  const stopped = await runCli(['stop', row.id], { cwd: bench.dir });
  assert.equal(stopped.code, 0, stopped.stderr);
  await gage;
  const shown = await bench.show(row.id);
  assert.deepEqual([shown.status, shown.exitCode], ['terminated', -15]);
});

test('a run killed with its supervisor is terminated for both, and gage prints no traceback', async (t) => {
  const bench = new Bench(tempDir(t));
  const running = startCli(['run', 'sleepy', '--wait'], { cwd: bench.dir });
  await waitFor(() => running.stdout().includes('zzz'), {
    what: 'its first line',
  });
  const [row] = await bench.list();
  assert.equal(row?.status, 'running');
  const file = JSON.parse(readFileSync(bench.meta(row.id, 'runyard', 'process.json'), 'utf8')) as {
    supervisor: { pid: number };
    child: { pid: number };
  };
  process.kill(file.supervisor.pid, 'SIGKILL');
  process.kill(file.child.pid, 'SIGKILL');
  await running.result;
  assert.equal((await bench.show(row.id)).status, 'terminated');
  // Gage 0.1.2 takes any lock for a running process until somebody finalizes the run.
  await bench.gage.list();
  await bench.json('recover', row.id);
  assert.equal((await bench.gage.list())[0]?.status, 'terminated');
  assert.match(await bench.gage.ok('show', row.id), /zzz/);
});

test('references to the project read the same in both', async (t) => {
  const bench = new Bench(tempDir(t));
  const ours = (await bench.json('stage', 'train')) as Row;
  const reference = (id: string): string =>
    readFileSync(join(bench.dir, '.gage', 'runs', `${id}.project`), 'utf8');
  assert.equal(reference(ours.id), 'file:../..');
  assert.equal((await bench.gage.ok('select', ours.id, '--project-dir')).trim(), bench.dir);
  await bench.gage.ok('run', 'train', '--stage', '-y');
  const [theirs] = await bench.list();
  assert.equal(reference(theirs?.id ?? ''), reference(ours.id));
});
