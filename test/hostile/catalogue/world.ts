import type { State } from './run.ts';
import type { Setting } from './setting.ts';

/** A run of a hostile store, and what is wrong with it. */
export interface Victim {
  readonly id: string;
  /** In few words, for the report: `opref is a pipe`. */
  readonly what: string;
  /** How far it is, where that is what it seems to be. */
  readonly state?: State;
  /** The row of the listing must say that something is wrong. */
  readonly listed?: boolean;
}

/** One hostile store, with what is around it. */
export interface World {
  readonly name: string;
  /**
   * Writes it. The project has an operation `good` already, and its store a run that this user
   * made.
   */
  readonly build: (setting: Setting) => Promise<readonly Victim[]> | readonly Victim[];
  /** Verbs that make runs are tried, too: not in every world, they take long. */
  readonly makesRuns?: boolean;
  /** Each verb is a process of its own. Without it those of a run share one, as a window does. */
  readonly spawned?: boolean;
  /** The store's own directories are hostile: other runs may be refused, in words. */
  readonly shared?: boolean;
  /** What else is done in it. */
  readonly steps?: readonly (readonly string[])[];
  /** Nothing that is printed holds one of these texts. */
  readonly secrets?: readonly string[];
  /** Looks at the store after each thing that was done. @returns what is wrong, in sentences. */
  readonly check?: (setting: Setting) => readonly string[];
  /** Work in this directory, not in the project. */
  readonly cwd?: (setting: Setting) => string;
}
