import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import type {
  ObservedTrial,
  SearchDimension,
  TrialSource,
} from '../../../src/batch/record/types.ts';
import { bestTrial, objectiveValue } from '../../../src/batch/search/objective.ts';
import {
  openTrialSource,
  optimizerKind,
  type TrialSourceOptions,
} from '../../../src/batch/search/optimizer.ts';
import { buildTable } from '../../../src/batch/table/table.ts';
import { RunyardError } from '../../../src/core/base/errors.ts';
import { pidExists } from '../../../src/core/process/identity.ts';
import { writeMeta } from '../../../src/core/run/run.ts';
import { posix } from '../../helpers/posix.ts';
import { newTestRun } from '../../helpers/runs/runs.ts';
import { tempDir, waitFor } from '../../helpers/temp.ts';

const SPACE: Readonly<Record<string, SearchDimension>> = {
  lr: { kind: 'loguniform', type: 'float', low: 1e-5, high: 1, initial: 0.01 },
  depth: { kind: 'uniform', type: 'int', low: 1, high: 8, initial: null },
  mode: { kind: 'choice', values: ['a', 1n, 1.5, true, null] },
  epochs: { kind: 'fixed', value: 3n },
};
/** The optimizers of these tests are shell scripts. */
const shell = posix('a shell and signals');
const never = new AbortController().signal;

/** A source whose optimizer is a script: `input` is what it was asked, as an array of objects. */
function sourceOf(
  dir: string,
  script: string,
  options: Partial<TrialSourceOptions> = {},
): TrialSource {
  const path = join(dir, 'optimizer.mjs');
  const read = "import { readFileSync } from 'node:fs';\nconst text = readFileSync(0, 'utf8');\n";
  writeFileSync(
    path,
    `${read}const input = text.trim().split('\\n').map((l) => JSON.parse(l));
const say = (value) => console.log(JSON.stringify(value));\n${script}\n`,
  );
  return openTrialSource({
    optimizer: `"${process.execPath}" optimizer.mjs`,
    operation: 'train',
    space: SPACE,
    objective: { metric: 'loss', direction: 'minimize' },
    seed: 7,
    projectDir: dir,
    ...options,
  });
}

async function failure(source: TrialSource, count = 1): Promise<RunyardError> {
  try {
    await source.next(count, [], never);
  } catch (error) {
    assert.ok(error instanceof RunyardError, String(error));
    assert.equal(error.code, 'optimizer-failed');
    return error;
  }
  assert.fail('It should have failed');
}

test('an optimizer reads the search and its trials as JSON lines, in order', async (t) => {
  const dir = tempDir(t);
  const source = sourceOf(
    dir,
    "import { writeFileSync } from 'node:fs'; writeFileSync('asked', text); say({ done: true });",
  );
  const observed: ObservedTrial[] = [
    { id: 'b', index: 2, flags: { lr: 0.1, depth: 2n }, status: 'running', value: null },
    { id: 'a', index: 1, flags: { lr: 1, mode: 'a' }, status: 'completed', value: 0.5 },
  ];
  assert.deepEqual(await source.next(4, observed, never), []);
  assert.deepEqual(readFileSync(join(dir, 'asked'), 'utf8').split('\n'), [
    '{"type": "study", "version": 1, "operation": "train", "space": {' +
      '"lr": {"kind": "loguniform", "type": "float", "low": 1e-05, "high": 1.0, "initial": 0.01}, ' +
      '"depth": {"kind": "uniform", "type": "int", "low": 1, "high": 8, "initial": null}, ' +
      '"mode": {"kind": "choice", "values": ["a", 1, 1.5, true, null]}, ' +
      '"epochs": {"kind": "fixed", "value": 3}}, ' +
      '"objective": "loss", "direction": "minimize", "seed": 7, "count": 4}',
    '{"type": "trial", "index": 1, "flags": {"lr": 1.0, "mode": "a"}, "status": "completed", "value": 0.5}',
    '{"type": "trial", "index": 2, "flags": {"lr": 0.1, "depth": 2}, "status": "running", "value": null}',
    '',
  ]);
});

test('answers come in the types of the space, with its fixed values, as many as asked', async (t) => {
  const source = sourceOf(
    tempDir(t),
    `say({ flags: { lr: 1, depth: 2.0, mode: 1 } });
say({ flags: { lr: 1.0000000001, depth: 8, mode: true, epochs: 3 } });
console.log();
say({ flags: { mode: null } });
say({ flags: { lr: 0.1 } });`,
  );
  assert.deepEqual(await source.next(3, [], never), [
    { depth: 2n, epochs: 3n, lr: 1, mode: 1n },
    { depth: 8n, epochs: 3n, lr: 1, mode: true },
    { epochs: 3n, mode: null },
  ]);
  assert.deepEqual(await source.next(0, [], never), []);
});

test('a search without a seed draws one, which it records', async () => {
  const request = { flags: ['x=[0.0:1.0]'], files: [], rows: null, optimizer: 'optuna' };
  const table = await buildTable({ ...request, maxTrials: null, seed: null }, { x: 0.5 });
  const again = await buildTable({ ...request, maxTrials: null, seed: table.seed }, { x: 0.5 });
  assert.ok(Number.isSafeInteger(table.seed));
  assert.equal(again.seed, table.seed);
});

test('an optimizer that is done is not asked again', async (t) => {
  const dir = tempDir(t);
  const source = sourceOf(
    dir,
    `import { appendFileSync } from 'node:fs'; appendFileSync('asked', 'x');
if (input.length < 3) say({ flags: { depth: input.length } }); else say({ flags: { depth: 8 } }), say({ done: true });`,
  );
  const trial = (index: number): ObservedTrial => ({
    id: String(index),
    index,
    flags: {},
    status: 'completed',
    value: 1,
  });
  assert.deepEqual(await source.next(1, [], never), [{ depth: 1n, epochs: 3n }]);
  assert.deepEqual(await source.next(2, [trial(1), trial(2)], never), [{ depth: 8n, epochs: 3n }]);
  assert.deepEqual(await source.next(2, [trial(1), trial(2), trial(3)], never), []);
  assert.equal(readFileSync(join(dir, 'asked'), 'utf8'), 'xx');
});

test('an optimizer may wait for the end of a running trial', async (t) => {
  const source = sourceOf(tempDir(t), 'say(input.length === 2 ? { wait: true } : { flags: {} })');
  const running = { id: 'a', index: 1, flags: {}, status: 'running', value: null } as const;
  assert.deepEqual(await source.next(1, [running], never), []);
  assert.deepEqual(await source.next(1, [running, { ...running, index: 2 }], never), [
    { epochs: 3n },
  ]);
});

test('what it writes to stderr is handed on, and shown when it fails', async (t) => {
  const dir = tempDir(t);
  const lines: string[] = [];
  const onLine = (line: string): void => void lines.push(line);
  const well = sourceOf(dir, "console.error('thinking\\n\\nhard'); say({ done: true });", {
    onLine,
  });
  await well.next(1, [], never);
  assert.deepEqual(lines, ['thinking', 'hard']);
  const source = sourceOf(dir, "console.error('no luck'); process.exit(3);", { onLine });
  assert.equal((await failure(source)).message, 'The optimizer exited with 3\nno luck');
  assert.equal(lines.length, 2);
});

test('what is no answer is an error that says why', async (t) => {
  const dir = tempDir(t);
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /answered nothing: \{"done": true\} would end the search/],
    ["console.log('hello')", /answered something else than flags: hello/],
    ['say({ wait: true })', /The optimizer waits, and no trial runs/],
    ['say([1])', /something else than flags/],
    ['say({ flags: 1 })', /something else than flags/],
    ['say({ flags: { nope: 1 } })', /nope = 1: it is not searched/],
    ['say({ flags: { epochs: 4 } })', /epochs = 4: it is not searched/],
    ['say({ flags: { lr: 2 } })', /lr = 2: it is not in 0.00001 to 1/],
    ['console.log(\'{"flags": {"lr": NaN}}\')', /lr = NaN: it is not in/],
    ["say({ flags: { lr: 'x' } })", /lr = "x": it is no number/],
    ['say({ flags: { depth: 2.5 } })', /depth = 2.5: it is no whole number/],
    ['say({ flags: { mode: false } })', /mode = false: it is none of the values/],
    ['say({ flags: { mode: { a: 1 } } })', /mode = \{"a": 1\}: it is none of the values/],
    ["process.stdout.write('x'.repeat(5_000_000))", /answered more than 4194304 characters/],
    ['process.kill(process.pid)', /exited with SIGTERM|exited with 1/],
  ];
  for (const [script, message] of cases) {
    assert.match((await failure(sourceOf(dir, script))).message, message, script);
  }
});

test('a command that is not there', async (t) => {
  const dir = tempDir(t);
  const shell = sourceOf(dir, '', { optimizer: 'no-such-optimizer --fast' });
  assert.match((await failure(shell)).message, /exited with (?:127|1)\n.*no-such-optimizer/s);
  const gone = sourceOf(dir, '', { optimizer: '#!/no/such/program\nx' });
  assert.match((await failure(gone)).message, /cannot be started: .*not found|cannot be executed/);
});

test(
  'one that takes too long, or that nobody waits for any more, is ended with all it started',
  shell,
  async (t) => {
    const dir = tempDir(t);
    const optimizer = 'sleep 300 & echo $! > pid; wait';
    const started = async (): Promise<number> =>
      Number(
        await waitFor(() => existsSync(join(dir, 'pid')) && readFileSync(join(dir, 'pid'), 'utf8')),
      );
    const slow = await failure(sourceOf(dir, '', { optimizer, limitMs: 2000 }));
    assert.match(slow.message, /did not answer within 2 s/);
    assert.equal(pidExists(await started()), false);

    writeFileSync(join(dir, 'pid'), '');
    const controller = new AbortController();
    const asked = sourceOf(dir, '', { optimizer }).next(1, [], controller.signal);
    const pid = await started();
    controller.abort();
    await assert.rejects(asked, { name: 'AbortError' });
    assert.equal(pidExists(pid), false);
    await assert.rejects(sourceOf(dir, '', { optimizer }).next(1, [], controller.signal), {
      name: 'AbortError',
    });
  },
);

test('the optimizer of the docs finds a minimum', async (t) => {
  const docs = join(repoRoot, 'docs/optimizers.md');
  const code = /```python\n([^]*?)```/.exec(readFileSync(docs, 'utf8'))?.[1] ?? '';
  const dir = tempDir(t);
  writeFileSync(join(dir, 'search.py'), code);
  const source = sourceOf(dir, '', { optimizer: 'python3 search.py' });
  const trials: ObservedTrial[] = [];
  while (trials.length < 40) {
    for (const flags of await source.next(2, trials, never)) {
      const index = trials.length + 1;
      const value = Math.abs(Number(flags['depth']) - 6) + Math.abs(Number(flags['lr']) - 0.5);
      trials.push({ id: String(index), index, flags, status: 'completed', value });
    }
  }
  const best = bestTrial(trials, { metric: 'loss', direction: 'minimize' });
  assert.equal(best?.flags['depth'], 6n);
  assert.ok(best.value !== null && best.value < 0.3, String(best.value));
});

test('a search needs an objective and something to search', (t) => {
  const dir = tempDir(t);
  const open = (options: Partial<TrialSourceOptions>) => (): TrialSource =>
    sourceOf(dir, '', { optimizer: 'optuna', ...options });
  assert.throws(open({ objective: null }), {
    code: 'bad-request',
    message: 'optuna needs to know what makes a trial better',
  });
  assert.throws(open({ space: { a: { kind: 'fixed', value: 1n } } }), {
    code: 'bad-config',
    message: 'There is nothing to search for optuna',
  });
  assert.equal(optimizerKind('+'), 'grid');
  assert.equal(optimizerKind('random'), 'random');
  assert.equal(optimizerKind('optuna'), 'sequential');
  assert.equal(optimizerKind('python3 search.py'), 'sequential');
  for (const name of ['', ' ', 'gp', 'skopt:gp', 'forest']) {
    assert.throws(() => optimizerKind(name), { code: 'bad-request' }, name);
  }
});

/** A Python that has Optuna or not, and answers in its place with its own name. */
function fakePython(path: string, hasOptuna: boolean): void {
  mkdirSync(join(path, '..'), { recursive: true });
  const probe = hasOptuna ? 'exit 0' : 'exit 3';
  const answer = `echo "I am $0" >&2; echo '{"done": true}'`;
  writeFileSync(
    path,
    `#!/bin/sh\ncase "$1" in -c) ${probe};; */optuna_adapter.py) ${answer};; esac\n`,
  );
  chmodSync(path, 0o755);
}

async function pythonOf(t: TestContext, dir: string, env: NodeJS.ProcessEnv): Promise<string> {
  const lines: string[] = [];
  const source = sourceOf(dir, '', {
    optimizer: 'optuna',
    env,
    onLine: (line) => void lines.push(line),
  });
  await source.next(1, [], t.signal);
  return lines.join('\n');
}

test('Optuna runs in the first Python of the user that has it', shell, async (t) => {
  const dir = tempDir(t);
  const env = {
    PATH: join(dir, 'path'),
    VIRTUAL_ENV: join(dir, 'active'),
    CONDA_PREFIX: join(dir, 'conda'),
  };
  const failed = await failure(sourceOf(dir, '', { optimizer: 'optuna', env }));
  assert.equal(failed.message, 'Optuna needs Python, and there is none');

  fakePython(join(dir, 'path', 'python3'), false);
  fakePython(join(dir, 'active', 'bin', 'python'), false);
  const lacking = await failure(sourceOf(dir, '', { optimizer: 'optuna', env }));
  const active = join(dir, 'active', 'bin', 'python');
  const install = `To install it: ${active} -m pip install optuna`;
  assert.equal(lacking.message, `${active} has no Optuna. ${install}`);

  fakePython(join(dir, 'path', 'python3'), true);
  assert.equal(await pythonOf(t, dir, env), `I am ${join(dir, 'path', 'python3')}`);
  fakePython(join(dir, '.venv', 'bin', 'python'), true);
  assert.equal(await pythonOf(t, dir, env), `I am ${join(dir, '.venv', 'bin', 'python')}`);
  fakePython(join(dir, 'conda', 'bin', 'python'), true);
  assert.equal(await pythonOf(t, dir, env), `I am ${join(dir, 'conda', 'bin', 'python')}`);
  fakePython(active, true);
  assert.equal(await pythonOf(t, dir, env), `I am ${active}`);
});

test('the objective of a trial is a metric of its summary', async (t) => {
  const { run } = newTestRun(t, { command: ['true'] });
  const value = async (metric: string): Promise<number | null> =>
    await objectiveValue(run, { metric, direction: 'minimize' });
  assert.equal(await value('loss'), null);
  const metrics = '"loss": 0.5, "n": 3, "acc": {"value": 0.9, "label": "x"}, "bad": NaN, "s": "1"';
  writeMeta(run, 'summary.json', `{"metrics": {${metrics}}, "attributes": {"other": 1}}`);
  assert.deepEqual(await Promise.all(['loss', 'n', 'acc', 'bad', 's', 'other'].map(value)), [
    0.5,
    3,
    0.9,
    null,
    null,
    null,
  ]);
});

test('the best trial is a completed one, the first of equals', () => {
  const trial = (
    index: number,
    value: number | null,
    status: ObservedTrial['status'] = 'completed',
  ) => ({ id: String(index), index, flags: {}, status, value }) satisfies ObservedTrial;
  const trials = [
    trial(4, 0.1),
    trial(1, 0.5),
    trial(2, 0.1),
    trial(3, 0.9),
    trial(5, null),
    trial(6, 0.01, 'error'),
    trial(7, 5, 'running'),
  ];
  const best = (direction: 'minimize' | 'maximize') =>
    bestTrial(trials, { metric: 'm', direction })?.index;
  assert.equal(best('minimize'), 2);
  assert.equal(best('maximize'), 3);
  assert.equal(bestTrial([trial(1, null)], { metric: 'm', direction: 'minimize' }), null);
});
