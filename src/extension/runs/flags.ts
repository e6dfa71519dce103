import type { RunInfo } from '../../core/types.ts';

/** What can be done with a run. The names are matched in the `when` clauses of `package.json`. */
export type RunAction =
  | 'canStage'
  | 'canStart'
  | 'canStop'
  | 'canFinalize'
  | 'canRecover'
  | 'canDelete'
  | 'canRestore'
  | 'canPurge'
  | 'canLabel'
  | 'canRunAgain'
  | 'hasOutput';

/** True when `action` makes sense for a run in the state of `info`. */
export function isPossible(info: RunInfo, action: RunAction): boolean {
  const active = info.container === 'active';
  const busy = isBusy(info);
  const atRest = active && !info.needsRecovery && info.metaForm === 'dir';
  switch (action) {
    case 'canStage':
      // Only after a staging that failed: a run without a reason may be Gage's, at work on it.
      return atRest && info.status === 'pending' && info.reason !== null;
    case 'canStart':
      return (atRest && info.status === 'staged') || isPossible(info, 'canStage');
    case 'canStop':
      return busy && !info.needsRecovery;
    case 'canFinalize':
      // Lost, or started by Gage, which died: nothing will give it an end by itself.
      return info.needsRecovery || info.status === 'lost' || isEndless(info);
    case 'canRecover':
      return info.needsRecovery;
    case 'canDelete':
      return active && !busy;
    case 'canRestore':
      return !active;
    case 'canPurge':
      return !active && !busy;
    case 'canLabel':
      return info.status !== 'unreadable';
    case 'canRunAgain':
      return info.opref !== null;
    case 'hasOutput':
      return info.status !== 'unreadable' && info.status !== 'unknown';
  }
}

/** True while a process works on the run: it runs, waits in a queue, or is being staged. */
export function isBusy(info: RunInfo): boolean {
  if (info.status === 'running' || info.status === 'queued') return true;
  return info.status === 'pending' && info.phase !== null && info.reason === null;
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

const ACTIONS: readonly RunAction[] = [
  'canStage',
  'canStart',
  'canStop',
  'canFinalize',
  'canRecover',
  'canDelete',
  'canRestore',
  'canPurge',
  'canLabel',
  'canRunAgain',
  'hasOutput',
];

/** The sorted flags of a run row. */
export function runContextValue(info: RunInfo): string {
  const flags = ['run', info.status, ...ACTIONS.filter((action) => isPossible(info, action))];
  return flags.sort().join(' ');
}
