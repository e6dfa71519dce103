import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../base/errors.ts';
import { isJsonObject, parseObject } from '../data/json.ts';
import { readUserAttributes } from '../run/attributes.ts';
import { containerOf, TRASH } from '../run/containers.ts';
import { runName } from '../run/ids.ts';
import type { BatchRole, OpRef, RunInfo, RunTimestamps } from '../run/types.ts';
import type { MetaName } from './meta-name.ts';
import type { DerivedStatus } from './status.ts';

/** What a row takes of the file that tells its part in a batch. Bytes. */
export const DOCUMENT_BYTES = 1024 * 1024;

/** What the files of a run say for its row. */
export interface InfoParts {
  readonly id: string;
  readonly opref: OpRef;
  readonly derived: DerivedStatus;
  readonly summary: string | null;
  readonly timestampsUs: RunTimestamps;
  readonly progress: RunInfo['progress'];
  readonly batch: BatchRole | null;
}

/** The row of a run whose files are read. @param has whether a name exists in the store. */
export function buildInfo(
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

/** The row of a run that cannot be understood. */
export function unreadableInfo(runsDir: string, meta: MetaName, error: unknown): RunInfo {
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

/**
 * The row of a meta whose name holds no id. Nothing of it is read. Null when there is none: `meta` may
 * be made of what somebody typed.
 */
export function strangerInfo(runsDir: string, meta: MetaName): RunInfo | null {
  if (/[/\\]/.test(meta.name)) return null;
  const path = join(runsDir, meta.name);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
  return unreadableInfo(runsDir, meta, new Error('Its name does not begin with the id of a run'));
}

/** Entries of a run beside its meta that are directories. */
export function entriesBeside({ id, legacyDeleted }: MetaName): readonly string[] {
  return [legacyDeleted ? `${id}.deleted` : id, `${id}.user`, `${id}.move`];
}

/** Who is told of a problem can do nothing but look: nobody recovers such a run. */
export function withProblem(derived: DerivedStatus, problem: string | null): DerivedStatus {
  if (problem === null) return derived;
  const reason = derived.reason === null ? problem : `${derived.reason}; ${problem}`;
  return { ...derived, reason, needsRecovery: false };
}

function summaryLabel(text: string | null): string | null {
  if (text === null || !text.includes('"run"')) return null;
  const run = parseObject(text)['run'];
  const label = isJsonObject(run) ? run['label'] : undefined;
  return typeof label === 'string' && label !== '' ? label : null;
}

/** Epoch microseconds in the text of a file; null for anything else. */
export function toTimestamp(text: string | null): number | null {
  if (text === null || !/^\s*\d+\s*$/.test(text)) return null;
  const time = Number(text);
  return Number.isSafeInteger(time) ? time : null;
}
