import { chmodSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RunyardError, hasErrno } from '../base/errors.ts';
import { removeClaims, tryClaim, Claim } from '../run/claim.ts';
import { ACTIVE, TRASH, moveRun } from '../run/containers.ts';
import { entryNamesOf } from '../run/names.ts';
import { requireRunDirs } from '../run/own-dirs.ts';
import { pokeRun } from '../run/run.ts';
import type { Container, RunInfo } from '../run/types.ts';
import { queueEntryPath } from '../status/marks.ts';
import { mayRunElsewhere } from '../status/status.ts';
import { readRunInfo } from '../store/read.ts';

/** The row fields that moving and deleting need. */
type Target = Pick<RunInfo, 'id' | 'name' | 'runsDir' | 'metaPath'>;

/** Options of {@link deleteRun} and {@link purgeRun}. */
export interface DeleteOptions {
  /** A person says that nothing works on the run any more, though it seems to run elsewhere. */
  readonly confirmed?: boolean;
}

const LEGACY = '.deleted';

/**
 * Moves a run to the trash; {@link restoreRun} undoes it (gage-format.md 1.9). It waits in no queue any
 * more, and nobody starts it there. The trials of a batch stay where they are.
 * Throws `wrong-status` when the run is running, `foreign` when it may run elsewhere and nobody has
 * confirmed, `claimed` when somebody is about to start it, `unsafe-path` when a directory of the run
 * or of its store is a link.
 */
export async function deleteRun(target: Target, options: DeleteOptions = {}): Promise<void> {
  const info = await refuseRunning(target, 'deleted', options);
  requireRunDirs(target);
  // Whoever starts a staged run looks where it is when the claim is theirs.
  const claim = info !== null && isWaiting(info) ? claimFor(target, 'delete') : null;
  try {
    moveTo(target, TRASH);
    rmSync(queueEntryPath(target), { force: true });
  } finally {
    claim?.release();
  }
}

/**
 * Moves a run back to the active ones, from the trash or an archive, also one that Gage 0.1.2
 * deleted. Throws `unsafe-path` as {@link deleteRun}.
 */
export function restoreRun(target: Target): void {
  requireRunDirs(target);
  if (isLegacyDeleted(target)) restoreLegacy(target);
  else moveTo(target, ACTIVE);
}

/** Moves a run to a container of its store. */
function moveTo(target: Target, container: Container): void {
  moveRun(target.runsDir, target.id, container);
  pokeRun(target);
}

/**
 * Removes everything of a run for good: the entries that have the names of a run's, and nothing else.
 * Throws `wrong-status` when the run is running, `foreign` when it may run elsewhere and nobody has
 * confirmed, `claimed` when a process works on it, `unsafe-path` as {@link deleteRun}.
 */
export async function purgeRun(target: Target, options: DeleteOptions = {}): Promise<void> {
  await refuseRunning(target, 'deleted', options);
  const claim = claimFor(target, 'purge');
  try {
    removeEntries(target);
    rmSync(queueEntryPath(target), { force: true });
  } catch (error) {
    claim.release();
    throw error;
  }
  removeClaims(target);
}

function claimFor(target: Target, purpose: string): Claim {
  const claim = tryClaim(target, purpose);
  if (claim instanceof Claim) return claim;
  throw new RunyardError('claimed', `Run ${target.name} is in use (${claim.purpose})`);
}

/** Staged and not started, whoever has it. */
function isWaiting({ status, timestampsUs }: RunInfo): boolean {
  const { staged } = timestampsUs;
  return status === 'staged' || status === 'queued' || (status === 'pending' && staged !== null);
}

/** A link among them is removed itself, and not what it leads to. */
function removeEntries(target: Target): void {
  for (const name of entryNamesOf(target.id)) removeTree(join(target.runsDir, name));
}

function isLegacyDeleted(target: Target): boolean {
  return target.metaPath.endsWith(LEGACY);
}

function restoreLegacy(target: Target): void {
  const names = entryNamesOf(target.id).filter((name) => name.endsWith(LEGACY));
  // The meta comes last: the run is there again once everything else is.
  for (const name of [...names].reverse()) {
    const from = join(target.runsDir, name);
    if (!exists(from)) continue;
    const to = from.slice(0, -LEGACY.length);
    if (exists(to)) throw new RunyardError('bad-request', `${to} is in the way`);
    renameSync(from, to);
  }
}

/** True also for a link that leads nowhere. */
function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

async function refuseRunning(
  target: Target,
  verb: string,
  { confirmed = false }: DeleteOptions,
): Promise<RunInfo | null> {
  const info = await readRunInfo(target.runsDir, target.id);
  if (info !== null && mayRunElsewhere(info)) {
    if (confirmed) return info;
    const message = `Run ${target.name} may still run elsewhere and was not ${verb}`;
    throw new RunyardError(
      'foreign',
      info.reason === null ? message : `${message}: ${info.reason}`,
      {
        hint: 'Confirm it when nothing works on it any more.',
      },
    );
  }
  if (info?.status !== 'running') return info;
  throw new RunyardError('wrong-status', `Run ${target.name} is running and cannot be ${verb}`, {
    hint: 'Stop it first.',
  });
}

/** Removes a tree whose directories may be read-only. */
function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (!hasErrno(error, 'EACCES', 'EPERM', 'ENOTEMPTY')) throw error;
    makeWritable(path);
    rmSync(path, { recursive: true, force: true });
  }
}

function makeWritable(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chmodSync(path, stat.mode | (stat.isDirectory() ? 0o700 : 0o600));
  if (stat.isDirectory()) for (const name of readdirSync(path)) makeWritable(join(path, name));
}
