import { effectiveConfig } from '../config/config.ts';
import { RunyardError } from '../core/base/errors.ts';
import { jsonEqual } from '../core/data/json.ts';
import { newRunId, runName } from '../core/run/ids.ts';
import type { Run, RunConfig, RunInfo } from '../core/run/types.ts';
import { isFinal } from '../core/status/status.ts';
import { readRunInfo } from '../core/store/read.ts';
import { readBatch, trialRows, type BatchRecord, type TrialRow } from './record/record.ts';
import type { TrialFlags } from './record/types.ts';
import { buildTable } from './table/table.ts';
import { configOf } from './trial/trial.ts';

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
export interface CreatedTrial extends RestartTrial {
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

/** The row of a batch. Throws as {@link planRestart} for one that cannot be restarted now. */
export async function requireAtRest(batch: Run): Promise<RunInfo> {
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
