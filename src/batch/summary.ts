import type { Json, JsonObject } from '../core/data/json.ts';
import { runName } from '../core/run/ids.ts';
import type { Run } from '../core/run/types.ts';
import { trialRows, type BatchRecord, type TrialRow } from './record/record.ts';
import { bestTrial, objectiveValue } from './search/objective.ts';

/**
 * The summary of a batch (gage-format.md 2.11): how many of its trials came to what, and the best one
 * with what it reached.
 */
export async function batchSummary(batch: Run, record: BatchRecord): Promise<JsonObject> {
  const rows = await trialRows(batch);
  const metrics: Record<string, Json> = { trials: BigInt(rows.length) };
  for (const row of rows) {
    const what = outcomeOf(row);
    metrics[what] = BigInt(Number(metrics[what] ?? 0)) + 1n;
  }
  const { objective } = record;
  if (objective === null) return { metrics };
  const observed = [];
  for (const { trial, info } of rows) {
    if (info?.status !== 'completed') continue;
    const value = await objectiveValue(info, objective);
    observed.push({ index: trial.index, status: info.status, value, id: trial.id });
  }
  const best = bestTrial(observed, objective);
  if (best === null) return { metrics };
  metrics[objective.metric] = best.value;
  return { metrics, attributes: { 'best trial': runName(best.id) } };
}

/** The status of its run, or `skipped` when an equal one makes it needless. */
function outcomeOf({ trial, info }: TrialRow): string {
  if (trial.skipped?.seen === 'equal') return 'skipped';
  return info?.status ?? 'unknown';
}
