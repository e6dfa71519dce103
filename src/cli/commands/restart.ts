import { requestBatchControl } from '../../batch/control.ts';
import type { RestartChoice, RestartPlan } from '../../batch/plan-restart.ts';
import { readTrials } from '../../batch/record/record.ts';
import { formatFlags } from '../../batch/trial/labels.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { plural } from '../../core/base/words.ts';
import type { Run } from '../../core/run/types.ts';
import { openRunFromInfo } from '../../core/status/run-info.ts';
import type { Args } from '../base/args.ts';
import type { CliCommand } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import { FOREIGN_HELP, YES_OPTION } from '../follow/ask-foreign.ts';
import {
  BATCH_HELP,
  BATCH_RUN_OPTIONS,
  SLOTS_OPTION,
  namedBatch,
  startPlan,
} from '../follow/batch-run.ts';
import { reportRun } from '../follow/execute.ts';

export const restartCommand: CliCommand = {
  name: 'restart',
  usage: 'restart BATCH --failed|--remaining|--all|--trial N… [KEY=VALUES…] [OPTIONS]',
  summary: 'Run trials of a batch again',
  options: {
    failed: { type: 'boolean', help: 'Those that ended in an error or were terminated' },
    remaining: { type: 'boolean', help: 'Those that never ran' },
    all: { type: 'boolean', help: 'Every trial that nobody works on' },
    trial: {
      type: 'string',
      multiple: true,
      value: 'N',
      help: 'The one with this number; may be repeated',
    },
    restage: {
      type: 'boolean',
      help: "With the project's code of now, not the one that they have",
    },
    slots: SLOTS_OPTION,
    yes: YES_OPTION,
    ...BATCH_RUN_OPTIONS,
  },
  details: `A trial that runs again keeps its id, its label and its comments; what it produced before is kept in
its meta directory. VALUES replace those of the chosen trials: trials that have them already run again,
for the others new trials are made, which are named.

${FOREIGN_HELP}

${BATCH_HELP}`,
  minArgs: 1,
  run: runRestart,
};

async function runRestart(context: Context): Promise<number> {
  const { args } = context;
  const [, ...flags] = args.positionals;
  const bad = flags.find((flag) => !flag.includes('='));
  if (bad !== undefined) throw args.usage(`'${bad}' is neither a value nor an option`);
  const slots = args.integer('slots', 1);
  const chosen = chosenOption(args);
  const info = await namedBatch(context);
  const batch = openRunFromInfo(info);
  const choice = typeof chosen === 'string' ? chosen : { ids: trialIds(batch, chosen) };
  const { planRestart } = await import('../../batch/plan-restart.ts');
  const plan = await planRestart(batch, choice, { flags, restage: args.isSet('restage') });
  const count = plan.reused.length + plan.created.length;
  if (count === 0) {
    const why = flags.length === 0 ? '' : ': none is chosen, or completed ones have these values';
    context.note(`No trial is to be restarted${why}`);
    return await reportRun(context, batch);
  }
  if (slots !== undefined) requestBatchControl(batch, { slots });
  announce(context, plan);
  return await startPlan(context, info, plan);
}

/** Which trials are meant, or their numbers. Throws a usage error unless it is said in one way. */
function chosenOption(args: Args): Exclude<RestartChoice, object> | readonly number[] {
  const numbers = args.texts('trial').map((text) => {
    const number = Number(text);
    if (Number.isSafeInteger(number) && number >= 1) return number;
    throw args.usage(`--trial needs the number of a trial, not '${text}'`);
  });
  const names = (['failed', 'remaining', 'all'] as const).filter((name) => args.isSet(name));
  const [name] = names;
  if (names.length + Math.min(1, numbers.length) !== 1) {
    throw args.usage('Choose the trials by --failed, --remaining, --all or --trial');
  }
  return name ?? numbers;
}

function trialIds(batch: Run, numbers: readonly number[]): readonly string[] {
  const trials = new Map(readTrials(batch).map(({ index, id }) => [index, id]));
  return numbers.map((number) => {
    const id = trials.get(number);
    if (id !== undefined) return id;
    throw new RunyardError('no-run', `Batch ${batch.name} has no trial ${String(number)}`, {
      hint: `'runyard trials ${batch.name}' shows them.`,
    });
  });
}

function announce(context: Context, { reused, created }: RestartPlan): void {
  if (reused.length > 0) context.note(`Restarting ${plural(reused.length, 'trial')}`);
  for (const { index, flags, insteadOf } of created) {
    const other = `trial ${String(insteadOf.index)} stays as it is`;
    context.note(`Trial ${String(index)} is new: ${formatFlags(flags)}; ${other}`);
  }
}
