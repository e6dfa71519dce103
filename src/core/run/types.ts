import type { Json, JsonObject } from '../data/json.ts';

/** An operation reference (gage-format.md 1.5): namespace, operation name, optional version. */
export interface OpRef {
  readonly ns: string;
  readonly name: string;
  readonly version: string | null;
}

/**
 * A run: its identity and its places. All paths are absolute.
 * `runDir` may not exist yet (it is created on the first copy or exec, gage-format.md 1.7).
 */
export interface Run {
  readonly id: string;
  /** Proquint of the id, both words: `kafom-fikud` (gage-format.md 1.6). */
  readonly name: string;
  readonly opref: OpRef;
  /** The store that holds the run. */
  readonly runsDir: string;
  /** `<runsDir>/<id>` */
  readonly runDir: string;
  /** `<runsDir>/<id>.meta` or `<runsDir>/<id>.meta.zip` */
  readonly metaPath: string;
  readonly metaForm: MetaForm;
}

/** `guild`: a run of Guild AI, whose files only `src/guild` reads; no process of ours touches it. */
export type MetaForm = 'dir' | 'zip' | 'guild';

/** design.md section 5. `unreadable` is a row for a run whose meta cannot be understood. */
export const RUN_STATUSES = [
  'unknown',
  'pending',
  'staged',
  'queued',
  'running',
  'completed',
  'error',
  'terminated',
  'lost',
  'unreadable',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** `active`, `trash` or the id of an archive (gage-format.md 1.9). */
export type Container = string;

/** Epoch microseconds; null where the file is absent or unreadable. */
export interface RunTimestamps {
  readonly initialized: number | null;
  readonly staged: number | null;
  readonly started: number | null;
  readonly stopped: number | null;
}

/** The phases of a run in order, and the names of their output files (gage-format.md 2.3). */
export const PHASES = [
  'stage-sourcecode',
  'stage-runtime',
  'stage-dependencies',
  'run',
  'finalize',
] as const;
export type Phase = (typeof PHASES)[number];
export const PHASE_OUTPUT: Readonly<Record<Phase, string>> = {
  'stage-sourcecode': '10_sourcecode',
  'stage-runtime': '20_runtime',
  'stage-dependencies': '30_dependencies',
  run: '40_run',
  finalize: '50_finalize',
};

/** A command: an argument vector, or a shell command (gage-format.md 2.14). */
export type Command = string | readonly string[];

/** The command of a run and the environment that its opdef adds (gage-format.md 2.1 `proc/*`). */
export interface OpCmd {
  readonly command: Command;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * An operation definition: its name and its table from the Gage file, values verbatim
 * (ints as `bigint`, floats as `number`; see json.ts).
 */
export interface OpDef {
  readonly name: string;
  readonly table: JsonObject;
}

/** Flat configuration of a run: dotted key to scalar (gage-format.md 2.1 `config.json`). */
export type RunConfig = Readonly<Record<string, Json>>;

/**
 * What the config phase does to the files of a run directory. The core only keeps its
 * place and order (gage-format.md 2.3 step 7); `src/config` implements it.
 * Returns the unified diffs that go to `log/patched`, by path order.
 */
export type ApplyConfig = (
  runDir: string,
  opdef: OpDef,
  config: RunConfig,
) => readonly { readonly path: string; readonly diff: string }[];

/** Progress that a phase printed last (gage-format.md 2.15). */
export interface Progress {
  /** 0..100 */
  readonly percent: number;
  /** The whole bar as printed, trimmed. */
  readonly text: string;
}

/** One row of a listing. Everything a tree row or `runyard list --json` needs, nothing more. */
export interface RunInfo {
  readonly id: string;
  readonly name: string;
  /** null only when the status is `unreadable`. */
  readonly opref: OpRef | null;
  readonly status: RunStatus;
  /** Why the run is unreadable, lost, interrupted, or what went wrong while staging. */
  readonly reason: string | null;
  /** True when no process looks after the run although it has not reached an end state. */
  readonly needsRecovery: boolean;
  /**
   * Of a running run: its files name a live process, and nobody can tell from here whether it is
   * the run's. We send it no signal, and a person may end the run without it.
   */
  readonly unverified?: true;
  readonly label: string | null;
  readonly tags: readonly string[];
  /** Chosen by a person among its like (Guild's mark). */
  readonly marked?: boolean;
  readonly container: Container;
  readonly metaForm: MetaForm;
  readonly runsDir: string;
  readonly runDir: string;
  readonly metaPath: string;
  readonly exitCode: number | null;
  readonly timestampsUs: RunTimestamps;
  /** Phase under way, from our own files; null when none or not ours. */
  readonly phase: Phase | null;
  readonly progress: Progress | null;
  /** What the run has to do with a batch; null for a plain run. */
  readonly batch: BatchRole | null;
}

/** A batch, or one of the trials that it owns (design.md 8). */
export type BatchRole =
  | {
      readonly role: 'batch';
      /** Name of the operation of its trials. */
      readonly operation: string;
      /** How many trials it has, made or not. */
      readonly planned: number;
      readonly objective: Objective | null;
    }
  | {
      readonly role: 'trial';
      /** Id of its batch. */
      readonly batch: string;
      /** Its place in the batch, from 1. */
      readonly index: number;
      /** The values in which it differs from the others: `lr=0.1 depth=2`. */
      readonly text: string;
    };

/** The metric that says which trial is best. */
export interface Objective {
  readonly metric: string;
  readonly direction: 'minimize' | 'maximize';
}
