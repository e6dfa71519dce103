import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { recoverRun } from '../../../src/core/life/recover.ts';
import { readProcessFile } from '../../../src/core/meta/process-file.ts';
import { pidExists } from '../../../src/core/process/identity.ts';
import { runMetaPath, runyardPath } from '../../../src/core/run/run.ts';
import type { Run, RunInfo } from '../../../src/core/run/types.ts';
import { listRuns, readRunInfo } from '../../../src/core/store/read.ts';
import { posix } from '../../helpers/posix.ts';
import { exitOf } from '../../helpers/processes/processes.ts';
import { supervisorScript } from '../../helpers/processes/supervisor.ts';
import { randomFrom } from '../../helpers/random.ts';
import { newTestRun } from '../../helpers/runs/runs.ts';
import { find, tempDir, waitFor } from '../../helpers/temp.ts';

/** Rounds of killing; each picks other instants. */
const ROUNDS = Number(process.env['RUNYARD_CRASH_ROUNDS'] ?? 40);

/** The life of an undisturbed run takes about this long. Milliseconds. */
const LIFE_MS = 900;
const FINAL = ['completed', 'error', 'terminated'];

/** Prints numbered lines to both streams and notes each in a side file after it was printed. */
const PROGRAM = `
const fs = require('node:fs');
const [count, ack] = [Number(process.argv[2]), process.argv[3]];
const pause = new Int32Array(new SharedArrayBuffer(4));
for (let i = 0; i < count; i++) {
  const stream = i % 3 === 2 ? 2 : 1;
  fs.writeSync(stream, 'line ' + i + '\\n');
  fs.appendFileSync(ack, i + '\\n');
  Atomics.wait(pause, 0, 0, 2);
}
`;

function launch(supervisor: string, run: Run, task: object): ChildProcess {
  const json = JSON.stringify({ runsDir: run.runsDir, id: run.id, ...task });
  return spawn(process.execPath, [supervisor, json], { stdio: 'ignore', detached: true });
}

async function killAfter(child: ChildProcess, ms: number): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  await exitOf(child);
  clearTimeout(timer);
}

function livingChild(run: Run): number | null {
  const pid = readProcessFile(run)?.child?.pid ?? null;
  return pid !== null && pidExists(pid) ? pid : null;
}

/** The row of the run tells what its files and processes say, at any instant. */
async function checkTruth(run: Run): Promise<RunInfo> {
  const [info, ...others] = await listRuns(run.runsDir);
  assert.equal(others.length, 0);
  assert.ok(info !== undefined, 'the run is listed');
  assert.notEqual(info.status, 'unreadable', info.reason ?? '');
  const has = (name: string): boolean => existsSync(runMetaPath(run, name));
  if (has('proc/exit')) assert.ok(FINAL.includes(info.status), info.status);
  else if (has('started')) {
    // A process that is found only by its open output is not in the files yet.
    const expected = livingChild(run) === null ? 'terminated' : 'running';
    assert.equal(info.status, expected);
    assert.ok(info.needsRecovery);
  } else if (has('staged')) assert.equal(info.status, 'staged');
  else assert.equal(info.status, 'pending');
  return info;
}

function acknowledged(path: string): number[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8').trim().split('\n').filter(Boolean).map(Number);
}

/** Every acknowledged line is in the output once, lines of one stream in their order. */
function checkOutput(run: Run, name: string, ack: string): void {
  const path = runMetaPath(run, 'output', name);
  const acks = acknowledged(ack);
  if (acks.length === 0 && !existsSync(path)) return;
  const text = readFileSync(path, 'utf8');
  const numbers = text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => Number(/^line (\d+)$/.exec(line)?.[1]));
  assert.ok(numbers.every(Number.isInteger), 'only whole lines');
  assert.equal(new Set(numbers).size, numbers.length, 'no line twice');
  for (const n of acks) assert.ok(numbers.includes(n), `line ${String(n)} of ${name} is lost`);
  for (const isErr of [true, false]) {
    const stream = numbers.filter((n) => (n % 3 === 2) === isErr);
    assert.deepEqual(
      stream,
      [...stream].sort((a, b) => a - b),
    );
  }
  assert.equal(readFileSync(`${path}.index`).length, numbers.length * 9, 'a record for each line');
}

/** One run that is killed at random until it is recovered. Returns where it was hit first. */
async function round(t: test.TestContext, supervisor: string, seed: number): Promise<string> {
  const random = randomFrom(seed);
  const root = tempDir(t);
  const program = join(root, 'print.cjs');
  writeFileSync(program, PROGRAM);
  const acks = { hook: join(root, 'ack-hook'), run: join(root, 'ack-run') };
  const print = (count: number, ack: string): string[] => [
    process.execPath,
    program,
    String(count),
    ack,
  ];
  const command = print(60, acks.run);
  const table = {
    exec: {
      run: command,
      'stage-runtime': print(20, acks.hook),
      finalize: print(20, join(root, 'x')),
    },
  };
  const files = { 'a.txt': 'a', 'sub/b.txt': 'b' };
  const { run, projectDir } = newTestRun(t, { command, table, files, root });

  const life = launch(supervisor, run, { action: 'stage+start', projectDir });
  await killAfter(life, random() * LIFE_MS);
  const where = (await checkTruth(run)).status;
  if (random() < 0.4) {
    const child = livingChild(run);
    if (child !== null) process.kill(child, 'SIGKILL');
    await waitFor(() => livingChild(run) === null);
    await checkTruth(run);
  }
  while (random() < 0.4) {
    await killAfter(launch(supervisor, run, { action: 'recover' }), random() * 300);
    await checkTruth(run);
  }
  const { status } = await recoverRun(run);
  await checkRest(run);
  checkOutput(run, '20_runtime', acks.hook);

  if (status === 'pending' || status === 'staged') {
    // Nothing was started: the next start brings it to its end.
    const action = status === 'staged' ? 'start' : 'stage+start';
    await exitOf(launch(supervisor, run, { action, projectDir }));
    assert.equal((await readRunInfo(run.runsDir, run.id))?.status, 'completed');
    await checkRest(run);
  }
  checkOutput(run, '40_run', acks.run);
  const info = await readRunInfo(run.runsDir, run.id);
  assert.ok(FINAL.includes(info?.status ?? ''), info?.status);
  assert.ok(find(run.metaPath).includes('manifest'));
  return where;
}

async function checkRest(run: Run): Promise<void> {
  const info = await checkTruthAtRest(run);
  assert.equal(info.needsRecovery, false, info.reason ?? '');
  assert.equal(livingChild(run), null);
  for (const name of ['heartbeat', 'spool', 'request.json', 'progress.json']) {
    assert.ok(!existsSync(runyardPath(run, name)), name);
  }
  assert.ok(!existsSync(runMetaPath(run, 'proc', 'lock')));
}

async function checkTruthAtRest(run: Run): Promise<RunInfo> {
  const info = await readRunInfo(run.runsDir, run.id);
  assert.ok(info !== null && info.status !== 'unreadable');
  return info;
}

test(
  'a supervisor that is killed at any instant: truthful at once, recovered, no output lost',
  { ...posix('a shell and signals'), timeout: 300_000 },
  async (t) => {
    const supervisor = await supervisorScript();
    const base = Number(process.env['RUNYARD_CRASH_SEED'] ?? 1);
    const hit = new Set<string>();
    for (let i = 0; i < ROUNDS; i++) {
      const seed = base + i * 7919;
      await t.test(`seed ${String(seed)}`, async (t) => {
        hit.add(await round(t, supervisor, seed));
      });
    }
    t.diagnostic(`hit while: ${[...hit].sort().join(', ')}`);
  },
);
