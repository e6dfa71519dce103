import { allowRuns, executionOf, type ForeignRun } from '../core/life/foreign.ts';
import { readStrangersEntry } from './files.ts';
import { enqueue, infoOf, listQueue } from './queue.ts';

/**
 * What the runs would execute that somebody else has put into the queue of a store, in the order
 * in which they would start. One that cannot be read is left out: it cannot be started either.
 */
export async function foreignEntries(runsDir: string): Promise<readonly ForeignRun[]> {
  const found: ForeignRun[] = [];
  for (const { id } of (await listQueue(runsDir)).foreign) {
    const info = infoOf(runsDir, id);
    if (info === null) continue;
    try {
      found.push(await executionOf(info));
    } catch {
      // It stays as it is: foreign.
    }
  }
  return found;
}

/**
 * Makes entries of somebody else our own, as a person has seen them. Their order and what they need
 * stay; which interpreter they mean is decided anew, by our environment. Throws as `enqueue` does.
 */
export function allowEntries(foreign: readonly ForeignRun[], by: string): void {
  allowRuns(foreign);
  for (const { run } of foreign) {
    const info = infoOf(run.runsDir, run.id);
    const entry = readStrangersEntry(run.runsDir, run.id);
    if (info === null || entry === null) continue;
    const { priority, resources } = entry;
    enqueue(info, { priority, resources, by });
  }
}
