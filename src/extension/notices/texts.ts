import type { TrialState } from '../../batch/record/types.ts';
import { runTitle } from '../../core/run/title.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { isGuildRun } from '../run/guild-run.ts';
import { outcomeText } from '../runs/rows/batch-row.ts';

/** Buttons of notices. */
export type NoticeButton = 'Show Output' | 'Show Runs' | 'Restart Failed' | 'Resume';

/** What is said of a run, or of several, and what can be done then. */
export interface Notice {
  readonly text: string;
  readonly kind: 'good' | 'warning' | 'failure';
  readonly buttons: readonly NoticeButton[];
}

/** What to say of a batch that has ended with these trials. */
export function batchNotice(info: RunInfo, trials: readonly TrialState[]): Notice {
  const batch = `Batch ${runTitle(info)}`;
  const failed = trials.some(({ status }) => status === 'error' || status === 'terminated');
  const waiting = trials.some(({ status }) => status === 'staged' || status === 'pending');
  const outcome = outcomeText(trials);
  // Trials of Guild are started again by guild.
  const ours = !isGuildRun(info);
  const buttons: readonly NoticeButton[] = [
    'Show Output',
    ...(failed && ours ? ['Restart Failed' as const] : []),
    ...(waiting && ours && info.status !== 'completed' ? ['Resume' as const] : []),
  ];
  if (info.status === 'completed') {
    const kind = failed ? 'warning' : 'good';
    return { text: `${batch} has ended: ${outcome}.`, kind, buttons };
  }
  const reason = info.reason === null ? '' : ` (${info.reason.replace(/\.$/, '')})`;
  const how = info.status === 'terminated' ? 'was terminated' : 'was broken off';
  return { text: `${batch} ${how}${reason}: ${outcome}.`, kind: 'warning', buttons };
}

/** What to say of a run that failed, in one sentence. */
export function failureNotice(info: RunInfo): Notice {
  return { text: failureText(info), kind: 'failure', buttons: ['Show Output'] };
}

/** What to say of many runs that failed at once. */
export function failuresNotice(count: number): Notice {
  return { text: `${count} runs failed.`, kind: 'failure', buttons: ['Show Runs'] };
}

function failureText(info: RunInfo): string {
  const run = `Run ${runTitle(info)}`;
  if (info.status === 'lost') return `${run} is lost: ${info.reason ?? 'no sign of life'}.`;
  if (info.status === 'terminated')
    return `${run} was terminated${info.reason === null ? '' : `: ${info.reason}`}.`;
  return `${run} failed${info.exitCode === null ? '' : ` with exit code ${info.exitCode}`}.`;
}
