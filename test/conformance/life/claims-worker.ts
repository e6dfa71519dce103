import { z } from 'zod';
import { RunyardError } from '../../../src/core/base/errors.ts';
import { finalizeRun } from '../../../src/core/life/finalize.ts';
import { openRunOutput, startRun } from '../../../src/core/life/start.ts';
import { openRun } from '../../../src/core/run/run.ts';

/** One of many processes that try to start the same runs: tries all, in its own order. */
const { runsDir, ids } = z
  .object({ runsDir: z.string(), ids: z.array(z.string()) })
  .parse(JSON.parse(process.argv[2] ?? ''));

async function startAll(): Promise<{ started: string[]; refused: Record<string, number> }> {
  const started: string[] = [];
  const refused: Record<string, number> = {};
  const ends: Promise<void>[] = [];
  for (const id of ids) {
    const run = openRun(runsDir, id);
    try {
      const child = await startRun(run);
      started.push(id);
      const output = openRunOutput(run, child);
      ends.push(
        output.waitAndClose().then(async () => {
          await finalizeRun(run, await child.wait());
        }),
      );
    } catch (error) {
      if (!(error instanceof RunyardError)) throw error;
      refused[error.code] = (refused[error.code] ?? 0) + 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(ends);
  return { started, refused };
}

process.once('message', () => {
  void startAll().then((result) => {
    process.send?.(result, () => process.disconnect());
  });
});
process.send?.('ready');
