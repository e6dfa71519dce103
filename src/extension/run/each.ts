import { EDITOR_SLICE_MS, Pace } from '../../core/base/pace.ts';
import type { RunInfo } from '../../core/run/types.ts';
import type { Stores } from '../stores/stores.ts';

/** What became of runs that something was done to. */
export interface Outcome {
  /** The runs that it worked for. */
  readonly done: readonly RunInfo[];
  readonly errors: readonly unknown[];
}

/**
 * Does something to each run and looks at them again. What fails does not keep the others from
 * being done. Throws when they may not be changed (see `StoreTrust`).
 */
export async function eachRun(
  stores: Stores,
  runs: readonly RunInfo[],
  act: (info: RunInfo) => Promise<void> | void,
): Promise<Outcome> {
  await stores.trust.require(runs.map(({ runsDir }) => runsDir));
  const done: RunInfo[] = [];
  const errors: unknown[] = [];
  const pace = new Pace(undefined, EDITOR_SLICE_MS);
  for (const info of runs) {
    // Hundreds of runs may be selected: the editor goes on meanwhile.
    if (pace.due()) await pace.rest();
    try {
      await act(info);
      done.push(info);
    } catch (error) {
      errors.push(error);
    }
  }
  await refreshRuns(stores, runs);
  return { done, errors };
}

/** Looks at runs again, whatever their stores are. */
export async function refreshRuns(stores: Stores, runs: readonly RunInfo[]): Promise<void> {
  const byStore = Map.groupBy(runs, ({ runsDir }) => runsDir);
  for (const [runsDir, some] of byStore) {
    await stores.refresh(
      runsDir,
      some.map(({ id }) => id),
    );
  }
}
