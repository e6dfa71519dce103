import * as vscode from 'vscode';
import type { CommandHandlers } from '../../base/command-ids.ts';
import type { OutputChannels } from '../../output/channels.ts';
import { isBusy } from '../../run/actions.ts';
import { isRecord, quickPickItem } from '../../run/targets.ts';
import type { Stores } from '../../stores/stores.ts';
import type { RunsTree } from './tree.ts';
import type { RunsView } from './view.ts';

/** What these commands need. */
interface ViewCommandParts {
  readonly stores: Stores;
  readonly tree: RunsTree;
  readonly view: RunsView;
  readonly channels: OutputChannels;
  readonly log: vscode.LogOutputChannel;
}

type Handled =
  | 'runyard.filterRuns'
  | 'runyard.clearFilter'
  | 'runyard.completeFilter'
  | 'runyard.cancelFilter'
  | 'runyard.groupByNone'
  | 'runyard.groupByOperation'
  | 'runyard.groupByStatus'
  | 'runyard.groupByDay'
  | 'runyard.showMore'
  | 'runyard.showActiveRuns'
  | 'runyard.refresh'
  | 'runyard.showLog';

/** Commands on the views themselves. */
export function viewCommands(parts: ViewCommandParts): Pick<CommandHandlers, Handled> {
  const { stores, tree, view } = parts;
  return {
    'runyard.filterRuns': (filter) => {
      if (typeof filter === 'string') view.setFilter(filter);
      else view.askFilter();
    },
    'runyard.clearFilter': () => {
      view.setFilter('');
    },
    'runyard.completeFilter': () => {
      view.completeFilter();
    },
    'runyard.cancelFilter': () => {
      view.cancelFilter();
    },
    'runyard.groupByNone': () => {
      view.setGroupBy('none');
    },
    'runyard.groupByOperation': () => {
      view.setGroupBy('operation');
    },
    'runyard.groupByStatus': () => {
      view.setGroupBy('status');
    },
    'runyard.groupByDay': () => {
      view.setGroupBy('day');
    },
    'runyard.showMore': (node) => {
      if (isRecord(node) && typeof node['bucketKey'] === 'string') tree.showMore(node['bucketKey']);
    },
    'runyard.showActiveRuns': () => showActiveRuns(parts),
    'runyard.refresh': () => stores.refresh(),
    'runyard.showLog': () => {
      parts.log.show();
    },
  };
}

/** The runs that run: the view with the only one, or a list of them to choose from. */
async function showActiveRuns({ stores, tree, view, channels }: ViewCommandParts): Promise<void> {
  await stores.load();
  const now = Date.now();
  const items = stores.entries
    .flatMap(({ store }) => [...store.runs.values()])
    .filter((info) => info.container === 'active' && isBusy(info))
    .map((info) => quickPickItem(info, now));
  await vscode.commands.executeCommand('runyard.runs.focus');
  const [only] = items;
  if (only === undefined) return;
  const chosen =
    items.length === 1
      ? only
      : await vscode.window.showQuickPick(items, {
          title: 'Running',
          placeHolder: 'Choose a run to show its output',
        });
  if (chosen === undefined) return;
  const node = tree.node(chosen.info.runsDir, chosen.info.id);
  if (node !== null) await view.reveal(node);
  await channels.show(chosen.info);
}
