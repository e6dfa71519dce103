import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrno } from '../base/errors.ts';
import type { Pace } from '../base/pace.ts';
import type { RunInfo } from '../run/types.ts';
import { listMarks, type RunMarks } from '../status/marks.ts';
import { parseMetaName, readDirInfo, readInfo, type MetaName } from '../status/run-info.ts';
import { isFinal } from '../status/status.ts';
import type { CachedRow } from './index-cache.ts';

/** What a scan found. */
export interface ScanResult {
  /** Rows by meta name. */
  readonly rows: ReadonlyMap<string, RunInfo>;
  /** Rows to remember: read anew in this scan and not going to change unnoticed. */
  readonly fresh: ReadonlyMap<string, CachedRow>;
}

/** Options of {@link scanStore}. */
export interface ScanOptions {
  /** Rows known before, by meta name; used where the signature still holds. */
  readonly known?: ReadonlyMap<string, CachedRow>;
  /** Keeps the event loop free (in an editor); a command line need not care. */
  readonly pace?: Pace;
}

/**
 * Reads every run of a store. Bad runs become `unreadable` rows. A store that does not exist is
 * empty. Throws when the store cannot be listed, and as `pace` does.
 */
export async function scanStore(runsDir: string, options: ScanOptions = {}): Promise<ScanResult> {
  const { names, metas } = listStore(runsDir);
  const has = (name: string): boolean => names.has(name);
  const rows = new Map<string, RunInfo>();
  const fresh = new Map<string, CachedRow>();
  const marks = listMarks(runsDir);
  for (const meta of metas) {
    if (options.pace?.due() === true) await options.pace.rest();
    const signature = options.known === undefined ? null : signatureOf(runsDir, meta, has);
    const known = options.known?.get(meta.name);
    const isKnown =
      known !== undefined &&
      known.signature === signature?.text &&
      marks.problemOf(meta.id) === null;
    // Who has a staged run is not in its signature.
    if (isKnown && (known.info.status !== 'staged' || marks.statusOfStaged(meta.id) === 'staged')) {
      rows.set(meta.name, known.info);
      continue;
    }
    const info = await readMeta(runsDir, meta, has, marks);
    if (info === null) continue;
    rows.set(meta.name, info);
    if (!isKnown && signature !== null && isSettled(signature) && isCacheable(info)) {
      fresh.set(meta.name, { signature: signature.text, info });
    }
  }
  return { rows, fresh };
}

/** The names of a store, and the metas among them, one a run (gage-format.md 1.8: a zip is preferred). */
export function listStore(runsDir: string): { names: ReadonlySet<string>; metas: MetaName[] } {
  let list: string[];
  try {
    list = readdirSync(runsDir);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    list = [];
  }
  const names = new Set(list);
  const metas: MetaName[] = [];
  for (const name of list) {
    const meta = parseMetaName(name);
    if (meta === null) continue;
    if (meta.form === 'dir' && !meta.legacyDeleted && names.has(`${meta.id}.meta.zip`)) continue;
    if (meta.legacyDeleted && (names.has(`${meta.id}.meta`) || names.has(`${meta.id}.meta.zip`)))
      continue;
    metas.push(meta);
  }
  return { names, metas };
}

/**
 * The row of one meta name. While Gage zips, and after a crash of it, both forms exist: a zip
 * that cannot be read gives way to the directory.
 */
export async function readMeta(
  runsDir: string,
  meta: MetaName,
  has: (name: string) => boolean,
  marks?: RunMarks,
): Promise<RunInfo | null> {
  // The directory form is read without a promise per run: that is most of the time of a scan.
  if (meta.form === 'dir') return readDirInfo(runsDir, meta, has, marks);
  const info = await readInfo(runsDir, meta, has, marks);
  if (info?.status !== 'unreadable' || !has(`${meta.id}.meta`)) return info;
  const name = `${meta.id}.meta`;
  const other = readDirInfo(runsDir, { ...meta, form: 'dir', name }, has, marks);
  return other && { ...other, reason: other.reason ?? info.reason };
}

/** See {@link signatureOf}. */
export interface Signature {
  readonly text: string;
  /** The latest of the modification times, epoch milliseconds. */
  readonly newestMs: number;
}

/**
 * What changes whenever the row of a run may change: the modification times of its meta, and of
 * its attribute log and moves where it has any. Null when the run is gone.
 */
export function signatureOf(
  runsDir: string,
  meta: MetaName,
  has: (name: string) => boolean,
): Signature | null {
  try {
    let text = '';
    let newestMs = 0;
    for (const name of [meta.name, `${meta.id}.user`, `${meta.id}.move`]) {
      if (name !== meta.name && !has(name)) continue;
      const { mtimeMs, ino } = statSync(join(runsDir, name));
      text += `${String(mtimeMs)}:${String(ino)},`;
      newestMs = Math.max(newestMs, mtimeMs);
    }
    return { text, newestMs };
  } catch {
    return null;
  }
}

/**
 * False while the last change is so young that another one could leave the same modification
 * time behind.
 */
export function isSettled(signature: Signature): boolean {
  return Date.now() - signature.newestMs > 2_000;
}

/** True when the row cannot change without its signature changing too. */
export function isCacheable(info: RunInfo): boolean {
  // What is wrong with a run may be put right anywhere in it.
  if (info.needsRecovery || info.reason !== null) return false;
  if (isFinal(info.status)) return info.exitCode !== null;
  return info.status === 'staged' && info.timestampsUs.started === null && info.phase === null;
}
