import { closeSync, futimesSync, lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { writeFileAtomic } from '../base/atomic.ts';
import { hasErrno } from '../base/errors.ts';
import { ROW_FILE_BYTES, openOwnFile } from '../base/regular-file.ts';
import { readJsonFile, readJsonFileIfAny } from '../data/json-file.ts';
import { ProcessIdentitySchema, livenessOf } from '../process/identity.ts';
import { makeMetaDir, requireMetaDir } from '../run/own-dirs.ts';
import { makeReadOnly, runyardPath } from '../run/run.ts';
import { PHASES, type Progress, type Run } from '../run/types.ts';

/**
 * Our own files of a run, below `<id>.meta/runyard/` (design.md 4). Gage ignores them and
 * carries them along. All are optional: a run made by Gage has none.
 */

/** A live supervisor touches the heartbeat this often. Milliseconds. */
export const HEARTBEAT_MS = 5_000;
/** A run whose heartbeat is older than this is lost. Milliseconds. */
export const HEARTBEAT_TIMEOUT_MS = 60_000;
/** Whatever a process file says, silence is not believed in for longer. Milliseconds. */
const MAX_TIMEOUT_MS = 3600_000;

/** `runyard/process.json`: who looks after the run and what became of it. */
const ProcessFileSchema = z.object({
  version: z.literal(1),
  action: z.enum(['stage', 'run', 'recover', 'reset']),
  phase: z.nullable(z.enum(PHASES)),
  supervisor: ProcessIdentitySchema,
  child: z.nullable(ProcessIdentitySchema),
  timeoutMs: z.number().check(z.positive()),
  /** What went wrong that no Gage file can say, for example a failed hook. */
  failure: z.nullable(z.object({ phase: z.string(), message: z.string() })),
});
export type ProcessFile = z.infer<typeof ProcessFileSchema>;

/** `runyard/request.json`: what somebody asks of the supervisor. */
const RequestSchema = z.object({
  action: z.literal('stop'),
  /** Between SIGTERM and SIGKILL. Milliseconds. */
  graceMs: z.number().check(z.nonnegative()),
  by: z.string(),
  timeMs: z.number(),
});
export type Request = z.infer<typeof RequestSchema>;

const ProgressSchema = z.object({ percent: z.number(), text: z.string() });

type HasMeta = Pick<Run, 'metaPath'>;

/**
 * Writes `process.json` atomically; makes the directory. Throws `unsafe-path` when the meta directory or
 * `runyard` in it is a link.
 */
export function writeProcessFile(run: HasMeta, content: ProcessFile): void {
  writeOwn(run, 'process.json', content);
}

/**
 * As {@link readProcessFile}; throws `unreadable` for what is no regular file or too large, and the
 * system's error.
 */
export function loadProcessFile(run: HasMeta): ProcessFile | null {
  return readJsonFile(runyardPath(run, 'process.json'), ProcessFileSchema, ROW_FILE_BYTES);
}

/** Reads `process.json`; null when it is absent or not ours to understand. */
export function readProcessFile(run: HasMeta): ProcessFile | null {
  return readJsonFileIfAny(runyardPath(run, 'process.json'), ProcessFileSchema, ROW_FILE_BYTES);
}

/** Asks the supervisor of a run for something. */
export function writeRequest(run: HasMeta, request: Request): void {
  writeOwn(run, 'request.json', request);
}

/** The request that waits for the supervisor, or null. */
export function readRequest(run: HasMeta): Request | null {
  return readJsonFileIfAny(runyardPath(run, 'request.json'), RequestSchema, ROW_FILE_BYTES);
}

/** Publishes the progress that the run printed last. */
export function writeProgress(run: HasMeta, progress: Progress): void {
  writeOwn(run, 'progress.json', progress);
}

/** The progress that the run printed last, or null. */
export function readProgress(run: HasMeta): Progress | null {
  return readJsonFileIfAny(runyardPath(run, 'progress.json'), ProgressSchema, ROW_FILE_BYTES);
}

/** Marks the run as looked after, now. Throws `unsafe-path` as {@link writeProcessFile}. */
export function touchHeartbeat(run: HasMeta): void {
  const now = new Date();
  const fd = openOwnFile(join(makeMetaDir(run, 'runyard'), 'heartbeat'), 'append');
  try {
    futimesSync(fd, now, now);
  } finally {
    closeSync(fd);
  }
}

/** Time of the last heartbeat, epoch milliseconds; null when there is none, or no file. */
export function heartbeatMs(run: HasMeta): number | null {
  try {
    const stats = lstatSync(runyardPath(run, 'heartbeat'));
    return stats.isFile() ? stats.mtimeMs : null;
  } catch {
    return null;
  }
}

/**
 * Removes what only a live run needs. The heartbeat goes last: while it is there, the run is
 * not finished and a later start completes it. Throws `unsafe-path` as {@link writeProcessFile}.
 */
export function removeLiveFiles(run: HasMeta): void {
  requireMetaDir(run, 'runyard');
  for (const name of ['request.json', 'progress.json', 'spool']) {
    rmSync(runyardPath(run, name), { recursive: true, force: true });
  }
  try {
    makeReadOnly(runyardPath(run, 'process.json'));
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
  rmSync(runyardPath(run, 'heartbeat'), { force: true });
}

/**
 * Whether the supervisor of `process` looks after its run now. On another host only the
 * heartbeat tells: `stale` is then a lost run that may come back.
 */
export function supervisorState(
  file: ProcessFile,
  heartbeat: number | null,
  nowMs: number = Date.now(),
): 'alive' | 'dead' | 'stale' {
  const liveness = livenessOf(file.supervisor);
  if (liveness === 'dead') return 'dead';
  const timeoutMs = Math.min(file.timeoutMs, MAX_TIMEOUT_MS);
  // A time to come is no sign of life either: clocks differ less than that.
  const fresh = heartbeat !== null && Math.abs(nowMs - heartbeat) <= timeoutMs;
  return fresh ? 'alive' : 'stale';
}

function writeOwn(run: HasMeta, name: string, content: unknown): void {
  const path = join(requireMetaDir(run, 'runyard'), name);
  const text = `${JSON.stringify(content)}\n`;
  try {
    writeFileAtomic(path, text);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    // Only below an existing run: a deleted run must not be made anew by a late write.
    makeMetaDir(run, 'runyard');
    writeFileAtomic(path, text);
  }
}
