import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import test from 'node:test';
import type { ObservedTrial, SearchDimension, TrialFlags } from '../../src/batch/record/types.ts';
import { bestTrial } from '../../src/batch/search/objective.ts';
import { openTrialSource } from '../../src/batch/search/optimizer.ts';
import type { Objective } from '../../src/core/run/types.ts';
import { cliJson, runCli } from '../helpers/cli.ts';
import { supervisorScript } from '../helpers/processes/supervisor.ts';
import { tempDir, writeTree } from '../helpers/temp.ts';

const never = new AbortController().signal;
const LOSS: Objective = { metric: 'loss', direction: 'minimize' };
const X: SearchDimension = { kind: 'uniform', type: 'float', low: -10, high: 10, initial: null };

/** Environment in which the Python with Optuna is the active one. */
async function optunaEnv(): Promise<NodeJS.ProcessEnv> {
  const given = process.env['RUNYARD_TEST_OPTUNA'];
  if (given) return { ...process.env, VIRTUAL_ENV: dirname(dirname(given)) };
  const { ensureOptuna } = await import('../../scripts/optuna-venv.mts');
  return { ...process.env, VIRTUAL_ENV: dirname(dirname(await ensureOptuna())) };
}

interface Search {
  readonly dir: string;
  readonly space: Readonly<Record<string, SearchDimension>>;
  readonly objective?: Objective;
  readonly seed?: number;
  /** Trials at a time. */
  readonly slots: number;
  readonly count: number;
  /** The value of a trial, or the status that it failed with. */
  readonly run: (flags: TrialFlags) => number | 'error' | 'terminated';
}

/** A whole search, `slots` trials at a time, of which the oldest always ends first. */
async function search(options: Search): Promise<readonly ObservedTrial[]> {
  const { dir, space, objective = LOSS, seed = 1, slots, count, run } = options;
  const source = openTrialSource({
    optimizer: 'optuna',
    operation: 'train',
    space,
    objective,
    seed,
    projectDir: dir,
    env: await optunaEnv(),
  });
  const trials: ObservedTrial[] = [];
  const running = (): readonly ObservedTrial[] => trials.filter((t) => t.status === 'running');
  while (trials.length < count || running().length > 0) {
    const wanted = Math.min(slots - running().length, count - trials.length);
    for (const flags of await source.next(wanted, trials, never)) {
      const index = trials.length + 1;
      trials.push({ id: String(index), index, flags, status: 'running', value: null });
    }
    const [oldest] = running();
    if (oldest === undefined) break;
    const value = run(oldest.flags);
    trials[oldest.index - 1] =
      typeof value === 'number'
        ? { ...oldest, status: 'completed', value }
        : { ...oldest, status: value };
  }
  return trials;
}

test('Optuna finds a minimum and a maximum, one at a time and in parallel', async (t) => {
  const dir = tempDir(t);
  const run = ({ x }: TrialFlags): number => (Number(x) - 2) ** 2;
  const serial = await search({ dir, space: { x: X }, slots: 1, count: 30, run });
  assert.equal(serial.length, 30);
  const late = (trials: readonly ObservedTrial[]): readonly ObservedTrial[] => trials.slice(15);
  const distance = (trials: readonly ObservedTrial[], goal: number): number =>
    trials.reduce((sum, { flags }) => sum + Math.abs(Number(flags['x']) - goal), 0) / trials.length;
  assert.ok(Number(bestTrial(serial, LOSS)?.value) < 1);
  // A blind search is 5.2 away on average.
  assert.ok(distance(late(serial), 2) < 4, String(distance(late(serial), 2)));

  const upwards: Objective = { metric: 'score', direction: 'maximize' };
  const parallel = await search({
    ...{ dir, space: { x: X }, objective: upwards, slots: 4, count: 32 },
    run: ({ x }) => -((Number(x) + 5) ** 2),
  });
  assert.equal(parallel.length, 32);
  assert.ok(Number(bestTrial(parallel, upwards)?.value) > -1);
  assert.ok(distance(late(parallel), -5) < 4, String(distance(late(parallel), -5)));
});

test('the same seed and the same results give the same trials; parallel ones differ', async (t) => {
  const dir = tempDir(t);
  const options = {
    dir,
    space: { x: X },
    slots: 3,
    count: 15,
    run: ({ x }: TrialFlags) => Number(x),
  };
  const flags = async (seed: number): Promise<readonly TrialFlags[]> =>
    (await search({ ...options, seed })).map((trial) => trial.flags);
  const first = await flags(5);
  assert.deepEqual(await flags(5), first);
  assert.notDeepEqual(await flags(6), first);
  assert.equal(new Set(first.map(({ x }) => x)).size, first.length);
});

test('every kind of value goes there and back; failed trials teach nothing and stop nothing', async (t) => {
  const values = [1n, 1, true, 'a', null] as const;
  const trials = await search({
    dir: tempDir(t),
    slots: 2,
    count: 24,
    space: {
      lr: { kind: 'loguniform', type: 'float', low: 1e-5, high: 1, initial: 0.5 },
      depth: { kind: 'uniform', type: 'int', low: 1, high: 64, initial: 7 },
      width: { kind: 'loguniform', type: 'int', low: 1, high: 1024, initial: null },
      mode: { kind: 'choice', values },
      epochs: { kind: 'fixed', value: 3n },
    },
    run: ({ depth, mode }) => {
      if (mode === 'a') return 'error';
      return mode === null ? 'terminated' : Number(depth);
    },
  });
  assert.equal(trials.length, 24);
  assert.deepEqual([trials[0]?.flags['lr'], trials[0]?.flags['depth']], [0.5, 7n]);
  for (const { flags } of trials) {
    assert.deepEqual(Object.keys(flags), ['depth', 'epochs', 'lr', 'mode', 'width']);
    assert.equal(typeof flags['lr'], 'number');
    assert.equal(typeof flags['depth'], 'bigint');
    assert.equal(typeof flags['width'], 'bigint');
    assert.equal(flags['epochs'], 3n);
    assert.ok(values.some((value) => Object.is(value, flags['mode'])));
  }
});

test('trials that are not of the space are left out', async (t) => {
  const source = openTrialSource({
    ...{ optimizer: 'optuna', operation: 'train', space: { x: X }, objective: LOSS, seed: 1 },
    projectDir: tempDir(t),
    env: await optunaEnv(),
  });
  const trial = (index: number, flags: TrialFlags): ObservedTrial => {
    return { id: String(index), index, flags, status: 'completed', value: index };
  };
  const observed = [trial(1, { x: 99 }), trial(2, {}), trial(3, { x: 'a' }), trial(4, { x: 1 })];
  assert.equal((await source.next(2, observed, never)).length, 2);
});

const GAGE_FILE = '[train]\nexec = "python3 train.py"\nconfig = "train.py"\n';
const TRAIN = `x = 0.0
kind = "a"
import json
json.dump({"metrics": {"loss": abs(x - 2) + (kind == "b")}}, open("summary.json", "w"))
`;

test('a batch has Optuna find its trials', async (t) => {
  const root = tempDir(t);
  const cwd = writeTree(join(root, 'project'), { 'gage.toml': GAGE_FILE, 'train.py': TRAIN });
  const supervisor = await supervisorScript();
  const env = { ...(await optunaEnv()), RUNYARD_SUPERVISOR: supervisor };
  const batch = async (...options: readonly string[]): Promise<readonly Trial[]> => {
    const values = ['x=[-4.0:4.0:3.5]', 'kind=[a,b]', '--optimizer', 'optuna', '--seed', '3'];
    const all = ['batch', 'train', ...values, '--minimize', 'loss', '--wait', ...options];
    const { id } = (await cliJson(all, { cwd, env })) as { readonly id: string };
    return (await cliJson(['trials', id], { cwd, env })) as readonly Trial[];
  };
  const trials = await batch('--max-trials', '6');
  assert.deepEqual(
    trials.map(({ status }) => status),
    Array(6).fill('completed'),
  );
  assert.equal(trials[0]?.flags['x'], 3.5);
  const flags = trials.map((trial) => trial.flags);
  // The same seed and the same results: the first trials of a longer search are the same.
  assert.deepEqual(
    (await batch('--max-trials', '3')).map((trial) => trial.flags),
    flags.slice(0, 3),
  );
  const parallel = await batch('--max-trials', '5', '--slots', '3');
  assert.equal(new Set(parallel.map((trial) => trial.flags['x'])).size, 5);

  const bare = { ...env, VIRTUAL_ENV: '', CONDA_PREFIX: '', PATH: join(root, 'bin') };
  const lacking = await runCli(['batch', 'x=[0.0:1.0]', '-o', 'optuna', '--minimize', 'loss'], {
    cwd,
    env: bare,
  });
  assert.equal(lacking.code, 1);
  assert.match(lacking.stderr, /Optuna needs Python, and there is none/);
});

interface Trial {
  readonly status: string;
  readonly flags: Readonly<Record<string, unknown>>;
}
