import * as vscode from 'vscode';
import { deleteRun, purgeRun, restoreRun } from '../../../core/life/delete.ts';
import { setLabel } from '../../../core/run/attributes.ts';
import { runTitle, runsTitle } from '../../../core/run/title.ts';
import type { RunInfo } from '../../../core/run/types.ts';
import { mayRunElsewhere } from '../../../core/status/status.ts';
import { brokenLinksWarning } from '../../../depends/dependents.ts';
import { dequeue } from '../../../queue/queue.ts';
import type { CommandHandlers } from '../../base/command-ids.ts';
import { showInformation, showWarning } from '../../base/messages.ts';
import type { Reporter } from '../../base/reporter.ts';
import type { GuildActions, GuildRequest } from '../../guild/actions.ts';
import type { OutputChannels } from '../../output/channels.ts';
import type { StagingFailures } from '../../output/staging-failures.ts';
import type { Launcher } from '../../processes/launcher.ts';
import { eachRun } from '../../run/each.ts';
import { isGuildRun } from '../../run/guild-run.ts';
import type { Targets } from '../../run/targets.ts';
import { withTrials, type WithTrials } from '../../run/with-trials.ts';
import type { Stores } from '../../stores/stores.ts';
import { confirmElsewhere, elsewhere, elsewhereDetail } from './elsewhere.ts';
import type { RunsTree } from './tree.ts';

/** What these commands need. */
interface RunCommandParts {
  readonly targets: Targets;
  readonly stores: Stores;
  readonly launcher: Launcher;
  readonly channels: OutputChannels;
  readonly reporter: Reporter;
  readonly failures: StagingFailures;
  readonly tree: RunsTree;
  readonly guild: GuildActions;
}

const DELETING: WithTrials = {
  verb: 'Delete',
  action: 'canDelete',
  detail: 'Deleted runs can be restored from the Deleted group.',
};
const RESTORING: WithTrials = {
  verb: 'Restore',
  action: 'canRestore',
  detail: 'Its trials were deleted, too.',
};
const PURGING: WithTrials = {
  verb: 'Purge',
  action: 'canPurge',
  detail: 'You are asked once more before anything is removed from the disk.',
};

type Handled =
  | 'runyard.stage'
  | 'runyard.start'
  | 'runyard.stop'
  | 'runyard.finalize'
  | 'runyard.recover'
  | 'runyard.setLabel'
  | 'runyard.copyId'
  | 'runyard.copyName'
  | 'runyard.copyPath'
  | 'runyard.delete'
  | 'runyard.restore'
  | 'runyard.purge';

/** Commands that change runs, or tell about them. They take many runs at once. */
export function runCommands(parts: RunCommandParts): Pick<CommandHandlers, Handled> {
  const { targets, launcher, tree } = parts;
  const trialsOf = (batch: RunInfo): readonly RunInfo[] => tree.trialsOf(batch);
  return {
    'runyard.stage': async (...args) => {
      const runs = await targets.find(args, { action: 'canStage', title: 'Stage', many: true });
      await launcher.allow(runs, 'Stage');
      return await each(parts, runs, 'Stage', (info) => stageAgain(parts, info, false));
    },
    'runyard.start': async (...args) => {
      const runs = await targets.find(args, { action: 'canStart', title: 'Start', many: true });
      const own = runs.filter((info) => !isGuildRun(info));
      await launcher.allow(own, 'Start');
      return await each(
        parts,
        runs,
        'Start',
        (info) =>
          info.status === 'pending' ? stageAgain(parts, info, true) : launcher.start(info),
        { kind: 'start' },
      );
    },
    'runyard.stop': async (...args) => {
      const runs = await targets.find(args, { action: 'canStop', title: 'Stop', many: true });
      return await each(parts, runs, 'Stop', (info) => launcher.stop(info), { kind: 'stop' });
    },
    'runyard.finalize': async (...args) => {
      const runs = await targets.find(args, {
        action: 'canFinalize',
        title: 'Finalize',
        many: true,
      });
      return await finalize(parts, runs);
    },
    'runyard.recover': async (...args) => {
      const runs = await targets.find(args, { action: 'canRecover', title: 'Recover', many: true });
      return await each(parts, runs, 'Recover', (info) => launcher.recover(info));
    },
    'runyard.setLabel': (...args) => labelRuns(parts, args),
    'runyard.copyId': (...args) => copy(parts, args, 'Copy ID', (info) => info.id),
    'runyard.copyName': (...args) => copy(parts, args, 'Copy name', (info) => info.name),
    'runyard.copyPath': (...args) => copy(parts, args, 'Copy path', (info) => info.runDir),
    'runyard.delete': async (...args) => {
      const chosen = await targets.find(args, { action: 'canDelete', title: 'Delete', many: true });
      const runs = await withTrials(chosen, trialsOf, DELETING);
      if (!(await confirmElsewhere(runs ?? [], 'Delete'))) return 0;
      const remove = async (info: RunInfo): Promise<void> => {
        if (info.status === 'queued') dequeue(info);
        await deleteRun(info, { confirmed: mayRunElsewhere(info) });
      };
      const deleted = await each(parts, runs ?? [], 'Delete', remove, { kind: 'delete' });
      if (deleted.length > 0) offerUndo(parts, deleted);
      return deleted.length;
    },
    'runyard.restore': async (...args) => {
      const chosen = await targets.find(args, {
        action: 'canRestore',
        title: 'Restore',
        many: true,
      });
      const runs = await withTrials(chosen, trialsOf, RESTORING);
      const restored = await each(parts, runs ?? [], 'Restore', (info) => restoreRun(info), {
        kind: 'restore',
      });
      return restored.length;
    },
    'runyard.purge': async (...args) => {
      const chosen = await targets.find(args, {
        action: 'canPurge',
        title: 'Delete permanently',
        many: true,
      });
      const runs = await withTrials(chosen, trialsOf, PURGING);
      return await purge(parts, runs ?? []);
    },
  };
}

/**
 * Does something to each run and looks at them again. What fails is told in one message and
 * does not keep the others from being done.
 * @param request what `guild` is asked to do with those of them that are Guild's.
 * @returns the runs that it worked for.
 */
async function each(
  { stores, reporter, guild }: RunCommandParts,
  runs: readonly RunInfo[],
  doing: string,
  act: (info: RunInfo) => Promise<void> | void,
  request?: GuildRequest,
): Promise<readonly RunInfo[]> {
  const theirs = request === undefined ? null : await guild.act(request, runs.filter(isGuildRun));
  const own = runs.filter((info) => !isGuildRun(info));
  const ours = await eachRun(stores, own, act);
  reporter.reportMany([...(theirs?.errors ?? []), ...ours.errors], doing);
  return [...(theirs?.done ?? []), ...ours.done];
}

/** What fails is told with a way to what the hooks have printed. */
async function stageAgain(parts: RunCommandParts, info: RunInfo, start: boolean): Promise<void> {
  const { launcher, failures } = parts;
  try {
    await launcher.stageAgain(info, start);
  } catch (error) {
    await failures.report(error, info.runsDir, info.id);
  }
}

/** Takes over runs too that may still run elsewhere, after a question. */
async function finalize(parts: RunCommandParts, runs: readonly RunInfo[]): Promise<unknown> {
  if (!(await confirmElsewhere(runs, 'Finalize'))) return [];
  return await each(parts, runs, 'Finalize', (info) => parts.launcher.recover(info, true));
}

async function labelRuns(parts: RunCommandParts, args: readonly unknown[]): Promise<unknown> {
  const runs = await parts.targets.find(args, {
    action: 'canLabel',
    title: 'Set label',
    many: true,
  });
  const [first] = runs;
  if (first === undefined) return 0;
  const given = args.find((arg) => typeof arg === 'string');
  const label =
    given ??
    (await vscode.window.showInputBox({
      title: `Label of ${runsTitle(runs)}`,
      prompt: 'An empty text removes the label.',
      value: runs.every((info) => info.label === first.label) ? (first.label ?? '') : '',
    }));
  if (label === undefined) return 0;
  const text = label.trim();
  const request = { kind: 'label', text: text === '' ? null : text } as const;
  const set = (info: RunInfo): void => {
    setLabel(info.runsDir, info.id, request.text);
  };
  const done = await each(parts, runs, 'Set label', set, request);
  return done.length;
}

async function copy(
  { targets }: RunCommandParts,
  args: readonly unknown[],
  title: string,
  textOf: (info: RunInfo) => string,
): Promise<void> {
  const runs = await targets.find(args, { action: null, title, many: true });
  if (runs.length === 0) return;
  await vscode.env.clipboard.writeText(runs.map(textOf).join('\n'));
}

/** Deleted runs can be brought back, now from a button and later from the Deleted group. */
function offerUndo(parts: RunCommandParts, deleted: readonly RunInfo[]): void {
  void showInformation(`Deleted ${namedRuns(deleted)}.`, 'Undo').then(async (choice) => {
    if (choice === undefined) return;
    await each(parts, deleted, 'Undo', (info) => restoreRun(info), { kind: 'restore' });
  });
}

async function purge(parts: RunCommandParts, runs: readonly RunInfo[]): Promise<number> {
  if (runs.length === 0) return 0;
  const button = 'Delete Permanently';
  const warning = await brokenLinksWarning(runs.filter((info) => !isGuildRun(info)));
  const [lost] = elsewhere(runs);
  const details = [
    'All files are removed from the disk. This cannot be undone.',
    ...(warning === null ? [] : [warning]),
    ...(lost === undefined
      ? []
      : [`Run ${runTitle(lost)} may still be running elsewhere. ${elsewhereDetail(lost)}`]),
  ];
  const choice = await showWarning(
    `Delete ${namedRuns(runs)} permanently?`,
    { modal: true, detail: details.join('\n\n') },
    button,
  );
  if (choice !== button) return 0;
  for (const info of runs) parts.channels.close(info);
  const remove = (info: RunInfo): Promise<void> =>
    purgeRun(info, { confirmed: mayRunElsewhere(info) });
  const done = await each(parts, runs, 'Delete permanently', remove, { kind: 'purge' });
  return done.length;
}

/** `run train kafom-fikud`, `3 runs`: what a sentence is about. */
function namedRuns(runs: readonly RunInfo[]): string {
  return `${runs.length === 1 ? 'run ' : ''}${runsTitle(runs)}`;
}
