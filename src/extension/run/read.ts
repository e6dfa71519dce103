import { trialStates } from '../../batch/record/record.ts';
import type { TrialState } from '../../batch/record/types.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { readRunDetail, type RunDetail } from '../../core/status/run-detail.ts';
import { openRunFromInfo } from '../../core/status/run-info.ts';
import { readRunValues, type ValuePart, type RunValues } from '../../core/status/run-values.ts';
import { isGuildRun } from './guild-run.ts';

/** As `readRunDetail`, for runs of Guild too. What reads those is loaded with the first of them. */
export async function readDetail(info: RunInfo): Promise<RunDetail> {
  if (!isGuildRun(info)) return await readRunDetail(info);
  const { readGuildDetail } = await import('../../guild/detail.ts');
  return await readGuildDetail(info);
}

/** As `readRunValues`, for runs of Guild too. */
export async function readValues(
  info: Parameters<typeof readRunValues>[0],
  parts?: readonly ValuePart[],
): Promise<RunValues> {
  if (!isGuildRun(info)) return await readRunValues(info, parts);
  const { readGuildValues } = await import('../../guild/detail.ts');
  return await readGuildValues(info, parts);
}

/** As `trialStates`, for batches of Guild too. */
export async function readTrialStates(batch: RunInfo): Promise<readonly TrialState[]> {
  if (!isGuildRun(batch)) return await trialStates(openRunFromInfo(batch));
  const { readGuildTrials } = await import('../../guild/scan.ts');
  return readGuildTrials(batch).map(({ info, flags }, i) => ({
    id: info.id,
    name: info.name,
    index: i + 1,
    flags: flags(),
    status: info.status,
    skipped: null,
  }));
}
