import * as z from 'zod/mini';
import { SupervisorTaskSchema, WorkerTaskSchema } from '../core/launch/launch-messages.ts';
import { Channel } from './channel.ts';
import { CRASHED, Supervision } from './run.ts';
import { serve } from './serve.ts';

/**
 * Entry of the detached process that looks after one run: `node supervisor <task as JSON>`.
 * It survives whoever started it, so it takes nothing from them but its argument. A worker
 * looks after one run after the other, and `node supervisor queue <task>` after the queue.
 */
async function main(): Promise<number> {
  // A few checks in a life: code made for each schema would cost more memory than it saves time.
  z.config({ jitless: true });
  // The terminal or the session that we were started from may close: we go on.
  process.on('SIGHUP', () => undefined);
  const channel = new Channel();
  const [task = '', rest = ''] = process.argv.slice(2);
  if (task === 'queue') {
    const { superviseQueue } = await import('./queue.ts');
    return await superviseQueue(rest, channel);
  }
  if (isWorkerTask(task)) {
    await serve(channel);
    return 0;
  }
  const supervision = new Supervision(
    () => SupervisorTaskSchema.parse(JSON.parse(task)),
    channel,
    performance.timeOrigin,
  );
  const stop = (): void => {
    supervision.stop();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('uncaughtException', (error) => {
    supervision.crashed(error);
    process.exit(CRASHED);
  });
  channel.onCancel(stop);
  const exitCode = await supervision.run();
  await channel.flush();
  return exitCode;
}

function isWorkerTask(text: string): boolean {
  try {
    return WorkerTaskSchema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

void main().then((exitCode) => {
  // Nothing that is left open may keep us: the run is at rest.
  process.exit(exitCode);
});
