import { join } from 'node:path';
import { writeFileAtomic } from '../core/base/atomic.ts';
import { queueDir } from '../core/status/marks.ts';
import { QueueTaskSchema } from '../queue/launch.ts';
import { runQueue } from '../queue/runner.ts';
import type { Channel } from './channel.ts';

/**
 * The process that works on the queue of a store: `node supervisor queue <task as JSON>`.
 * SIGTERM ends it after what it is about to start; runs that run go on.
 * @returns its exit code.
 */
export async function superviseQueue(rawTask: string, channel: Channel): Promise<number> {
  const { runsDir, ...settings } = QueueTaskSchema.parse(JSON.parse(rawTask));
  const abort = new AbortController();
  const stop = (): void => {
    abort.abort();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('uncaughtException', (error) => {
    leaveWord(runsDir, error);
    process.exit(70);
  });
  try {
    await runQueue({
      runsDir,
      launch: { ...settings, supervisorPath: process.argv[1] ?? '' },
      signal: abort.signal,
      onLead: () => {
        channel.report({ type: 'hello', pid: process.pid });
      },
    });
  } catch (error) {
    leaveWord(runsDir, error);
    return 70;
  }
  await channel.flush();
  return 0;
}

/** The last error that nobody expected, for people who look why the queue stands still. */
function leaveWord(runsDir: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  try {
    writeFileAtomic(join(queueDir(runsDir), 'crash.log'), `${new Date().toISOString()} ${text}\n`);
  } catch {
    // The disk is full or the store is gone: there is no other place to tell.
  }
}
