import type { TrialState } from '../../../batch/record/types.ts';
import { oneLine, plural } from '../../../core/base/words.ts';
import { runName } from '../../../core/run/ids.ts';
import type { RunInfo, RunStatus } from '../../../core/run/types.ts';
import type { Row, RowIcon } from '../../base/row.ts';
import { runContextValue } from '../../run/actions.ts';
import type { BatchTally } from '../../run/batch-index.ts';
import { shortName, operationText, iconOf } from '../../run/titles.ts';
import { STATUS_ORDER, type RunNode } from '../model/nodes.ts';
import { durationText, markText, stateText, timeText } from './run-row.ts';

/** Word of the row of a trial that is shown below its batch. */
const BELOW = 'below';

/** Cells of a progress bar. */
const BAR = 5;

/** States in which a trial has come to an end. */
const ENDED: readonly RunStatus[] = ['completed', 'error', 'terminated', 'lost', 'unreadable'];

/** A status as a batch tells how many of its trials have it. */
const WORDS: Readonly<Partial<Record<RunStatus, string>>> = { error: 'failed' };

/** The row of a batch. `now` in epoch milliseconds. */
export function batchRow(node: RunNode, now: number): Row {
  const { info, best } = node;
  const parts = [
    info.label === null ? null : oneLine(info.label),
    markText(info),
    // The side bar is narrow: what is looked for comes first.
    ...progressTexts(info, node.tally ?? null),
    // The bar says already how far it is.
    stateText({ ...info, progress: null }),
    best === undefined || best === null ? null : bestText(best.result, best.text),
    shortName(info.name),
    ...info.tags.map((tag) => `#${tag}`),
    timeText(info, now),
    durationText(info, now),
  ];
  return {
    id: node.key,
    label: operationText(info.opref, node.ns) ?? info.name,
    description: joined(parts),
    icon: batchIcon(info, node.tally ?? null),
    state: 'collapsed',
    contextValue: runContextValue(info, node.tally ?? null),
    accessibility: batchAccessibility(node, now),
  };
}

/** The row of a trial below its batch: what all trials have in common is left out. */
export function trialRow(node: RunNode, now: number): Row {
  const { info, listing } = node;
  const trial = info.batch?.role === 'trial' ? info.batch : { index: 0, text: '' };
  const known = new Set([...trial.text.split(' '), node.result ?? '']);
  const parts = [
    oneLine(trial.text),
    resultText(node),
    markText(info),
    info.label === null || repeats(info.label, trial.text) ? null : oneLine(info.label),
    ...info.tags.map((tag) => `#${tag}`),
    stateText(info),
    listing === undefined ? null : without(oneLine(listing), known),
    durationText(info, now),
  ];
  return {
    id: node.key,
    label: `${String(trial.index)} ${shortName(info.name)}`,
    description: joined(parts),
    icon: iconOf(info),
    state: 'collapsed',
    contextValue: `${runContextValue(info)} ${BELOW}`,
    accessibility: joined(
      [
        `Trial ${String(trial.index)}, run ${info.name}`,
        info.status,
        node.isBest === true ? 'best' : null,
        info.marked === true ? 'marked' : null,
        node.result ?? null,
        oneLine(trial.text),
        info.progress === null ? null : `${String(info.progress.percent)} percent`,
        durationText(info, now) === null ? null : `took ${durationText(info, now) ?? ''}`,
        info.reason === null ? null : oneLine(info.reason),
      ],
      ', ',
    ),
  };
}

function resultText({ isBest, result }: RunNode): string | null {
  return isBest === true ? `best ${result ?? ''}`.trim() : (result ?? null);
}

/** `5 completed, 1 failed, 2 staged`; null without trials. */
function tallyText(tally: Pick<BatchTally, 'byStatus'> | null): string | null {
  const counts = STATUS_ORDER.map((status) => ({
    status,
    count: tally?.byStatus.get(status) ?? 0,
  })).filter(({ count }) => count > 0);
  const text = counts
    .sort((a, b) => Number(b.status === 'completed') - Number(a.status === 'completed'))
    .map(({ status, count }) => `${count.toLocaleString('en')} ${WORDS[status] ?? status}`)
    .join(', ');
  return text === '' ? null : text;
}

/** Lines of the tooltip that a batch or a trial has besides those of a run. */
export function batchFacts(node: RunNode): readonly (readonly [name: string, value: string])[] {
  const { info, tally, best } = node;
  const facts: [string, string | null][] = [];
  if (info.batch?.role === 'batch') {
    const { objective } = info.batch;
    facts.push(
      ['Trials', tallyText(tally ?? null) ?? plural(plannedOf(info, null), 'trial')],
      ['Goal', objective === null ? null : `${objective.direction} ${objective.metric}`],
      ['Best', best === undefined || best === null ? null : `${best.result} ${best.text}`],
    );
  } else if (info.batch?.role === 'trial') {
    const { index, text, batch } = info.batch;
    facts.push(
      ['Trial', `${String(index)} of batch ${runName(batch)}`],
      ['Values', text === '' ? null : text],
      ['Reached', node.result ?? null],
    );
  }
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
}

/** What became of the trials of a batch, also of those that were not to start. */
export function outcomeText(trials: readonly TrialState[]): string {
  const byStatus = new Map<RunStatus, number>();
  let needless = 0;
  for (const { status, skipped } of trials) {
    if (skipped?.seen === 'equal') needless++;
    else byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  }
  const skipped = needless === 0 ? [] : [`${needless.toLocaleString('en')} not needed`];
  return [tallyText({ byStatus }) ?? [], ...skipped].flat().join(', ') || 'no trials';
}

/** How many trials of a batch have failed, or were stopped. */
export function failedTrials(tally: BatchTally | null): number {
  return (tally?.byStatus.get('error') ?? 0) + (tally?.byStatus.get('terminated') ?? 0);
}

function progressTexts(info: RunInfo, tally: BatchTally | null): readonly (string | null)[] {
  const planned = plannedOf(info, tally);
  if (info.status === 'running') {
    const done = ENDED.reduce((sum, status) => sum + (tally?.byStatus.get(status) ?? 0), 0);
    const count = (status: RunStatus): number => tally?.byStatus.get(status) ?? 0;
    const numbers = `${done.toLocaleString('en')}/${planned.toLocaleString('en')}`;
    return [
      `${progressBar(planned === 0 ? 0 : done / planned)} ${numbers}`,
      count('running') === 0 ? null : `${count('running').toLocaleString('en')} running`,
      failedTrials(tally) === 0 ? null : `${failedTrials(tally).toLocaleString('en')} failed`,
    ];
  }
  const unmade = planned - (tally?.total ?? 0);
  // Those that are not needed have no runs; who stops a batch early has none of them yet.
  const left = info.status === 'completed' ? 'left out' : 'not made';
  if (tally === null || tally.total === 0) {
    const what = info.status === 'completed' && planned > 0 ? left : 'planned';
    return [planned === 0 ? 'no trials' : `${plural(planned, 'trial')} ${what}`];
  }
  const all = tally.byStatus.get('completed') === tally.total;
  const made = all ? plural(tally.total, 'trial') : tallyText(tally);
  return [made, unmade > 0 ? `${unmade.toLocaleString('en')} ${left}` : null];
}

/** How many trials there will be, as far as it is known. */
function plannedOf({ batch }: RunInfo, tally: BatchTally | null): number {
  return Math.max(batch?.role === 'batch' ? batch.planned : 0, tally?.total ?? 0);
}

/** `part` between 0 and 1. It is full only at the end. */
function progressBar(part: number): string {
  const full = Math.floor(Math.min(1, part) * BAR);
  return '▰'.repeat(full) + '▱'.repeat(BAR - full);
}

function bestText(result: string, text: string): string {
  return text === '' ? `best ${result}` : `best ${result} (${oneLine(text)})`;
}

/** A batch whose trials have failed has ended well itself: its colour tells of them. */
function batchIcon(info: RunInfo, tally: BatchTally | null): RowIcon {
  const icon = iconOf(info);
  return info.status === 'completed' && failedTrials(tally) > 0
    ? { id: icon.id, color: 'list.warningForeground' }
    : icon;
}

function batchAccessibility({ info, tally, best }: RunNode, now: number): string {
  const operation = info.batch?.role === 'batch' ? info.batch.operation : info.name;
  const planned = plannedOf(info, tally ?? null);
  return joined(
    [
      `Batch of ${operation}, run ${info.name}`,
      info.status,
      info.label === null ? null : `label ${oneLine(info.label)}`,
      info.marked === true ? 'marked' : null,
      plural(planned, 'trial'),
      tallyText(tally ?? null),
      best === undefined || best === null ? null : bestText(best.result, best.text),
      timeText(info, now),
      info.reason === null ? null : oneLine(info.reason),
    ],
    ', ',
  );
}

/** True when a label says nothing besides the values that are shown already. */
function repeats(label: string, values: string): boolean {
  const words = label.split(' ');
  return values.split(' ').every((word) => words.includes(word)) && words.every(isValue);
}

function isValue(word: string): boolean {
  return /^[^=\s]+=/.test(word);
}

function without(text: string, known: ReadonlySet<string>): string {
  return text
    .split(' ')
    .filter((word) => !known.has(word))
    .join(' ');
}

function joined(parts: readonly (string | null)[], by = ' · '): string {
  return parts.filter((part) => part !== null && part !== '').join(by);
}
