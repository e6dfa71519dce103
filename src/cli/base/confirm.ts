import { isatty } from 'node:tty';
import { RunyardError } from '../../core/base/errors.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { mayRunElsewhere } from '../../core/status/status.ts';
import type { Context } from './context.ts';
import { describeRun } from './named-runs.ts';
import { terminal } from './terminal.ts';
import { printable } from './text.ts';

/** For commands that ask with {@link confirmElsewhere}. */
export const YES_ELSEWHERE = {
  type: 'boolean',
  short: 'y',
  help: 'Do not ask, also for runs that may still run elsewhere',
} as const;

/** Whether there is a person to ask. */
export function canAsk(): boolean {
  return isatty(process.stdin.fd);
}

/** Asks on the terminal. @param question ends with a question mark. @returns true for a yes only. */
export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await terminal.ask(`${question} (y/N) `)).trim());
}

/** At most 20 runs, a line each, for a question that follows. */
export function showRuns(context: Context, runs: readonly RunInfo[]): void {
  for (const run of runs.slice(0, 20)) {
    context.note(`  ${describeRun(run)}`);
    if (mayRunElsewhere(run) && run.reason !== null) context.note(`    ${printable(run.reason)}`);
  }
  if (runs.length > 20) context.note(`  and ${String(runs.length - 20)} more`);
}

/**
 * Asks a person before something is done to runs that may still run elsewhere, unless `--yes` was
 * given. Without any such run nothing is asked.
 * @param verb `delete`, `finalize`.
 * Throws `foreign` when there is nobody to ask.
 */
export async function confirmElsewhere(
  context: Context,
  runs: readonly RunInfo[],
  verb: string,
): Promise<boolean> {
  const lost = runs.filter(mayRunElsewhere);
  const [first] = lost;
  if (first === undefined || context.args.isSet('yes')) return true;
  if (!canAsk()) {
    const message = `Run ${first.name} may still run elsewhere: ${printable(first.reason ?? first.status)}`;
    throw new RunyardError('foreign', message, {
      hint: `When nothing works on it any more: runyard ${verb} ${first.name} --yes`,
    });
  }
  showRuns(context, lost);
  const what = lost.length === 1 ? 'This run' : `These ${String(lost.length)} runs`;
  return await confirm(
    `${what} may still run elsewhere. No process is stopped. Continue to ${verb}?`,
  );
}
