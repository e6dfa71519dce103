import { chmodSync, existsSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeClaims, tryClaim, Claim } from './claim.ts';
import { ACTIVE, TRASH, moveRun } from './containers.ts';
import { RunyardError, hasErrno } from './errors.ts';
import { pokeRun } from './run.ts';
import { readRunInfo } from './store.ts';
import type { Container, RunInfo } from './types.ts';

/** The row fields that moving and deleting need. */
type Target = Pick<RunInfo, 'id' | 'name' | 'runsDir' | 'metaPath'>;

const LEGACY = '.deleted';

/**
 * Moves a run to the trash; {@link restoreRun} undoes it (gage.md 1.9).
 * Throws `wrong-status` when the run is running.
 */
export async function deleteRun(target: Target): Promise<void> {
  await refuseRunning(target, 'deleted');
  moveTo(target, TRASH);
}

/** Moves a run back to the active ones, from the trash or an archive, also one that Gage 0.1.2 deleted. */
export function restoreRun(target: Target): void {
  if (isLegacyDeleted(target)) restoreLegacy(target);
  else moveTo(target, ACTIVE);
}

/** Moves a run to a container of its store. */
export function moveTo(target: Target, container: Container): void {
  moveRun(target.runsDir, target.id, container);
  pokeRun(target);
}

/**
 * Removes everything of a run for good: the entries named `<id>` or `<id>.…`, and nothing else.
 * Throws `wrong-status` when the run is running, `claimed` when a process works on it.
 */
export async function purgeRun(target: Target): Promise<void> {
  await refuseRunning(target, 'deleted');
  const claim = tryClaim(target, 'purge');
  if (!(claim instanceof Claim)) {
    throw new RunyardError('claimed', `Run ${target.name} is in use (${claim.purpose})`);
  }
  try {
    removeEntries(target);
  } catch (error) {
    claim.release();
    throw error;
  }
  removeClaims(target);
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

async function refuseRunning(target: Target, verb: string): Promise<void> {
  const info = await readRunInfo(target.runsDir, target.id);
  if (info?.status !== 'running') return;
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
