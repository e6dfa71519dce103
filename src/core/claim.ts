import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { createFileExclusive, tempNameFor, writeFileAtomic } from './atomic.ts';
import { RunyardError, hasErrno } from './errors.ts';
import { ProcessIdentitySchema, identityOf, livenessOf, type ProcessIdentity } from './identity.ts';
import type { Run } from './types.ts';

/**
 * The right to change a run: one of many processes gets it, in one atomic step (design:
 * status). Claims of a run are numbered files in `<store>/.runyard/locks/<id>/`. The greatest
 * number holds. Whoever finds the holder dead or gone creates the next number, which only one
 * can; nobody ever removes a file that another might have just written.
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
  for (let vanished = 0; ;) {
    const newest = newestClaim(dir);
    if (newest !== null && isHeld(newest.content, options)) return newest.content;
    // It was taken away while we looked.
    if (newest?.text === null) continue;
    const generation = (newest?.generation ?? 0) + 1;
    const path = join(dir, claimName(generation));
    try {
      // It may be taken away at any instant, also while it is being made.
      mkdirSync(dir, { recursive: true });
      if (!createFileExclusive(path, JSON.stringify(content))) continue;
      if (newest === null || readText(join(dir, claimName(newest.generation))) === newest.text)
        return new Claim(path, content);
      // The directory was removed and made anew meanwhile: our number belongs to the past.
      if (isSame(readClaim(path), content)) rmSync(path, { force: true });
    } catch (error) {
      if (!hasErrno(error, 'ENOENT') || ++vanished === MAX_VANISHED) throw error;
    }
  }
}

/** So often in a row a directory does not vanish by chance: its place is not there. */
const MAX_VANISHED = 10_000;

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
  const newest = newestClaim(claimDir(run));
  return newest !== null && isHeld(newest.content) ? newest.content : null;
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

function claimName(generation: number): string {
  return `${String(generation)}.json`;
}

interface FoundClaim {
  readonly generation: number;
  /** Null when it was taken away while we looked. */
  readonly text: string | null;
  readonly content: ClaimFile | null;
}

function newestClaim(dir: string): FoundClaim | null {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null;
    throw error;
  }
  const generations = names
    .map((name) => /^(\d+)\.json$/.exec(name)?.[1])
    .filter((text) => text !== undefined)
    .map(Number);
  if (generations.length === 0) return null;
  const generation = Math.max(...generations);
  const text = readText(join(dir, claimName(generation)));
  return { generation, text, content: parseClaim(text) };
}

/** A claim that is not there or not one counts for nothing; one that we may not read is an error. */
function readClaim(path: string): ClaimFile | null {
  return parseClaim(readText(path));
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

function parseClaim(text: string | null): ClaimFile | null {
  if (text === null) return null;
  try {
    const parsed = ClaimSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
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
