import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { createFileExclusive, writeFileAtomic } from '../base/atomic.ts';
import { RunyardError, hasErrno } from '../base/errors.ts';
import { ROW_FILE_BYTES } from '../base/regular-file.ts';
import { readJsonFile } from '../data/json-file.ts';
import {
  ProcessIdentitySchema,
  identityOf,
  livenessOf,
  type ProcessIdentity,
} from '../process/identity.ts';
import { claimDir, makeClaimDir, markOf, namesIn } from './claim-dir.ts';
import { requireRunDirs } from './own-dirs.ts';
import type { Run } from './types.ts';

export { claimsDir, removeClaims } from './claim-dir.ts';

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
 * @returns the claim, or who holds it. Throws `unsafe-path` when a directory of the run or of the
 *   store is a link, before anything is made, and system errors, also for a claim that this user
 *   may not read.
 */
export function tryClaim(
  run: Pick<Run, 'runsDir' | 'id'>,
  purpose: string,
  options: ClaimOptions = {},
): Claim | ClaimHolder {
  requireRunDirs(run);
  const dir = claimDir(run);
  const content: ClaimFile = { owner: identityOf(), purpose, timeMs: Date.now(), state: 'held' };
  for (let vanished = 0, taken = 0; vanished < MAX_VANISHED && taken < MAX_TAKEN;) {
    const found = look(dir);
    if (found === null) {
      vanished++;
      makeClaimDir(run);
      continue;
    }
    if (isHeld(found.content, options)) return found.content;
    const path = join(dir, claimName(found.generation + 1, found.mark));
    try {
      if (!createFileExclusive(path, JSON.stringify(content))) {
        taken++;
        continue;
      }
    } catch (error) {
      if (!hasErrno(error, 'ENOENT')) throw error;
      vanished++;
      continue;
    }
    if (markOf(namesIn(dir)) === found.mark) return new Claim(path, content);
    rmSync(path, { force: true });
  }
  throw new RunyardError('io', `${dir} cannot be used: it changes again and again`);
}

/** So often in a row a directory does not vanish by chance: its place is not there. */
const MAX_VANISHED = 10_000;
/** So often in a row others are not faster: the next number is none that can be counted. */
const MAX_TAKEN = 1_000;

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

/** Who holds the run now, or null. Throws as {@link tryClaim} for claims that cannot be read. */
export function claimHolder(run: Pick<Run, 'runsDir' | 'id'>): ClaimHolder | null {
  const content = look(claimDir(run))?.content ?? null;
  return isHeld(content) ? content : null;
}

function isSame(a: ClaimFile | null, b: ClaimFile): boolean {
  return a?.timeMs === b.timeMs && a.owner.pid === b.owner.pid && a.owner.start === b.owner.start;
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

/** @returns null when the directory does not exist. */
function look(dir: string): FoundClaims | null {
  const names = namesIn(dir);
  if (names === null) return null;
  const mark = markOf(names) ?? '';
  let generation = 0;
  for (const name of names) {
    const number = Number.parseInt(name, 10);
    if (number > generation && claimName(number, mark) === name) generation = number;
  }
  const content = generation === 0 ? null : readClaim(join(dir, claimName(generation, mark)));
  return { mark, generation, content };
}

/** A claim that is not there or not one counts for nothing; one that we may not read is an error. */
function readClaim(path: string): ClaimFile | null {
  return readJsonFile(path, ClaimSchema, ROW_FILE_BYTES);
}

function isHeld(content: ClaimFile | null, options: ClaimOptions = {}): content is ClaimFile {
  if (content === null || content.state === 'released') return false;
  const liveness = livenessOf(content.owner);
  return (
    liveness === 'alive' ||
    (liveness === 'remote' &&
      options.overRemote !== true &&
      // What is said to come from the future is as good as old.
      Math.abs(Date.now() - content.timeMs) < REMOTE_CLAIM_MS)
  );
}
