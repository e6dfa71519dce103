import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RunyardError, describeError, hasErrno } from '../base/errors.ts';
import { ROW_FILE_BYTES, readSmallFile } from '../base/regular-file.ts';
import { BATCH_FILE, parseBatchRole } from '../meta/batch-file.ts';
import { heartbeatMs, loadProcessFile, readProgress } from '../meta/process-file.ts';
import { belongsTo } from '../process/belongs.ts';
import { isRunId } from '../run/names.ts';
import { decodeOpRef } from '../run/opref.ts';
import type { BatchRole, Run, RunInfo } from '../run/types.ts';
import { marksOf, type RunMarks } from './marks.ts';
import { parseMetaName, type MetaName } from './meta-name.ts';
import {
  DOCUMENT_BYTES,
  buildInfo,
  entriesBeside,
  strangerInfo,
  toTimestamp,
  unreadableInfo,
  withProblem,
} from './row.ts';
import { liveProblem, metaProblem, ownProblem, placesProblem } from './run-problem.ts';
import { deriveStatus, isFinal, type DerivedStatus } from './status.ts';
import { readZipInfo } from './zip-info.ts';

export { parseMetaName, type MetaName } from './meta-name.ts';

/** A meta directory without an opref is taken for one that is being made for this long. Milliseconds. */
const MAKING_MS = 10_000;

/**
 * The row of one run. Never throws for bad content: a run that cannot be understood has status
 * `unreadable` and a reason.
 * @param has whether a name exists in the store, when the caller has listed it already.
 * @param marks as in {@link readDirInfo}.
 * @returns null when there is no run (any more, or not yet).
 */
export async function readInfo(
  runsDir: string,
  meta: MetaName,
  has?: (name: string) => boolean,
  marks?: RunMarks,
): Promise<RunInfo | null> {
  return meta.form === 'dir'
    ? readDirInfo(runsDir, meta, has, marks)
    : await readZipInfo(runsDir, meta, has, marks);
}

/**
 * As {@link readInfo} for the directory form, synchronously: what a listing does by thousands.
 * @param marks what the store says of its staged runs, when the caller has read that already.
 */
export function readDirInfo(
  runsDir: string,
  meta: MetaName,
  has: (name: string) => boolean = () => true,
  marks: RunMarks = marksOf(runsDir),
): RunInfo | null {
  if (!isRunId(meta.id)) return strangerInfo(runsDir, meta);
  const metaPath = join(runsDir, meta.name);
  try {
    const entries = readdirSync(metaPath, { withFileTypes: true });
    const names = new Map(entries.map((entry) => [entry.name, entry]));
    if (!names.has('opref')) {
      if (isBeingMade(metaPath, names)) return null;
      throw new RunyardError('not-a-run', 'The file opref is missing');
    }
    const text = (name: string): string | null =>
      readSmallFile(join(metaPath, name), ROW_FILE_BYTES);
    const document = (name: string): string | null =>
      readSmallFile(join(metaPath, name), DOCUMENT_BYTES);
    const inProc = names.has('proc');
    // What a link leads to says nothing of this run.
    const own = names.get('runyard')?.isDirectory() === true;
    let problem =
      metaProblem(entries) ??
      (own ? ownProblem(metaPath) : null) ??
      placesProblem(runsDir, [meta.name, ...entriesBeside(meta)], has) ??
      marks.problemOf(meta.id);
    const tried = <T>(read: () => T): T | null => {
      try {
        return read();
      } catch (error) {
        problem ??= describeError(error);
        return null;
      }
    };
    const { exit, lock } = inProc ? readExitAndLock(text, names.has('started')) : NEITHER;
    const batch = readRole(own ? tried(() => document(`runyard/${BATCH_FILE}`)) : null);
    const status = refine(
      deriveStatus({
        exit,
        lock,
        initialized: names.has('initialized'),
        staged: names.has('staged'),
        started: names.has('started'),
        process: own ? tried(() => loadProcessFile({ metaPath })) : null,
        heartbeatMs: own ? heartbeatMs({ metaPath }) : null,
        belongs: (who) => belongsTo({ id: meta.id, runDir: join(runsDir, meta.id), metaPath }, who),
      }),
      meta.id,
      marks,
      batch,
    );
    if (!isFinal(status.status)) problem ??= liveProblem(metaPath);
    const derived = withProblem(status, problem);
    const summary = names.has('summary.json')
      ? tried(() => readSmallFile(join(metaPath, 'summary.json')))
      : null;
    const stamp = (name: string): number | null =>
      names.has(name) ? toTimestamp(text(name)) : null;
    return buildInfo(runsDir, meta, has, {
      // Not the `id` file: a copied or received meta may name another run, or another place.
      id: meta.id,
      opref: decodeOpRef(text('opref') ?? ''),
      derived: { ...derived, reason: derived.reason ?? problem },
      summary,
      timestampsUs: {
        initialized: stamp('initialized'),
        staged: stamp('staged'),
        started: stamp('started'),
        stopped: stamp('stopped'),
      },
      progress: own && derived.status === 'running' ? readProgress({ metaPath }) : null,
      batch: batch === 'broken' ? null : batch,
    });
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null;
    return unreadableInfo(runsDir, meta, error);
  }
}

/**
 * The row of a run that is kept as a directory, as it is now. Throws `no-run` when it is gone.
 * @param marks as in {@link readDirInfo}.
 */
export function runInfoNow(run: Pick<Run, 'id' | 'runsDir'>, marks?: RunMarks): RunInfo {
  const name = parseMetaName(`${run.id}.meta`);
  const info = name === null ? null : readDirInfo(run.runsDir, name, undefined, marks);
  if (info !== null) return info;
  throw new RunyardError('no-run', `There is no run ${run.id} in ${run.runsDir}`);
}

/** One bad file shows, and does not make the run unreadable. */
function readRole(text: string | null): BatchRole | 'broken' | null {
  return text === null ? null : (parseBatchRole(text) ?? 'broken');
}

/** What the files of the run alone cannot tell: who has it, and what it means for a batch. */
function refine(
  derived: DerivedStatus,
  id: string,
  marks: RunMarks,
  batch: BatchRole | 'broken' | null,
): DerivedStatus {
  if (batch === 'broken') {
    const { reason, ...others } = refine(derived, id, marks, null);
    return { ...others, reason: reason ?? `runyard/${BATCH_FILE} cannot be used: it is broken` };
  }
  if (derived.status === 'staged') return { ...derived, status: marks.statusOfStaged(id) };
  if (batch?.role !== 'batch' || !derived.needsRecovery || derived.status !== 'terminated') {
    return derived;
  }
  return { ...derived, reason: 'The batch died: running trials go on, Resume starts the others' };
}

/**
 * The run of a row. Throws `unreadable` for a row without an opref, and `wrong-status` for a run
 * of Guild: nothing of ours works on those.
 */
export function openRunFromInfo(info: RunInfo): Run {
  if (info.opref === null) {
    throw new RunyardError(
      'unreadable',
      `Run ${info.name} cannot be read: ${info.reason ?? 'unknown reason'}`,
    );
  }
  if (info.metaForm === 'guild') {
    throw new RunyardError('wrong-status', `Run ${info.name} is Guild's: only guild changes it`);
  }
  return {
    id: info.id,
    name: info.name,
    opref: info.opref,
    runsDir: info.runsDir,
    runDir: info.runDir,
    metaPath: info.metaPath,
    metaForm: info.metaForm,
  };
}

/**
 * Newest first by started, staged or initialized, whichever is there first; runs without any
 * come last; ties by id (gage-format.md 1.8).
 */
export function compareNewestFirst(a: RunInfo, b: RunInfo): number {
  return runTimestamp(b) - runTimestamp(a) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** The time a run is sorted by, epoch microseconds; 0 when it has none. */
export function runTimestamp(info: Pick<RunInfo, 'timestampsUs'>): number {
  const { started, staged, initialized } = info.timestampsUs;
  return started ?? staged ?? initialized ?? 0;
}

interface ExitAndLock {
  readonly exit: string | null;
  readonly lock: string | null;
}
const NEITHER: ExitAndLock = { exit: null, lock: null };

/** The exit counts whatever the lock says; a run may end while we read, so look at it twice. */
function readExitAndLock(text: (name: string) => string | null, started: boolean): ExitAndLock {
  const exit = text('proc/exit');
  if (exit !== null && /^\s*[-+]?\d+\s*$/.test(exit)) return { exit, lock: null };
  const lock = text('proc/lock');
  return { exit: lock === null && started ? text('proc/exit') : exit, lock };
}

function isBeingMade(metaPath: string, names: ReadonlyMap<string, unknown>): boolean {
  const onlyTemporary = [...names.keys()].every((name) => name.endsWith('.tmp'));
  return onlyTemporary && Date.now() - statSync(metaPath).mtimeMs < MAKING_MS;
}
