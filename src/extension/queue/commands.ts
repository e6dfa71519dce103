import * as vscode from 'vscode';
import { RunyardError } from '../../core/base/errors.ts';
import { plural } from '../../core/base/words.ts';
import type { RunInfo } from '../../core/run/types.ts';
import type { QueueSettings } from '../../queue/files.ts';
import { dequeue, enqueue, listQueue, setQueue } from '../../queue/queue.ts';
import type { CommandHandlers } from '../base/command-ids.ts';
import type { Reporter } from '../base/reporter.ts';
import type { Launcher } from '../processes/launcher.ts';
import { isPossible } from '../run/actions.ts';
import { eachRun } from '../run/each.ts';
import { isRecord, type Targets } from '../run/targets.ts';
import type { RunsTree } from '../runs/view/tree.ts';
import type { StoreEntry, Stores } from '../stores/stores.ts';
import type { QueueFeed } from './feed.ts';
import type { ForeignQueue } from './foreign.ts';
import { formatSlots, movedPriorities, parseSlots } from './order.ts';

/** What these commands need. */
interface QueueCommandParts {
  readonly targets: Targets;
  readonly stores: Stores;
  readonly tree: RunsTree;
  readonly launcher: Launcher;
  readonly feed: QueueFeed;
  readonly foreign: ForeignQueue;
  readonly reporter: Reporter;
}

type Handled =
  | 'runyard.addToQueue'
  | 'runyard.removeFromQueue'
  | 'runyard.allowInQueue'
  | 'runyard.moveUpInQueue'
  | 'runyard.moveDownInQueue'
  | 'runyard.setPriority'
  | 'runyard.pauseQueue'
  | 'runyard.resumeQueue'
  | 'runyard.setQueueSlots'
  | 'runyard.waitForRunning'
  | 'runyard.doNotWaitForRunning';

/** Commands on the queues of the stores, and on runs that wait in them. */
export function queueCommands(parts: QueueCommandParts): Pick<CommandHandlers, Handled> {
  const change = (settings: Partial<QueueSettings>) => async (node: unknown) => {
    await changeQueue(parts, node, settings);
  };
  return {
    'runyard.addToQueue': (...args) => addToQueue(parts, args),
    'runyard.removeFromQueue': (...args) => removeFromQueue(parts, args),
    'runyard.allowInQueue': (...args) => allowInQueue(parts, args),
    'runyard.moveUpInQueue': (...args) => move(parts, args, -1),
    'runyard.moveDownInQueue': (...args) => move(parts, args, 1),
    'runyard.setPriority': (...args) => setPriority(parts, args),
    'runyard.pauseQueue': change({ paused: true }),
    'runyard.resumeQueue': change({ paused: false }),
    'runyard.setQueueSlots': (...args) => setSlots(parts, args),
    'runyard.waitForRunning': change({ waitForRunning: true }),
    'runyard.doNotWaitForRunning': change({ waitForRunning: false }),
  };
}

/** Queues staged runs, and of batches all their staged trials. */
async function addToQueue(parts: QueueCommandParts, args: readonly unknown[]): Promise<number> {
  const { targets, tree } = parts;
  const stagedOf = (info: RunInfo): readonly RunInfo[] =>
    info.batch?.role === 'batch'
      ? tree.trialsOf(info).filter((trial) => isPossible(trial, 'canQueue'))
      : isPossible(info, 'canQueue')
        ? [info]
        : [];
  const chosen = await targets.find(args, {
    action: null,
    fits: (info) => stagedOf(info).length > 0,
    title: 'Add to Queue',
    many: true,
  });
  const runs = [...new Map(chosen.flatMap(stagedOf).map((info) => [info.id, info])).values()];
  await parts.launcher.allow(runs, 'Add to Queue');
  return await each(parts, runs, 'Add to queue', (info) => {
    enqueue(info, { by: 'VS Code' });
  });
}

async function removeFromQueue(
  parts: QueueCommandParts,
  args: readonly unknown[],
): Promise<number> {
  const runs = await findQueued(parts, args, 'Remove from Queue');
  return await each(parts, runs, 'Remove from queue', (info) => {
    dequeue(info);
  });
}

/** Shows what runs would execute that somebody else has queued, and lets them wait after a yes. */
async function allowInQueue(parts: QueueCommandParts, args: readonly unknown[]): Promise<void> {
  const { stores, feed, foreign } = parts;
  const runs = await findQueued(parts, args, 'Allow in Queue');
  const byStore = Map.groupBy(runs, ({ runsDir }) => runsDir);
  await stores.trust.require(byStore.keys());
  for (const [runsDir, some] of byStore) {
    await foreign.ask(runsDir, new Set(some.map(({ id }) => id)));
    await feed.refresh(runsDir);
  }
}

async function move(
  parts: QueueCommandParts,
  args: readonly unknown[],
  by: -1 | 1,
): Promise<number> {
  const [info] = await findQueued(parts, args, by < 0 ? 'Move Up' : 'Move Down', false);
  if (info === undefined) return 0;
  const { entries } = await listQueue(info.runsDir);
  const priorities = movedPriorities(entries, info.id, by);
  const runs: RunInfo[] = [];
  for (const id of priorities.keys()) {
    const run = await parts.stores.info(info.runsDir, id);
    if (run !== null) runs.push(run);
  }
  return await each(parts, runs, 'Move', (run) => {
    enqueue(run, { priority: priorities.get(run.id) ?? 0 });
  });
}

async function setPriority(parts: QueueCommandParts, args: readonly unknown[]): Promise<number> {
  const runs = await findQueued(parts, args, 'Set Priority');
  const [first] = runs;
  if (first === undefined) return 0;
  const { entries } = await listQueue(first.runsDir);
  const given = args.find((arg) => typeof arg === 'number');
  const text =
    given === undefined
      ? await vscode.window.showInputBox({
          title: `Priority of ${plural(runs.length, 'queued run')}`,
          prompt: 'A whole number. The greatest goes first; 0 is usual, negative waits longest.',
          value: String(entries.find(({ id }) => id === first.id)?.priority ?? 0),
          validateInput: (value) =>
            /^\s*-?\d{1,9}\s*$/.test(value) ? null : 'Give a whole number.',
        })
      : String(given);
  if (text === undefined) return 0;
  return await each(parts, runs, 'Set priority', (info) => {
    enqueue(info, { priority: Number(text) });
  });
}

async function setSlots(parts: QueueCommandParts, args: readonly unknown[]): Promise<void> {
  const entry = await findQueue(parts, args[0]);
  if (entry === null) return;
  const given = args.find((arg) => typeof arg === 'string');
  const text =
    given ??
    (await vscode.window.showInputBox({
      title: 'Slots of the queue',
      prompt: 'How many runs go on at a time, or what each slot has: gpu:0, gpu:1',
      value: formatSlots(await listQueue(entry.runsDir)),
      validateInput: (value) => {
        const parsed = parseSlots(value);
        return typeof parsed === 'string' ? parsed : null;
      },
    }));
  if (text === undefined) return;
  const parsed = parseSlots(text);
  if (typeof parsed === 'string') throw new RunyardError('bad-request', parsed);
  await changeQueue(parts, entry, parsed);
}

async function changeQueue(
  parts: QueueCommandParts,
  node: unknown,
  settings: Partial<QueueSettings>,
): Promise<void> {
  const entry = await findQueue(parts, node);
  if (entry === null) return;
  await parts.stores.trust.require([entry.runsDir]);
  setQueue(entry.runsDir, settings);
  await parts.feed.refresh(entry.runsDir);
}

/** Runs in a queue, also those that it could not start. */
async function findQueued(
  { targets, tree }: QueueCommandParts,
  args: readonly unknown[],
  title: string,
  many = true,
): Promise<readonly RunInfo[]> {
  return await targets.find(args, {
    action: null,
    fits: (info) => info.status === 'queued' || tree.isInQueue(info),
    title,
    many,
  });
}

/** The store of a queue: that of the node, the only one, or the chosen one. */
async function findQueue({ stores }: QueueCommandParts, node: unknown): Promise<StoreEntry | null> {
  const runsDir = isRecord(node) ? node['runsDir'] : undefined;
  const named = typeof runsDir === 'string' ? stores.entryOf(runsDir) : undefined;
  if (named !== undefined) return named;
  const entries = (await stores.find()).filter(({ kind }) => kind === 'gage');
  const [only] = entries;
  if (entries.length <= 1) return only ?? null;
  const items = entries.map((entry) => ({
    label: entry.title,
    description: entry.runsDir,
    entry,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title: 'Queue of which store?' });
  return chosen?.entry ?? null;
}

/** Does something to each run, looks at them and their queues again, and tells what failed. */
async function each(
  { stores, feed, reporter }: QueueCommandParts,
  runs: readonly RunInfo[],
  doing: string,
  act: (info: RunInfo) => void,
): Promise<number> {
  const { done, errors } = await eachRun(stores, runs, act);
  for (const runsDir of new Set(runs.map((info) => info.runsDir))) await feed.refresh(runsDir);
  reporter.reportMany(errors, doing);
  return done.length;
}
