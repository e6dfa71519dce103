import { existsSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { effectiveConfig } from '../config/config.ts';
import { RunyardError } from '../core/base/errors.ts';
import { Pace } from '../core/base/pace.ts';
import { jsonEqual } from '../core/data/json.ts';
import { recoverRun } from '../core/life/recover.ts';
import { resetRun } from '../core/life/reset.ts';
import { ATTEMPTS_DIR } from '../core/meta/attempts.ts';
import { Claim, claimRun, tryClaim } from '../core/run/claim.ts';
import { newRunId, runName } from '../core/run/ids.ts';
import { pokeRun, runyardPath } from '../core/run/run.ts';
import type { Run, RunConfig, RunInfo } from '../core/run/types.ts';
import { openRunFromInfo } from '../core/status/run-info.ts';
import { isFinal } from '../core/status/status.ts';
import { readRunInfo } from '../core/store/read.ts';
import { writeChosenTrials } from './chosen-trials.ts';
import { forgetStop } from './control.ts';
import { stageBatch, type CreateBatchOptions } from './create.ts';
import {
  readBatch,
  readTrials,
  replaceTrials,
  trialRows,
  type BatchRecord,
  type TrialRecord,
  type TrialRow,
} from './record/record.ts';
import type { TrialFlags } from './record/types.ts';
import { buildTable } from './table/table.ts';
import { configOf, newTrial } from './trial/trial.ts';

/**
 * Which trials a restart is about. `remaining`: those that never started. `failed`: those that
 * ended in an error, or were terminated. `all`: each one that nobody works on.
 */
export type RestartChoice = 'remaining' | 'failed' | 'all' | { readonly ids: readonly string[] };

/** Options of {@link planRestart}. */
export interface RestartOptions {
  /** Values as typed, `lr=0.1` or `lr=[0.1,0.01]`, that replace those of the chosen trials. */
  readonly flags?: readonly string[];
  /** Run the chosen trials with the project's code of now; else with the code they have. */
  readonly restage?: boolean;
}

/** A trial of a plan. */
interface RestartTrial {
  readonly id: string;
  readonly name: string;
  readonly index: number;
  readonly flags: TrialFlags;
  /** Row of its run; null when it was not made yet. */
  readonly info: RunInfo | null;
}

/** A trial that would be made because values were changed. */
interface CreatedTrial extends RestartTrial {
  /** The chosen trial that it takes the other values of; that one stays as it is. */
  readonly insteadOf: Pick<RestartTrial, 'id' | 'name' | 'index'>;
}

/** What a restart of a batch would do: shown before, and done from the same object. */
export interface RestartPlan {
  readonly batch: Run;
  readonly choice: RestartChoice;
  readonly restage: boolean;
  /** Trials that run again, or for the first time, under their own ids. */
  readonly reused: readonly RestartTrial[];
  readonly created: readonly CreatedTrial[];
  /** All others. */
  readonly untouched: readonly RestartTrial[];
}

/** Options of {@link restartBatch}. */
export type RestartBatchOptions = CreateBatchOptions;

/** A supervisor leaves a run that has ended within this time. Milliseconds. */
const LEAVING_MS = 5_000;
const POLL_MS = 50;

/**
 * What a restart of a batch would do. A trial that exists is run again, never made twice;
 * changed values make new trials. Changes nothing.
 *
 * Throws `wrong-status` for a run that is no batch, for a batch that is running, and for a
 * trial of `ids` that is running or deleted; `no-run` for ids that are no trials of the batch;
 * `bad-config` for values; `unreadable` for a batch whose record is broken.
 */
export async function planRestart(
  batch: Run,
  choice: RestartChoice,
  options: RestartOptions = {},
): Promise<RestartPlan> {
  await requireAtRest(batch);
  const record = readBatch(batch);
  const rows = await trialRows(batch);
  const chosen = choose(rows, choice);
  const { flags = [], restage = false } = options;
  const changes = flags.length === 0 ? [{}] : await changedValues(record, flags);
  const builder = new PlanBuilder(record, rows, choice);
  for (const row of chosen) for (const change of changes) builder.add(row, change);
  const { reused, created } = builder;
  const untouched = rows.filter((row) => !reused.includes(row)).map(toTrial);
  return { batch, choice, restage, reused: reused.map(toTrial), created, untouched };
}

/**
 * Prepares the files of a batch as planned, so that it can be launched (action `batch`): brings
 * back the trials that run again and the batch itself, and records new trials. What former
 * attempts produced is kept with each run. After an interruption, plan again: what was done
 * already is found then.
 *
 * Throws `claimed` and `wrong-status` when somebody works on the batch or on one of the trials,
 * `io` when the code of now is wanted and the project is gone, and what staging throws then.
 */
export async function restartBatch(
  plan: RestartPlan,
  options: RestartBatchOptions = {},
): Promise<void> {
  const { batch, reused, restage } = plan;
  await recoverRun(batch);
  const info = await requireAtRest(batch);
  // Trials take the code of their batch. One that was not staged to the end has none.
  const needsCode = restage || info.timestampsUs.staged === null;
  const { projectDir } = readBatch(batch).proto;
  if (needsCode) requireProject(projectDir);
  const claim = await claimEnded(batch, options.signal);
  try {
    const pace = new Pace(options.signal);
    for (const { info } of reused) {
      if (pace.due()) await pace.rest();
      if (info !== null) await resetTrial(info, restage, options.signal);
    }
    const meant = recordTrials(plan);
    writeChosenTrials(batch, isPartial(plan, info) ? meant : null);
    forgetStop(batch);
    await resetRun(batch, needsCode ? 'pending' : 'staged', { claim });
    if (needsCode) await stageBatch(batch, projectDir, options);
  } finally {
    claim.release();
    pokeRun(batch);
  }
}

/** Whoever goes on with a batch that only staged its trials wants them to run: they are named. */
function isPartial({ batch, choice, created, untouched }: RestartPlan, row: RunInfo): boolean {
  const hasRun = isFinal(row.status) || existsSync(runyardPath(batch, ATTEMPTS_DIR));
  if (hasRun && readBatch(batch).stageTrials) return true;
  if (choice !== 'remaining' && choice !== 'all') return true;
  // Changed values take the place of those of a trial that could still be started.
  return created.length > 0 || untouched.some(({ info }) => info?.status === 'staged');
}

/** Shows before anything is changed: without it the trials would lose the code that they have. */
function requireProject(projectDir: string): void {
  if (statSync(projectDir, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new RunyardError('io', `The project directory ${projectDir} cannot be read`);
}

async function resetTrial(
  before: RunInfo,
  restage: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  await recoverRun(openRunFromInfo(before));
  const info = await readRunInfo(before.runsDir, before.id);
  if (info === null || (!isFinal(info.status) && !(restage && info.status === 'staged'))) return;
  const run = openRunFromInfo(info);
  const claim = await claimEnded(run, signal);
  try {
    // Who started it since the plan was made has done what the plan was for.
    const now = await readRunInfo(before.runsDir, before.id);
    if (now?.timestampsUs.started !== before.timestampsUs.started) return;
    await resetRun(run, restage ? 'pending' : 'staged', { claim });
  } finally {
    claim.release();
  }
}

/**
 * Claims a run that has ended. Its supervisor may be about to leave it: a person who is quick is
 * not to be told of that.
 */
async function claimEnded(run: Run, signal: AbortSignal | undefined): Promise<Claim> {
  const deadline = Date.now() + LEAVING_MS;
  for (;;) {
    const claim = tryClaim(run, 'restart');
    if (claim instanceof Claim) return claim;
    if (Date.now() > deadline) return claimRun(run, 'restart');
    await sleep(POLL_MS, undefined, { ...(signal && { signal }) });
  }
}

/**
 * New ones come last; the reasons why those that run again were skipped are of the past.
 * @returns the ids of those that are to run.
 */
function recordTrials({ batch, reused, created, untouched }: RestartPlan): readonly string[] {
  const record = readBatch(batch);
  const again = new Set(reused.map(({ id }) => id));
  const trials = readTrials(batch).map((trial) =>
    again.has(trial.id) ? { ...trial, skipped: null } : trial,
  );
  const known = new Set([...again, ...untouched.map(({ id }) => id)]);
  // Another restart may have made the same trials since the plan was made.
  const others = trials.filter(({ id }) => !known.has(id));
  const ids = [...again];
  for (const trial of created) {
    const config = configOf(record, trial.flags);
    const same = others.find((other) => jsonEqual(configOf(record, other.flags), config));
    if (same === undefined) trials.push(toRecord(record, trial, (trials.at(-1)?.index ?? 0) + 1));
    ids.push(same?.id ?? trial.id);
  }
  replaceTrials(batch, trials);
  return ids;
}

function toRecord(record: BatchRecord, { id, flags }: CreatedTrial, index: number): TrialRecord {
  const varying = [...new Set([...record.varying, ...changedKeys(record, flags)])].sort();
  return { ...newTrial({ ...record, varying }, flags, index), id };
}

async function requireAtRest(batch: Run): Promise<RunInfo> {
  const info = await readRunInfo(batch.runsDir, batch.id);
  if (info === null) throw new RunyardError('no-run', `There is no batch ${batch.name}`);
  if (info.container !== 'active') {
    throw new RunyardError('wrong-status', `Batch ${batch.name} is in the trash`, {
      hint: 'Restore it first.',
    });
  }
  const { status } = info;
  if (isFinal(status) || status === 'staged' || status === 'pending') return info;
  throw new RunyardError('wrong-status', `Batch ${batch.name} is ${status}`, {
    hint: 'Stop it first.',
  });
}

/** Values of trials that replace others: one set for each that is to be made of a chosen trial. */
async function changedValues(
  record: BatchRecord,
  flags: readonly string[],
): Promise<readonly TrialFlags[]> {
  const { config } = record.proto;
  const request = { flags, files: [], rows: null, optimizer: null, maxTrials: null };
  const { rows } = await buildTable({ ...request, seed: record.seed }, config);
  return rows.map((row) => row.flags);
}

/** Sorts chosen trials into those that run again and those that are to be made. */
class PlanBuilder {
  readonly reused: TrialRow[] = [];
  readonly created: CreatedTrial[] = [];
  readonly #record: BatchRecord;
  readonly #rows: readonly TrialRow[];
  readonly #choice: RestartChoice;

  constructor(record: BatchRecord, rows: readonly TrialRow[], choice: RestartChoice) {
    this.#record = record;
    this.#rows = rows;
    this.#choice = choice;
  }

  /** @param change values that replace those of the trial. Throws `bad-config` for its keys. */
  add(row: TrialRow, change: TrialFlags): void {
    const { trial } = row;
    const config = this.#configWith(trial.flags, change);
    const same = [row, ...this.#rows].find((other) => exists(other) && this.#has(other, config));
    if (same !== undefined) this.#reuse(same, same === row);
    else if (!this.created.some((other) => jsonEqual(configOf(this.#record, other.flags), config)))
      this.#create(row, config, Object.keys({ ...trial.flags, ...change }));
  }

  /** Another trial that has the values already runs again when it has no results yet. */
  #reuse(row: TrialRow, isChosen: boolean): void {
    const wanted = isChosen || this.#choice === 'all' || row.info?.status !== 'completed';
    if (wanted && isFree(row) && !this.reused.includes(row)) this.reused.push(row);
  }

  #create({ trial }: TrialRow, config: RunConfig, keys: readonly string[]): void {
    const flags = Object.fromEntries(keys.map((key) => [key, config[key] ?? null]));
    const last = this.#rows.at(-1)?.trial.index ?? 0;
    const id = newRunId();
    const { index } = trial;
    this.created.push({
      id,
      name: runName(id),
      index: last + this.created.length + 1,
      flags,
      info: null,
      insteadOf: { id: trial.id, name: runName(trial.id), index },
    });
  }

  #configWith(flags: TrialFlags, change: TrialFlags): RunConfig {
    // A key that the operation does not have was taken when the batch was made, or never.
    const known = configOf(this.#record, flags);
    return effectiveConfig(known, change);
  }

  #has({ trial }: TrialRow, config: RunConfig): boolean {
    return jsonEqual(configOf(this.#record, trial.flags), config);
  }
}

function choose(rows: readonly TrialRow[], choice: RestartChoice): readonly TrialRow[] {
  if (typeof choice === 'object') return choice.ids.map((id) => requireFree(rows, id));
  return rows.filter((row) => isFree(row) && IS_MEANT[choice](row));
}

const IS_MEANT: Readonly<Record<Exclude<RestartChoice, object>, (row: TrialRow) => boolean>> = {
  remaining: ({ trial, info }) =>
    info === null ? trial.skipped?.seen !== 'equal' : !isFinal(info.status),
  failed: ({ info }) => info?.status === 'error' || info?.status === 'terminated',
  all: ({ trial, info }) => info !== null || trial.skipped?.seen !== 'equal',
};

function requireFree(rows: readonly TrialRow[], id: string): TrialRow {
  const row = rows.find(({ trial }) => trial.id === id);
  if (row === undefined || !exists(row)) {
    throw new RunyardError('no-run', `${id} is no trial of this batch, or it was deleted`);
  }
  if (isFree(row)) return row;
  throw new RunyardError(
    'wrong-status',
    `Trial ${runName(id)} is ${row.info?.status ?? 'not there'} and cannot be restarted`,
  );
}

/** Neither deleted nor purged. */
function exists({ trial, info }: TrialRow): boolean {
  return info === null ? !trial.made : info.container === 'active';
}

/** Nobody works on it, as far as we know, or is going to. */
function isFree(row: TrialRow): boolean {
  if (!exists(row)) return false;
  const status = row.info?.status ?? 'pending';
  return isFinal(status) || ['unknown', 'pending', 'staged'].includes(status);
}

function toTrial({ trial: { id, index, flags }, info }: TrialRow): RestartTrial {
  return { id, name: runName(id), index, flags, info };
}

/** Keys whose values differ from those that trials share. */
function changedKeys({ proto }: BatchRecord, flags: TrialFlags): readonly string[] {
  return Object.keys(flags).filter(
    (key) => !jsonEqual(flags[key] ?? null, proto.config[key] ?? null),
  );
}
