import { RunyardError } from '../../core/base/errors.ts';
import { plural } from '../../core/base/words.ts';
import type { LaunchAction } from '../../core/launch/launch-messages.ts';
import { DEFAULT_GRACE_MS } from '../../core/phase/child.ts';
import type { Phase, Run, RunInfo } from '../../core/run/types.ts';
import { readRunInfo } from '../../core/store/read.ts';
import type { Context } from '../base/context.ts';
import { runEntry } from '../base/contract.ts';
import { EXIT } from '../base/errors.ts';
import { Interruption } from '../base/interrupt.ts';
import { reportError } from '../base/report.ts';
import { statusStyle } from '../base/text.ts';
import { hookExitCode, launch } from './launch.ts';
import { exitCodeOf, waitForEnd, waitForStart, type StopActions } from './watch-run.ts';

/** What a supervisor is to do, and what is shown of it with `--wait`. */
export interface Execution {
  readonly action: LaunchAction;
  /** Phases whose output is printed, in order. */
  readonly phases: readonly Phase[];
  /** How it is stopped and killed, when it is more than one process. */
  readonly actions?: StopActions;
}

/**
 * Does what ends with a start. A Ctrl-C before that, or a command of the staging that fails, is
 * reported.
 * @param what what was to be started: `the batch`.
 * @returns the exit code of the program.
 */
export async function untilStarted(
  context: Context,
  what: string,
  work: (interruption: Interruption) => Promise<number>,
): Promise<number> {
  const interruption = new Interruption();
  try {
    return await work(interruption);
  } catch (error) {
    if (interruption.signal.aborted) {
      context.note(`Interrupted: ${what} was not started`);
      return EXIT.interrupted;
    }
    const exitCode = hookExitCode(error);
    if (exitCode === null) throw error;
    return reportError(error, exitCode);
  } finally {
    interruption.dispose();
  }
}

/**
 * Has a supervisor look after a run or a batch, and reports it. With `--wait` its output is
 * printed to the end, and Ctrl-C stops it.
 * @returns the exit code of the program.
 */
export async function execute(
  context: Context,
  run: Run,
  { action, phases, actions }: Execution,
  interruption: Interruption,
): Promise<number> {
  const { args } = context;
  // Whoever calls this has made the run just now, or has asked.
  const supervisorPid = await launch(context, run, action, interruption.signal, true);
  if (action === 'stage') return await reportRun(context, run);
  const prints = args.isSet('wait') && !args.isSet('quiet') && !context.json;
  const options = {
    supervisorPid,
    interruption,
    graceMs: DEFAULT_GRACE_MS,
    show: prints ? phases : [],
    note: (text: string) => {
      context.note(text);
    },
    ...(actions !== undefined && { actions }),
  };
  if (!args.isSet('wait')) {
    await waitForStart(run, options);
    return await reportRun(context, run);
  }
  const end = await waitForEnd(run, options);
  if (!prints) await reportRun(context, run);
  if (end.reason !== null) context.note(`runyard: ${end.reason}`);
  return interruption.signal.aborted ? EXIT.interrupted : exitCodeOf(end);
}

/** Prints which run or batch it is and how it stands. Throws `no-run` when it is gone. */
export async function reportRun(context: Context, run: Run): Promise<number> {
  const info = await readRunInfo(run.runsDir, run.id);
  if (info === null) throw new RunyardError('no-run', `Run ${run.name} was deleted meanwhile`);
  if (context.json) context.outJson(runEntry(run, info.status));
  else {
    const status = context.paint(statusStyle(info.status), info.status);
    context.out(`${run.name} (${run.id}) ${status}${plannedText(info)}\n`);
  }
  return EXIT.ok;
}

function plannedText({ batch }: RunInfo): string {
  if (batch?.role !== 'batch' || batch.planned === 0) return '';
  return `, ${plural(batch.planned, 'trial')}`;
}
