import { RunyardError } from '../../../core/base/errors.ts';
import type { RunInfo } from '../../../core/run/types.ts';
import type { RunValuesCache } from '../../../core/status/run-values.ts';
import { dependsOnTime, needsFiles } from '../../../where/analyse.ts';
import type { Where } from '../../../where/ast.ts';
import { WhereMatcher } from '../../../where/matcher.ts';
import { parseWhere } from '../../../where/parser.ts';
import { describeWhereProblem } from '../../../where/problem.ts';

/**
 * Which runs the Runs view shows (docs/where.md). About runs whose files must be read it knows
 * only what {@link judge} found out: they do not pass before.
 */
export class RunFilter {
  /** As typed, without blanks around it. */
  readonly text: string;
  /** Whether the files of runs must be read, so that {@link judge} is needed. */
  readonly readsFiles: boolean;
  /** Whether runs come and go because time passes. */
  readonly dependsOnTime: boolean;
  readonly #matcher: WhereMatcher;
  /** By run directory, which stays the same whatever becomes of the run. */
  readonly #verdicts = new Map<string, boolean>();

  constructor(text: string, expression: Where) {
    this.text = text.trim();
    this.readsFiles = needsFiles(expression);
    this.dependsOnTime = dependsOnTime(expression);
    this.#matcher = new WhereMatcher(expression);
  }

  /** Shows every run. */
  static readonly all = new RunFilter('', { kind: 'and', all: [] });

  /** Whether a run is shown, as far as it is known. A run that changed is still what it was. */
  passes(info: RunInfo): boolean {
    const row = this.#matcher.matchRow(info, new Date());
    return row ?? this.#verdicts.get(info.runDir) ?? false;
  }

  /** Reads what is needed of a run. @returns whether it passes otherwise than before. */
  async judge(info: RunInfo, values: RunValuesCache): Promise<boolean> {
    const before = this.passes(info);
    const passes = await this.#matcher.match(info, new Date(), (one, parts) =>
      values.read(one, parts),
    );
    this.#verdicts.set(info.runDir, passes);
    return passes !== before;
  }
}

/** The filter that a text means. Throws `bad-request` with the place of what is wrong. */
export function filterOf(text: string): RunFilter {
  const parsed = parseWhere(text);
  if (parsed.ok) return new RunFilter(text, parsed.expression);
  throw new RunyardError('bad-request', describeWhereProblem(text, parsed));
}
