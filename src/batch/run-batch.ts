import { RunyardError, describeError } from '../core/base/errors.ts';
import { Pace } from '../core/base/pace.ts';
import type { Run, RunInfo, RunStatus } from '../core/run/types.ts';
import { isFinal } from '../core/status/status.ts';
import { trialInfo, trialRun, type BatchRecord, type TrialRecord } from './record/record.ts';
import type { TrialSkip, TrialSource } from './record/types.ts';
import { Search } from './search/search.ts';
import { Slots } from './slots.ts';
import { EqualTrials } from './trial/equal.ts';
import { TrialList } from './trial/list.ts';
import {
  isFailure,
  isRefusal,
  makeTrial,
  reportEnd,
  reportSkip,
  tryRunStagedTrial,
  type BatchLog,
  type TrialOutcome,
  type TrialRunner,
} from './trial/trial.ts';

/** What runs the trials of a batch, and knows about those that an earlier attempt left running. */
export interface BatchRunner extends TrialRunner {
  /** Waits for the end of a trial that runs, and finalizes one whose supervisor died. */
  follow(trial: Run): Promise<number | null>;
  /** Stops a trial that it stages, runs, or follows. */
  stop(trial: Run): Promise<void>;
  /** So many processes are worth keeping. */
  resize(slots: number): void;
}

/** What {@link BatchLoop} needs. */
export interface BatchLoopOptions {
  readonly batch: Run;
  readonly record: BatchRecord;
  readonly trials: readonly TrialRecord[];
  /** Ids of the trials that a restart is about; null for all. */
  readonly chosen: ReadonlySet<string> | null;
  /** Gives the trials of a sequential search; null when all are known. */
  readonly source: TrialSource | null;
  /** It was started before: what has ended is none of its business any more. */
  readonly resumed: boolean;
  readonly slots: number;
  readonly log: BatchLog;
  readonly runner: BatchRunner;
  /** Called when a trial has ended or was left out. */
  readonly onProgress: (done: number, planned: number) => void;
}

/** Why no more trials are started. */
type Halt = 'after-current' | 'stop' | 'failure';

/** Exit code of a batch that was stopped: as of a process that SIGTERM ended. */
const STOPPED = -15;
const STOPPING = '(remaining staged trials may be started as needed)';

/** Runs the trials of a batch to their ends (guild-format.md 1.3 to 1.7). */
export class BatchLoop {
  readonly #options: BatchLoopOptions;
  readonly #list: TrialList;
  readonly #slots: Slots;
  readonly #search: Search | null;
  readonly #asking = new AbortController();
  /** Trials that are not staged yet. */
  readonly #unstaged = new Set<string>();
  /** Trials that are not to be started. */
  readonly #leftOut = new Set<string>();
  readonly #equal: EqualTrials;
  /** Trials that are being staged or run. */
  readonly #active = new Map<string, Run>();
  #done = 0;
  #halt: Halt | null = null;
  #exitCode = 0;

  constructor(options: BatchLoopOptions) {
    const { batch, record, trials, source, slots } = options;
    this.#options = options;
    this.#list = new TrialList(batch, trials);
    this.#slots = new Slots(slots);
    this.#equal = new EqualTrials(record);
    const isActive = (id: string): boolean => this.#active.has(id);
    this.#search = source === null ? null : new Search(record, source, this.#list, isActive);
  }

  /** How many trials run at a time from now on. */
  resize(slots: number): void {
    if (slots === this.#slots.size) return;
    this.#options.log.info(`Running ${String(slots)} at a time from now on`);
    this.#options.runner.resize(slots);
    this.#slots.resize(slots);
  }

  /** Starts no more; those that run go on to their ends. */
  stopAfterCurrent(): void {
    if (this.#halt !== null) return;
    this.#options.log.info(`Stopping batch ${STOPPING}`);
    this.#stopStarting('after-current');
  }

  /** Starts no more, and stops those that run. */
  stop(): void {
    if (this.#halt === 'stop') return;
    if (this.#halt === null) this.#options.log.info(`Stopping batch ${STOPPING}`);
    this.#stopStarting('stop');
    for (const trial of this.#active.values()) void this.#options.runner.stop(trial);
  }

  /**
   * Makes and stages all trials, then runs them.
   * @returns the exit code of the batch: 0 also when trials failed, unless it was to stop then;
   *   -15 when it was stopped.
   */
  async run(): Promise<number> {
    const { log, record, chosen } = this.#options;
    if (this.#list.all.length === 0 && this.#search === null) {
      log.info('There are no trials to run');
      return 0;
    }
    this.#announce();
    try {
      await this.#takeStock();
      await this.#makeAll();
      await this.#stageAll();
      // Who names trials wants them to run.
      if (!record.stageTrials || chosen !== null) await this.#startAll();
      else if (this.#halt === null) log.info('The trials are staged and may be started as needed');
    } finally {
      this.#list.save();
    }
    return this.#result();
  }

  #announce(): void {
    const { log, record, chosen } = this.#options;
    const all = String(this.#list.all.length);
    const some = chosen === null ? all : `${String(chosen.size)} of ${all}`;
    const count = this.#search === null ? some : `up to ${String(this.#planned)}`;
    const seed = record.seed === null ? '' : `, random seed ${String(record.seed)}`;
    log.info(
      `Trials of ${record.operation}: ${count}, ${String(this.#slots.size)} at a time${seed}`,
    );
  }

  /** What the trials are before anything is done: some may run, or have ended already. */
  async #takeStock(): Promise<void> {
    const { batch, resumed, chosen, log } = this.#options;
    let done = 0;
    const pace = new Pace();
    for (const trial of this.#list.all) {
      if (pace.due()) await pace.rest();
      if (chosen?.has(trial.id) === false) {
        this.#leftOut.add(trial.id);
        continue;
      }
      if (trial.skipped?.seen === 'equal') {
        this.#leaveOut(trial, trial.skipped);
        continue;
      }
      const info = await trialInfo(batch.runsDir, trial.id);
      const isGone = info === null ? trial.made : info.container !== 'active';
      if (isGone) this.#leaveOut(trial, { seen: 'unknown', expected: 'staged' });
      else if (info === null || isUnstaged(info)) this.#unstaged.add(trial.id);
      else if (isFinal(info.status) && !info.needsRecovery) {
        await this.#noteEnd(trial, info);
        if (!resumed) continue;
        this.#leftOut.add(trial.id);
        done++;
      }
    }
    if (done > 0) log.info(`Trials that have ended before: ${String(done)}`);
  }

  /** All of them before anything else: whoever looks sees the whole batch. */
  async #makeAll(): Promise<void> {
    const { batch, record } = this.#options;
    const pace = new Pace();
    for (const trial of this.#list.all) {
      if (pace.due()) await pace.rest();
      if (this.#halt !== null) break;
      if (trial.made || !this.#unstaged.has(trial.id)) continue;
      makeTrial(batch, record, trial);
      this.#list.update(trial.id, { made: true });
    }
    this.#list.save();
  }

  async #stageAll(): Promise<void> {
    const waiting = this.#list.all.filter(({ id }) => this.#unstaged.has(id)).values();
    await this.#slots.run(
      () => {
        const { value } = waiting.next();
        return Promise.resolve(value === undefined ? [] : [value]);
      },
      async (trial) => {
        await this.#whileActive(trial, async (run) => {
          await this.#stage(trial, run);
          return true;
        });
      },
    );
  }

  async #startAll(): Promise<void> {
    const waiting = this.#list.all.filter(({ id }) => !this.#leftOut.has(id)).values();
    // What is not to be started is done.
    this.#done = this.#leftOut.size;
    await this.#slots.run(
      async (free) => {
        const { value } = waiting.next();
        if (value !== undefined) return [value];
        // Nothing waits: processes that are idle now are of no more use.
        if (this.#search === null) this.#options.runner.resize(this.#active.size);
        return await this.#ask(free);
      },
      async (trial) => {
        const isDone = await this.#whileActive(trial, (run) =>
          this.#equal.inTurn(trial, () => this.#runTrial(trial, run)),
        );
        if (!isDone) return;
        this.#done++;
        this.#options.onProgress(this.#done, this.#planned);
      },
    );
  }

  /**
   * Never rejects: whatever is wrong with one trial, the others go on.
   * @returns what `work` does; true when it failed.
   */
  async #whileActive(trial: TrialRecord, work: (run: Run) => Promise<boolean>): Promise<boolean> {
    const { batch, record, log } = this.#options;
    const run = trialRun(batch, trial, record.proto);
    this.#active.set(trial.id, run);
    try {
      return await work(run);
    } catch (error) {
      this.#leftOut.add(trial.id);
      if (this.#halt === 'stop') return true;
      log.error(`Trial ${trial.id} could not be run: ${describeError(error)}`);
      this.#failed(1);
      return true;
    } finally {
      this.#active.delete(trial.id);
    }
  }

  /** Throws why it cannot be staged. */
  async #stage(trial: TrialRecord, run: Run): Promise<void> {
    try {
      await this.#options.runner.stage(run);
      this.#unstaged.delete(trial.id);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // Somebody else does it just now: whether it can be started shows when its turn comes.
    }
  }

  /** @returns false when it is left as it is because no more trials are started. */
  async #runTrial(trial: TrialRecord, run: Run): Promise<boolean> {
    const { log, runner } = this.#options;
    const equal = this.#equal.completed(trial);
    if (equal !== null) {
      this.#leaveOut(trial, { seen: 'equal', expected: 'staged', run: equal });
      return true;
    }
    if (this.#unstaged.has(trial.id)) await this.#stage(trial, run);
    const followed = await this.#followLeftover(run);
    if (followed === null && this.#halt !== null) return false;
    const outcome = followed ?? (await tryRunStagedTrial(run, trial.flags, log, runner));
    if (outcome.kind === 'skipped') this.#list.update(trial.id, { skipped: outcome.skip });
    else await this.#end(trial, run, outcome.exitCode);
    return true;
  }

  /** A trial that an earlier attempt of this batch left running belongs to it. */
  async #followLeftover(run: Run): Promise<TrialOutcome | null> {
    const { resumed, runner, log } = this.#options;
    if (!resumed) return null;
    const info = await trialInfo(run.runsDir, run.id);
    if (info === null || (info.status !== 'running' && !info.needsRecovery)) return null;
    log.info(`Waiting for trial ${run.id}, which is running`);
    return { kind: 'ended', exitCode: await runner.follow(run) };
  }

  async #end(trial: TrialRecord, run: Run, exitCode: number | null): Promise<void> {
    // Killed because it did not end in time when the batch was stopped: no error of its own.
    const wasStopped = this.#halt === 'stop' && exitCode !== null && exitCode < 0;
    reportEnd(run, wasStopped ? STOPPED : exitCode, this.#options.log);
    if (trial.skipped !== null) this.#list.update(trial.id, { skipped: null });
    if (this.#search !== null || this.#options.record.needed) {
      const info = await trialInfo(run.runsDir, trial.id);
      if (info !== null) await this.#noteEnd(trial, info);
    }
    if (isFailure(exitCode) && !wasStopped) this.#failed(exitCode ?? 1);
  }

  async #noteEnd(trial: TrialRecord, info: RunInfo): Promise<void> {
    this.#equal.note(trial, info);
    await this.#search?.note(trial, info);
  }

  async #ask(free: number): Promise<readonly TrialRecord[]> {
    const { batch, record, log } = this.#options;
    if (this.#search === null) return [];
    try {
      const trials = await this.#search.ask(free, this.#asking.signal);
      if (trials.length === 0) return [];
      this.#list.add(trials);
      for (const trial of trials) {
        makeTrial(batch, record, trial);
        this.#list.update(trial.id, { made: true });
        this.#unstaged.add(trial.id);
      }
      return trials;
    } catch (error) {
      if (this.#halt !== null) return [];
      log.error(describeError(error));
      if (error instanceof RunyardError && error.hint !== undefined) log.error(error.hint);
      this.#exitCode = 1;
      this.#stopStarting('failure');
      return [];
    }
  }

  #failed(exitCode: number): void {
    if (!this.#options.record.failFast || this.#halt !== null) return;
    this.#exitCode = exitCode > 0 ? exitCode : 1;
    this.#options.log.error(`Stopping batch because a trial failed ${STOPPING}`);
    this.#stopStarting('failure');
  }

  #stopStarting(why: Halt): void {
    this.#halt = why;
    this.#slots.close();
    this.#asking.abort();
  }

  #result(): number {
    if (this.#halt === 'stop') return STOPPED;
    const isRest = this.#done < this.#planned;
    return this.#halt === 'after-current' && isRest ? STOPPED : this.#exitCode;
  }

  get #planned(): number {
    return this.#search?.most ?? this.#list.all.length;
  }

  #leaveOut(trial: TrialRecord, skip: TrialSkip): void {
    this.#leftOut.add(trial.id);
    // A batch that goes on has said so before.
    if (this.#options.resumed && trial.skipped?.seen === skip.seen) return;
    reportSkip(trial.id, skip, this.#options.log);
    this.#list.update(trial.id, { skipped: skip });
  }
}

/** Made, and not staged: whoever holds a staged one leaves its time of staging. */
function isUnstaged({ status, timestampsUs }: RunInfo): boolean {
  const isBefore: readonly RunStatus[] = ['unknown', 'pending'];
  return isBefore.includes(status) && timestampsUs.staged === null;
}
