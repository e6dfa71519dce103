import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { z } from 'zod';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import { stageRun } from '../../../src/core/life/stage.ts';
import { runStatus, startRun } from '../../../src/core/life/start.ts';
import { Claim, claimHolder, tryClaim } from '../../../src/core/run/claim.ts';
import { initRunMeta, makeRun } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { exitOf, nextMessage } from '../../helpers/processes/processes.ts';
import { stagedTestRun } from '../../helpers/runs/runs.ts';
import { tempDir, writeTree } from '../../helpers/temp.ts';

const PROCESSES = 16;
const RUNS = 200;
const WORKER = join(repoRoot, 'test/conformance/life/claims-worker.ts');
const ResultSchema = z.object({
  started: z.array(z.string()),
  refused: z.record(z.string(), z.number()),
});

async function stageMany(root: string, trace: string): Promise<Run[]> {
  const project = writeTree(join(root, 'project'), { 'a.txt': 'a' });
  const command = `echo "$RUN_ID" >> ${trace}`;
  const runs: Run[] = [];
  for (let i = 0; i < RUNS; i++) {
    const run = makeRun({ ns: 'test', name: 'test', version: null }, join(root, 'runs'));
    initRunMeta(run, { name: 'test', table: { exec: command } }, {}, { command, env: {} });
    await stageRun(run, project);
    runs.push(run);
  }
  return runs;
}

test('16 processes start the same 200 runs: each run is started exactly once', async (t) => {
  const root = tempDir(t);
  const trace = join(root, 'trace');
  writeFileSync(trace, '');
  const runs = await stageMany(root, trace);
  const task = JSON.stringify({ runsDir: join(root, 'runs'), ids: runs.map(({ id }) => id) });
  const workers: ChildProcess[] = Array.from({ length: PROCESSES }, () => fork(WORKER, [task]));
  t.after(() => {
    for (const worker of workers) worker.kill('SIGKILL');
  });
  await Promise.all(workers.map((worker) => nextMessage(worker)));
  const results = workers.map(async (worker) => ResultSchema.parse(await nextMessage(worker)));
  for (const worker of workers) worker.send('go');
  const done = await Promise.all(results);

  const ids = runs.map(({ id }) => id).sort();
  assert.deepEqual(done.flatMap(({ started }) => started).sort(), ids, 'one starter for each');
  const traced = readFileSync(trace, 'utf8').trim().split('\n').sort();
  assert.deepEqual(traced, ids, 'each program ran once');
  assert.deepEqual(new Set(runs.map(runStatus)), new Set(['completed']));
  const refused = done.flatMap((result) => Object.entries(result.refused));
  assert.ok(refused.every(([code]) => code === 'claimed' || code === 'wrong-status'));
  const total = refused.reduce((sum, [, count]) => sum + count, 0);
  assert.equal(total, RUNS * (PROCESSES - 1));
  assert.ok(runs.every((run) => claimHolder(run) === null));
});

test('a claim of a dead process is taken over, by one of many', async (t) => {
  const run = await stagedTestRun(t, { command: 'true' });
  const script = `import { claimRun } from ${JSON.stringify(join(repoRoot, 'src/core/run/claim.ts'))};
    import { openRun } from ${JSON.stringify(join(repoRoot, 'src/core/run/run.ts'))};
    claimRun(openRun(${JSON.stringify(run.runsDir)}, ${JSON.stringify(run.id)}), 'start');
    process.send('held', () => process.kill(process.pid, 'SIGKILL'));`;
  const file = join(tempDir(t), 'holder.mjs');
  writeFileSync(file, script);
  const holder = fork(file);
  await exitOf(holder);
  const first = tryClaim(run, 'a');
  assert.ok(first instanceof Claim);
  assert.ok(!(tryClaim(run, 'b') instanceof Claim));
  await assert.rejects(startRun(run), { code: 'claimed' });
  first.release();
  const second = tryClaim(run, 'c');
  assert.ok(second instanceof Claim);
  second.release();
});

test('claims can be made while others take the directory away', async (t) => {
  const run = await stagedTestRun(t, { command: 'true' });
  const claims = JSON.stringify(join(repoRoot, 'src/core/run/claim.ts'));
  const place = JSON.stringify({ runsDir: run.runsDir, id: run.id });
  const file = join(tempDir(t), 'remover.mjs');
  writeFileSync(
    file,
    `import { removeClaims } from ${claims};
    process.send('ready');
    while (process.connected) {
      for (let i = 0; i < 100; i++) removeClaims(${place});
      await new Promise((resolve) => setImmediate(resolve));
    }`,
  );
  const removers = [fork(file), fork(file)];
  t.after(() => {
    for (const remover of removers) remover.kill('SIGKILL');
  });
  await Promise.all(removers.map((remover) => nextMessage(remover)));
  for (let i = 0; i < 2_000; i++) {
    const claim = tryClaim(run, 'a');
    if (claim instanceof Claim) claim.release();
  }
  assert.ok(removers.every((remover) => remover.exitCode === null));
});
