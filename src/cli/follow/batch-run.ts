import { stopBatch } from '../../batch/control.ts';
import type { RestartPlan } from '../../batch/plan-restart.ts';
import { readBatch, readTrials, trialRun } from '../../batch/record/record.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { allowRuns } from '../../core/life/foreign.ts';
import type { Run, RunInfo, RunStatus } from '../../core/run/types.ts';
import { readRunInfo } from '../../core/store/read.ts';
import type { Context } from '../base/context.ts';
import { namedRun } from '../base/named-runs.ts';
import { askForeign } from './ask-foreign.ts';
import { execute, reportRun, untilStarted, type Execution } from './execute.ts';
import { withProgress, type ShowProgress } from './launch.ts';
import { killRun } from './watch-run.ts';

/** Options of the commands that start a batch. */
export const BATCH_RUN_OPTIONS = {
  wait: {
    type: 'boolean',
    short: 'w',
    help: "Print the batch's output until it ends, and exit with its code",
  },
  quiet: { type: 'boolean', short: 'q', help: "Do not print the batch's output" },
} as const;

export const SLOTS_OPTION = {
  type: 'string',
  short: 's',
  value: 'N',
  help: 'Trials at a time, from now on',
} as const;

/** What BATCH is, for the commands that take one. */
export const BATCH_HELP = `BATCH is a number of 'runyard list' (1 is the newest run), or the beginning of an id or a name, of the
batch or of one of its trials.`;

/**
 * The batch that the first argument names, or that the trial is of which it names.
 * Throws `wrong-status` for a run that is neither.
 */
export async function namedBatch(context: Context): Promise<RunInfo> {
  const info = await namedRun(context, context.args.positionals[0], { container: 'active' });
  if (info.batch?.role === 'batch') return info;
  if (info.batch?.role === 'trial') {
    const batch = await readRunInfo(info.runsDir, info.batch.batch);
    if (batch?.batch?.role === 'batch') return batch;
    throw new RunyardError('no-run', `Run ${info.name} is a trial, but its batch is gone`);
  }
  throw new RunyardError('wrong-status', `Run ${info.name} is not a batch`, {
    hint: "'runyard list' shows the runs; the operation of a batch ends with a +.",
  });
}

/**
 * Stages a batch and has a supervisor look after it, see {@link execute}.
 * @param stage makes it, or what is to be run of it.
 * @returns the exit code of the program.
 */
export async function startBatch(
  context: Context,
  stage: (options: StageBatchOptions) => Promise<Run>,
): Promise<number> {
  return await untilStarted(context, 'the batch', async (interruption) => {
    const { signal } = interruption;
    const batch = await withProgress((onProgress) => stage({ signal, onProgress }));
    if (context.args.isSet('stage')) return await reportRun(context, batch);
    return await execute(context, batch, BATCH, interruption);
  });
}

/**
 * Brings trials back as planned and has a supervisor go on with their batch, see
 * {@link startBatch}. What came from somebody else is shown before. Throws `foreign`.
 */
export async function startPlan(
  context: Context,
  info: RunInfo,
  plan: RestartPlan,
): Promise<number> {
  const { restartBatch } = await import('../../batch/restart.ts');
  const trials = plan.reused.flatMap((trial) => (trial.info === null ? [] : [trial.info]));
  const foreign = await askForeign(context, [info, ...trials]);
  return await startBatch(context, async (options) => {
    await restartBatch(plan, { ...options, allowed: true });
    // Those that were zips have a place for the note now.
    allowRuns(foreign);
    return plan.batch;
  });
}

/** What the staging of a batch gets. */
interface StageBatchOptions {
  readonly signal: AbortSignal;
  readonly onProgress: ShowProgress;
}

const BATCH: Execution = {
  action: 'batch',
  phases: ['run'],
  actions: { what: 'batch', stop: stopBatch, kill: killTrials },
};

/** `4 completed, 1 error`, in the order of a life. */
export function statusCounts(
  trials: readonly { readonly info: Pick<RunInfo, 'status'> | null }[],
): string {
  const statuses = trials.map(({ info }) => info?.status ?? 'pending');
  const texts = STATUS_ORDER.flatMap((status) => {
    const count = statuses.filter((one) => one === status).length;
    return count === 0 ? [] : [`${String(count)} ${status}`];
  });
  return texts.length === 0 ? 'there are no trials' : texts.join(', ');
}

const STATUS_ORDER = [
  'unknown',
  'unreadable',
  'pending',
  'staged',
  'queued',
  'running',
  'lost',
  'completed',
  'error',
  'terminated',
] as const satisfies readonly RunStatus[];

/** Kills the processes of all trials that run; the batch then ends by itself. */
function killTrials(batch: Run): void {
  const { proto } = readBatch(batch);
  for (const trial of readTrials(batch)) killRun(trialRun(batch, trial, proto));
}
