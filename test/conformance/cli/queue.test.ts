import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import test from 'node:test';
import { z } from 'zod';
import { runStatus } from '../../../src/core/life/start.ts';
import { runName } from '../../../src/core/run/ids.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { setQueue } from '../../../src/queue/queue.ts';
import { cliJson, runCli, type CliResult } from '../../helpers/cli.ts';
import { supervisorScript } from '../../helpers/processes/supervisor.ts';
import { newTestRun, stagedTestRun } from '../../helpers/runs/runs.ts';
import { tempDir, waitFor } from '../../helpers/temp.ts';

const StateSchema = z.strictObject({
  slots: z.number(),
  paused: z.boolean(),
  waitForRunning: z.boolean(),
  resources: z.array(z.array(z.string())),
  runner: z.nullable(z.strictObject({ pid: z.number(), host: z.string() })),
  entries: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      priority: z.number(),
      resources: z.array(z.string()),
      sinceMs: z.number(),
      by: z.string(),
      blocked: z.nullable(z.string()),
    }),
  ),
  running: z.array(z.strictObject({ id: z.string(), name: z.string(), slot: z.number() })),
  foreign: z.array(z.strictObject({ id: z.string(), name: z.string(), reason: z.string() })),
  failed: z.array(
    z.strictObject({ id: z.string(), name: z.string(), reason: z.string(), timeMs: z.number() }),
  ),
});

async function queue(run: Run, ...args: readonly string[]): Promise<CliResult> {
  const env = { RUNYARD_SUPERVISOR: await supervisorScript() };
  return await runCli(['queue', '--runs', run.runsDir, ...args], {
    env,
    cwd: dirname(run.runsDir),
  });
}

async function list(run: Run): Promise<z.infer<typeof StateSchema>> {
  return StateSchema.parse(await cliJson(['queue', 'list', '--runs', run.runsDir]));
}

test('queue: add, list, remove, pause, resume, slots', async (t) => {
  const root = tempDir(t);
  const a = await stagedTestRun(t, { command: 'true', root });
  const b = await stagedTestRun(t, { command: 'true', root });
  assert.equal((await queue(a, 'pause')).code, 0);
  assert.equal((await queue(a, 'add', a.id)).stderr, 'Queued 1 run\n');
  await queue(a, 'add', b.id, '--priority', '2', '--needs', 'gpu:1,ssd');
  await queue(a, 'slots', '2', '--has', 'gpu:0', '--has', 'gpu:1,ssd');
  await queue(a, 'wait-for-running', 'on');
  const state = await list(a);
  assert.deepEqual(
    { ...state, entries: state.entries.map(({ id, priority }) => [id, priority]) },
    {
      slots: 2,
      paused: true,
      waitForRunning: true,
      resources: [['gpu:0'], ['gpu:1', 'ssd']],
      runner: null,
      entries: [
        [b.id, 2],
        [a.id, 0],
      ],
      running: [],
      failed: [],
      foreign: [],
    },
  );
  assert.deepEqual(state.entries[0]?.resources, ['gpu:1', 'ssd']);
  assert.equal(state.entries[0].name, runName(b.id));
  const shown = await queue(a);
  assert.match(
    shown.stderr,
    /^Queue \(2 slots, paused, waits for other runs\): 2 waiting, 0 running\n/,
  );
  const lines = shown.stdout.split('\n');
  assert.match(
    lines[1] ?? '',
    new RegExp(`^${b.name} +test:test +queued +priority 2 +waiting for`),
  );
  assert.match(lines[2] ?? '', new RegExp(`^${a.name} +test:test +queued +waiting for`));

  assert.equal((await queue(a, 'remove', b.id)).stderr, 'Removed 1 run from the queue\n');
  const again = await queue(a, 'remove', b.id);
  assert.deepEqual([again.code, again.stderr], [1, `runyard: Not in the queue: ${b.name}\n`]);
  assert.equal(runStatus(b), 'staged');
  assert.equal((await queue(a, 'resume')).code, 0);
  await waitFor(() => runStatus(a) === 'completed', { what: 'the run of the queue' });
  assert.equal(runStatus(b), 'staged');
});

test('queue: what cannot be', async (t) => {
  const root = tempDir(t);
  const run = await stagedTestRun(t, { command: 'true', root });
  const { run: pending } = newTestRun(t, { command: 'true', root });
  const cases: readonly (readonly [string[], number, RegExp])[] = [
    [['fly'], 2, /'fly' is nothing that a queue does/],
    [['add'], 2, /Name the runs to add/],
    [['remove'], 2, /Name the runs to remove/],
    [['pause', 'x'], 2, /'x' is one argument too many/],
    [['slots'], 2, /slots takes one whole number/],
    [['slots', 'many'], 2, /slots takes one whole number/],
    [['slots', '1', '--has', 'gpu:0', '--has', 'gpu:1'], 2, /--has says what 2 slots have, not 1/],
    [['slots', '0'], 1, /A queue needs at least one slot .*, not 0\nPause the queue/],
    [['wait-for-running', 'maybe'], 2, /takes on or off/],
    [['add', run.id, '--priority', 'high'], 2, /--priority needs a whole number/],
    [['add', run.id, pending.id], 1, /status is 'pending' but expected 'staged'/],
  ];
  for (const [args, code, text] of cases) {
    const result = await queue(run, ...args);
    assert.equal(result.code, code, args.join(' '));
    assert.match(result.stderr, text);
  }
  assert.equal(runStatus(run), 'staged', 'of several runs all are queued, or none');
});

test('queue list starts nothing; it says how to go on', async (t) => {
  const run = await stagedTestRun(t, { command: 'true' });
  setQueue(run.runsDir, { paused: true });
  await queue(run, 'add', run.id);
  setQueue(run.runsDir, { paused: false });
  const { stderr } = await queue(run, 'list');
  assert.equal(
    stderr,
    "Queue (1 slot): 1 waiting, 0 running; 'runyard queue resume' goes on with it\n",
  );
  assert.deepEqual([(await list(run)).runner, runStatus(run)], [null, 'queued']);
});
