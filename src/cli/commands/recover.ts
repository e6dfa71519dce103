import { setTimeout as sleep } from 'node:timers/promises';
import { RunyardError } from '../../core/base/errors.ts';
import { allowRuns, foreignRun } from '../../core/life/foreign.ts';
import { pidExists } from '../../core/process/identity.ts';
import { claimRun } from '../../core/run/claim.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { openRunFromInfo } from '../../core/status/run-info.ts';
import { isActive, isFinal, mayRunElsewhere } from '../../core/status/status.ts';
import { listRuns, readRunInfo } from '../../core/store/read.ts';
import { RUN_HELP, type CliCommand } from '../base/command.ts';
import { confirmElsewhere } from '../base/confirm.ts';
import type { Context } from '../base/context.ts';
import { runEntry } from '../base/contract.ts';
import { EXIT } from '../base/errors.ts';
import { namedRuns } from '../base/named-runs.ts';
import { YES_OPTION, isAllowed } from '../follow/ask-foreign.ts';
import { launch } from '../follow/launch.ts';
import { isComplete } from '../follow/watch-run.ts';

/** Exit code of a run whose own nobody knows: any negative one reads as terminated. */
const UNKNOWN_EXIT = -1;
const POLL_MS = 50;

/** A supervisor that takes a run over says so within this time. Milliseconds. */
const TAKEOVER_MS = 60_000;

export const recoverCommand: CliCommand = {
  name: 'recover',
  usage: 'recover [RUN…] [OPTIONS]',
  summary: 'Bring runs whose supervisor died to their end; by default all of them',
  options: { yes: YES_OPTION },
  details: `Nothing that a run printed is lost. A run whose process is still alive is looked after again
until it ends; one that died is finalized as terminated.

A run that was not put here by you on this machine is finalized without its finalize command, unless
you say yes to what is shown.

${RUN_HELP}`,
  run: runRecover,
};

export const finalizeCommand: CliCommand = {
  name: 'finalize',
  usage: 'finalize RUN… [OPTIONS]',
  summary: 'Finalize runs that were started and that nothing looks after',
  options: {
    exit: {
      type: 'string',
      short: 'e',
      value: 'CODE',
      help: `Exit code to record; default ${String(UNKNOWN_EXIT)}, which means terminated`,
    },
    yes: {
      ...YES_OPTION,
      help: 'Do not ask: run the finalize command of a run that is not yours, finalize what may run elsewhere',
    },
  },
  details: RUN_HELP,
  minArgs: 1,
  run: runFinalize,
};

async function runRecover(context: Context): Promise<number> {
  const named = context.args.positionals;
  const runs =
    named.length > 0
      ? await namedRuns(context, named, { container: 'active' })
      : await listRuns(await context.runsDir(), { container: 'any' });
  const broken = runs.filter(isBroken);
  const { signal } = new AbortController();
  for (const run of broken) {
    const allowed = await askAboutHook(context, run);
    const pid = await launch(context, openRunFromInfo(run), 'recover', signal, allowed);
    await untilRecovered(run, pid);
  }
  const shown = named.length > 0 ? runs : broken;
  return await report(context, shown, broken.length === 0 ? 'Nothing to recover' : 'Recovered');
}

/** Whether a run that came from somebody else may execute its hook; without one nobody is asked. */
async function askAboutHook(context: Context, info: RunInfo): Promise<boolean> {
  const foreign = await foreignRun(info);
  if (foreign?.executes.some((line) => line.startsWith('finalize: ')) !== true) return false;
  const allowed = await isAllowed(context, [foreign]);
  if (allowed) allowRuns([foreign]);
  else context.note(`${info.name} is finalized without its finalize command; --yes executes it`);
  return allowed;
}

/** Not at rest with nobody at it; runs of Gage that died with it are among them. */
function isBroken(run: RunInfo): boolean {
  return run.needsRecovery || (run.status === 'terminated' && run.exitCode === null);
}

async function runFinalize(context: Context): Promise<number> {
  const exitCode = context.args.integer('exit', -255) ?? UNKNOWN_EXIT;
  const runs = await namedRuns(context, context.args.positionals, { container: 'active' });
  for (const run of runs) requireFinalizable(run);
  if (!(await confirmElsewhere(context, runs, 'finalize'))) {
    context.note('Nothing was finalized');
    return EXIT.error;
  }
  for (const run of runs) await finalize(run, exitCode, await askAboutHook(context, run));
  return await report(context, runs, 'Finalized');
}

function requireFinalizable(run: RunInfo): void {
  const { name, status } = run;
  if (isFinal(status) && !isBroken(run)) {
    throw new RunyardError('wrong-status', `Run ${name} is ${status} and final already`);
  }
  if (run.timestampsUs.started === null) {
    throw new RunyardError('wrong-status', `Run ${name} is ${status}: it was never started`);
  }
  if (isActive(status) && !mayRunElsewhere(run)) {
    const hint = run.needsRecovery
      ? `'runyard recover ${name}' looks after it until it ends.`
      : `'runyard stop ${name}' ends it.`;
    throw new RunyardError('wrong-status', `Run ${name} is running`, { hint });
  }
}

async function finalize(info: RunInfo, exitCode: number, allowed: boolean): Promise<void> {
  const { finalizeRun } = await import('../../core/life/finalize.ts');
  const { beginSupervision } = await import('../../core/phase/supervision.ts');
  const run = openRunFromInfo(info);
  const claim = claimRun(run, 'finalize');
  try {
    // Somebody may have been faster.
    requireFinalizable((await readRunInfo(run.runsDir, run.id)) ?? info);
    beginSupervision(run, 'recover');
    await finalizeRun(run, exitCode, { allowed });
  } finally {
    claim.release();
  }
}

/**
 * Waits until the run is final and complete, or somebody looks after it again.
 * @param pid of the supervisor that is at it: when it has gone, nothing comes any more.
 */
async function untilRecovered(run: RunInfo, pid: number): Promise<void> {
  const deadline = Date.now() + TAKEOVER_MS;
  for (;;) {
    const hasGone = !pidExists(pid);
    const info = await readRunInfo(run.runsDir, run.id);
    if (info === null || (!isBroken(info) && (!isFinal(info.status) || isComplete(info)))) return;
    if (hasGone || Date.now() > deadline) {
      const why = info.reason === null ? '' : `: ${info.reason}`;
      throw new RunyardError('supervisor', `Run ${run.name} could not be recovered${why}`, {
        hint: 'Its log/runner may say more.',
      });
    }
    await sleep(POLL_MS);
  }
}

async function report(context: Context, runs: readonly RunInfo[], done: string): Promise<number> {
  const after: RunInfo[] = [];
  for (const run of runs) after.push((await readRunInfo(run.runsDir, run.id)) ?? run);
  if (context.json) context.outJson(after.map((run) => runEntry(run, run.status)));
  else if (after.length === 0) context.note(done);
  else for (const run of after) context.note(`${done}: ${run.name} ${run.status}`);
  return EXIT.ok;
}
