import { existsSync, readdirSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { ownDirProblem } from '../base/own-dir.ts';
import { kindOf } from '../base/regular-file.ts';
import { LOCKS } from '../run/claim-dir.ts';
import { claimHolder } from '../run/claim.ts';
import type { Run, RunStatus } from '../run/types.ts';

/**
 * Who waits with a staged run or is about to start it (design.md 5). Such a mark is a file of
 * the store and no part of the run: when its owner is dead, the run is `staged` again at once.
 */
export interface RunMarks {
  /** `pending` while somebody holds the claim of the run, `queued` while it is in the queue. */
  statusOfStaged(id: string): Extract<RunStatus, 'staged' | 'queued' | 'pending'>;
  /** Why nothing of the run can be changed: the store's own directories are links. Null when they are not. */
  problemOf(id: string): string | null;
}

/** Marks that tell nothing: the status of a run is what its own files say. */
export const NO_MARKS: RunMarks = { statusOfStaged: () => 'staged', problemOf: () => null };

const QUEUE: readonly string[] = ['.runyard', 'queue'];

/** The entry of a run in the queue of its store. */
export function queueEntryPath(run: Pick<Run, 'runsDir' | 'id'>): string {
  return join(queueDir(run.runsDir), `${run.id}.json`);
}

/** Says that the queue has started the run, until it ends. */
export function queueTakenPath(run: Pick<Run, 'runsDir' | 'id'>): string {
  return join(queueDir(run.runsDir), `${run.id}.taken`);
}

/** Marks of single runs, each looked up when it is asked for. */
export function marksOf(runsDir: string): RunMarks {
  const isQueued = (id: string): boolean =>
    ownDirProblem(runsDir, ...QUEUE) === null && existsSync(queueEntryPath({ runsDir, id }));
  return {
    statusOfStaged: (id) => statusOf(runsDir, id, isQueued),
    problemOf: (id) => ownDirProblem(runsDir, ...LOCKS, id) ?? ownDirProblem(runsDir, ...QUEUE),
  };
}

/** Marks for a look at the whole store: its directories of marks are listed once. */
export function listMarks(runsDir: string): RunMarks {
  const queued = entriesOf(runsDir, QUEUE);
  const claimed = entriesOf(runsDir, LOCKS);
  const problem = ownDirProblem(runsDir, ...LOCKS) ?? ownDirProblem(runsDir, ...QUEUE);
  const isQueued = (id: string): boolean => queued.has(`${id}.json`);
  return {
    statusOfStaged: (id) =>
      claimed.has(id) || isQueued(id) ? statusOf(runsDir, id, isQueued) : 'staged',
    problemOf: (id) => problem ?? claimsProblem(runsDir, id, claimed.get(id)),
  };
}

/** The directory of the claims of a run is a link, or no directory. */
function claimsProblem(runsDir: string, id: string, claims: Dirent | undefined): string | null {
  if (claims === undefined || claims.isDirectory()) return null;
  return `${join(runsDir, ...LOCKS, id)} is ${kindOf(claims)} where a directory should be`;
}

function statusOf(
  runsDir: string,
  id: string,
  isQueued: (id: string) => boolean,
): ReturnType<RunMarks['statusOfStaged']> {
  if (isAboutToStart(runsDir, id)) return 'pending';
  return isQueued(id) ? 'queued' : 'staged';
}

/** Whoever staged a run holds its claim for a moment longer, and does not start it. */
function isAboutToStart(runsDir: string, id: string): boolean {
  try {
    const holder = claimHolder({ runsDir, id });
    return holder !== null && holder.purpose !== 'stage';
  } catch {
    // A claim of another user that we may not read: whoever starts the run is told.
    return false;
  }
}

/** The directory of a store's queue; it exists once something was queued or set. */
export function queueDir(runsDir: string): string {
  return join(runsDir, ...QUEUE);
}

/** Entries of a directory of the store by name; none when a link leads to it. */
function entriesOf(runsDir: string, parts: readonly string[]): ReadonlyMap<string, Dirent> {
  if (ownDirProblem(runsDir, ...parts) !== null) return new Map();
  try {
    const entries = readdirSync(join(runsDir, ...parts), { withFileTypes: true });
    return new Map(entries.map((entry) => [entry.name, entry]));
  } catch {
    return new Map();
  }
}
