import type * as z from 'zod/mini';
import { writeFileAtomic } from '../../core/base/atomic.ts';
import { RunyardError, describeError, hasErrno } from '../../core/base/errors.ts';
import { Pace } from '../../core/base/pace.ts';
import { readRegularText } from '../../core/base/regular-file.ts';
import {
  encodeLine,
  encodePretty,
  parseJson,
  toPlain,
  type JsonObject,
} from '../../core/data/json.ts';
import { hasSecrets } from '../../core/data/secrets.ts';
import { BATCH_FILE, RoleSchema } from '../../core/meta/batch-file.ts';
import { runName } from '../../core/run/ids.ts';
import { pokeRun, runAt, runyardPath } from '../../core/run/run.ts';
import type { Objective, Run, RunInfo } from '../../core/run/types.ts';
import { parseMetaName, readInfo } from '../../core/status/run-info.ts';
import { makeRunyardDir, requireRunyardDir } from './own-dir.ts';
import { BatchSchema, ProtoSchema, RECORD_VERSION, TrialsSchema } from './schemas.ts';
import type { SearchDimension, TrialFlags, TrialProto, TrialSkip, TrialState } from './types.ts';

/**
 * What a batch remembers, below `<id>.meta/runyard/` of its run (design.md 4):
 * `batch.json` (small, plain JSON; rows of listings read it), `proto.json` (what its trials
 * share) and `trials.json` (each trial). A trial has a `batch.json` that points back. Whoever
 * holds the claim of the batch writes them.
 */

const PROTO_FILE = 'proto.json';
const TRIALS_FILE = 'trials.json';
/** More than as many trials as there may be take. Bytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** A batch, without its trials. */
export interface BatchRecord {
  /** Name of the operation of its trials. */
  readonly operation: string;
  /** How many trials it has, made or not. */
  readonly planned: number;
  readonly objective: Objective | null;
  /** `+`, `random`, or a sequential optimizer, which gives trials while the batch runs. */
  readonly optimizer: string;
  /** Of everything that was drawn; null when nothing was. */
  readonly seed: number | null;
  /** How many trials a sequential search has in the end; as it was asked for otherwise. */
  readonly maxTrials: number | null;
  /** How many trials run at a time, until somebody changes it. */
  readonly slots: number;
  readonly needed: boolean;
  readonly failFast: boolean;
  /** Stage the trials and do not start them. */
  readonly stageTrials: boolean;
  /** Template for labels of trials; null for the default. */
  readonly label: string | null;
  /** Tags of the trials. */
  readonly tags: readonly string[];
  /** Keys in which the trials differ. */
  readonly varying: readonly string[];
  /** As typed, for a restart with other values. */
  readonly flags: readonly string[];
  readonly files: readonly string[];
  readonly proto: TrialProto;
  readonly space: Readonly<Record<string, SearchDimension>>;
}

/** A trial as its batch records it. */
export interface TrialRecord {
  readonly id: string;
  /** Its place in the batch, from 1. */
  readonly index: number;
  /** Its values, each in the type of the one it replaces. */
  readonly flags: TrialFlags;
  readonly label: string;
  /** The values in which it differs from the others. */
  readonly text: string;
  /** Its run was made: when there is none any more, it was purged. */
  readonly made: boolean;
  /** Why it was not started the last time. */
  readonly skipped: TrialSkip | null;
}

/** Writes all that a batch remembers. Its trials first: a batch that is there has them. */
export function writeBatch(
  batch: Pick<Run, 'metaPath'>,
  record: BatchRecord,
  trials: readonly TrialRecord[],
): void {
  const { proto, space, ...head } = record;
  makeRunyardDir(batch);
  writeTrials(batch, trials);
  const { opref, opdef, cmd, config, projectDir } = proto;
  const shared: JsonObject = {
    opref: { ...opref },
    opdef: { ...opdef },
    cmd: { ...cmd },
    config,
    projectDir,
    space: Object.fromEntries(Object.entries(space).map(([key, dim]) => [key, { ...dim }])),
  };
  // It has the variables of all trials.
  write(batch, PROTO_FILE, encodePretty(shared), hasSecrets(cmd.env) ? 0o600 : 0o666);
  const plain = { role: 'batch', version: RECORD_VERSION, ...head, planned: trials.length };
  write(batch, BATCH_FILE, JSON.stringify(plain, null, 2));
}

/** Replaces the list of trials. */
export function writeTrials(batch: Pick<Run, 'metaPath'>, trials: readonly TrialRecord[]): void {
  const lines = trials.map((trial) => {
    const { skipped, ...rest } = trial;
    return encodeLine({
      ...rest,
      index: BigInt(trial.index),
      skipped: skipped === null ? null : { ...skipped },
    });
  });
  write(
    batch,
    TRIALS_FILE,
    `{"version": ${String(RECORD_VERSION)}, "trials": [\n${lines.join(',\n')}\n]}`,
  );
}

/** Replaces the list of trials and corrects their number in `batch.json`. */
export function replaceTrials(
  batch: Pick<Run, 'metaPath' | 'name'>,
  trials: readonly TrialRecord[],
): void {
  writeTrials(batch, trials);
  const head = readHead(batch);
  if (head.planned === trials.length) return;
  write(batch, BATCH_FILE, JSON.stringify({ ...head, planned: trials.length }, null, 2));
  pokeRun(batch);
}

/**
 * What a batch remembers of itself. Throws `wrong-status` for a run that is no batch, and
 * `unreadable` that names the file which is missing or broken.
 */
export function readBatch(batch: Pick<Run, 'metaPath' | 'name'>): BatchRecord {
  const head = readHead(batch);
  const { space, ...proto } = parse(batch, PROTO_FILE, ProtoSchema, parseJson);
  return { ...head, proto, space };
}

/** The trials of a batch, by index. Throws `unreadable`. */
export function readTrials(batch: Pick<Run, 'metaPath' | 'name'>): readonly TrialRecord[] {
  const { trials } = parse(batch, TRIALS_FILE, TrialsSchema, parseJson);
  return trials
    .map(({ index, skipped, ...rest }) => ({
      ...rest,
      index: Number(index),
      skipped: skipped === null ? null : skipOf(skipped),
    }))
    .sort((a, b) => a.index - b.index);
}

/** Where the run of a trial is, or will be. */
export function trialRun(
  batch: Pick<Run, 'runsDir'>,
  trial: Pick<TrialRecord, 'id'>,
  proto: Pick<TrialProto, 'opref'>,
): Run {
  return runAt(batch.runsDir, trial.id, proto.opref);
}

/** Writes into the meta of a trial which batch it is of. The run directory of its meta exists. */
export function writeTrialRole(
  run: Pick<Run, 'metaPath'>,
  batch: Pick<Run, 'id'>,
  { index, text, flags }: TrialRecord,
): void {
  makeRunyardDir(run);
  const role = { role: 'trial', version: RECORD_VERSION, batch: batch.id, index, text };
  write(run, BATCH_FILE, JSON.stringify({ ...role, flags: toPlain(flags) }));
}

/** A trial, and the row of its run; null when there is none. */
export interface TrialRow {
  readonly trial: TrialRecord;
  readonly info: RunInfo | null;
}

/** The trials of a batch with the rows of their runs, by index. Throws as {@link readTrials}. */
export async function trialRows(
  batch: Pick<Run, 'metaPath' | 'name' | 'runsDir'>,
): Promise<readonly TrialRow[]> {
  const rows: TrialRow[] = [];
  const pace = new Pace();
  for (const trial of readTrials(batch)) {
    if (pace.due()) await pace.rest();
    rows.push({ trial, info: await trialInfo(batch.runsDir, trial.id) });
  }
  return rows;
}

/** The trials of a batch as they are now, by index. Throws as {@link readTrials}. */
export async function trialStates(
  batch: Pick<Run, 'metaPath' | 'name' | 'runsDir'>,
): Promise<readonly TrialState[]> {
  return (await trialRows(batch)).map(trialStateOf);
}

/** A trial as it is now. */
export function trialStateOf({ trial, info }: TrialRow): TrialState {
  return {
    id: trial.id,
    name: runName(trial.id),
    index: trial.index,
    flags: trial.flags,
    status: info?.status ?? (trial.made ? 'unknown' : 'pending'),
    skipped: trial.skipped,
  };
}

/** The row of a trial's run, in either form of its meta; null when there is none. */
export async function trialInfo(runsDir: string, id: string): Promise<RunInfo | null> {
  for (const suffix of ['.meta', '.meta.zip']) {
    const name = parseMetaName(id + suffix);
    const info = name === null ? null : await readInfo(runsDir, name);
    if (info !== null) return info;
  }
  return null;
}

/** `batch.json` without what only tells files apart. */
type BatchHead = Omit<z.infer<typeof BatchSchema>, 'role' | 'version'>;

function readHead(batch: Pick<Run, 'metaPath' | 'name'>): BatchHead {
  return parse(batch, BATCH_FILE, BatchSchema, (text) => {
    const value: unknown = JSON.parse(text);
    const role = RoleSchema.safeParse(value);
    if (role.success && role.data.role !== 'batch') throw notABatch(batch);
    return value;
  });
}

function parse<T>(
  batch: Pick<Run, 'metaPath' | 'name'>,
  name: string,
  schema: z.ZodMiniType<T>,
  decode: (text: string) => unknown,
): T {
  const unusable = (why: string, cause?: unknown): RunyardError =>
    new RunyardError(
      'unreadable',
      `runyard/${name} of batch ${batch.name} cannot be used: ${why}`,
      cause === undefined ? {} : { cause },
    );
  let value: unknown;
  try {
    value = decode(readRegularText(runyardPath(batch, name), MAX_BYTES));
  } catch (error) {
    if (error instanceof RunyardError && error.code === 'wrong-status') throw error;
    if (name === BATCH_FILE && hasErrno(error, 'ENOENT', 'ENOTDIR')) throw notABatch(batch);
    throw unusable(describeError(error), error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unusable(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is broken'}`);
}

function notABatch(run: Pick<Run, 'name'>): RunyardError {
  return new RunyardError('wrong-status', `Run ${run.name} is not a batch`);
}

function skipOf({
  seen,
  expected,
  run,
}: {
  readonly seen: TrialSkip['seen'];
  readonly expected: 'staged';
  readonly run?: string | undefined;
}): TrialSkip {
  return { seen, expected, ...(run !== undefined && { run }) };
}

function write(run: Pick<Run, 'metaPath'>, name: string, text: string, mode = 0o666): void {
  requireRunyardDir(run);
  writeFileAtomic(runyardPath(run, name), `${text}\n`, { mode });
}
