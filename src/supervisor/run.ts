import { watch, type FSWatcher } from 'node:fs';
import { RunyardError, describeError, isErrorCode, wrongStatus } from '../core/base/errors.ts';
import { readRegularText } from '../core/base/regular-file.ts';
import type { SupervisorTask } from '../core/launch/launch-messages.ts';
import { finalizeRun, type FinalizeOptions } from '../core/life/finalize.ts';
import { recoverRun } from '../core/life/recover.ts';
import type { FindDepends } from '../core/life/stage-depends.ts';
import { HookError, stageRun } from '../core/life/stage.ts';
import { claimedStatus, openRunOutput, startRun } from '../core/life/start.ts';
import { isBatch } from '../core/meta/batch-file.ts';
import { readRequest, removeLiveFiles } from '../core/meta/process-file.ts';
import { requireMayExecute } from '../core/origin/run-origin.ts';
import { DEFAULT_GRACE_MS, type RunProcess } from '../core/phase/child.ts';
import { beginSupervision, noteProcess } from '../core/phase/supervision.ts';
import { claimRun, type Claim } from '../core/run/claim.ts';
import { readProjectRef } from '../core/run/project.ts';
import { openRun, pokeRun, runMetaPath, runyardPath } from '../core/run/run.ts';
import { appendRunnerLog } from '../core/run/runner-log.ts';
import type { ApplyConfig, Phase, Run } from '../core/run/types.ts';
import type { Channel } from './channel.ts';

/** Look for a request this often, where events do not arrive. Milliseconds. */
const REQUEST_MS = 1000;
/** Exit code of a supervisor that met an error which nobody expected, such as a full disk. */
export const CRASHED = 70;

/** The life of one supervisor: it takes the run, does its task, and leaves it at rest. */
export class Supervision {
  readonly #readTask: () => SupervisorTask;
  readonly #channel: Channel;
  readonly #begunMs: number;
  #task: SupervisorTask | null = null;
  #run: Run | null = null;
  /** Breaks off what goes on now; each part of the task has its own. */
  #abort = new AbortController();
  #child: RunProcess | null = null;
  #stopped = false;
  /** The program of the run was started: whatever goes wrong from then on, it is not at rest. */
  #started = false;
  /** Time of the last request that was acted on. Epoch milliseconds. */
  #requestMs = 0;
  #watcher: FSWatcher | null = null;
  #net: NodeJS.Timeout | null = null;

  /**
   * @param readTask what it throws is reported as every other failure is.
   * @param begunMs when it was asked for, epoch milliseconds: an older request to stop was
   *   meant for somebody else.
   */
  constructor(readTask: () => SupervisorTask, channel: Channel, begunMs: number) {
    this.#readTask = readTask;
    this.#channel = channel;
    this.#begunMs = begunMs;
  }

  /**
   * Does the task. Never rejects.
   * @returns the exit code of this process; {@link CRASHED} when it must end, because the run
   *   may not be at rest and somebody else must be able to take it over.
   */
  async run(): Promise<number> {
    try {
      await this.#perform();
      return 0;
    } catch (error) {
      this.#fail(error);
      return error instanceof RunyardError && !this.#started ? 1 : CRASHED;
    } finally {
      this.#watcher?.close();
      if (this.#net !== null) clearInterval(this.#net);
    }
  }

  /** Ends the process of the run, or its staging. A second call changes nothing. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    // An aborted phase stops its process with the same grace.
    if (this.#child === null) this.#abort.abort();
    else void this.#child.stop(this.#graceMs);
  }

  /** Somebody may have left a request: looks for it now. @returns true when there is one. */
  nudge(): boolean {
    if (this.#run !== null) this.#look(this.#run);
    return this.#stopped;
  }

  /** Leaves a word about an error that nobody expected; recover does the rest. */
  crashed(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    try {
      if (this.#run !== null) appendRunnerLog(this.#run, `The supervisor crashed: ${text}`);
    } catch {
      // The disk is full or the run is gone: there is no other place to tell.
    }
  }

  get #graceMs(): number {
    const request = this.#run === null ? null : readRequest(this.#run);
    return request?.graceMs ?? this.#task?.graceMs ?? DEFAULT_GRACE_MS;
  }

  async #perform(): Promise<void> {
    const task = this.#readTask();
    const run = openRun(task.runsDir, task.id);
    this.#task = task;
    this.#run = run;
    this.#requestMs = this.#begunMs;
    if (task.action === 'recover') {
      await this.#recover(run, task);
      return;
    }
    requireMayExecute(run, task.allowed);
    const claim = claimRun(run, task.action);
    this.#channel.report({ type: 'hello', pid: process.pid });
    // However a batch is started: its command is there for people and for Gage.
    if (task.action === 'batch' || (task.action !== 'stage' && isBatch(run))) {
      await this.#superviseBatch(run, task, claim);
      return;
    }
    if (task.action !== 'start') await this.#stage(run, task, claim);
    if (task.action === 'stage' || this.#stopped) {
      removeLiveFiles(run);
      claim.release();
      pokeRun(run);
      if (task.action === 'stage') return;
      throw new RunyardError('wrong-status', `Run ${run.name} was stopped before it started`);
    }
    await this.#start(run, task, claim);
  }

  async #stage(run: Run, task: SupervisorTask, claim: Claim): Promise<void> {
    const projectDir = task.projectDir ?? readProjectRef(run.runsDir, run.id);
    try {
      if (projectDir === null) {
        throw new RunyardError('staging-failed', `The project of run ${run.name} is not known`);
      }
      requireStatus(run, 'pending');
      beginSupervision(run, 'stage');
      pokeRun(run);
      this.#watchRequests(run);
      await stageRun(run, projectDir, {
        signal: this.#abort.signal,
        ...(await loadApplyConfig(run)),
        ...(await loadFindDepends(run)),
        ...(task.exclude && { exclude: task.exclude }),
        ...(task.sourceDir !== undefined && { sourceDir: task.sourceDir }),
        ...(task.allowed !== undefined && { allowed: task.allowed }),
        onProgress: ({ phase, done, total }) => {
          this.#channel.report({ type: 'progress', phase, done, total });
        },
      });
      this.#channel.report({ type: 'staged' });
    } catch (error) {
      if (!isStatusError(error)) noteStagingFailure(run, this.#stopped, error);
      claim.release();
      throw this.#stopped && !(error instanceof RunyardError)
        ? new RunyardError('staging-failed', 'Staging was cancelled', { cause: error })
        : error;
    }
  }

  async #start(run: Run, task: SupervisorTask, claim: Claim): Promise<void> {
    const parentDir = task.parentDir ?? task.projectDir;
    const child = await startRun(run, {
      claim,
      ...(parentDir !== undefined && { parentDir }),
      ...(task.allowed !== undefined && { allowed: task.allowed }),
    });
    this.#child = child;
    this.#started = true;
    this.#channel.report({ type: 'started', pid: child.pid });
    // A stop that came between the stages of the task.
    if (this.#stopped) void child.stop(this.#graceMs);
    this.#watchRequests(run);
    const output = openRunOutput(run, child);
    await output.waitAndClose();
    const exitCode = await child.wait();
    this.#beginFinalize(run);
    await finalizeRun(run, exitCode, this.#finalizeOptions(task));
    this.#channel.report({ type: 'ended', exitCode });
  }

  async #superviseBatch(run: Run, task: SupervisorTask, claim: Claim): Promise<void> {
    // A batch whose code was to be taken anew.
    if (claimedStatus(run) === 'pending') await this.#stage(run, task, claim);
    const { superviseBatch } = await import('./batch.ts');
    await superviseBatch(run, task, claim, {
      signal: this.#abort.signal,
      graceMs: () => this.#graceMs,
      report: (message) => {
        this.#channel.report(message);
      },
      watch: () => {
        this.#watchRequests(run);
      },
    });
  }

  async #recover(run: Run, task: SupervisorTask): Promise<void> {
    this.#channel.report({ type: 'hello', pid: process.pid });
    this.#watchRequests(run);
    const { action } = await recoverRun(run, {
      ...this.#finalizeOptions(task),
      ...(task.force !== undefined && { force: task.force }),
      onAdopt: (pid) => {
        // An older request to stop was meant for this process.
        this.#requestMs = 0;
        this.#look(run);
        this.#channel.report({ type: 'started', pid });
      },
    });
    if (action !== 'adopted') this.#channel.report({ type: 'started', pid: null });
    this.#channel.report({ type: 'ended', exitCode: null });
  }

  /** From here on a stop ends the finalize hook, no longer the run. */
  #beginFinalize(run: Run): void {
    this.#requestMs = readRequest(run)?.timeMs ?? 0;
    this.#child = null;
    this.#stopped = false;
    this.#abort = new AbortController();
  }

  #finalizeOptions(task: SupervisorTask): FinalizeOptions & { signal: AbortSignal } {
    return {
      signal: this.#abort.signal,
      graceMs: task.graceMs ?? DEFAULT_GRACE_MS,
      ...(task.format !== undefined && { format: task.format }),
      ...(task.allowed !== undefined && { allowed: task.allowed }),
    };
  }

  /** Somebody may leave a request at any time. */
  #watchRequests(run: Run): void {
    if (this.#net !== null) return;
    try {
      this.#watcher = watch(runyardPath(run), (_event, name) => {
        if (name === 'request.json') this.#look(run);
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // Watches are used up: the net finds the request.
    }
    this.#net = setInterval(() => {
      this.#look(run);
    }, REQUEST_MS);
    this.#look(run);
  }

  #look(run: Run): void {
    const request = readRequest(run);
    if (request === null || request.timeMs <= this.#requestMs) return;
    this.#requestMs = request.timeMs;
    // Asked once more, without time to end by itself.
    if (this.#stopped && request.graceMs === 0) this.#child?.signal('SIGKILL');
    this.stop();
  }

  #fail(error: unknown): void {
    if (!(error instanceof RunyardError)) this.crashed(error);
    const code = error instanceof RunyardError ? error.code : 'supervisor';
    const hint = error instanceof RunyardError ? error.hint : undefined;
    this.#channel.report({
      type: 'failed',
      code,
      message: describeError(error),
      ...(hint !== undefined && { hint }),
      ...(error instanceof HookError && { exitCode: error.exitCode }),
    });
  }
}

/** The parsers of config files are loaded only for a run that has config. */
async function loadApplyConfig(run: Run): Promise<{ applyConfig?: ApplyConfig }> {
  const config = readRegularText(runMetaPath(run, 'config.json'));
  if (config.trim() === '{}') return {};
  const { applyConfig } = await import('../config/apply.ts');
  return {
    applyConfig: (...args) => {
      try {
        return applyConfig(...args);
      } catch (error) {
        throw ownError(error);
      }
    },
  };
}

/** An error as one of ours: what is bundled beside us has an error class of its own. */
function ownError(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.name !== 'RunyardError')
    return error;
  const { code, message: text } = error;
  if (typeof code !== 'string' || !isErrorCode(code)) return error;
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
  return new RunyardError(code, text, { cause: error, ...(hint !== undefined && { hint }) });
}

/** And the search for dependencies only for an operation that has some. */
async function loadFindDepends(run: Run): Promise<{ findDepends?: FindDepends }> {
  const opdef = readRegularText(runMetaPath(run, 'opdef.json'));
  if (!opdef.includes('"depends"')) return {};
  const { findDepends } = await import('../depends/stage.ts');
  return { findDepends };
}

function requireStatus(run: Run, expected: 'pending'): void {
  const status = claimedStatus(run);
  if (status === expected) return;
  throw wrongStatus(run.id, status, expected);
}

function isStatusError(error: unknown): boolean {
  return error instanceof RunyardError && error.code === 'wrong-status';
}

function failedPhase(error: unknown): Phase {
  if (error instanceof HookError) return error.phase;
  const isUnmet = error instanceof RunyardError && error.code === 'unmet-dependency';
  return isUnmet ? 'stage-dependencies' : 'stage-sourcecode';
}

/** The run stays pending; its row says why. */
function noteStagingFailure(run: Run, stopped: boolean, error: unknown): void {
  const message = stopped ? 'Staging was stopped' : describeError(error);
  try {
    appendRunnerLog(run, `Error staging: ${message}`);
    noteProcess(run, { failure: { phase: failedPhase(error), message } });
    removeLiveFiles(run);
    pokeRun(run);
  } catch {
    // The run was deleted meanwhile.
  }
}
