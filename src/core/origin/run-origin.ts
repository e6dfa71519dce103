import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { RunyardError } from '../base/errors.ts';
import { requireOwnDir } from '../base/own-dir.ts';
import { readSmallFile } from '../base/regular-file.ts';
import { keyPath, privateKey } from './key.ts';
import { isStamp, stampOf } from './stamp.ts';

/** A run, as far as its origin goes. */
interface Place {
  readonly runsDir: string;
  readonly id: string;
  readonly metaPath: string;
}

/** Our stamp, below the meta of a run (docs/on-disk.md). */
export const ORIGIN_FILE = 'runyard/origin.json';

/** Everything that says what a run, or a batch with its trials and its search, executes. */
export const EXECUTED_FILES = [
  'proc/cmd.json',
  'proc/env.json',
  'opdef.json',
  'runyard/proto.json',
];
/** Of a batch; only its optimizer is executed, and the rest of it changes. */
export const BATCH_FILE = 'runyard/batch.json';

/** Text of a file below a meta; null when there is none. */
export type ReadMetaText = (path: string) => string | null;

/** A digest of what a run executes. Throws when one of its files cannot be read. */
export function executedDigest(read: ReadMetaText): string {
  const texts = [...EXECUTED_FILES.map(read), optimizerOf(read(BATCH_FILE))];
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}

/** The program that a batch asks for trials; null when the run is no batch. */
export function optimizerOf(text: string | null): string | null {
  try {
    const head: unknown = JSON.parse(text ?? 'null');
    const isHead = typeof head === 'object' && head !== null && 'optimizer' in head;
    return isHead ? JSON.stringify(head.optimizer) : null;
  } catch {
    return null;
  }
}

/** Texts of a meta that is a directory. They throw as {@link readSmallFile} does. */
export function metaTexts({ metaPath }: Pick<Place, 'metaPath'>): ReadMetaText {
  return (path) => readSmallFile(join(metaPath, path));
}

/**
 * Notes that this user on this machine has put the run here, with what it executes. Nothing is
 * noted where there is no private key.
 * @param digest what a person has seen; by default what is there now.
 * Throws `unsafe-path` and system errors.
 */
export function stampRun(run: Place, digest = executedDigest(metaTexts(run))): void {
  const stamp = stampOf('run', partsOf(run, digest));
  if (stamp === null) return;
  requireOwnDir(run.runsDir, `${run.id}.meta`, 'runyard');
  mkdirSync(join(run.metaPath, 'runyard'), { recursive: true });
  const text = `${JSON.stringify({ version: 1, stamp })}\n`;
  writeFileAtomic(join(run.metaPath, ORIGIN_FILE), text, { mode: 0o444 });
}

/**
 * Whether this user on this machine has put the run where it is, or allowed it, and nobody has
 * changed since what it executes. A store that was moved, copied or received holds no such run.
 * @param read texts of its meta; by default of the directory. Never throws.
 */
export function isOurs(run: Place, read = metaTexts(run)): boolean {
  try {
    const origin: unknown = JSON.parse(read(ORIGIN_FILE) ?? 'null');
    if (typeof origin !== 'object' || origin === null || !('stamp' in origin)) return false;
    const { stamp } = origin;
    if (typeof stamp !== 'string') return false;
    return isStamp(stamp, 'run', partsOf(run, executedDigest(read)));
  } catch {
    return false;
  }
}

/**
 * True when the run may be executed.
 * @param allowed a person has said so, or has made the run just now. Where there is a private key
 *   that is noted in the run, and the note counts: what was changed since must not be executed.
 */
export function mayExecute(run: Place, allowed = false): boolean {
  return isOurs(run) || (allowed && privateKey() === null);
}

/** Throws `foreign` for a run that {@link mayExecute} refuses. */
export function requireMayExecute(run: Place & { readonly name: string }, allowed = false): void {
  if (!mayExecute(run, allowed)) throw foreignRun(run);
}

/** The error for a run that needs a person's word before it is executed. */
export function foreignRun({ name }: { readonly name: string }): RunyardError {
  if (privateKey() === null) {
    return new RunyardError('foreign', `It cannot be told that run ${name} was put here by you`, {
      hint: `A key for you alone cannot be kept in ${keyPath()}.`,
    });
  }
  return new RunyardError('foreign', `Run ${name} was not put here by you on this machine`, {
    hint: 'Start it by hand: what it executes is shown before.',
  });
}

function partsOf({ runsDir, id }: Place, digest: string): readonly string[] {
  return [realpathSync(runsDir), id, digest];
}
