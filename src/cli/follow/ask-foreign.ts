import { RunyardError } from '../../core/base/errors.ts';
import { plural } from '../../core/base/words.ts';
import { allowRuns, foreignRuns, type ForeignRun } from '../../core/life/foreign.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { canAsk, confirm } from '../base/confirm.ts';
import type { Context } from '../base/context.ts';
import { printable } from '../base/text.ts';

/** Of the commands that execute what is in a store. */
export const YES_OPTION = {
  type: 'boolean',
  short: 'y',
  help: 'Execute what was not put here by you on this machine, without asking',
} as const;

/** What is said of it in their help. */
export const FOREIGN_HELP = `A run that was not put here by you on this machine (the store was received, copied or moved, another
user or Gage staged it) shows what it would execute, and is started after a yes only.`;

/**
 * Before runs are executed: shows what those would execute that came from somebody else, and asks.
 * What is allowed is noted in the runs. Throws `foreign` without a yes.
 * @returns the runs that were asked about.
 */
export async function askForeign(
  context: Context,
  runs: readonly RunInfo[],
): Promise<readonly ForeignRun[]> {
  const foreign = await foreignRuns(runs);
  if (!(await isAllowed(context, foreign))) throw refused(foreign);
  allowRuns(foreign);
  return foreign;
}

/**
 * Shows what runs would execute that came from somebody else, and whether they may: by `--yes`, or
 * by a person at the terminal. True when there are none.
 */
export async function isAllowed(
  context: Context,
  foreign: readonly ForeignRun[],
): Promise<boolean> {
  if (foreign.length === 0) return true;
  for (const { run, executes } of foreign) {
    context.note(printable(`Not put here by you on this machine: ${run.name} (${run.id})`));
    for (const line of executes) context.note(printable(`  ${line}`));
  }
  if (context.args.isSet('yes')) return true;
  return canAsk() && (await confirm(`Execute this in ${plural(foreign.length, 'run')}?`));
}

/** The error when nobody said yes. */
export function refused([first, ...others]: readonly ForeignRun[]): RunyardError {
  const name = first?.run.name ?? '';
  const what = others.length === 0 ? `Run ${name} was` : `${String(others.length + 1)} runs were`;
  return new RunyardError('foreign', `${what} not put here by you on this machine`, {
    hint: 'Look at what is executed; --yes does it.',
  });
}
