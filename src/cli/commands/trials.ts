import { readBatch, trialRows, trialStateOf, trialStates } from '../../batch/record/record.ts';
import type { ObservedTrial, TrialSkip, TrialState } from '../../batch/record/types.ts';
import { bestTrial, objectiveValue } from '../../batch/search/objective.ts';
import { literal } from '../../batch/table/literal.ts';
import { formatFloat, type Json } from '../../core/data/json.ts';
import { runName } from '../../core/run/ids.ts';
import type { Objective, Run } from '../../core/run/types.ts';
import { openRunFromInfo } from '../../core/status/run-info.ts';
import type { CliCommand } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import { EXIT } from '../base/errors.ts';
import { formatTable, statusStyle, type Cell } from '../base/text.ts';
import { BATCH_HELP, namedBatch } from '../follow/batch-run.ts';

export const trialsCommand: CliCommand = {
  name: 'trials',
  usage: 'trials BATCH [OPTIONS]',
  summary: 'List the trials of a batch',
  options: {},
  details: BATCH_HELP,
  minArgs: 1,
  maxArgs: 1,
  run: async (context) => {
    const batch = openRunFromInfo(await namedBatch(context));
    if (context.json) context.outJson((await trialStates(batch)).map(trialEntry));
    else await printTrials(context, batch);
    return EXIT.ok;
  },
};

/** What `trials --json` prints of one trial. */
function trialEntry({ id, name, status, flags, index, skipped }: TrialState): Json {
  return {
    id,
    name,
    status,
    flags,
    index: BigInt(index),
    skipped: skipped === null ? null : { seen: skipped.seen, expected: skipped.expected },
  };
}

type Trial = TrialState & Pick<ObservedTrial, 'value'>;

async function printTrials(context: Context, batch: Run): Promise<void> {
  const { varying, objective } = readBatch(batch);
  const trials: Trial[] = [];
  for (const row of await trialRows(batch)) {
    const { info } = row;
    const value =
      info === null || objective === null ? null : await objectiveValue(info, objective);
    trials.push({ ...trialStateOf(row), value });
  }
  if (trials.length === 0) {
    context.note(`Batch ${batch.name} has no trials`);
    return;
  }
  const best = objective === null ? null : bestTrial(trials, objective);
  const metric = objective === null ? [] : [objective.metric];
  const head = ['#', 'name', 'status', ...varying, ...metric, 'note'];
  const rows = trials.map((trial) => cellsOf(trial, varying, objective, trial === best));
  const right = new Set([0]);
  context.out(formatTable(head, rows, context.paint, { width: context.width, right }));
  if (objective !== null && best === null && trials.some(({ status }) => status === 'completed')) {
    context.note(`No completed trial has the metric ${objective.metric}`);
  }
}

function cellsOf(
  { index, name, status, flags, value, skipped }: Trial,
  varying: readonly string[],
  objective: Objective | null,
  isBest: boolean,
): Cell[] {
  const flag = (key: string): string => {
    const given = flags[key];
    return given === undefined ? '' : literal(given);
  };
  return [
    { text: String(index) },
    { text: name },
    { text: status, style: statusStyle(status) },
    ...varying.map((key) => ({ text: flag(key) })),
    ...(objective === null ? [] : [{ text: value === null ? '' : numberText(value) }]),
    isBest ? { text: 'best', style: 'green' } : { text: skipText(skipped), style: 'dim' },
  ];
}

function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : formatFloat(value);
}

/** Why a trial was not started. */
function skipText(skipped: TrialSkip | null): string {
  if (skipped === null) return '';
  const { seen, expected, run } = skipped;
  if (seen === 'equal') return run === undefined ? 'not needed' : `not needed: ${runName(run)}`;
  return `skipped: was ${seen}, not ${expected}`;
}
