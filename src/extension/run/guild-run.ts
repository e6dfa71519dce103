import type { RunInfo } from '../../core/run/types.ts';
import type { RunAction } from './action-names.ts';

/** True for a run of Guild AI: looked at here, changed only by the user's own `guild`. */
export function isGuildRun(info: Pick<RunInfo, 'metaForm'>): boolean {
  return info.metaForm === 'guild';
}

/** What can be done with a Guild run in the state of `info`, through `guild` (docs/guild.md). */
export function isPossibleInGuild(info: RunInfo, action: RunAction): boolean {
  const active = info.container === 'active';
  const { status } = info;
  switch (action) {
    case 'canStart':
      // Guild leaves trials of a batch that was stopped `pending`.
      return active && (status === 'staged' || status === 'pending');
    case 'canStop':
      return active && status === 'running';
    case 'canDelete':
      return active && status !== 'running';
    case 'canRestore':
    case 'canPurge':
      return !active;
    case 'canLabel':
      return active && status !== 'unreadable';
    case 'hasOutput':
      return status !== 'unreadable' && status !== 'staged' && status !== 'pending';
    case 'canStage':
    case 'canFinalize':
    case 'canRecover':
    case 'canRunAgain':
    case 'canRestart':
    case 'canQueue':
    case 'canDequeue':
      return false;
  }
}

/** Words of the row of a Guild run, besides those of every run. */
export function guildWords(info: RunInfo): readonly string[] {
  if (!isGuildRun(info)) return [];
  return ['guild', ...(info.marked === true ? ['marked'] : [])];
}
