import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { homedir } from 'node:os';
import { RunyardError, isErrorCode, describeError } from '../base/errors.ts';
import type { Run } from '../run/types.ts';
import {
  SupervisorMessageSchema,
  type LaunchAction,
  type LauncherMessage,
  type SupervisorMessage,
  type SupervisorTask,
} from './launch-messages.ts';

type Milestone = Exclude<SupervisorMessage['type'], 'progress' | 'failed' | 'idle'>;

/** Options of {@link launchSupervisor}. */
export interface LaunchOptions extends Omit<SupervisorTask, 'action' | 'runsDir' | 'id'> {
  /** The supervisor's script, at a place that outlives an update of the extension. */
  readonly supervisorPath: string;
  readonly run: Pick<Run, 'runsDir' | 'id'>;
  readonly action: LaunchAction;
  /** Environment of the supervisor and, cleaned of the editor's variables, of the run. */
  readonly env?: NodeJS.ProcessEnv;
  /** A Node to use instead of the one we run in. */
  readonly nodePath?: string;
  /** Cancels the staging: the run stays `pending`. Later aborts do nothing. */
  readonly signal?: AbortSignal;
  /** How far the staging is; `done` and `total` count files or percent. */
  readonly onProgress?: (progress: { phase: string; done: number; total: number }) => void;
}

/** How the staging ended. Cancelled counts as not ok. */
type StageOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly message: string; readonly error: RunyardError };

/** A supervisor that was started. It goes on without us. */
export interface LaunchResult {
  readonly pid: number;
  /** Settles when the run is staged, or never will be; at once for actions that do not stage. */
  readonly staged: Promise<StageOutcome>;
}

/** A young heap of 1 MiB: the supervisor hardly allocates, and shall stay small. */
const EXEC_ARGV = ['--max-semi-space-size=1', '--max-old-space-size=256', '--no-warnings'];
/** A supervisor that says nothing for this long did not start. Milliseconds. */
export const HELLO_MS = 30_000;

/**
 * Starts the supervisor of a run as a process of its own that outlives this one. `fork`, not
 * `spawn`: it hides how Electron runs as Node. Resolves when it has the run: for `start` and
 * `recover` when the program runs, for the others when staging begins. We listen until the
 * run is staged and started, and let go of the process then.
 *
 * Throws `supervisor` when it does not start, and what it reports: `claimed`, `wrong-status`,
 * `no-run`, `unreadable`.
 */
export async function launchSupervisor(options: LaunchOptions): Promise<LaunchResult> {
  const { supervisorPath, run, env, nodePath, onProgress, signal, ...rest } = options;
  const task: SupervisorTask = { ...rest, runsDir: run.runsDir, id: run.id };
  const child = forkDetached(supervisorPath, [JSON.stringify(task)], env, nodePath);
  const messages = new Messages(child, onProgress);
  const stages = options.action.startsWith('stage');
  const starts = options.action !== 'stage';
  const staged = stages
    ? outcomeOf(messages.until('staged'))
    : Promise.resolve({ ok: true } as const);
  const started = starts ? messages.until('started') : staged;
  // Both are handled below or by the caller; a rejection must not be called unhandled meanwhile.
  started.catch(() => undefined);
  const cancel = (): void => {
    messages.cancel();
  };
  signal?.addEventListener('abort', cancel);
  try {
    const { pid } = await messages.until('hello');
    if (signal?.aborted === true) cancel();
    if (!stages) await started;
    return { pid, staged };
  } finally {
    void Promise.allSettled([staged, started]).then(() => {
      signal?.removeEventListener('abort', cancel);
      messages.close();
    });
  }
}

async function outcomeOf(staged: Promise<unknown>): Promise<StageOutcome> {
  try {
    await staged;
    return { ok: true };
  } catch (error) {
    const known =
      error instanceof RunyardError ? error : new RunyardError('supervisor', describeError(error));
    return { ok: false, message: known.message, error: known };
  }
}

/**
 * Starts a script of ours as a process that outlives this one, with a channel for messages.
 * @param path the supervisor's script. @param args what it is to do.
 * Throws `supervisor` when it cannot be started.
 */
export function forkDetached(
  path: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv | undefined,
  nodePath: string | undefined,
): ChildProcess {
  const options: ForkOptions & { windowsHide: boolean } = {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // Not our own: under a debugger they would make the supervisor wait for one.
    execArgv: EXEC_ARGV,
    // Not ours either: a directory that is somebody's cwd cannot be removed on Windows.
    cwd: homedir(),
    env: env ?? process.env,
    windowsHide: true,
    ...(nodePath !== undefined && nodePath !== '' && { execPath: nodePath }),
  };
  try {
    // Raw fork: a detached process with a message channel that outlives this call.
    return fork(path, args, options);
  } catch (error) {
    throw notStarted(describeError(error));
  }
}

/** What a supervisor tells, in order of its life. */
class Messages {
  readonly #child: ChildProcess;
  readonly #seen = new Map<SupervisorMessage['type'], SupervisorMessage>();
  readonly #wakers = new Set<() => void>();
  readonly #timeout: NodeJS.Timeout;
  #gone: string | null = null;

  constructor(child: ChildProcess, onProgress: LaunchOptions['onProgress']) {
    this.#child = child;
    this.#timeout = setTimeout(() => child.kill('SIGKILL'), HELLO_MS);
    child.on('message', (raw) => {
      clearTimeout(this.#timeout);
      const parsed = SupervisorMessageSchema.safeParse(raw);
      if (!parsed.success) return;
      if (parsed.data.type === 'progress') onProgress?.(parsed.data);
      else this.#seen.set(parsed.data.type, parsed.data);
      this.#wake();
    });
    child.on('exit', (code, signal) => {
      this.#end(`it ended with ${signal ?? `exit code ${String(code)}`}`);
    });
    child.on('error', (error) => {
      this.#end(error.message);
    });
  }

  /** Waits for a message. Rejects with what the supervisor reports, or when it has ended. */
  async until<T extends Milestone>(type: T): Promise<Extract<SupervisorMessage, { type: T }>> {
    for (;;) {
      const message = this.#seen.get(type);
      if (message !== undefined) return message as Extract<SupervisorMessage, { type: T }>;
      const failed = this.#seen.get('failed');
      if (failed?.type === 'failed') throw reportedError(failed);
      if (this.#gone !== null) {
        throw this.#seen.size === 0 ? notStarted(this.#gone) : endedEarly(this.#gone);
      }
      await new Promise<void>((resolve) => this.#wakers.add(resolve));
    }
  }

  cancel(): void {
    if (this.#child.connected) this.#child.send({ type: 'cancel' } satisfies LauncherMessage);
  }

  /** Lets the supervisor go its own way: this process may end, and hears no more from it. */
  close(): void {
    clearTimeout(this.#timeout);
    if (this.#child.connected) this.#child.disconnect();
    this.#child.unref();
  }

  #end(reason: string): void {
    clearTimeout(this.#timeout);
    this.#gone ??= reason;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
    this.#wakers.clear();
  }
}

function notStarted(why: string): RunyardError {
  return new RunyardError('supervisor', `The supervisor of the run did not start: ${why}`, {
    hint: 'Set the path of a Node in the settings when this editor cannot run scripts itself.',
  });
}

function endedEarly(why: string): RunyardError {
  return new RunyardError('supervisor', `The supervisor of the run died: ${why}`, {
    hint: 'Recover the run; its log/runner may say more.',
  });
}

/** What a supervisor reports, as the error that it is. */
export function reportedError(
  message: Extract<SupervisorMessage, { type: 'failed' }>,
): RunyardError {
  const code = isErrorCode(message.code) ? message.code : 'supervisor';
  return new RunyardError(code, message.message, {
    ...(message.hint !== undefined && { hint: message.hint }),
    ...(message.exitCode !== undefined && { cause: { exitCode: message.exitCode } }),
  });
}
