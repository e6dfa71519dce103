import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { stopBatch } from '../../batch/control.ts';
import type { RestartPlan } from '../../batch/plan-restart.ts';
import type { BatchPlan } from '../../batch/record/types.ts';
import { restartBatch } from '../../batch/restart.ts';
import { describeError, wrongStatus } from '../../core/base/errors.ts';
import type { LaunchAction } from '../../core/launch/launch-messages.ts';
import {
  launchSupervisor,
  type LaunchOptions,
  type LaunchResult,
} from '../../core/launch/launch.ts';
import { allowRuns, foreignRun, foreignRuns, type ForeignRun } from '../../core/life/foreign.ts';
import { requestStop } from '../../core/life/stop.ts';
import { openRun } from '../../core/run/run.ts';
import { runTitle } from '../../core/run/title.ts';
import type { Run, RunInfo } from '../../core/run/types.ts';
import { openRunFromInfo } from '../../core/status/run-info.ts';
import type { Project } from '../../opdef/project.ts';
import { newRun, type NewRunOptions } from '../../operation/new-run.ts';
import { ensureQueueRunner, type QueueLaunch } from '../../queue/launch.ts';
import type { Settings } from '../base/settings.ts';
import { requireTrust } from '../base/trust.ts';
import type { Stores } from '../stores/stores.ts';
import { askAboutForeign } from './consent.ts';
import { installSupervisor } from './supervisor-script.ts';

/** Staging that takes longer shows its progress. Milliseconds. */
const SHOW_PROGRESS_MS = 800;

/** What a supervisor is told besides the run and the action. */
type LaunchSettings = Pick<
  LaunchOptions,
  'projectDir' | 'force' | 'onProgress' | 'signal' | 'allowed'
>;

/**
 * Starts, stops and completes runs. Refuses everything in an untrusted workspace, asks about stores
 * outside of it, and about runs that somebody else has put where they are.
 */
export class Launcher {
  readonly #stores: Stores;
  readonly #settings: Settings;
  readonly #context: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  /** Runs that this window started: their end is of interest here. */
  readonly #own = new Set<string>();
  /** Runs that this window stopped: their end is no surprise. */
  readonly #stopped = new Set<string>();

  constructor(
    stores: Stores,
    settings: Settings,
    context: vscode.ExtensionContext,
    log: vscode.LogOutputChannel,
  ) {
    this.#stores = stores;
    this.#settings = settings;
    this.#context = context;
    this.#log = log;
  }

  /** True when the run was started from this window. */
  isOwn(id: string): boolean {
    return this.#own.has(id);
  }

  /** True when a person stopped the run from this window. */
  wasStopped(id: string): boolean {
    return this.#stopped.has(id);
  }

  /**
   * Makes a run and hands it to a supervisor, which stages it and, when `start` is set, starts
   * it. Resolves as soon as the run exists and is looked after; `staged` settles later.
   * Throws what `newRun` throws, with nothing created, and `supervisor`.
   */
  async create(
    project: Project,
    operation: string | undefined,
    start: boolean,
    options: NewRunOptions = {},
  ): Promise<{ readonly run: Run; readonly staged: Promise<void> }> {
    await this.#stores.trust.require([project.runsDir]);
    const { run } = await newRun(project, operation, options);
    this.#own.add(run.id);
    this.#log.info(`Created run ${run.name} (${run.id}) of ${run.opref.name} in ${run.runsDir}`);
    await this.#refresh(run);
    const projectDir = project.projectDir ?? project.commandDir;
    const result = this.#stage(run, start ? 'stage+start' : 'stage', projectDir);
    return { run, staged: result };
  }

  /**
   * Stages a run again whose staging failed or was broken off, and starts it when `start` is
   * set. The project is the one that the run remembers. Resolves when it is staged, or when the
   * person has cancelled. Throws `wrong-status`, `claimed`, `supervisor`, `staging-failed`.
   */
  async stageAgain(info: RunInfo, start: boolean): Promise<void> {
    requireTrust();
    if (info.status !== 'pending') {
      throw wrongStatus(info.id, info.status, 'pending');
    }
    await this.allow([info], start ? 'Start' : 'Stage');
    const run = openRunFromInfo(info);
    this.#own.add(run.id);
    this.#stopped.delete(run.id);
    await this.#stage(run, start ? 'stage+start' : 'stage');
  }

  /**
   * Makes a batch with a copy of the code as it is now and, when `start` is set, hands it to a
   * supervisor, which makes and starts its trials. Throws what `createBatch` throws, with
   * nothing created, also when the person cancels; and `supervisor`.
   */
  async createBatch(project: Project, plan: BatchPlan, start: boolean): Promise<Run> {
    await this.#stores.trust.require([project.runsDir]);
    const { createBatch } = await import('../../batch/create.ts');
    const run = await this.#withProgress(
      `Making a batch of ${plan.proto.opdef.name}`,
      (signal, onProgress) => createBatch(project, plan, { signal, onProgress }),
    );
    this.#own.add(run.id);
    this.#log.info(`Created batch ${run.name} (${run.id}) of ${run.opref.name} in ${run.runsDir}`);
    if (start) await this.#launch(run, 'batch');
    await this.#refresh(run);
    return run;
  }

  /** Starts a staged run. Throws `wrong-status`, `claimed`, `supervisor`. */
  async start(info: RunInfo): Promise<void> {
    requireTrust();
    if (info.status !== 'staged' && info.status !== 'queued') {
      throw wrongStatus(info.id, info.status);
    }
    await this.allow([info], 'Start');
    const run = openRunFromInfo(info);
    this.#own.add(run.id);
    this.#stopped.delete(run.id);
    await this.#launch(run, info.batch?.role === 'batch' ? 'batch' : 'start');
    await this.#refresh(run);
  }

  /**
   * Brings trials of a batch back as planned, and lets the batch go on with them. Throws what
   * `restartBatch` throws, also when the person cancels; and `supervisor`.
   */
  async restartBatch(plan: RestartPlan): Promise<void> {
    const { batch } = plan;
    const trials = plan.reused.flatMap(({ info }) => (info === null ? [] : [info]));
    const foreign = await this.allow([batch, ...trials], 'Start');
    this.#own.add(batch.id);
    this.#stopped.delete(batch.id);
    await this.#withProgress(`Restarting trials of ${batch.opref.name}`, (signal, onProgress) =>
      restartBatch(plan, { signal, onProgress, allowed: true }),
    );
    // Those that were zips have a place for the note now.
    allowRuns(foreign);
    // Its meta may be a directory now.
    await this.#launch(openRun(batch.runsDir, batch.id), 'batch');
    await this.#refresh(batch);
  }

  /**
   * Sees to it that a process works on the queue of a store when something waits in it.
   * @returns true when it was started here. Throws `supervisor`.
   */
  async ensureQueueRunner(runsDir: string): Promise<boolean> {
    requireTrust();
    const slots = this.#settings.get('queue.slots');
    return await ensureQueueRunner(runsDir, { ...this.#common(), slots });
  }

  /**
   * Asks the supervisor of a run to stop it: SIGTERM, and SIGKILL after the grace time. A batch
   * stops its trials so.
   */
  async stop(info: RunInfo): Promise<void> {
    await this.#stores.trust.require([info.runsDir]);
    const run = openRunFromInfo(info);
    this.#stopped.add(run.id);
    const stop = info.batch?.role === 'batch' ? stopBatch : requestStop;
    try {
      await stop(run, {
        graceMs: this.#settings.get('stop.graceSeconds') * 1000,
        by: 'VS Code',
      });
    } catch (error) {
      this.#stopped.delete(run.id);
      throw error;
    }
    this.#log.info(`Asked run ${run.name} to stop`);
    await this.#refresh(run);
  }

  /**
   * Asks about those of some runs that somebody else has put where they are, showing what they
   * execute, and about stores outside the workspace. Throws a `CancellationError` when the person
   * does not want it.
   * @returns the runs that were asked about, which may be executed now.
   */
  async allow(
    runs: readonly (RunInfo | Run)[],
    button: 'Start' | 'Stage' | 'Add to Queue',
  ): Promise<readonly ForeignRun[]> {
    await this.#stores.trust.require(runs.map(({ runsDir }) => runsDir));
    const foreign = await foreignRuns(runs);
    if (foreign.length === 0) return foreign;
    const question = `${button === 'Add to Queue' ? 'Start' : button} what it would execute?`;
    if ((await askAboutForeign(foreign, question, button)) === undefined) {
      throw new vscode.CancellationError();
    }
    allowRuns(foreign);
    return foreign;
  }

  /**
   * Brings a run that nobody looks after to an end state, or looks after it again, as a person
   * wants it: asks about the hook of one that somebody else has put there.
   * @param force also takes over a lost run, which another host may still work on.
   */
  async recover(info: RunInfo, force = false): Promise<void> {
    await this.#stores.trust.require([info.runsDir]);
    const foreign = await foreignRun(info);
    const hasHook = foreign?.executes.some((line) => line.startsWith('finalize: ')) === true;
    const allowed = foreign !== null && hasHook && (await this.#mayFinalize(foreign));
    await this.#recover(info, { force, allowed });
  }

  /** As {@link recover} when nobody has asked for it: executes nothing of somebody else. */
  async recoverByItself(info: RunInfo): Promise<void> {
    requireTrust();
    await this.#recover(info, {});
  }

  async #mayFinalize(foreign: ForeignRun): Promise<boolean> {
    const question = 'Execute its finalize command?';
    const choice = await askAboutForeign([foreign], question, 'Execute', 'Leave Out');
    if (choice === undefined) throw new vscode.CancellationError();
    if (choice === 'Leave Out') return false;
    allowRuns([foreign]);
    return true;
  }

  async #recover(info: RunInfo, options: LaunchSettings): Promise<void> {
    const run = openRunFromInfo(info);
    await this.#launch(run, 'recover', { allowed: false, ...options });
    this.#log.info(`Recovering run ${run.name}`);
    await this.#refresh(run);
  }

  /** Stages, showing the progress of a large tree; cancelling leaves the run pending. */
  async #stage(run: Run, action: LaunchAction, projectDir?: string): Promise<void> {
    const outcome = await this.#withProgress(
      `Staging ${runTitle(run)}`,
      async (signal, onProgress) => {
        const { staged } = await this.#launch(run, action, {
          ...(projectDir !== undefined && { projectDir }),
          signal,
          onProgress,
        });
        return await staged.finally(() => this.#refresh(run));
      },
      () => this.#stopped.add(run.id),
    );
    // Stopped by the person who would read the message.
    if (!outcome.ok && !this.#stopped.has(run.id)) throw outcome.error;
  }

  /** Does work that copies files; when it takes longer, its progress is shown, with a way out. */
  async #withProgress<T>(
    title: string,
    work: (signal: AbortSignal, onProgress: NonNullable<LaunchOptions['onProgress']>) => Promise<T>,
    onCancel: () => void = () => undefined,
  ): Promise<T> {
    const abort = new AbortController();
    let show: (text: string, percent: number) => void = () => undefined;
    const finished = work(abort.signal, ({ phase, done, total }) => {
      show(`${phase}: ${done} of ${total}`, total === 0 ? 0 : (done / total) * 100);
    });
    if (!(await settlesWithin(finished, SHOW_PROGRESS_MS))) {
      const options = {
        location: vscode.ProgressLocation.Notification,
        title,
        cancellable: true,
      };
      await vscode.window.withProgress(options, async (progress, token) => {
        let shown = 0;
        show = (message, percent) => {
          progress.report({ message, increment: Math.max(0, percent - shown) });
          shown = Math.max(shown, percent);
        };
        token.onCancellationRequested(() => {
          this.#log.info(`${title} was cancelled`);
          onCancel();
          abort.abort();
        });
        await finished;
      });
    }
    return await finished;
  }

  async #launch(
    run: Run,
    action: LaunchAction,
    options: LaunchSettings = {},
  ): Promise<LaunchResult> {
    const start = performance.now();
    // It was made just now, or a person was asked.
    const settings = { allowed: true, ...this.#common(), ...options };
    const result = await launchSupervisor({ run, action, ...settings });
    const ms = (performance.now() - start).toFixed(0);
    this.#log.info(`Supervisor ${result.pid} has run ${run.name} (${action}) after ${ms} ms`);
    return result;
  }

  /** What every process of ours is started with. */
  #common(): QueueLaunch {
    const { extension, globalStorageUri } = this.#context;
    const { version } = z.object({ version: z.string() }).parse(extension.packageJSON);
    const source = vscode.Uri.joinPath(extension.extensionUri, 'dist', 'supervisor.cjs').fsPath;
    const nodePath = this.#settings.get('nodePath');
    return {
      supervisorPath: installSupervisor(source, globalStorageUri.fsPath, version),
      graceMs: this.#settings.get('stop.graceSeconds') * 1000,
      format: this.#settings.get('format'),
      ...(nodePath === '' ? {} : { nodePath }),
    };
  }

  async #refresh(run: Run): Promise<void> {
    try {
      await this.#stores.refresh(run.runsDir, [run.id]);
    } catch (error) {
      this.#log.warn(`Looking at run ${run.name} failed: ${describeError(error)}`);
    }
  }
}

/** True when `work` is done in time; it may also have failed. */
async function settlesWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, ms);
  });
  const done = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
