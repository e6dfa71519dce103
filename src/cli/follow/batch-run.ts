import { stopBatch } from '../../batch/control.ts';
import { readBatch, readTrials, trialRun } from '../../batch/record/record.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { plural } from '../../core/base/words.ts';
import { DEFAULT_GRACE_MS } from '../../core/phase/child.ts';
import type { Run, RunInfo, RunStatus } from '../../core/run/types.ts';
import { readRunInfo } from '../../core/store/read.ts';
import type { Context } from '../base/context.ts';
import { runEntry } from '../base/contract.ts';
import { EXIT } from '../base/errors.ts';
import type { Interruption } from '../base/interrupt.ts';
import { namedRun } from '../base/named-runs.ts';
import { statusStyle } from '../base/text.ts';
import { launch } from './launch.ts';
import { exitCodeOf, killRun, waitForEnd, waitForStart } from './watch-run.ts';

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
export async function selectBatch(context: Context): Promise<RunInfo> {
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
 * Has a supervisor look after a staged batch. With `--wait` its output is printed to the end,
 * and Ctrl-C stops it.
 * @returns the exit code of the program.
 */
export async function executeBatch(
  context: Context,
  batch: Run,
  interruption: Interruption,
): Promise<number> {
  const { args } = context;
  const supervisorPid = await launch(context, batch, 'batch', interruption.signal);
  const show = args.flag('wait') && !args.flag('quiet') && !context.json;
  const options = {
    supervisorPid,
    interruption,
    graceMs: DEFAULT_GRACE_MS,
    show: show ? (['run'] as const) : [],
    note: (text: string) => {
      context.note(text);
    },
    actions: { what: 'batch', stop: stopBatch, kill: killTrials },
  };
  if (!args.flag('wait')) {
    await waitForStart(batch, options);
    return await reportBatch(context, batch);
  }
  const end = await waitForEnd(batch, options);
  if (!show) await reportBatch(context, batch);
  if (end.reason !== null) context.note(`runyard: ${end.reason}`);
  return interruption.signal.aborted ? EXIT.interrupted : exitCodeOf(end);
}

/** Prints which batch it is and how it stands. */
export async function reportBatch(context: Context, batch: Run): Promise<number> {
  const info = await readRunInfo(batch.runsDir, batch.id);
  if (info === null) throw new RunyardError('no-run', `Run ${batch.name} was deleted meanwhile`);
  if (context.json) context.outJson(runEntry(batch, info.status));
  else {
    const status = context.paint(statusStyle(info.status), info.status);
    context.out(`${batch.name} (${batch.id}) ${status}${plannedText(info)}\n`);
  }
  return EXIT.ok;
}

function plannedText({ batch }: RunInfo): string {
  if (batch?.role !== 'batch' || batch.planned === 0) return '';
  return `, ${plural(batch.planned, 'trial')}`;
}

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
