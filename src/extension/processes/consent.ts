import { plural } from '../../core/base/words.ts';
import type { ForeignRun } from '../../core/life/foreign.ts';
import { showWarning } from '../base/messages.ts';

/** So much of a question fits on a screen. */
const MAX_RUNS = 10;
const MAX_LINES = 8;
const MAX_CHARACTERS = 160;

/**
 * Shows what runs would execute that somebody else has put where they are, and asks.
 * @param question ends with a question mark. @param buttons besides the one that cancels.
 * @returns the button; undefined when the person does not want it.
 */
export async function askAboutForeign<T extends string>(
  foreign: readonly ForeignRun[],
  question: string,
  ...buttons: readonly T[]
): Promise<T | undefined> {
  const [first] = foreign;
  if (first === undefined) return undefined;
  const what =
    foreign.length === 1 ? `Run ${first.run.name} was` : `${plural(foreign.length, 'run')} were`;
  const detail = foreignDetail(foreign);
  return await showWarning<T>(
    `${what} not put here by you on this machine. ${question}`,
    { modal: true, detail },
    ...buttons,
  );
}

/** The names of runs and what each would execute, one line each. What is left out is counted. */
export function foreignDetail(foreign: readonly ForeignRun[]): string {
  const parts = foreign.slice(0, MAX_RUNS).map(({ run, executes }) => {
    const lines = executes.slice(0, MAX_LINES).map((line) => `  ${shortened(line)}`);
    const more = executes.length - lines.length;
    return [`${run.name} in ${run.runsDir}`, ...lines, ...(more > 0 ? [`  and ${more} more`] : [])];
  });
  const more = foreign.length - parts.length;
  return [...parts.flat(), ...(more > 0 ? [`and ${plural(more, 'run')} more`] : [])].join('\n');
}

/** A long command says how much of it is missing. */
function shortened(line: string): string {
  const missing = line.length - MAX_CHARACTERS;
  return missing <= 0 ? line : `${line.slice(0, MAX_CHARACTERS)}… (${missing} more characters)`;
}
