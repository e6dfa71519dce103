import * as vscode from 'vscode';
import { runsTitle } from '../../core/run/title.ts';
import type { RunInfo } from '../../core/run/types.ts';
import type { CommandHandlers } from '../base/command-ids.ts';
import type { Reporter } from '../base/reporter.ts';
import { isGuildRun } from '../run/guild-run.ts';
import type { Targets } from '../run/targets.ts';
import type { GuildActions, GuildRequest } from './actions.ts';

/** What these commands need. */
interface GuildCommandParts {
  readonly targets: Targets;
  readonly guild: GuildActions;
  readonly reporter: Reporter;
}

type Handled =
  'runyard.guildTag' | 'runyard.guildMark' | 'runyard.guildUnmark' | 'runyard.guildComment';

/** What Guild knows and Gage does not: tags, marks and comments. */
export function guildCommands(parts: GuildCommandParts): Pick<CommandHandlers, Handled> {
  return {
    'runyard.guildTag': (...args) => tagRuns(parts, args),
    'runyard.guildMark': async (...args) => {
      const runs = await find(parts, args, 'Mark', (info) => info.marked !== true);
      return await act(parts, { kind: 'mark' }, runs, 'Mark');
    },
    'runyard.guildUnmark': async (...args) => {
      const runs = await find(parts, args, 'Unmark', (info) => info.marked === true);
      return await act(parts, { kind: 'unmark' }, runs, 'Unmark');
    },
    'runyard.guildComment': (...args) => commentOn(parts, args),
  };
}

async function find(
  { targets }: GuildCommandParts,
  args: readonly unknown[],
  title: string,
  fits: (info: RunInfo) => boolean = () => true,
): Promise<readonly RunInfo[]> {
  return await targets.find(args, {
    action: null,
    fits: (info) => isGuildRun(info) && info.container === 'active' && fits(info),
    title,
    many: true,
  });
}

async function act(
  { guild, reporter }: GuildCommandParts,
  request: GuildRequest,
  runs: readonly RunInfo[],
  doing: string,
): Promise<number> {
  const { done, errors } = await guild.act(request, runs);
  reporter.reportMany(errors, doing);
  return done.length;
}

/** Adds and removes what changed in the tags that all the runs have. */
async function tagRuns(parts: GuildCommandParts, args: readonly unknown[]): Promise<number> {
  const runs = await find(parts, args, 'Set tags');
  const [first, ...others] = runs;
  if (first === undefined) return 0;
  const common = first.tags.filter((tag) => others.every(({ tags }) => tags.includes(tag)));
  const text =
    args.find((arg) => typeof arg === 'string') ??
    (await vscode.window.showInputBox({
      title: `Tags of ${runsTitle(runs)}`,
      prompt:
        runs.length === 1
          ? 'Separated by commas. An empty text removes all tags.'
          : 'Separated by commas: the tags that all these runs have. Others are kept.',
      value: common.join(', '),
    }));
  if (text === undefined) return 0;
  const wanted = [...new Set(text.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== '');
  const add = wanted.filter((tag) => !common.includes(tag));
  const remove = common.filter((tag) => !wanted.includes(tag));
  if (add.length + remove.length === 0) return 0;
  return await act(parts, { kind: 'tag', add, remove }, runs, 'Set tags');
}

async function commentOn(parts: GuildCommandParts, args: readonly unknown[]): Promise<number> {
  const runs = await find(parts, args, 'Add comment');
  if (runs.length === 0) return 0;
  const text =
    args.find((arg) => typeof arg === 'string') ??
    (await vscode.window.showInputBox({
      title: `Comment on ${runsTitle(runs)}`,
      prompt: 'It is added to those that are there, with your name and the time.',
    }));
  if (text === undefined || text.trim() === '') return 0;
  return await act(parts, { kind: 'comment', text: text.trim() }, runs, 'Add comment');
}
