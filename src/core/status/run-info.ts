import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RunyardError, describeError, hasErrno } from '../base/errors.ts';
import { readSmallFile } from '../base/regular-file.ts';
import { isJsonObject, parseObject } from '../data/json.ts';
import { BATCH_FILE, parseBatchRole } from '../meta/batch-file.ts';
import { openMeta } from '../meta/meta.ts';
import { heartbeatMs, readProcessFile, readProgress } from '../meta/process-file.ts';
import { belongsTo } from '../process/belongs.ts';
import { readUserAttributes } from '../run/attributes.ts';
import { containerOf, TRASH } from '../run/containers.ts';
import { runName } from '../run/ids.ts';
import { decodeOpRef } from '../run/opref.ts';
import type { BatchRole, MetaForm, OpRef, Run, RunInfo, RunTimestamps } from '../run/types.ts';
import { marksOf, type RunMarks } from './marks.ts';
import { deriveStatus, type DerivedStatus } from './status.ts';

/** A name in a store that is the meta of a run (gage-format.md 1.7). */
export interface MetaName {
  readonly id: string;
  readonly form: MetaForm;
  /** File name of the meta in the store. */
  readonly name: string;
  /** Soft-deleted by renaming, as Gage 0.1.2 does. */
  readonly legacyDeleted: boolean;
}

const META = /^(.+?)\.meta(\.zip)?(\.deleted)?$/;

/** A meta directory without an opref is taken for one that is being made for this long. Milliseconds. */
const MAKING_MS = 10_000;

/** What kind of meta `name` is, or null when it is something else. */
export function parseMetaName(name: string): MetaName | null {
  const match = META.exec(name);
  if (match?.[1] === undefined || match[1].startsWith('.')) return null;
  return {
    id: match[1],
    form: match[2] === undefined ? 'dir' : 'zip',
    name,
    legacyDeleted: match[3] !== undefined,
  };
}

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
    : await readZipInfo(runsDir, meta, has);
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
  const metaPath = join(runsDir, meta.name);
  try {
    const names = new Set(readdirSync(metaPath));
    if (!names.has('opref')) {
      if (isBeingMade(metaPath, names)) return null;
      throw new RunyardError('not-a-run', 'The file opref is missing');
    }
    const text = (name: string): string | null => readSmallFile(join(metaPath, name));
    const inProc = names.has('proc');
    const own = names.has('runyard');
    const { exit, lock } = inProc ? readExitAndLock(text, names.has('started')) : NEITHER;
    const batch = readRole(own ? text(`runyard/${BATCH_FILE}`) : null);
    const derived = refine(
      deriveStatus({
        exit,
        lock,
        initialized: names.has('initialized'),
        staged: names.has('staged'),
        started: names.has('started'),
        process: own ? readProcessFile({ metaPath }) : null,
        heartbeatMs: own ? heartbeatMs({ metaPath }) : null,
        belongs: (who) => belongsTo({ id: meta.id, runDir: join(runsDir, meta.id), metaPath }, who),
      }),
      meta.id,
      marks,
      batch,
    );
    const stamp = (name: string): number | null =>
      names.has(name) ? toTimestamp(text(name)) : null;
    return buildInfo(runsDir, meta, has, {
      // Not the `id` file: a copied or received meta may name another run, or another place.
      id: meta.id,
      opref: decodeOpRef(text('opref') ?? ''),
      derived,
      summary: names.has('summary.json') ? text('summary.json') : null,
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

async function readZipInfo(
  runsDir: string,
  meta: MetaName,
  has: (name: string) => boolean = () => true,
): Promise<RunInfo | null> {
  const metaPath = join(runsDir, meta.name);
  try {
    statSync(metaPath);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null;
    return unreadableInfo(runsDir, meta, error);
  }
  try {
    const zip = await openMeta(metaPath, 'zip');
    try {
      const text = async (name: string): Promise<string | null> =>
        (await zip.read(name))?.toString() ?? null;
      const stamps: RunTimestamps = {
        initialized: toTimestamp(await text('initialized')),
        staged: toTimestamp(await text('staged')),
        started: toTimestamp(await text('started')),
        stopped: toTimestamp(await text('stopped')),
      };
      const opref = await text('opref');
      if (opref === null) throw new RunyardError('not-a-run', 'The file opref is missing');
      const derived = deriveStatus({
        exit: await text('proc/exit'),
        lock: null,
        initialized: stamps.initialized !== null,
        staged: stamps.staged !== null,
        started: stamps.started !== null,
        process: null,
        heartbeatMs: null,
        belongs: () => 'no',
      });
      const summary = await text('summary.json');
      return buildInfo(runsDir, meta, has, {
        id: meta.id,
        opref: decodeOpRef(opref),
        derived,
        summary,
        timestampsUs: stamps,
        progress: null,
        batch: parseBatchRole(await text(`runyard/${BATCH_FILE}`)),
      });
    } finally {
      zip.close();
    }
  } catch (error) {
    return unreadableInfo(runsDir, meta, error);
  }
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

interface InfoParts {
  readonly id: string;
  readonly opref: OpRef;
  readonly derived: DerivedStatus;
  readonly summary: string | null;
  readonly timestampsUs: RunTimestamps;
  readonly progress: RunInfo['progress'];
  readonly batch: BatchRole | null;
}

function buildInfo(
  runsDir: string,
  meta: MetaName,
  has: (name: string) => boolean,
  parts: InfoParts,
): RunInfo {
  const user = has(`${meta.id}.user`) ? readUserAttributes(runsDir, meta.id).attributes : {};
  const label = user['label'];
  const tags = user['tags'];
  return {
    id: parts.id,
    name: runName(parts.id),
    opref: parts.opref,
    status: parts.derived.status,
    reason: parts.derived.reason,
    needsRecovery: parts.derived.needsRecovery,
    ...(parts.derived.unverified === true && { unverified: true as const }),
    label: typeof label === 'string' && label !== '' ? label : summaryLabel(parts.summary),
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
    ...placeOf(runsDir, meta, has),
    exitCode: parts.derived.exitCode,
    timestampsUs: parts.timestampsUs,
    phase: parts.derived.phase,
    progress: parts.progress,
    batch: parts.batch,
  };
}

function unreadableInfo(runsDir: string, meta: MetaName, error: unknown): RunInfo {
  return {
    id: meta.id,
    name: runName(meta.id),
    opref: null,
    status: 'unreadable',
    reason: describeError(error),
    needsRecovery: false,
    label: null,
    tags: [],
    ...placeOf(runsDir, meta, () => true),
    exitCode: null,
    timestampsUs: { initialized: null, staged: null, started: null, stopped: null },
    phase: null,
    progress: null,
    batch: null,
  };
}

function placeOf(
  runsDir: string,
  meta: MetaName,
  has: (name: string) => boolean,
): Pick<RunInfo, 'container' | 'metaForm' | 'runsDir' | 'runDir' | 'metaPath'> {
  const moved = has(`${meta.id}.move`);
  return {
    container: meta.legacyDeleted ? TRASH : moved ? containerOf(runsDir, meta.id) : 'active',
    metaForm: meta.form,
    runsDir,
    runDir: join(runsDir, meta.legacyDeleted ? `${meta.id}.deleted` : meta.id),
    metaPath: join(runsDir, meta.name),
  };
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

function isBeingMade(metaPath: string, names: ReadonlySet<string>): boolean {
  const onlyTemporary = [...names].every((name) => name.endsWith('.tmp'));
  return onlyTemporary && Date.now() - statSync(metaPath).mtimeMs < MAKING_MS;
}

function summaryLabel(text: string | null): string | null {
  if (text === null || !text.includes('"run"')) return null;
  const run = parseObject(text)['run'];
  const label = isJsonObject(run) ? run['label'] : undefined;
  return typeof label === 'string' && label !== '' ? label : null;
}

function toTimestamp(text: string | null): number | null {
  if (text === null || !/^\s*\d+\s*$/.test(text)) return null;
  return Number(text);
}
