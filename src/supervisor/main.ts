import * as z from 'zod/mini';
import { Channel } from './channel.ts';
import { Supervision } from './supervision.ts';

/**
 * Entry of the detached process that looks after one run: `node supervisor <task as JSON>`.
 * It survives whoever started it, so it takes nothing from them but its argument.
 */
async function main(): Promise<number> {
  // A few checks in a life: code made for each schema would cost more memory than it saves time.
  z.config({ jitless: true });
  const channel = new Channel();
  const supervision = new Supervision(process.argv[2] ?? '', channel);
  const stop = (): void => {
    supervision.stop();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // The terminal or the session that we were started from may close: we go on.
  process.on('SIGHUP', () => undefined);
  process.on('uncaughtException', (error) => {
    supervision.crashed(error);
    process.exit(70);
  });
  channel.onCancel(stop);
  const exitCode = await supervision.run();
  await channel.flush();
  return exitCode;
}

void main().then((exitCode) => {
  // Nothing that is left open may keep us: the run is at rest.
  process.exit(exitCode);
});
