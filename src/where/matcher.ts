import { Pace } from '../core/base/pace.ts';
import type { RunInfo } from '../core/run/types.ts';
import { readRunValues, type ValuePart, type RunValues } from '../core/status/run-values.ts';
import { partsOf, needsFiles } from './analyse.ts';
import type { Where } from './ast.ts';
import { matchesWhere } from './evaluate.ts';

/** Reads values of a run: from its files, or from a cache of them. */
export type ReadValues = (info: RunInfo, parts: readonly ValuePart[]) => Promise<RunValues>;

/** Matches runs, reading the files of a run only when its row does not decide. */
export class WhereMatcher {
  readonly #expression: Where;
  readonly #parts: readonly ValuePart[];
  /** What the row of a run must pass first. */
  readonly #rowPart: Where;

  constructor(expression: Where) {
    this.#expression = expression;
    this.#parts = partsOf(expression);
    const conditions = expression.kind === 'and' ? expression.all : [expression];
    this.#rowPart = { kind: 'and', all: conditions.filter((one) => !needsFiles(one)) };
  }

  /** Whether the run passes; null when only its files tell. */
  matchRow(info: RunInfo, now: Date): boolean | null {
    if (!matchesWhere(this.#rowPart, info, null, now)) return false;
    return this.#parts.length === 0 ? true : null;
  }

  /** Whether the run passes, reading what is needed. Files that are missing have no values. */
  async match(info: RunInfo, now: Date, read: ReadValues = readRunValues): Promise<boolean> {
    const row = this.matchRow(info, now);
    return row ?? matchesWhere(this.#expression, info, await read(info, this.#parts), now);
  }
}

/**
 * Those of `runs` that pass, in their order. The files of a run are read when its turn comes, so
 * whoever wants one run breaks off after the first. Throws the signal's reason when it aborts.
 */
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
