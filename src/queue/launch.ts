import { once } from 'node:events';
import * as z from 'zod/mini';
import { RunyardError } from '../core/base/errors.ts';
import { forkDetached } from '../core/launch/launch.ts';
import { QueueReader } from './files.ts';
import { leaderOf } from './leader.ts';
import { hasWork, setQueue, stateOf } from './queue.ts';

/** What the process of a queue is told, as JSON in its second argument; the first is `queue`. */
export const QueueTaskSchema = z.object({
  runsDir: z.string(),
  /** For the runs, as for the supervisor of a single one. */
  graceMs: z.optional(z.number()),
  format: z.optional(z.enum(['universal', 'head'])),
});
type QueueTask = z.infer<typeof QueueTaskSchema>;

/** How the process of a queue is started. */
export interface QueueLaunch extends Omit<QueueTask, 'runsDir'> {
  /** The supervisor's script, at a place that outlives an update of the extension. */
  readonly supervisorPath: string;
  /** A Node to use instead of the one we run in. */
  readonly nodePath?: string;
  /** Environment of the runs, cleaned of the editor's variables. */
  readonly env?: NodeJS.ProcessEnv;
  /** Slots of a queue that nobody has given any yet. */
  readonly slots?: number;
}

/** A process that neither works on the queue nor ends did not start. Milliseconds. */
const READY_MS = 30_000;

/**
 * Sees to it that a process works on the queue of a store when there is something to do. Of many
 * who call this, one process comes out. It outlives us and ends when the queue is empty.
 * @returns true when it was started here.
 * Throws `supervisor` when it does not start.
 */
export async function ensureQueueRunner(runsDir: string, launch: QueueLaunch): Promise<boolean> {
  const { supervisorPath, nodePath, env, slots, ...settings } = launch;
  const files = new QueueReader(runsDir).read();
  const state = stateOf(runsDir, files);
  if (state.runner !== null || !hasWork(state)) return false;
  if (slots !== undefined && !files.set.has('slots')) setQueue(runsDir, { slots });
  const task: QueueTask = { runsDir, ...settings };
  const child = forkDetached(supervisorPath, ['queue', JSON.stringify(task)], env, nodePath);
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_MS);
  try {
    const ready = once(child, 'message').then(() => true);
    // It ends at once when another one was faster, or has done the work.
    const ended = once(child, 'exit').then(() => false);
    const isReady = await Promise.race([ready, ended]);
    if (isReady || child.exitCode === 0 || leaderOf(runsDir) !== null) return isReady;
    throw new Error(`it ended with ${child.signalCode ?? `exit code ${String(child.exitCode)}`}`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new RunyardError('supervisor', `The queue did not start: ${message}`, {
      cause: error,
      hint: 'Set the path of a Node in the settings when this editor cannot run scripts itself.',
    });
  } finally {
    clearTimeout(timer);
    if (child.connected) child.disconnect();
    child.unref();
  }
}
