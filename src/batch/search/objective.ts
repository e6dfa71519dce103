import type { Json } from '../../core/data/json.ts';
import type { Objective, RunInfo } from '../../core/run/types.ts';
import { readRunValues } from '../../core/status/run-values.ts';
import type { ObservedTrial } from '../record/types.ts';

/**
 * What a trial reached: the metric that the objective names, from the summary of its run
 * (gage-format.md 2.11). Null when the run has no summary (yet), none with that metric, or one that is
 * no finite number: nothing can be compared with it.
 * @param run as it is now, its meta as a directory or zipped. A `Run` and a `RunInfo` both do.
 * @param read reads the values of a run, by default those of ours.
 */
export async function objectiveValue(
  run: Pick<RunInfo, 'id' | 'runsDir' | 'metaPath' | 'metaForm'>,
  objective: Objective,
  read = readRunValues,
): Promise<number | null> {
  const { metrics } = await read(run, ['metrics']);
  return finite(metrics[objective.metric]);
}

/** The trial that is best so far; of equal ones the first. Null when none has a value. */
export function bestTrial<T extends Pick<ObservedTrial, 'index' | 'status' | 'value'>>(
  trials: readonly T[],
  objective: Objective,
): T | null {
  const sign = objective.direction === 'minimize' ? 1 : -1;
  let best: { readonly trial: T; readonly cost: number } | null = null;
  for (const trial of trials) {
    if (trial.status !== 'completed' || trial.value === null) continue;
    const cost = sign * trial.value;
    if (best === null || cost < best.cost || (cost === best.cost && trial.index < best.trial.index))
      best = { trial, cost };
  }
  return best?.trial ?? null;
}

function finite(value: Json | undefined): number | null {
  if (typeof value !== 'number' && typeof value !== 'bigint') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}
