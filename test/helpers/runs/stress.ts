import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as esbuild from 'esbuild';
import { execa } from 'execa';
import { planRestart } from '../../../src/batch/plan-restart.ts';
import { readBatch, readTrials } from '../../../src/batch/record/record.ts';
import { restartBatch } from '../../../src/batch/restart.ts';
import { makeTrial } from '../../../src/batch/trial/trial.ts';
import { RunyardError } from '../../../src/core/base/errors.ts';
import { recoverRun } from '../../../src/core/life/recover.ts';
import { stageRun } from '../../../src/core/life/stage.ts';
import { initRunMeta, makeRun, openRun } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { listRuns } from '../../../src/core/store/read.ts';
import { openProject } from '../../../src/opdef/project.ts';
import { ensureQueueRunner } from '../../../src/queue/launch.ts';
import { listQueue } from '../../../src/queue/queue.ts';
import { supervisorScript } from '../processes/supervisor.ts';
import { randomFrom, shuffled } from '../random.ts';
import { WAIT_MS, waitFor, writeTree } from '../temp.ts';
import { makeBatch } from './batches.ts';

/** A queue that has ended is started again after this. Milliseconds. */
const QUEUE_PAUSE_MS = 500;

/** What is in the command line of a process, and what it is. */
const KINDS: readonly (readonly [string, string])[] = [
  ['starter.mjs', 'starters'],
  [' queue ', 'queues'],
  ['"action":"batch"', 'batches'],
  ['"action":"serve"', 'workers'],
  ['"action":"recover"', 'recoveries'],
];

/** A store full of staged runs, processes that all want to start them, and one that kills. */
export class Stress {
  readonly runsDir: string;
  /** How often who was killed. */
  readonly kills = new Map<string, number>();
  readonly #projectDir: string;
  readonly #trace: string;
  readonly #supervisor: string;
  readonly #starter: string;
  readonly #random: () => number;
  readonly #children = new Set<ChildProcess>();
  readonly #starters = new Set<ChildProcess>();
  #on = true;
  #disposed = false;

  /** @param root a directory of its own. */
  static async make(root: string, seed: number): Promise<Stress> {
    const starter = join(root, 'starter.mjs');
    // Bundled, as the supervisor is: it starts faster, so more of them can be killed.
    await esbuild.build({
      entryPoints: [join(import.meta.dirname, 'stress-starter.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: starter,
    });
    return new Stress(root, { starter, supervisor: await supervisorScript() }, seed);
  }

  private constructor(
    root: string,
    scripts: { readonly starter: string; readonly supervisor: string },
    seed: number,
  ) {
    this.runsDir = join(root, 'runs');
    this.#trace = join(root, 'trace');
    this.#starter = scripts.starter;
    this.#supervisor = scripts.supervisor;
    this.#random = randomFrom(seed);
    writeFileSync(this.#trace, '');
    const gageFile = `[task]\nexec = ${JSON.stringify(this.#command)}\nsourcecode = []\n`;
    this.#projectDir = writeTree(join(root, 'project'), { 'gage.toml': gageFile });
  }

  /** Each run writes its id to a common file. */
  get #command(): string {
    return `echo "$RUN_ID" >> ${this.#trace}`;
  }

  /** Staged runs of nobody. */
  async stage(count: number): Promise<Run[]> {
    const table = { exec: this.#command, sourcecode: [] };
    const runs: Run[] = [];
    for (let i = 0; i < count; i++) {
      const run = makeRun({ ns: 'test', name: 'task', version: null }, this.runsDir);
      initRunMeta(run, { name: 'task', table }, {}, { command: this.#command, env: {} });
      await stageRun(run, this.#projectDir);
      runs.push(run);
    }
    return runs;
  }

  /** A staged batch with so many trials, which are staged too. */
  async stageBatch(count: number): Promise<{ readonly batch: Run; readonly trials: Run[] }> {
    const project = await openProject(this.#projectDir, { env: {}, runsDir: this.runsDir });
    const rows = Array.from({ length: count }, () => ({}));
    const batch = await makeBatch(project, 'task', { rows, slots: 2 });
    const record = readBatch(batch);
    const trials = readTrials(batch).map((trial) => makeTrial(batch, record, trial));
    for (const trial of trials) await stageRun(trial, this.#projectDir);
    return { batch, trials };
  }

  /** Keeps a process at work that starts these runs, whatever happens to it. */
  async keepStarter(ids: readonly string[]): Promise<void> {
    while (this.#on) {
      const seed = Math.floor(this.#random() * 2 ** 31);
      const task = JSON.stringify({ runsDir: this.runsDir, ids, seed });
      const starter = fork(this.#starter, [task], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      this.#starters.add(starter);
      const code = await this.#end(starter);
      this.#starters.delete(starter);
      if (code !== null && code !== 0) throw new Error(`A starter ended with ${String(code)}`);
    }
  }

  /** Keeps a process of the queue at work: of several one leads, the others end at once. */
  async keepQueue(): Promise<void> {
    while (this.#on) {
      await this.#end(this.#spawn(['queue', JSON.stringify({ runsDir: this.runsDir })]));
      await sleep(QUEUE_PAUSE_MS);
    }
  }

  /** Keeps a batch going until it is through, also when its supervisor is killed. */
  async keepBatch(batch: Run): Promise<void> {
    while (!this.#disposed) {
      const task = JSON.stringify({ action: 'batch', runsDir: batch.runsDir, id: batch.id });
      const code = await this.#end(this.#spawn([task]));
      if (code === 0) return;
      await sleep(100);
      try {
        await recoverRun(batch);
        await restartBatch(await planRestart(batch, 'remaining'));
      } catch (error) {
        // The queue may recover a batch that it started, and is at it.
        if (!(error instanceof RunyardError)) throw error;
      }
    }
  }

  /** Kills one of the processes of each of two kinds that work on the store. */
  async killSome(): Promise<void> {
    const { stdout } = await execa('ps', ['-A', '-ww', '-o', 'pid=,args='], { timeout: WAIT_MS });
    const victims = new Map<string, number[]>();
    for (const line of stdout.split('\n').filter((text) => text.includes(this.runsDir))) {
      const kind = KINDS.find(([part]) => line.includes(part))?.[1] ?? 'supervisors';
      victims.set(kind, [...(victims.get(kind) ?? []), Number.parseInt(line, 10)]);
    }
    for (const [kind, pids] of shuffled([...victims], this.#random).slice(0, 2)) {
      try {
        process.kill(pids[Math.floor(this.#random() * pids.length)] ?? 0, 'SIGKILL');
        this.kills.set(kind, (this.kills.get(kind) ?? 0) + 1);
      } catch {
        // It was faster.
      }
    }
  }

  /** Nothing is killed any more, and nothing killed is started again; starters end. */
  async calm(): Promise<void> {
    this.#on = false;
    for (const starter of this.#starters) starter.disconnect();
    await waitFor(() => this.#starters.size === 0, { what: 'the starters' });
  }

  /** Lets a queue do what is left to do. */
  async finishQueue(): Promise<void> {
    await ensureQueueRunner(this.runsDir, { supervisorPath: this.#supervisor });
    await waitFor(async () => (await listQueue(this.runsDir)).runner === null, {
      timeoutMs: 90_000,
      what: 'the end of the queue',
    });
  }

  /** Completes every run that lost who looked after it. */
  async recoverAll(): Promise<void> {
    for (const info of await listRuns(this.runsDir)) {
      if (info.needsRecovery) await recoverRun(openRun(info.runsDir, info.id));
    }
  }

  /** Ends whoever is left of our own when a test fails. */
  dispose(): void {
    this.#on = false;
    this.#disposed = true;
    for (const child of this.#children) child.kill('SIGKILL');
  }

  /** How often each run's program ran, by run id. */
  traced(): ReadonlyMap<string, number> {
    return countBy(readFileSync(this.#trace, 'utf8').split('\n').filter(Boolean));
  }

  /** Waits for up to `ms` milliseconds. */
  async pause(ms: number): Promise<void> {
    await sleep(this.#random() * ms);
  }

  #spawn(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, ['--no-warnings', this.#supervisor, ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  /** @returns its exit code; null when it was killed. */
  async #end(child: ChildProcess): Promise<number | null> {
    this.#children.add(child);
    await once(child, 'exit');
    this.#children.delete(child);
    return child.exitCode;
  }
}

/** How often each word is there. */
export function countBy(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
