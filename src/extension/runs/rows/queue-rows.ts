import { oneLine, plural } from '../../../core/base/words.ts';
import type { QueueEntry } from '../../../queue/queue.ts';
import type { Row } from '../../base/row.ts';
import { shortName, operationText, STATUS_ICONS } from '../../run/titles.ts';
import type { QueueEntryNode, QueueNode } from '../model/nodes.ts';

/** The row of the queue of a store. */
export function queueRow({ key, state }: QueueNode): Row {
  const { entries, foreign, slots, paused, waitForRunning, running } = state;
  const facts = [
    `${entries.length.toLocaleString('en')} waiting`,
    foreign.length === 0 ? null : `${foreign.length.toLocaleString('en')} ${FOREIGN}`,
    running.length === 0 ? null : `${running.length.toLocaleString('en')} running`,
    paused ? 'paused' : plural(slots, 'slot'),
    waitForRunning ? 'waits for running runs' : null,
  ].filter((fact) => fact !== null);
  return {
    id: key,
    label: 'Queue',
    description: facts.join(' · '),
    icon: { id: paused ? 'debug-pause' : 'clock' },
    state: 'expanded',
    contextValue: ['queue', paused ? 'paused' : 'goesOn', waitForRunning ? 'waits' : 'hurries']
      .sort()
      .join(' '),
    accessibility: `Queue, ${facts.join(', ')}`,
  };
}

/** The row of a run in the queue, or of one that the queue could not or may not start. */
export function queueEntryRow({ key, entry, info, ns }: QueueEntryNode): Row {
  const operation = info === null ? null : operationText(info.opref, ns);
  const trial = info?.batch?.role === 'trial' ? info.batch.text : null;
  const failed = 'reason' in entry;
  const foreign = failed && !('timeMs' in entry);
  const kind = foreign ? 'foreign' : failed ? 'failed' : 'waiting';
  const facts = [
    info === null || operation === null ? null : shortName(info.name),
    oneLine(trial ?? info?.label ?? ''),
    ...(failed
      ? [foreign ? FOREIGN : `not started: ${oneLine(entry.reason)}`]
      : waitingFacts(entry)),
  ].filter((fact) => fact !== null && fact !== '');
  const label = operation ?? info?.name ?? entry.id;
  return {
    id: key,
    label,
    description: facts.join(' · '),
    icon: foreign ? { id: 'shield' } : STATUS_ICONS[failed ? 'unreadable' : 'queued'],
    state: 'leaf',
    contextValue: `queueEntry ${kind}`,
    accessibility: [label, ...facts, failed ? 'problem' : 'queued'].join(', '),
    tooltip: failed ? entry.reason : facts.join('\n'),
    command: { id: 'runyard.revealRun', title: 'Reveal Run', withNode: true },
  };
}

const FOREIGN = 'not put there by you';

function waitingFacts({ priority, resources, blocked }: QueueEntry): readonly (string | null)[] {
  return [
    priority === 0 ? null : `priority ${String(priority)}`,
    ...resources,
    blocked === null ? null : oneLine(blocked),
  ];
}
