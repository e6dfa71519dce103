import { trialStates } from '../../batch/record/record.ts';
import type { TrialState } from '../../batch/record/types.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { readRunDetail, type RunDetail } from '../../core/status/run-detail.ts';
import { readRunFacts, type FactPart, type RunFacts } from '../../core/status/run-facts.ts';
import { openRunFromInfo } from '../../core/status/run-info.ts';
import { isGuildRun } from './guild-run.ts';

/** As `readRunDetail`, for runs of Guild too. What reads those is loaded with the first of them. */
export async function readDetail(info: RunInfo): Promise<RunDetail> {
  if (!isGuildRun(info)) return await readRunDetail(info);
  const { readGuildDetail } = await import('../../guild/detail.ts');
  return await readGuildDetail(info);
}

/** As `readRunFacts`, for runs of Guild too. */
export async function readFacts(
  info: Parameters<typeof readRunFacts>[0],
  parts?: readonly FactPart[],
): Promise<RunFacts> {
  if (!isGuildRun(info)) return await readRunFacts(info, parts);
  const { readGuildFacts } = await import('../../guild/detail.ts');
  return await readGuildFacts(info, parts);
}

/** As `trialStates`, for batches of Guild too. */
export async function readTrials(batch: RunInfo): Promise<readonly TrialState[]> {
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
