import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { readProcessFile } from '../../../src/core/meta/process-file.ts';
import { livenessOf } from '../../../src/core/process/identity.ts';
import { claimHolder } from '../../../src/core/run/claim.ts';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { listRuns } from '../../../src/core/store/read.ts';
import { enqueue, setQueue } from '../../../src/queue/queue.ts';
import { posix } from '../../helpers/posix.ts';
import { randomFrom, shuffled } from '../../helpers/random.ts';
import { Stress, countBy } from '../../helpers/runs/stress.ts';
import { makeTempDir, removeTree, waitFor } from '../../helpers/temp.ts';

const STARTERS = 8;
const QUEUES = 4;
const BATCHES = 2;

/** Of 500 staged runs these belong to a batch each. */
const TRIALS = 100;
const RUNS = 500;
const QUEUED = 200;

/** So long, at most, everything is killed at random. Milliseconds. */
const CHAOS_MS = Number(process.env['RUNYARD_STRESS_MS'] ?? 25_000);
const KILL_MS = 400;
const FINAL: readonly string[] = ['completed', 'error', 'terminated'];

/** What is true of every run at rest, whatever was killed. @param count how often its program ran. */
function checkRun(info: RunInfo, count: number): void {
  const log = readFileSync(join(info.metaPath, 'log', 'runner'), 'utf8');
  assert.ok(count <= 1, `${info.id} was started ${String(count)} times:\n${log}`);
  if (info.status === 'staged') assert.equal(count, 0, `${info.id} was started and is staged`);
  else assert.ok(FINAL.includes(info.status), `${info.id} is ${info.status}`);
  if (info.status === 'completed') assert.equal(count, 1, `${info.id} completed without a start`);
  assert.equal(info.needsRecovery, false, info.reason ?? '');
  assert.equal(claimHolder(info), null, `${info.id} is claimed`);
  const file = readProcessFile(info);
  if (file?.child) assert.notEqual(livenessOf(file.child), 'alive', `${info.id} runs`);
}

/** Who has begun to start a run, for people who look. */
function begunBy(info: RunInfo): string {
  const log = readFileSync(join(info.metaPath, 'log', 'runner'), 'utf8');
  if (log.includes('Taken by the queue')) return 'a queue';
  return info.batch?.role === 'trial' ? 'a batch or a starter' : 'a starter';
}

test(
  '8 starters, 4 queues and 2 batches, killed at random: each run starts once or is still staged',
  { ...posix('a shell and signals'), timeout: 300_000 },
  async (t) => {
    const seed = Number(process.env['RUNYARD_STRESS_SEED'] ?? Date.now() % 100_000);
    t.diagnostic(`RUNYARD_STRESS_SEED=${String(seed)}`);
    const root = makeTempDir();
    const stress = await Stress.make(root, seed);
    t.after(() => {
      stress.dispose();
      removeTree(root);
    });
    const { runsDir } = stress;
    const runs = await stress.stage(RUNS - BATCHES * TRIALS);
    const batches = [];
    for (let i = 0; i < BATCHES; i++) {
      const { batch, trials } = await stress.stageBatch(TRIALS);
      batches.push(batch);
      runs.push(...trials);
    }
    setQueue(runsDir, { slots: 3 });
    for (const run of shuffled(runs, randomFrom(seed)).slice(0, QUEUED)) enqueue(run);

    const ids = runs.map(({ id }) => id);
    const starters = Array.from({ length: STARTERS }, () => stress.keepStarter(ids));
    const queues = Array.from({ length: QUEUES }, () => stress.keepQueue());
    const ends = batches.map((batch) => stress.keepBatch(batch));
    const end = Date.now() + CHAOS_MS;
    const isLeft = ({ status }: RunInfo): boolean => status === 'staged' || status === 'queued';
    while (Date.now() < end && (await listRuns(runsDir)).some(isLeft)) {
      for (let i = 0; i < 3; i++) {
        await stress.pause(KILL_MS);
        await stress.killSome();
      }
    }
    const seconds = ((Date.now() - end + CHAOS_MS) / 1000).toFixed(0);
    await stress.calm();
    await Promise.all(starters);
    const killed = JSON.stringify(Object.fromEntries(stress.kills));
    t.diagnostic(`killed in ${seconds} s: ${killed}`);

    // What waits goes on without help; what lost who looked after it is completed.
    await Promise.all([...queues, ...ends]);
    await stress.finishQueue();
    await waitFor(
      async () => {
        await stress.recoverAll();
        const statuses = (await listRuns(runsDir)).map(({ status }) => status);
        return statuses.every((status) => FINAL.includes(status) || status === 'staged');
      },
      { what: 'the last runs' },
    );

    const after = await listRuns(runsDir);
    const traced = stress.traced();
    const isBatch = (info: RunInfo): boolean => info.batch?.role === 'batch';
    assert.equal(after.length, RUNS + BATCHES);
    for (const info of after) if (!isBatch(info)) checkRun(info, traced.get(info.id) ?? 0);
    for (const info of after.filter(isBatch)) {
      assert.deepEqual([info.status, info.needsRecovery], ['completed', false]);
      assert.equal(claimHolder(info), null);
    }
    const left = readdirSync(join(runsDir, '.runyard', 'queue'));
    assert.deepEqual(
      left.filter((name) => /\.(json|taken)$/.test(name)),
      [],
      'nothing is left in the queue',
    );
    t.diagnostic(`begun by: ${JSON.stringify(Object.fromEntries(countBy(after.map(begunBy))))}`);
    const statuses = countBy(after.map(({ status }) => status));
    t.diagnostic(`in the end: ${JSON.stringify(Object.fromEntries(statuses))}`);
  },
);
