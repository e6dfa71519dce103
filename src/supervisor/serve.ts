import type { LauncherMessage, SupervisorTask } from '../core/launch/launch-messages.ts';
import type { Channel } from './channel.ts';
import { CRASHED, Supervision } from './run.ts';

/**
 * The life of a worker: looks after the runs that it is given, one after the other, and ends
 * when whoever gives them has gone and its last run is at rest.
 *
 * A signal may come with a request to stop, from an older version of ours, and be late, for a run
 * that it had before: it only makes the worker look for a request. Without one, somebody wants the worker itself to end: it
 * does that after this run.
 */
export function serve(channel: Channel): Promise<void> {
  return new Promise((resolve) => {
    new TaskLoop(channel, resolve);
  });
}

class TaskLoop {
  readonly #channel: Channel;
  readonly #done: () => void;
  readonly #tasks: { readonly task: SupervisorTask; readonly sinceMs: number }[] = [];
  #current: { readonly id: string; readonly supervision: Supervision } | null = null;
  #leaving = false;

  constructor(channel: Channel, done: () => void) {
    this.#channel = channel;
    this.#done = done;
    channel.onMessage((message) => {
      this.#hear(message);
    });
    channel.onGone(() => {
      this.#leave();
    });
    const signalled = (): void => {
      if (this.#current?.supervision.nudge() !== true) this.#leave();
    };
    process.on('SIGTERM', signalled);
    process.on('SIGINT', signalled);
    process.on('uncaughtException', (error) => {
      this.#current?.supervision.crashed(error);
      process.exit(CRASHED);
    });
  }

  #hear(message: LauncherMessage): void {
    if (message.type === 'task') {
      this.#tasks.push({ task: message.task, sinceMs: Date.now() });
      if (this.#current === null) void this.#next();
    } else if (this.#current !== null && message.id === this.#current.id) {
      this.#current.supervision.stop();
    }
  }

  /** Whoever waits for the present run hears of its end first; then the channel closes. */
  #leave(): void {
    this.#leaving = true;
    if (this.#current !== null) return;
    if (process.connected) process.disconnect();
    this.#done();
  }

  async #next(): Promise<void> {
    for (;;) {
      const next = this.#leaving ? undefined : this.#tasks.shift();
      if (next === undefined) break;
      const supervision = new Supervision(() => next.task, this.#channel, next.sinceMs);
      this.#current = { id: next.task.id, supervision };
      // As long as we live we seem to look after a run that we could not bring to its end.
      if ((await supervision.run()) === CRASHED) this.#leaving = true;
      this.#current = null;
      await this.#channel.flush();
      // The end of the channel says as much as `idle`, and that no more tasks are taken.
      if (!this.#leaving) this.#channel.report({ type: 'idle' });
    }
    if (this.#leaving) this.#leave();
  }
}
