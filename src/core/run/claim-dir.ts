import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { openNew, tempNameFor } from '../base/atomic.ts';
import { hasErrno } from '../base/errors.ts';
import { makeOwnDir, requireOwnDir } from '../base/own-dir.ts';
import type { Run } from './types.ts';

/** The directories of claims of a store, `<store>/.runyard/locks/<id>/` (design.md 6). */

type WhichRun = Pick<Run, 'runsDir' | 'id'>;

/** Below a store; its own entry among them is the directory of one run's claims. */
export const LOCKS: readonly string[] = ['.runyard', 'locks'];

const MARK = '.mark';
const MARK_NAME = /^[0-9a-f]+\.mark$/;

/** What may lie in a directory of claims: claims, marks, a leader's heartbeat, and what is just being written. */
const OWN_NAME = /^\.?(?:\d+(?:-[0-9a-f]+)?\.json|[0-9a-f]+\.mark|heartbeat)(?:\.\d+-\d+\.tmp)?$/;

/** Where the claims of a store are: a directory for each run. */
export function claimsDir(runsDir: string): string {
  return join(runsDir, ...LOCKS);
}

/** The claims of one run. Throws `unsafe-path` where a link leads to them. */
export function claimDir({ runsDir, id }: WhichRun): string {
  return requireOwnDir(runsDir, ...LOCKS, id);
}

/** Makes the directory with its mark in it, unless somebody else is faster. */
export function makeClaimDir({ runsDir, id }: WhichRun): void {
  mkdirSync(runsDir, { recursive: true });
  const dir = join(makeOwnDir(runsDir, ...LOCKS), id);
  const temp = tempNameFor(dir);
  makeOwnDir(runsDir, ...LOCKS, basename(temp));
  closeSync(openNew(join(temp, `${randomBytes(6).toString('hex')}${MARK}`)));
  try {
    renameSync(temp, dir);
  } catch (error) {
    removeOwnNames(temp);
    // Windows calls a directory that is there not permitted.
    if (!hasErrno(error, 'EEXIST', 'ENOTEMPTY', 'EPERM', 'EACCES')) throw error;
    if (!hasErrno(error, 'EEXIST', 'ENOTEMPTY') && !existsSync(dir)) throw error;
  }
}

/**
 * Removes the claims of a run with their directory. What has no name of ours stays, and the directory
 * with it: it is not ours to remove.
 */
export function removeClaims(run: WhichRun): void {
  const dir = claimDir(run);
  // Somebody may just be writing a claim into it: take the whole directory away at once.
  const removed = tempNameFor(dir);
  try {
    renameSync(dir, removed);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return;
    throw error;
  }
  // Who found the directory before it was renamed may make or remove a file in it still.
  for (let attempt = 0; attempt < 10 && existsSync(removed); attempt++) removeOwnNames(removed);
}

/** Names in a directory of claims; null when it does not exist. */
export function namesIn(dir: string): readonly string[] | null {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** The mark among the names of a directory; null when the directory is gone. */
export function markOf(names: readonly string[] | null): string | null {
  if (names === null) return null;
  return names.find((name) => MARK_NAME.test(name))?.slice(0, -MARK.length) ?? '';
}

function removeOwnNames(dir: string): void {
  try {
    for (const name of namesIn(dir) ?? []) {
      if (OWN_NAME.test(name)) removeFile(join(dir, name));
    }
    rmdirSync(dir);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'EPERM')) throw error;
  }
}

function removeFile(path: string): void {
  try {
    rmSync(path, { force: true, maxRetries: 20, retryDelay: 5 });
  } catch (error) {
    // A directory with a name of ours.
    if (!hasErrno(error, 'ERR_FS_EISDIR')) throw error;
  }
}
