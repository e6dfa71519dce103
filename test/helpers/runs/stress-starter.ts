import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { RunyardError } from '../../../src/core/base/errors.ts';
import { finalizeRun } from '../../../src/core/life/finalize.ts';
import { openRunOutput, startRun } from '../../../src/core/life/start.ts';
import { openRun } from '../../../src/core/run/run.ts';
import { randomFrom, shuffled } from '../random.ts';

/**
 * One of many processes that start the same runs, each in an order of its own, again and again,
 * until whoever forked it lets go of it.
 */
const { runsDir, ids, seed } = z
  .object({ runsDir: z.string(), ids: z.array(z.string()), seed: z.number() })
  .parse(JSON.parse(process.argv[2] ?? ''));
const random = randomFrom(seed);
const EXPECTED: readonly string[] = ['claimed', 'wrong-status', 'no-run'];

async function tryToStart(id: string): Promise<void> {
  try {
    const run = openRun(runsDir, id);
    const child = await startRun(run);
    await openRunOutput(run, child).waitAndClose();
    await finalizeRun(run, await child.wait());
    // Others shall get some, too.
    await sleep(random() * 500);
  } catch (error) {
    if (!(error instanceof RunyardError) || !EXPECTED.includes(error.code)) throw error;
  }
}

const isWanted = (): boolean => process.connected;

while (isWanted()) {
  for (const id of shuffled(ids, random)) if (isWanted()) await tryToStart(id);
  await sleep(50);
}
