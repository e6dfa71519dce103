import { localDay } from '../../../core/base/time-text.ts';
import { plural } from '../../../core/base/words.ts';
import type { RunStatus } from '../../../core/run/types.ts';
import type { Row } from '../../base/row.ts';
import { STATUS_ICONS } from '../../run/titles.ts';
import { STATUS_ORDER, type GroupNode, type RunNode, type RunsNode } from '../model/nodes.ts';
import { batchRow, trialRow } from './batch-row.ts';
import { detailRow } from './detail-rows.ts';
import { queueEntryRow, queueRow } from './queue-rows.ts';
import { runRow } from './run-row.ts';

/** The row of any node of the Runs view. Pure. @param now epoch milliseconds. */
export function toTreeItem(node: RunsNode, now: number): Row {
  switch (node.kind) {
    case 'run':
      return anyRunRow(node, now);
    case 'queue':
      return queueRow(node);
    case 'queueEntry':
      return queueEntryRow(node);
    case 'store': {
      const running = node.running === 0 ? '' : `, ${node.running} running`;
      return {
        id: node.key,
        label: node.title,
        description: `${plural(node.count, 'run')}${running}`,
        icon: { id: 'database' },
        state: 'expanded',
        contextValue: 'store',
        tooltip: node.runsDir,
      };
    }
    case 'container':
      return {
        id: node.key,
        label: node.title,
        description: plural(node.count, 'run'),
        icon: { id: node.container === 'trash' ? 'trash' : 'archive' },
        state: 'collapsed',
        contextValue: node.container === 'trash' ? 'container trash' : 'archive container',
      };
    case 'group':
      return groupRow(node, now);
    case 'range':
      return {
        id: node.key,
        label: `Runs ${(node.from + 1).toLocaleString('en')} to ${node.to.toLocaleString('en')}`,
        icon: { id: 'ellipsis' },
        state: 'collapsed',
        contextValue: 'range',
      };
    case 'more':
      return {
        id: node.key,
        label: 'Show more…',
        description: plural(node.hidden, 'older run'),
        icon: { id: 'ellipsis' },
        state: 'leaf',
        contextValue: 'more',
        command: { id: 'runyard.showMore', title: 'Show More', withNode: true },
      };
    default:
      return detailRow(node, now);
  }
}

function anyRunRow(node: RunNode, now: number): Row {
  if (node.info.status !== 'unreadable') {
    if (node.info.batch?.role === 'batch') return batchRow(node, now);
    if (node.info.batch?.role === 'trial' && node.nested === true) return trialRow(node, now);
  }
  return runRow(node, now);
}

function groupRow(node: GroupNode, now: number): Row {
  const status = STATUS_ORDER.find((known) => known === node.value);
  return {
    id: node.key,
    label: groupLabel(node, now),
    description: plural(node.count, 'run'),
    icon:
      node.groupBy === 'status' && status !== undefined
        ? STATUS_ICONS[status]
        : { id: node.groupBy === 'day' ? 'calendar' : 'symbol-method' },
    // What is of interest first stays open: live groups, and today.
    state: isOpenAtFirst(node, status, now) ? 'expanded' : 'collapsed',
    contextValue: 'group',
  };
}

function groupLabel(node: GroupNode, now: number): string {
  if (node.groupBy === 'status') return node.value.charAt(0).toUpperCase() + node.value.slice(1);
  if (node.groupBy === 'operation') return node.value === '' ? 'Unreadable' : node.value;
  if (node.value === '') return 'Without a date';
  if (node.value === localDay(now)) return 'Today';
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  return node.value === localDay(yesterday.getTime()) ? 'Yesterday' : node.value;
}

function isOpenAtFirst(node: GroupNode, status: RunStatus | undefined, now: number): boolean {
  if (node.groupBy === 'status')
    return status === 'running' || status === 'queued' || status === 'lost';
  return node.groupBy === 'day' && node.value === localDay(now);
}
