import type { TrialState } from '../../batch/record/types.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { isGuildRun } from '../run/guild-run.ts';
import { runTitle } from '../run/titles.ts';
import { outcomeText } from '../runs/rows/batch-row.ts';

/** Buttons of the notification. */
export const SHOW_OUTPUT = 'Show Output';
export const RESTART_FAILED = 'Restart Failed';
export const RESUME = 'Resume';

/** What is said when a batch has ended. */
export interface BatchNotice {
  readonly text: string;
  readonly isGood: boolean;
  readonly buttons: readonly string[];
}

/** What to say of a batch that has ended with these trials. */
export function batchNotice(info: RunInfo, trials: readonly TrialState[]): BatchNotice {
  const batch = `Batch ${runTitle(info)}`;
  const failed = trials.some(({ status }) => status === 'error' || status === 'terminated');
  const waiting = trials.some(({ status }) => status === 'staged' || status === 'pending');
  const outcome = outcomeText(trials);
  // Trials of Guild are started again by guild.
  const ours = !isGuildRun(info);
  const buttons = [
    SHOW_OUTPUT,
    ...(failed && ours ? [RESTART_FAILED] : []),
    ...(waiting && ours && info.status !== 'completed' ? [RESUME] : []),
  ];
  if (info.status === 'completed') {
    return { text: `${batch} has ended: ${outcome}.`, isGood: !failed, buttons };
  }
  const reason = info.reason === null ? '' : ` (${info.reason.replace(/\.$/, '')})`;
  const how = info.status === 'terminated' ? 'was terminated' : 'was broken off';
  return { text: `${batch} ${how}${reason}: ${outcome}.`, isGood: false, buttons };
}
