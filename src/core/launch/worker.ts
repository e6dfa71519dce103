import type { ChildProcess } from 'node:child_process';
import { RunyardError } from '../base/errors.ts';
import {
  SupervisorMessageSchema,
  type LauncherMessage,
  type SupervisorMessage,
  type SupervisorTask,
  type WorkerTask,
} from './launch-messages.ts';
import { HELLO_MS, forkDetached, reportedError } from './launch.ts';

/** How to start a {@link Worker}. */
export interface WorkerOptions extends Pick<WorkerTask, 'runsDir' | 'id'> {
  readonly supervisorPath: string;
  /** Environment of the worker and of its runs (default: our own). */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * A supervisor that is used for one run after the other: starting a process for each takes
 * longer than a small run does. It outlives this process: the run that it has at that time goes
 * on to its end, and no other begins.
 */
export class Worker {
  readonly #child: ChildProcess;
  #listener: ((message: SupervisorMessage) => void) | null = null;
  #gone: string | null = null;

  /** Throws `supervisor` when it cannot be started. */
  constructor({ supervisorPath, env, runsDir, id }: WorkerOptions) {
    const task: WorkerTask = { action: 'serve', runsDir, id };
    this.#child = forkDetached(supervisorPath, [JSON.stringify(task)], env, undefined);
    this.#child.on('message', (raw) => {
      const parsed = SupervisorMessageSchema.safeParse(raw);
      if (parsed.success) this.#listener?.(parsed.data);
    });
    const end = (why: string): void => {
      this.#gone ??= why;
      this.#listener?.({ type: 'idle' });
    };
    this.#child.on('exit', (code, signal) => {
      end(`it ended with ${signal ?? `exit code ${String(code)}`}`);
    });
    this.#child.on('error', (error) => {
      end(error.message);
    });
    // When it is asked to end, or is let go: it may still be at its last run, and tells no more.
    this.#child.on('disconnect', () => {
      end('its channel was closed');
    });
  }

  /** False when it can take no more tasks. */
  get usable(): boolean {
    return this.#gone === null;
  }

  /**
   * Gives the worker a task and waits until it is done; one at a time.
   * @param onMessage hears what it tells meanwhile.
   * @returns false when the worker had gone before it took the task: another can take it.
   * Throws what it reports, and `supervisor` when it dies meanwhile.
   */
  async perform(
    task: SupervisorTask,
    onMessage?: (message: SupervisorMessage) => void,
  ): Promise<boolean> {
    const heard: SupervisorMessage[] = [];
    const timeout = setTimeout(() => this.#child.kill('SIGKILL'), HELLO_MS);
    await new Promise<void>((resolve) => {
      this.#listener = (message) => {
        clearTimeout(timeout);
        if (message.type === 'idle') resolve();
        else {
          if (message.type !== 'progress') heard.push(message);
          onMessage?.(message);
        }
      };
      if (this.#gone === null) this.#send({ type: 'task', task });
      else resolve();
    });
    clearTimeout(timeout);
    this.#listener = null;
    for (const message of heard) if (message.type === 'failed') throw reportedError(message);
    const last = task.action === 'stage' ? 'staged' : 'ended';
    if (heard.some(({ type }) => type === last)) return true;
    if (this.#gone !== null && heard.length === 0) return false;
    const why = this.#gone ?? 'it did not end its work';
    throw new RunyardError('supervisor', `The supervisor of the run died: ${why}`);
  }

  /** Ends the task of run `id`, when that is what the worker does. */
  cancel(id: string): void {
    this.#send({ type: 'cancel', id });
  }

  /** Lets it go: it ends when it has nothing to do. */
  close(): void {
    if (this.#child.connected) this.#child.disconnect();
    this.#child.unref();
  }

  #send(message: LauncherMessage): void {
    if (!this.#child.connected) return;
    this.#child.send(message, () => {
      // When it has gone, `exit` tells.
    });
  }
}
