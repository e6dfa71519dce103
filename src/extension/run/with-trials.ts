import { plural } from '../../core/base/words.ts';
import { runTitle } from '../../core/run/title.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { showWarning } from '../base/messages.ts';
import type { RunAction } from './action-names.ts';
import { isPossible } from './actions.ts';

/** What is done to batches, and perhaps to their trials. */
export interface WithTrials {
  /** `Delete`, as the buttons say it. */
  readonly verb: string;
  readonly action: RunAction;
  readonly detail: string;
}

/**
 * Asks whether what is done to batches is done to their trials too. Nothing is asked when there
 * is no batch, or when its trials were chosen themselves.
 * @returns the runs to do it to; null when the person has changed their mind.
 */
export async function withTrials(
  runs: readonly RunInfo[],
  trialsOf: (batch: RunInfo) => readonly RunInfo[],
  { verb, action, detail }: WithTrials,
): Promise<readonly RunInfo[] | null> {
  const chosen = new Set(runs.map(({ id }) => id));
  const batches = runs.filter((info) => info.batch?.role === 'batch');
  const trials = batches
    .flatMap(trialsOf)
    .filter((info) => !chosen.has(info.id) && isPossible(info, action));
  const [first] = batches;
  if (first === undefined || trials.length === 0) return runs;
  const what =
    batches.length === 1
      ? `batch ${runTitle(first)} and its`
      : `${plural(batches.length, 'batch', 'batches')} and their`;
  const both = `${verb} Batch and Trials`;
  const only = `${verb} Batch Only`;
  const choice = await showWarning(
    `${verb} ${what} ${plural(trials.length, 'trial')}?`,
    { modal: true, detail },
    both,
    only,
  );
  if (choice === undefined) return null;
  return choice === both ? [...runs, ...trials] : runs;
}
