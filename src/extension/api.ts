import type { Event, Uri } from 'vscode';
import type { RunInfo } from '../core/run/types.ts';

export type { RunInfo, RunStatus } from '../core/run/types.ts';

/** Names a run: the store that holds it and its full id. */
export interface RunRef {
  readonly runsDir: string;
  readonly id: string;
}

/** Options of {@link RunyardApi.stage} and {@link RunyardApi.run}. */
export interface StageApiOptions {
  /** Config values for this run, by dotted key. Integral numbers are written as integers. */
  readonly flags?: Readonly<Record<string, boolean | number | string | null>>;
  readonly label?: string;
}

/** Runs of one store that were added, have changed, or are gone. */
export interface RunsChangeEvent {
  readonly runsDir: string;
  readonly changed: readonly RunInfo[];
  /** Ids. */
  readonly removed: readonly string[];
}

/**
 * What the extension exports from `activate`. Version 1 only ever grows.
 * Every method rejects with an error whose message says what happened and what to do.
 */
export interface RunyardApi {
  readonly version: 1;
  /** Directories of the stores of the window. */
  stores(): Promise<readonly string[]>;
  /**
   * Runs of the window, newest first.
   * @param options `container`: `active` (default), `trash`, the id of an archive, or `any`.
   */
  listRuns(options?: {
    readonly runsDir?: string;
    readonly container?: string;
  }): Promise<readonly RunInfo[]>;
  /** The present state of a run; undefined when it does not exist. */
  getRun(run: RunRef): Promise<RunInfo | undefined>;
  /**
   * Makes a run of an operation and stages it. Resolves when it is staged; without an operation
   * the default one. Rejects in an untrusted workspace.
   */
  stage(folder: Uri, operation?: string, options?: StageApiOptions): Promise<RunInfo>;
  /** The same, and starts it. Resolves when it was started. */
  run(folder: Uri, operation?: string, options?: StageApiOptions): Promise<RunInfo>;
  /** Starts a staged run. Rejects in an untrusted workspace. */
  start(run: RunRef): Promise<void>;
  /** Asks a running run to stop. Resolves when it was asked. */
  stop(run: RunRef): Promise<void>;
  /** Fires after runs have changed. Looks at the stores from the first listener on. */
  readonly onDidChangeRuns: Event<RunsChangeEvent>;
}
