import { setTimeout as sleep } from 'node:timers/promises';
import { RunyardError } from '../../core/base/errors.ts';
import { requestStop } from '../../core/life/stop.ts';
import { DEFAULT_GRACE_MS } from '../../core/phase/child.ts';
import type { Run, RunInfo } from '../../core/run/types.ts';
import { openRunFromInfo } from '../../core/status/run-info.ts';
import { isActive, isFinal } from '../../core/status/status.ts';
import { readRunInfo } from '../../core/store/read.ts';
import type { Args } from '../base/args.ts';
import { RUN_HELP, type CliCommand } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import { runEntry } from '../base/contract.ts';
import { EXIT } from '../base/errors.ts';
import { namedRuns } from '../base/named-runs.ts';
import { isComplete } from '../follow/watch-run.ts';

const DEFAULT_GRACE_S = DEFAULT_GRACE_MS / 1000;
const POLL_MS = 100;

export const stopCommand: CliCommand = {
  name: 'stop',
  usage: 'stop RUN… [OPTIONS]',
  summary: 'Stop running runs and batches, or the staging of runs',
  options: {
    grace: {
      type: 'string',
      short: 'g',
      value: 'SECONDS',
      help: `Time to end by itself before it is killed; default ${String(DEFAULT_GRACE_S)}`,
    },
    'after-current': {
      type: 'boolean',
      help: 'Of a batch: start no more trials, and let those that run end',
    },
    wait: { type: 'boolean', short: 'w', help: 'Return when the runs have ended' },
  },
  details: RUN_HELP,
  minArgs: 1,
  run: runStop,
};

async function runStop(context: Context): Promise<number> {
  const { args } = context;
  const graceMs = (args.seconds('grace') ?? DEFAULT_GRACE_S) * 1000;
  const runs = await namedRuns(context, args.positionals, { container: 'active' });
  const idle = runs.find((run) => !isStoppable(run) && !isFinal(run.status));
  if (idle !== undefined) {
    throw new RunyardError('wrong-status', `Run ${idle.name} is ${idle.status}, not running`);
  }
  const other = runs.find(({ batch }) => batch?.role !== 'batch');
  if (args.isSet('after-current') && other !== undefined) {
    throw args.usage(`--after-current is for batches; ${other.name} is none`);
  }
  for (const run of runs) {
    if (isAtEnd(run)) context.note(`Run ${run.name} is ${run.status} already`);
    else await stop(openRunFromInfo(run), run.batch?.role === 'batch', args, graceMs);
  }
  const after: RunInfo[] = [];
  for (const run of runs)
    after.push(args.isSet('wait') ? await untilEnded(run) : await reread(run));
  if (context.json) context.outJson(after.map((run) => runEntry(run, run.status)));
  else
    for (const run of after)
      context.note(`${run.name} ${args.isSet('wait') ? run.status : 'stopping'}`);
  return EXIT.ok;
}

async function stop(run: Run, isBatch: boolean, args: Args, graceMs: number): Promise<void> {
  const afterCurrent = args.isSet('after-current');
  if (!isBatch && !afterCurrent) await requestStop(run, { graceMs });
  else {
    const { requestBatchControl, stopBatch } = await import('../../batch/control.ts');
    if (afterCurrent) requestBatchControl(run, { stop: 'after-current' });
    else await stopBatch(run, { graceMs });
  }
}

/** A batch whose supervisor died may have left trials running. */
function isAtEnd({ status, needsRecovery, batch }: RunInfo): boolean {
  return isFinal(status) && !(needsRecovery && batch?.role === 'batch');
}

/** Running, or being staged by somebody. */
function isStoppable(run: RunInfo): boolean {
  return isActive(run.status) || (run.status === 'pending' && run.phase !== null);
}

/** Waits for the end of the run, or of its staging. */
async function untilEnded(run: RunInfo): Promise<RunInfo> {
  for (;;) {
    const info = await reread(run);
    if (isFinal(info.status) ? isComplete(info) : !isStoppable(info)) return info;
    await sleep(POLL_MS);
  }
}

async function reread(run: RunInfo): Promise<RunInfo> {
  const info = await readRunInfo(run.runsDir, run.id);
  if (info === null) throw new RunyardError('no-run', `Run ${run.name} was deleted meanwhile`);
  return info;
}
