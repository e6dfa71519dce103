import { chmodSync, existsSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RunyardError, hasErrno } from '../base/errors.ts';
import { removeClaims, tryClaim, Claim } from '../run/claim.ts';
import { ACTIVE, TRASH, moveRun } from '../run/containers.ts';
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
 * confirmed, `claimed` when somebody is about to start it.
 */
export async function deleteRun(target: Target, options: DeleteOptions = {}): Promise<void> {
  const info = await refuseRunning(target, 'deleted', options);
  // Whoever starts a staged run looks where it is when the claim is theirs.
  const claim = info !== null && isWaiting(info) ? claimFor(target, 'delete') : null;
  try {
    moveTo(target, TRASH);
    rmSync(queueEntryPath(target), { force: true });
  } finally {
    claim?.release();
  }
}

/** Moves a run back to the active ones, from the trash or an archive, also one that Gage 0.1.2 deleted. */
export function restoreRun(target: Target): void {
  if (isLegacyDeleted(target)) restoreLegacy(target);
  else moveTo(target, ACTIVE);
}

/** Moves a run to a container of its store. */
function moveTo(target: Target, container: Container): void {
  moveRun(target.runsDir, target.id, container);
  pokeRun(target);
}

/**
 * Removes everything of a run for good: the entries named `<id>` or `<id>.…`, and nothing else.
 * Throws `wrong-status` when the run is running, `foreign` when it may run elsewhere and nobody has
 * confirmed, `claimed` when a process works on it.
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

/** The meta goes first, so that a crash leaves files without a run and not a run without files. */
function removeEntries(target: Target): void {
  const isMeta = (name: string): boolean => name.startsWith(`${target.id}.meta`);
  const names = readdirSync(target.runsDir)
    .filter((name) => name === target.id || name.startsWith(`${target.id}.`))
    .sort((a, b) => Number(isMeta(b)) - Number(isMeta(a)));
  for (const name of names) removeTree(join(target.runsDir, name));
}

function isLegacyDeleted(target: Target): boolean {
  return target.metaPath.endsWith(LEGACY);
}

function restoreLegacy(target: Target): void {
  const names = readdirSync(target.runsDir).filter(
    (name) => name.startsWith(`${target.id}.`) && name.endsWith(LEGACY),
  );
  // The meta comes last: the run is there again once everything else is.
  names.sort((a, b) => Number(a.includes('.meta')) - Number(b.includes('.meta')));
  for (const name of names) {
    const to = join(target.runsDir, name.slice(0, -LEGACY.length));
    if (existsSync(to)) throw new RunyardError('bad-request', `${to} is in the way`);
    renameSync(join(target.runsDir, name), to);
  }
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
