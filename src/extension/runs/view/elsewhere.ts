import { plural } from '../../../core/base/words.ts';
import { runTitle } from '../../../core/run/title.ts';
import type { RunInfo } from '../../../core/run/types.ts';
import { mayRunElsewhere } from '../../../core/status/status.ts';
import { showWarning } from '../../base/messages.ts';
import { isGuildRun } from '../../run/guild-run.ts';

/** Those of `runs` that may still run elsewhere; guild looks after its own. */
export function elsewhere(runs: readonly RunInfo[]): readonly RunInfo[] {
  return runs.filter((info) => !isGuildRun(info) && mayRunElsewhere(info));
}

/**
 * Asks before something is done to runs that may still run elsewhere. Nothing is asked when there
 * is none among `runs`.
 * @param verb `Delete`, `Finalize`.
 * @returns false when the person has changed their mind.
 */
export async function confirmElsewhere(runs: readonly RunInfo[], verb: string): Promise<boolean> {
  const lost = elsewhere(runs);
  const [first] = lost;
  if (first === undefined) return true;
  const what = lost.length === 1 ? `Run ${runTitle(first)}` : plural(lost.length, 'run');
  const choice = await showWarning(
    `${what} may still be running elsewhere. ${verb} anyway?`,
    { modal: true, detail: elsewhereDetail(first) },
    verb,
  );
  return choice === verb;
}

/** Why nobody can tell, and what is not done. */
export function elsewhereDetail({ reason }: RunInfo): string {
  return `${reason ?? 'It gives no sign of life'}.\n\nNo process is stopped: make sure that nothing works on it any more.`;
}
