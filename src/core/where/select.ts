import { Pace } from '../pace.ts';
import { listRuns, type ListOptions } from '../store.ts';
import type { RunInfo } from '../types.ts';
import type { Where } from './ast.ts';
import { WhereMatcher } from './matcher.ts';

/**
 * The runs of a store that pass, newest first. The files of a run are read when its turn comes,
 * and only when the expression asks for what is in them, so whoever wants one run breaks off
 * after the first. Throws when the store cannot be listed, and when the signal aborts.
 */
export async function* selectRunsWhere(
  runsDir: string,
  expression: Where,
  options: ListOptions = {},
): AsyncGenerator<RunInfo, void, undefined> {
  const now = new Date();
  yield* filterRuns(await listRuns(runsDir, options), expression, { ...options, now });
}

/** Those of `runs` that pass, in their order. As {@link selectRunsWhere} otherwise. */
export async function* filterRuns(
  runs: Iterable<RunInfo>,
  expression: Where,
  options: { readonly signal?: AbortSignal; readonly now: Date },
): AsyncGenerator<RunInfo, void, undefined> {
  const { signal, now } = options;
  const matcher = new WhereMatcher(expression);
  const pace = new Pace(signal);
  for (const info of runs) {
    if (pace.due()) await pace.rest();
    // Without a promise where the row tells: that is most of the time of thousands of runs.
    if (matcher.matchRow(info, now) ?? (await matcher.match(info, now))) yield info;
  }
}
