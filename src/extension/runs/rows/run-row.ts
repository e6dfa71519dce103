import { formatDuration, localTime, relativeTime } from '../../../core/base/time-text.ts';
import { oneLine } from '../../../core/base/words.ts';
import type { RunInfo } from '../../../core/run/types.ts';
import type { Row } from '../../base/row.ts';
import { isBusy, runContextValue } from '../../run/actions.ts';
import {
  durationMs,
  iconOf,
  operationText,
  shortName,
  STATUS_ICONS,
  timeOf,
} from '../../run/titles.ts';
import type { RunNode } from '../model/nodes.ts';

/** Words for the phases under way. */
const PHASE_WORDS: Readonly<Record<string, string>> = {
  'stage-sourcecode': 'staging source code',
  'stage-runtime': 'staging runtime',
  'stage-dependencies': 'staging dependencies',
  finalize: 'finalizing',
};

/** The row of a run. `now` in epoch milliseconds. */
export function runRow(node: RunNode, now: number): Row {
  const { info } = node;
  const operation = operationText(info.opref, node.ns);
  return {
    id: node.key,
    label: operation ?? info.name,
    description: runDescription(node, now, operation === null),
    icon: isBrokenBatch(node) ? STATUS_ICONS.unreadable : iconOf(info),
    state: info.status === 'unreadable' ? 'leaf' : 'collapsed',
    contextValue: runContextValue(info),
    accessibility: runAccessibility(node, now),
  };
}

/** Its trials say that it is a batch, and nobody can read what it says itself. */
function isBrokenBatch({ info, tally }: RunNode): boolean {
  return info.batch === null && tally !== null && tally !== undefined;
}

function runDescription(node: RunNode, now: number, named: boolean): string {
  const { info, listing } = node;
  const parts: (string | null)[] = [named ? null : shortName(info.name)];
  if (info.status === 'unreadable') {
    parts.push('unreadable', oneLine(info.reason ?? ''));
  } else {
    parts.push(
      info.label === null ? null : oneLine(info.label),
      markText(info),
      info.batch?.role === 'trial' ? `trial ${String(info.batch.index)}` : null,
      ...info.tags.map((tag) => `#${tag}`),
      // Progress is what is looked for while a run lasts, and long rows are cut.
      stateText(info),
      isBrokenBatch(node) ? 'its batch file cannot be read' : null,
      listing === undefined ? null : oneLine(listing),
      timeText(info, now),
      durationText(info, now),
    );
  }
  return parts.filter((part) => part !== null && part !== '').join(' · ');
}

/** A run that a person has marked. */
export function markText(info: RunInfo): string | null {
  return info.marked === true ? '★ marked' : null;
}

/** What the icon cannot say about the state. */
export function stateText(info: RunInfo): string | null {
  if (isBusy(info)) {
    const word = info.phase === null ? undefined : PHASE_WORDS[info.phase];
    const progress = info.progress === null ? null : `${info.progress.percent}%`;
    return word ?? progress;
  }
  if (info.status === 'lost') return 'lost';
  if (info.needsRecovery) return 'interrupted';
  if (info.status === 'pending')
    return info.reason === null ? 'pending' : `not staged: ${oneLine(info.reason)}`;
  if (info.status === 'staged' || info.status === 'queued') return info.status;
  if (info.status === 'error' && info.exitCode !== null) return `exit ${info.exitCode}`;
  return null;
}

/** When the run started, as rows say it. `now` in epoch milliseconds. */
export function timeText(info: RunInfo, now: number): string | null {
  const time = timeOf(info);
  return time === null ? null : relativeTime(time, now);
}

/** How long the run took, as rows say it. `now` in epoch milliseconds. */
export function durationText(info: RunInfo, now: number): string | null {
  const ms = durationMs(info, now);
  return ms === null ? null : formatDuration(ms);
}

function runAccessibility({ info, listing }: RunNode, now: number): string {
  const operation = operationText(info.opref, null);
  const parts = [
    operation === null ? `Run ${info.name}` : `${operation}, run ${info.name}`,
    isBusy(info) && info.status === 'pending' ? 'staging' : info.status,
    info.label === null ? null : `label ${oneLine(info.label)}`,
    info.marked === true ? 'marked' : null,
    listing === undefined || listing === '' ? null : oneLine(listing),
    info.progress === null ? null : `${info.progress.percent} percent`,
    timeText(info, now),
    durationText(info, now) === null ? null : `took ${durationText(info, now) ?? ''}`,
    info.reason === null ? null : oneLine(info.reason),
  ];
  return parts.filter((part) => part !== null).join(', ');
}

/** Lines of the tooltip of a run: name and value. `now` in epoch milliseconds. */
export function runFacts(
  info: RunInfo,
  now: number,
): readonly (readonly [name: string, value: string])[] {
  const { initialized, staged, started, stopped } = info.timestampsUs;
  const time = (us: number | null): string | null =>
    us === null ? null : `${localTime(us / 1000)} (${relativeTime(us / 1000, now)})`;
  const duration = durationText(info, now);
  const facts: (readonly [string, string | null])[] = [
    ['Status', info.status],
    ['Problem', info.reason],
    ['Exit code', info.exitCode === null ? null : String(info.exitCode)],
    ['Label', info.label],
    ['Tags', info.tags.length === 0 ? null : info.tags.join(', ')],
    ['Progress', info.progress === null ? null : info.progress.text],
    ['Created', started === null && staged === null ? time(initialized) : null],
    ['Staged', started === null ? time(staged) : null],
    ['Started', time(started)],
    ['Stopped', time(stopped)],
    ['Duration', duration],
    ['Run', `${info.name} (${info.id})`],
    ['Directory', info.runDir],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
}
