import type { Json } from '../../core/data/json.ts';
import type { Objective, OpCmd, OpDef, OpRef, RunConfig, RunStatus } from '../../core/run/types.ts';

/** Values given to one trial, by config key, without the defaults of the operation. */
export type TrialFlags = Readonly<Record<string, Json>>;

/** What a person asks for. Nothing of it is checked yet. */
export interface BatchRequest {
  /** As typed: `lr=[0.1,0.01]`, `x=uniform[0:1]`, `epochs=3`. */
  readonly flags: readonly string[];
  /** Batch files, absolute, in the order given. */
  readonly files: readonly string[];
  /** A table that was edited: taken as it is, instead of `flags` and `files`. */
  readonly rows: readonly TrialFlags[] | null;
  /** `+`, `random`, `optuna`, or a command of the user; null: what the values imply. */
  readonly optimizer: string | null;
  readonly maxTrials: number | null;
  /** Null: one is drawn, and recorded. */
  readonly seed: number | null;
  /** How many trials run at a time. */
  readonly slots: number;
  readonly objective: Objective | null;
  /** Leave out trials that an equal completed run makes needless. */
  readonly needed: boolean;
  /** Stop the batch when a trial fails. */
  readonly failFast: boolean;
  /** Stage the trials and do not start them. */
  readonly stageTrials: boolean;
  /** Template for the labels of the trials; null for `${default_label}`. */
  readonly label: string | null;
  readonly tags: readonly string[];
  readonly batchLabel: string | null;
  readonly batchTags: readonly string[];
  readonly description: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly acceptUnknown: boolean;
}

/** One row of the table of trials: shown before anything starts, and made from the same object. */
export interface TableRow {
  /** Its place, from 1. */
  readonly index: number;
  readonly flags: TrialFlags;
  /** Keys whose values were drawn at random. */
  readonly sampled: readonly string[];
  /** Index of an earlier row with the same flags; null when there is none. */
  readonly duplicateOf: number | null;
}

/** The trials that would run. */
export interface TrialTable {
  readonly rows: readonly TableRow[];
  /** Keys of all rows, sorted. */
  readonly keys: readonly string[];
  /** Keys that have different values in different rows. */
  readonly varying: readonly string[];
  /** What was used: `+`, `random`, or a sequential optimizer, which has no rows beforehand. */
  readonly optimizer: string;
  /** Set when anything was drawn: the same seed gives the same table. */
  readonly seed: number | null;
  /** How many there were before `maxTrials`; null when nobody can know. */
  readonly generated: number | null;
  /** What the person should know: values taken as text, files without rows. */
  readonly notes: readonly string[];
  /** True when one plain run is meant: no list, no function, at most one row. */
  readonly single: boolean;
}

/** A row of a plan, with what would become of it. */
export interface PlannedTrial extends TableRow {
  /** The whole configuration of the run. */
  readonly config: RunConfig;
  readonly label: string;
  /** The values in which it differs from the others: `lr=0.1 depth=2`. */
  readonly text: string;
  /** A completed run that makes it needless (`needed`). */
  readonly equalRun: { readonly id: string; readonly name: string } | null;
}

/** A batch before it is made: what a preview shows and `createBatch` records. */
export interface BatchPlan {
  readonly request: BatchRequest;
  readonly proto: TrialProto;
  readonly table: TrialTable;
  readonly trials: readonly PlannedTrial[];
  /** Where values of a search may lie, for sequential optimizers. By key. */
  readonly space: Readonly<Record<string, SearchDimension>>;
}

/** What all trials of a batch share; enough to make one without the Gage file. */
export interface TrialProto {
  readonly opref: OpRef;
  readonly opdef: OpDef;
  readonly cmd: OpCmd;
  /** Configuration before the flags of a trial. */
  readonly config: RunConfig;
  readonly projectDir: string;
}

/** One dimension of a search. Bounds are included. */
export type SearchDimension =
  | {
      readonly kind: 'uniform' | 'loguniform';
      readonly type: 'int' | 'float';
      readonly low: number;
      readonly high: number;
      readonly initial: number | null;
    }
  | { readonly kind: 'choice'; readonly values: readonly Json[] }
  | { readonly kind: 'fixed'; readonly value: Json };

/** Why a trial was not started. */
export interface TrialSkip {
  /** The status that it had; `equal` when an equal run made it needless. */
  readonly seen: RunStatus | 'equal';
  readonly expected: 'staged';
  /** The equal run. */
  readonly run?: string;
}

/** A trial as it is recorded, and its run as it is now. */
export interface TrialState {
  readonly id: string;
  readonly name: string;
  readonly index: number;
  readonly flags: TrialFlags;
  /** Of the run now; `pending` for one that is planned and not made, `unknown` when it was purged. */
  readonly status: RunStatus;
  readonly skipped: TrialSkip | null;
}

/** A finished or running trial, as optimizers see it. */
export interface ObservedTrial {
  readonly id: string;
  readonly index: number;
  readonly flags: TrialFlags;
  readonly status: RunStatus;
  /** The objective; null when it has none (yet). */
  readonly value: number | null;
}

/** Gives the next trials of a sequential search. */
export interface TrialSource {
  /**
   * @param count how many are wanted at most.
   * @param observed all trials so far, by index.
   * @returns none when the search is over.
   */
  next(
    count: number,
    observed: readonly ObservedTrial[],
    signal: AbortSignal,
  ): Promise<readonly TrialFlags[]>;
}
