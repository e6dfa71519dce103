import { PHASE_OUTPUT, type OpRef, type RunInfo, type RunStatus } from '../../core/run/types.ts';
import { runTimestamp } from '../../core/status/run-info.ts';
import type { RowIcon } from '../base/row.ts';
import { isBusy } from './actions.ts';

/** Icon and colour of each status, the same in every view. */
export const STATUS_ICONS: Readonly<Record<RunStatus, RowIcon>> = {
  unknown: { id: 'circle-outline', color: 'disabledForeground' },
  pending: { id: 'circle-outline', color: 'disabledForeground' },
  staged: { id: 'circle-outline' },
  queued: { id: 'clock', color: 'descriptionForeground' },
  running: { id: 'sync~spin', color: 'charts.blue' },
  completed: { id: 'pass', color: 'testing.iconPassed' },
  error: { id: 'error', color: 'testing.iconFailed' },
  terminated: { id: 'circle-slash', color: 'disabledForeground' },
  lost: { id: 'question', color: 'list.warningForeground' },
  unreadable: { id: 'warning', color: 'list.warningForeground' },
};

/** What the state of a run looks like. */
export function iconOf(info: RunInfo): RowIcon {
  if (info.status === 'pending' && isBusy(info)) return { id: 'loading~spin' };
  // Its staging has failed or was broken off.
  if (info.status === 'pending' && info.reason !== null) return STATUS_ICONS.unreadable;
  return STATUS_ICONS[info.status];
}

/** `train v2`, with the namespace when it is another project's; null for an unreadable run. */
export function operationText(opref: OpRef | null, ns: string | null): string | null {
  if (opref === null) return null;
  const prefix = ns === null || opref.ns === ns ? '' : `${opref.ns}:`;
  return `${prefix}${opref.name}${opref.version === null ? '' : ` v${opref.version}`}`;
}

/** Time that the run is listed by, epoch milliseconds. */
export function timeOf(info: RunInfo): number | null {
  const us = runTimestamp(info);
  return us === 0 ? null : us / 1000;
}

/** How long the run took, or takes until now. Milliseconds; null before it started. */
export function durationMs(info: RunInfo, now: number): number | null {
  const { started, stopped } = info.timestampsUs;
  if (started === null) return null;
  if (stopped !== null) return (stopped - started) / 1000;
  return info.status === 'running' ? now - started / 1000 : null;
}

/** First word of the name, as Gage's listing shows it. */
export function shortName(name: string): string {
  return name.split('-')[0] ?? name;
}

/** `40_run` as a title: `Run`. */
export function phaseTitle(name: string): string {
  const phase = Object.entries(PHASE_OUTPUT).find(([, file]) => file === name)?.[0];
  const words = (phase ?? name.replace(/^\d+_/, ''))
    .replace('sourcecode', 'source code')
    .replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
