import { requestBatchControl } from '../../batch/control.ts';
import type { RestartPlan } from '../../batch/plan-restart.ts';
import { readBatch } from '../../batch/record/record.ts';
import { optimizerKind } from '../../batch/search/optimizer.ts';
import { RunyardError } from '../../core/base/errors.ts';
import type { Run, RunInfo } from '../../core/run/types.ts';
import { openRunFromInfo } from '../../core/status/run-info.ts';
import { isActive } from '../../core/status/status.ts';
import type { CliCommand } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import { FOREIGN_HELP, YES_OPTION } from '../follow/ask-foreign.ts';
import {
  BATCH_HELP,
  BATCH_RUN_OPTIONS,
  SLOTS_OPTION,
  namedBatch,
  startPlan,
  statusCounts,
} from '../follow/batch-run.ts';
import { reportRun } from '../follow/execute.ts';

export const resumeCommand: CliCommand = {
  name: 'resume',
  usage: 'resume BATCH [OPTIONS]',
  summary: 'Start a staged batch, or go on with one that ended before its trials did',
  options: { slots: SLOTS_OPTION, yes: YES_OPTION, ...BATCH_RUN_OPTIONS },
  details: `Trials that have ended stay as they are; 'runyard restart' runs them again. --slots also changes a
batch that is running.

${FOREIGN_HELP}

${BATCH_HELP}`,
  minArgs: 1,
  maxArgs: 1,
  run: async (context) => {
    const slots = context.args.integer('slots', 1);
    return await resumeBatch(context, await namedBatch(context), slots);
  },
};

/**
 * Starts a batch, or goes on with it.
 * @param slots how many trials run at a time from now on; undefined for as many as before.
 * @returns the exit code of the program.
 */
export async function resumeBatch(
  context: Context,
  info: RunInfo,
  slots?: number,
): Promise<number> {
  const batch = openRunFromInfo(info);
  if (process.env['RUN_ID'] === batch.id) throw startedByOthers(batch);
  if (isActive(info.status) && slots !== undefined) {
    requestBatchControl(batch, { slots });
    return await reportRun(context, batch);
  }
  const { planRestart } = await import('../../batch/plan-restart.ts');
  const plan = await planRestart(batch, 'remaining');
  if (slots !== undefined) requestBatchControl(batch, { slots });
  if (!isUnfinished(info, plan)) {
    context.note(`Nothing to resume: ${statusCounts(plan.untouched)}`);
    return await reportRun(context, batch);
  }
  return await startPlan(context, info, plan);
}

/** We are the command of the batch: whatever started it, Gage for one, takes it for a plain run. */
function startedByOthers({ name }: Run): RunyardError {
  return new RunyardError('wrong-status', `Batch ${name} was not started by Runyard`, {
    hint: `'runyard resume ${name}' in a terminal starts it, and can do so once this has ended.`,
  });
}

/** Some trials have not ended, the batch never ran, or its search may give more of them. */
function isUnfinished(info: RunInfo, { batch, reused, untouched }: RestartPlan): boolean {
  if (info.status !== 'completed' && info.status !== 'error' && info.status !== 'terminated') {
    return true;
  }
  if (reused.length > 0 || untouched.some((trial) => isActive(trial.info?.status ?? 'unknown'))) {
    return true;
  }
  const { optimizer, maxTrials } = readBatch(batch);
  if (optimizerKind(optimizer) !== 'sequential') return false;
  return untouched.length < (maxTrials ?? 0);
}
