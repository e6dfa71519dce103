import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { createFileExclusive, tempNameFor, writeFileAtomic } from '../base/atomic.ts';
import { RunyardError, hasErrno } from '../base/errors.ts';
import { readJsonFile } from '../data/json-file.ts';
import {
  ProcessIdentitySchema,
  identityOf,
  livenessOf,
  type ProcessIdentity,
} from '../process/identity.ts';
import type { Run } from './types.ts';

/**
 * The right to change a run: one of many processes gets it, in one atomic step (design.md
 * 6). Claims of a run are numbered files in `<store>/.runyard/locks/<id>/`. The greatest
 * number holds. Whoever finds the holder dead or gone creates the next number, which only one
 * can; nobody ever removes a file that another might have just written.
 *
 * The directory goes when a run ends, and may be made anew at any instant, between any two steps
 * of another process. So each has a mark of its own from its first instant, an empty file, and
 * claims have it in their names: in a later directory they are nobody's.
 */
const ClaimSchema = z.object({
  owner: ProcessIdentitySchema,
  purpose: z.string(),
  timeMs: z.number(),
  state: z.enum(['held', 'released']),
});
type ClaimFile = z.infer<typeof ClaimSchema>;

/** A claim of another host counts as given back after this time. Milliseconds. */
const REMOTE_CLAIM_MS = 24 * 3600_000;

/** Who has a run, as far as we know. */
export interface ClaimHolder {
  readonly owner: ProcessIdentity;
  readonly purpose: string;
  readonly timeMs: number;
}

export class Claim {
  readonly #path: string;
  readonly #content: ClaimFile;

  constructor(path: string, content: ClaimFile) {
    this.#path = path;
    this.#content = content;
  }

  /** Gives the run back. Twice does no harm. */
  release(): void {
    // When the run ended its claims were removed, and this number may be another's by now.
    if (!isSame(readClaim(this.#path), this.#content)) return;
    try {
      writeFileAtomic(this.#path, JSON.stringify({ ...this.#content, state: 'released' }));
    } catch (error) {
      // The directory goes when a run ends or is deleted: then there is nothing to give back.
      if (!hasErrno(error, 'ENOENT')) throw error;
    }
  }
}

/** Options of {@link tryClaim}. */
export interface ClaimOptions {
  /** A person says that the other host which holds the run will not come back. */
  readonly overRemote?: boolean;
}

/**
 * Tries to get the right to change a run.
 * @param purpose a word for people who look: `start`, `recover`, …
 * @returns the claim, or who holds it. Throws system errors, also for a claim that this user
 *   may not read.
 */
export function tryClaim(
  run: Pick<Run, 'runsDir' | 'id'>,
  purpose: string,
  options: ClaimOptions = {},
): Claim | ClaimHolder {
  const dir = claimDir(run);
  const content: ClaimFile = { owner: identityOf(), purpose, timeMs: Date.now(), state: 'held' };
  for (let vanished = 0; vanished < MAX_VANISHED;) {
    const found = look(dir);
    if (found === null) {
      vanished++;
      makeClaimDir(dir);
      continue;
    }
    if (isHeld(found.content, options)) return found.content;
    const path = join(dir, claimName(found.generation + 1, found.mark));
    try {
      if (!createFileExclusive(path, JSON.stringify(content))) continue;
    } catch (error) {
      if (!hasErrno(error, 'ENOENT')) throw error;
      vanished++;
      continue;
    }
    if (markOf(namesIn(dir)) === found.mark) return new Claim(path, content);
    rmSync(path, { force: true });
  }
  throw new RunyardError('io', `${dir} cannot be made: it vanishes again and again`);
}

/** So often in a row a directory does not vanish by chance: its place is not there. */
const MAX_VANISHED = 10_000;

/** Makes the directory with its mark in it, unless somebody else is faster. */
function makeClaimDir(dir: string): void {
  const temp = tempNameFor(dir);
  mkdirSync(temp, { recursive: true });
  writeFileSync(join(temp, `${randomBytes(6).toString('hex')}${MARK}`), '');
  try {
    renameSync(temp, dir);
  } catch (error) {
    rmSync(temp, { recursive: true, force: true });
    // Windows calls a directory that is there not permitted.
    if (!hasErrno(error, 'EEXIST', 'ENOTEMPTY', 'EPERM', 'EACCES')) throw error;
    if (!hasErrno(error, 'EEXIST', 'ENOTEMPTY') && !existsSync(dir)) throw error;
  }
}

/** Like {@link tryClaim}, but throws `claimed` with the holder's name when the run is taken. */
export function claimRun(
  run: Pick<Run, 'runsDir' | 'id' | 'name'>,
  purpose: string,
  options: ClaimOptions = {},
): Claim {
  const result = tryClaim(run, purpose, options);
  if (result instanceof Claim) return result;
  const { pid, host } = result.owner;
  throw new RunyardError(
    'claimed',
    `Run ${run.name} is in use by process ${String(pid)} on ${host} (${result.purpose})`,
  );
}

/** Who holds the run now, or null. */
export function claimHolder(run: Pick<Run, 'runsDir' | 'id'>): ClaimHolder | null {
  const content = look(claimDir(run))?.content ?? null;
  return isHeld(content) ? content : null;
}

/** Removes all traces of claims of a run that has ended or was deleted. */
export function removeClaims(run: Pick<Run, 'runsDir' | 'id'>): void {
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
  for (let attempt = 0; attempt < 10 && existsSync(removed); attempt++) {
    rmSync(removed, { recursive: true, force: true, maxRetries: 20, retryDelay: 5 });
  }
}

function isSame(a: ClaimFile | null, b: ClaimFile): boolean {
  return a?.timeMs === b.timeMs && a.owner.pid === b.owner.pid && a.owner.start === b.owner.start;
}

/** Where the claims of a store are: a directory for each run. */
export function claimsDir(runsDir: string): string {
  return join(runsDir, '.runyard', 'locks');
}

function claimDir(run: Pick<Run, 'runsDir' | 'id'>): string {
  return join(claimsDir(run.runsDir), run.id);
}

function claimName(generation: number, mark: string): string {
  return `${String(generation)}${mark === '' ? '' : `-${mark}`}.json`;
}

/** What there is in a directory of claims. */
interface FoundClaims {
  /** Empty for a directory that has none: older versions made those. */
  readonly mark: string;
  /** Greatest number; 0 without any claim. */
  readonly generation: number;
  /** Null when there is none, or it is none. */
  readonly content: ClaimFile | null;
}

const MARK = '.mark';

/** @returns null when the directory does not exist. */
function look(dir: string): FoundClaims | null {
  const names = namesIn(dir);
  if (names === null) return null;
  const mark = markOf(names) ?? '';
  const generations = names
    .map((name) => /^\d+/.exec(name)?.[0])
    .filter((text, i) => text !== undefined && claimName(Number(text), mark) === names[i])
    .map(Number);
  const generation = Math.max(0, ...generations);
  const content = generation === 0 ? null : readClaim(join(dir, claimName(generation, mark)));
  return { mark, generation, content };
}

function namesIn(dir: string): readonly string[] | null {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** The mark among the names of a directory; null when the directory is gone. */
function markOf(names: readonly string[] | null): string | null {
  if (names === null) return null;
  return names.find((name) => name.endsWith(MARK))?.slice(0, -MARK.length) ?? '';
}

/** A claim that is not there or not one counts for nothing; one that we may not read is an error. */
function readClaim(path: string): ClaimFile | null {
  return readJsonFile(path, ClaimSchema);
}

function isHeld(content: ClaimFile | null, options: ClaimOptions = {}): content is ClaimFile {
  if (content === null || content.state === 'released') return false;
  const liveness = livenessOf(content.owner);
  return (
    liveness === 'alive' ||
    (liveness === 'remote' &&
      options.overRemote !== true &&
      Date.now() - content.timeMs < REMOTE_CLAIM_MS)
  );
}
