import { trialInfo } from '../batch/record/record.ts';
import type { BatchRunner } from '../batch/run-batch.ts';
import { RunyardError } from '../core/base/errors.ts';
import type { SupervisorMessage, SupervisorTask } from '../core/launch/launch-messages.ts';
import { Worker } from '../core/launch/worker.ts';
import { requestStop } from '../core/life/stop.ts';
import { DEFAULT_GRACE_MS } from '../core/phase/child.ts';
import type { Run } from '../core/run/types.ts';
import { isActive } from '../core/status/status.ts';

/** What a {@link TrialPool} needs. */
export interface TrialPoolOptions {
  readonly supervisorPath: string;
  readonly batch: Run;
  /** Of the trials; the source code is in the directory of the batch. */
  readonly projectDir: string;
  readonly slots: number;
  /** What trials are started with, as the batch was. */
  readonly settings?: Pick<
    SupervisorTask,
    'parentDir' | 'graceMs' | 'format' | 'exclude' | 'allowed'
  >;
  /** Between SIGTERM and SIGKILL when the batch is stopped. Milliseconds. */
  readonly graceMs?: () => number;
}

/** Workers that fail to take a task so often in a row do not start at all. */
const ATTEMPTS = 3;
/** A run that another process looks after is looked at this often. Milliseconds. */
const FOLLOW_MS = 250;

/**
 * Stages and runs the trials of a batch in workers, which are processes of their own: as many
 * as there is to do at a time. They are used again, and outlive us with the trials they have.
 */
export class TrialPool implements BatchRunner {
  readonly #options: TrialPoolOptions;
  readonly #idle: Worker[] = [];
  /** By the id of the run that they look after. */
  readonly #busy = new Map<string, Worker>();
  /** Trials that cannot be stopped from here: the process that they name is not their own. */
  readonly #foreign = new Set<string>();
  #size: number;

  constructor(options: TrialPoolOptions) {
    this.#options = options;
    this.#size = options.slots;
  }

  async stage(trial: Run): Promise<void> {
    const { batch, projectDir, settings } = this.#options;
    const { exclude, allowed } = settings ?? {};
    await this.#perform(trial, {
      action: 'stage',
      projectDir,
      sourceDir: batch.runDir,
      ...(exclude && { exclude }),
      ...(allowed !== undefined && { allowed }),
    });
  }

  async start(trial: Run, onStarted: () => void): Promise<number | null> {
    const { settings } = this.#options;
    const seen = new Set<SupervisorMessage['type']>();
    let exitCode: number | null = null;
    try {
      await this.#perform(trial, { ...settings, action: 'start' }, (message) => {
        seen.add(message.type);
        if (message.type === 'started') onStarted();
        if (message.type === 'ended') ({ exitCode } = message);
      });
      return exitCode;
    } catch (error) {
      const died = error instanceof RunyardError && error.code === 'supervisor';
      if (!died || !seen.has('started')) throw error;
      // The worker died, its run may go on.
      return await this.follow(trial);
    }
  }

  async follow(trial: Run): Promise<number | null> {
    for (;;) {
      if (this.#foreign.has(trial.id)) return null;
      const info = await trialInfo(trial.runsDir, trial.id);
      if (info === null) return null;
      if (info.needsRecovery) await this.#recover(trial);
      else if (!isActive(info.status)) return info.exitCode;
      else await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS));
    }
  }

  async stop(trial: Run): Promise<void> {
    const graceMs = this.#options.graceMs?.() ?? DEFAULT_GRACE_MS;
    try {
      await requestStop(trial, { graceMs, by: 'batch' });
    } catch (error) {
      // Otherwise it ended, was deleted, or somebody recovers it.
      if (error instanceof RunyardError && error.code === 'foreign') this.#foreign.add(trial.id);
    }
    // It may have the run and not know it yet.
    this.#busy.get(trial.id)?.cancel(trial.id);
  }

  resize(slots: number): void {
    this.#size = slots;
    this.#trim();
  }

  /** Lets all workers go. */
  close(): void {
    this.#size = 0;
    this.#trim();
    for (const worker of this.#busy.values()) worker.close();
  }

  async #recover(trial: Run): Promise<void> {
    try {
      await this.#perform(trial, { ...this.#options.settings, action: 'recover' });
    } catch (error) {
      if (!(error instanceof RunyardError) || error.code !== 'claimed') throw error;
      // Another one does it: look again soon.
      await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS));
    }
  }

  async #perform(
    { runsDir, id }: Run,
    task: Omit<SupervisorTask, 'runsDir' | 'id'>,
    onMessage?: (message: SupervisorMessage) => void,
  ): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const worker = this.#take();
      this.#busy.set(id, worker);
      try {
        if (await worker.perform({ ...task, runsDir, id }, onMessage)) return;
      } finally {
        this.#busy.delete(id);
        if (worker.usable) this.#idle.push(worker);
        this.#trim();
      }
    }
    throw new RunyardError('supervisor', 'No supervisor for the run could be started');
  }

  #take(): Worker {
    for (let worker = this.#idle.pop(); worker !== undefined; worker = this.#idle.pop()) {
      if (worker.usable) return worker;
    }
    const { supervisorPath, batch } = this.#options;
    return new Worker({ supervisorPath, runsDir: batch.runsDir, id: batch.id });
  }

  #trim(): void {
    while (this.#idle.length > 0 && this.#idle.length + this.#busy.size > this.#size) {
      this.#idle.pop()?.close();
    }
  }
}
