import type { RunInfo } from '../../core/run/types.ts';
import { mayRunElsewhere } from '../../core/status/status.ts';
import { BATCH_ACTIONS, RUN_ACTIONS, type BatchAction, type RunAction } from './action-names.ts';
import type { BatchTally } from './batch-index.ts';
import { guildWords, isGuildRun, isPossibleInGuild } from './guild-run.ts';

/** True when `action` makes sense for a run in the state of `info`. */
export function isPossible(info: RunInfo, action: RunAction): boolean {
  if (isGuildRun(info)) return isPossibleInGuild(info, action);
  const active = info.container === 'active';
  const busy = isBusy(info);
  const atRest = active && !info.needsRecovery && info.metaForm === 'dir';
  switch (action) {
    case 'canStage':
      // Only after a staging that failed: a run without a reason may be Gage's, at work on it.
      return atRest && info.status === 'pending' && info.reason !== null;
    case 'canStart':
      // Somebody may not want to wait for the queue.
      return (
        (atRest && (info.status === 'staged' || info.status === 'queued')) ||
        isPossible(info, 'canStage')
      );
    case 'canStop':
      return busy && !info.needsRecovery;
    case 'canFinalize':
      // Lost, or started by Gage, which died: nothing will give it an end by itself.
      return info.needsRecovery || mayRunElsewhere(info) || isEndless(info);
    case 'canRecover':
      return info.needsRecovery;
    case 'canDelete':
      return active && (!busy || mayRunElsewhere(info));
    case 'canRestore':
      return !active;
    case 'canPurge':
      return !active && (!busy || mayRunElsewhere(info));
    case 'canLabel':
      return info.status !== 'unreadable';
    case 'canRunAgain':
      return info.opref !== null && info.batch?.role !== 'batch';
    case 'canRestart':
      // A trial that came to an end can run again under its own name.
      return active && !info.needsRecovery && info.batch?.role === 'trial' && hasEnded(info);
    case 'canQueue':
      return atRest && info.status === 'staged' && info.batch?.role !== 'batch';
    case 'canDequeue':
      return active && info.status === 'queued';
    case 'hasOutput':
      return info.status !== 'unreadable' && info.status !== 'unknown';
  }
}

/** True when `action` makes sense for a batch in the state of `info`, with these trials. */
export function isPossibleForBatch(
  info: RunInfo,
  tally: BatchTally | null,
  action: BatchAction,
): boolean {
  if (info.batch?.role !== 'batch' || info.container !== 'active') return false;
  // A batch of Guild makes new trials when it is restarted: we leave that to guild.
  if (isGuildRun(info)) return false;
  const { status } = info;
  const ended = hasEnded(info);
  const count = (one: RunInfo['status']): number => tally?.byStatus.get(one) ?? 0;
  switch (action) {
    case 'canSteer':
      return status === 'running' && !info.needsRecovery;
    case 'canResume':
      return (status === 'error' || status === 'terminated') && waitingTrials(info, tally) > 0;
    case 'canStartStaged':
      return status === 'completed' && count('staged') > 0;
    case 'canRestartFailed':
      return ended && count('error') + count('terminated') > 0;
    case 'canRestartTrials':
      return ended;
    case 'canQueueTrials':
      return ended && count('staged') > 0;
  }
}

/** How many trials of a batch have not run yet, made or not. */
export function waitingTrials({ batch }: RunInfo, tally: BatchTally | null): number {
  const planned = batch?.role === 'batch' ? batch.planned : 0;
  const count = (status: RunInfo['status']): number => tally?.byStatus.get(status) ?? 0;
  return Math.max(0, planned - (tally?.total ?? 0)) + count('staged') + count('pending');
}

/** True while a process works on the run: it runs, or is being staged. */
export function isBusy(info: RunInfo): boolean {
  if (info.status === 'running') return true;
  return info.status === 'pending' && info.phase !== null && info.reason === null;
}

function hasEnded({ status }: RunInfo): boolean {
  return status === 'completed' || status === 'error' || status === 'terminated';
}

function isEndless(info: RunInfo): boolean {
  const { status, exitCode, timestampsUs, metaForm } = info;
  return (
    status === 'terminated' &&
    exitCode === null &&
    timestampsUs.started !== null &&
    metaForm === 'dir'
  );
}

/** The sorted words of a run row. @param tally of a batch: its trials. */
export function runContextValue(info: RunInfo, tally: BatchTally | null = null): string {
  const words = [
    'run',
    info.status,
    ...(info.batch === null ? [] : [info.batch.role]),
    ...guildWords(info),
    ...RUN_ACTIONS.filter((action) => isPossible(info, action)),
    ...BATCH_ACTIONS.filter((action) => isPossibleForBatch(info, tally, action)),
  ];
  return words.sort().join(' ');
}
