import * as vscode from 'vscode';
import { readBatchControl, requestBatchControl } from '../../batch/control.ts';
import type { RestartChoice } from '../../batch/plan-restart.ts';
import { readBatch } from '../../batch/record/record.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { plural } from '../../core/base/words.ts';
import { runTitle } from '../../core/run/title.ts';
import type { RunInfo } from '../../core/run/types.ts';
import type { CommandHandlers } from '../base/command-ids.ts';
import type { Reporter } from '../base/reporter.ts';
import type { Launcher } from '../processes/launcher.ts';
import type { BatchAction } from '../run/action-names.ts';
import { isPossibleForBatch } from '../run/actions.ts';
import { batchIdOf, tallyOf } from '../run/batch-index.ts';
import { eachRun } from '../run/each.ts';
import type { Targets } from '../run/targets.ts';
import type { RunsTree } from '../runs/view/tree.ts';
import type { Stores } from '../stores/stores.ts';
import { askRestart, restart } from './restart.ts';

/** What these commands need. */
interface BatchCommandParts {
  readonly targets: Targets;
  readonly stores: Stores;
  readonly tree: RunsTree;
  readonly launcher: Launcher;
  readonly reporter: Reporter;
}

type Handled =
  | 'runyard.stopAfterCurrent'
  | 'runyard.resumeBatch'
  | 'runyard.startStagedTrials'
  | 'runyard.restartFailedTrials'
  | 'runyard.restartTrials'
  | 'runyard.restartTrial'
  | 'runyard.changeSlots'
  | 'runyard.revealBatch';

/** Commands on batches that exist, and on their trials. */
export function batchCommands(parts: BatchCommandParts): Pick<CommandHandlers, Handled> {
  return {
    'runyard.stopAfterCurrent': async (...args) => {
      const batches = await findBatches(parts, args, 'canSteer', 'Stop After Current Trials');
      return await each(parts, batches, 'Stop after current trials', (info) => {
        requestBatchControl(info, { stop: 'after-current', by: 'VS Code' });
      });
    },
    'runyard.resumeBatch': (...args) =>
      restartAll(parts, args, 'canResume', 'Resume Batch', () => 'remaining'),
    'runyard.startStagedTrials': (...args) =>
      // By name: a batch that was only to stage its trials stages what remains. A row that offers
      // Resume leaves this out, but who asks for it in the palette means it.
      restartAll(parts, args, 'canQueueTrials', 'Start All Staged Trials', (info) => ({
        ids: stagedTrials(parts, info),
      })),
    'runyard.restartFailedTrials': (...args) =>
      restartAll(parts, args, 'canRestartFailed', 'Restart Failed Trials', () => 'failed'),
    'runyard.restartTrials': (...args) => restartSome(parts, args),
    'runyard.restartTrial': (...args) => restartTrials(parts, args),
    'runyard.changeSlots': (...args) => changeSlots(parts, args),
    'runyard.revealBatch': (...args) => revealBatch(parts, args),
  };
}

/** Restarts trials of each batch, the same ones, without a question. */
async function restartAll(
  parts: BatchCommandParts,
  args: readonly unknown[],
  action: BatchAction,
  title: string,
  which: (info: RunInfo) => RestartChoice,
): Promise<number> {
  const batches = await findBatches(parts, args, action, title);
  return await each(parts, batches, title, async (info) => {
    await restart(parts, info, which(info), {});
  });
}

function stagedTrials({ tree }: BatchCommandParts, info: RunInfo): readonly string[] {
  return tree
    .trialsOf(info)
    .flatMap(({ id, status, container }) =>
      status === 'staged' && container === 'active' ? [id] : [],
    );
}

async function restartSome(parts: BatchCommandParts, args: readonly unknown[]): Promise<number> {
  const [info] = await findBatches(parts, args, 'canRestartTrials', 'Restart Trials', false);
  if (info === undefined) return 0;
  const answer = await askRestart(info, parts.tree.trialsOf(info));
  if (answer === null) return 0;
  return await each(parts, [info], 'Restart trials', async (batch) => {
    await restart(parts, batch, answer.which, answer.options);
  });
}

/** Restarts single trials, under the batch that they are of. */
async function restartTrials(parts: BatchCommandParts, args: readonly unknown[]): Promise<number> {
  const { targets, stores } = parts;
  const trials = await targets.find(args, {
    action: 'canRestart',
    title: 'Restart Trial',
    many: true,
  });
  const byBatch = new Map<string, RunInfo[]>();
  for (const trial of trials) {
    const key = `${trial.runsDir}\n${batchIdOf(trial) ?? ''}`;
    byBatch.set(key, [...(byBatch.get(key) ?? []), trial]);
  }
  let done = 0;
  for (const group of byBatch.values()) {
    const [first] = group;
    const batchId = batchIdOf(first);
    if (first === undefined || batchId === null) continue;
    const batch = await stores.info(first.runsDir, batchId);
    if (batch?.batch?.role !== 'batch') throw goneBatch(first);
    const ids = group.map(({ id }) => id);
    done += await each(parts, [batch], 'Restart trial', async (info) => {
      await restart(parts, info, { ids }, {});
    });
  }
  return done;
}

async function changeSlots(parts: BatchCommandParts, args: readonly unknown[]): Promise<number> {
  const batches = await findBatches(parts, args, 'canSteer', 'Change Slots');
  const [first] = batches;
  if (first === undefined) return 0;
  const given = args.find((arg) => typeof arg === 'number');
  const now = readBatchControl(first)?.slots ?? readBatch(first).slots;
  const text =
    given === undefined
      ? await vscode.window.showInputBox({
          title:
            batches.length === 1
              ? `Slots of batch ${runTitle(first)}`
              : `Slots of ${plural(batches.length, 'batch', 'batches')}`,
          prompt: 'How many trials run at a time. Trials that run already go on to their end.',
          value: String(now),
          validateInput: (value) =>
            slotsOf(value) === null ? 'Give a number from 1 to 1000.' : null,
        })
      : String(given);
  if (text === undefined) return 0;
  const slots = slotsOf(text);
  if (slots === null) throw new RunyardError('bad-request', `A batch cannot have ${text} slots`);
  return await each(parts, batches, 'Change slots', (info) => {
    requestBatchControl(info, { slots, by: 'VS Code' });
  });
}

function slotsOf(text: string): number | null {
  const slots = /^\s*\d{1,4}\s*$/.test(text) ? Number(text) : 0;
  return slots >= 1 && slots <= 1000 ? slots : null;
}

async function revealBatch(parts: BatchCommandParts, args: readonly unknown[]): Promise<void> {
  const [trial] = await parts.targets.find(args, {
    action: null,
    fits: (info) => batchIdOf(info) !== null,
    title: 'Reveal Batch',
    many: false,
  });
  const id = batchIdOf(trial);
  if (trial === undefined || id === null) return;
  if ((await parts.stores.info(trial.runsDir, id)) === null) throw goneBatch(trial);
  await vscode.commands.executeCommand('runyard.revealRun', { runsDir: trial.runsDir, id });
}

function goneBatch(trial: RunInfo): RunyardError {
  return new RunyardError('no-run', `The batch of run ${trial.name} is not there any more`, {
    hint: 'The run itself can be run again with the same values.',
  });
}

async function findBatches(
  { targets, tree }: BatchCommandParts,
  args: readonly unknown[],
  action: BatchAction,
  title: string,
  many = true,
): Promise<readonly RunInfo[]> {
  return await targets.find(args, {
    action: null,
    fits: (info) => isPossibleForBatch(info, tallyOf(tree.trialsOf(info)), action),
    title,
    many,
  });
}

/** Does something to each batch and looks at it again; what fails is told in one message. */
async function each(
  { stores, reporter }: BatchCommandParts,
  batches: readonly RunInfo[],
  doing: string,
  act: (info: RunInfo) => Promise<void> | void,
): Promise<number> {
  const { done, errors } = await eachRun(stores, batches, act);
  reporter.reportMany(errors, doing);
  return done.length;
}
