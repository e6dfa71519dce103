import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunyardError, describeError } from '../../core/base/errors.ts';
import { requestStop, type StopOptions } from '../../core/life/stop.ts';
import { readProcessFile, writeRequest } from '../../core/meta/process-file.ts';
import { OutputReader } from '../../core/output/reader.ts';
import { belongsTo } from '../../core/process/belongs.ts';
import { pidExists } from '../../core/process/identity.ts';
import { signalGroup } from '../../core/process/signals.ts';
import { runMetaPath, runyardPath } from '../../core/run/run.ts';
import { PHASE_OUTPUT, type Phase, type Run, type RunInfo } from '../../core/run/types.ts';
import { isFinal } from '../../core/status/status.ts';
import { readRunInfo } from '../../core/store/read.ts';
import type { Interruption } from '../base/interrupt.ts';
import { terminal } from '../base/terminal.ts';
import { LiveLines } from './live-lines.ts';

const POLL_MS = 50;

/** How a run is watched. */
interface WatchOptions {
  /** Process that looks after the run: when it is gone, nothing more will happen. */
  readonly supervisorPid: number;
  readonly interruption: Interruption;
  /** Between SIGTERM and SIGKILL when Ctrl-C stops the run. Milliseconds. */
  readonly graceMs: number;
  /** Phases whose output is printed, in order; none to print nothing. */
  readonly show: readonly Phase[];
  readonly note: (text: string) => void;
  /** How it is stopped and killed, when it is more than one process. */
  readonly actions?: StopActions;
}

/** What Ctrl-C does, and what a second one does. */
export interface StopActions {
  /** `run`, `batch`. */
  readonly what: string;
  readonly stop: (run: Run, options: StopOptions) => Promise<unknown>;
  readonly kill: (run: Run) => void;
}

const STOP_RUN: StopActions = { what: 'run', stop: requestStop, kill: killRun };

/** Waits until the process of the run has been started, or the run is over. */
export async function waitForStart(run: Run, options: WatchOptions): Promise<RunInfo> {
  return await poll(run, options, ({ status }) => status === 'running');
}

/**
 * Waits until the run is final and complete, and prints its output meanwhile. The first Ctrl-C
 * asks the run to stop, a second one kills it.
 */
export async function waitForEnd(run: Run, options: WatchOptions): Promise<RunInfo> {
  const { what, stop: request, kill } = options.actions ?? STOP_RUN;
  const stop = (): void => {
    if (options.interruption.count > 1) {
      options.note(`Killing the ${what}`);
      kill(run);
      return;
    }
    options.note(`Stopping ${what} ${run.name}; Ctrl-C again kills it`);
    request(run, { graceMs: options.graceMs, by: 'runyard' }).catch((error: unknown) => {
      options.note(describeError(error));
    });
  };
  options.interruption.onInterrupt(stop);
  if (options.interruption.signal.aborted) stop();
  const end = poll(run, options, () => false);
  let over = false;
  const printed = printPhases(run, options.show, () => over);
  try {
    return await end;
  } finally {
    over = true;
    await printed;
  }
}

/** Kills the process of the run at once, when it is verifiably its own; its supervisor then finalizes it. */
export function killRun(run: Run): void {
  const child = readProcessFile(run)?.child ?? null;
  if (child !== null && belongsTo(run, child) === 'yes') signalGroup(child.pid, 'SIGKILL');
  // Where nobody can tell, as on Windows: its supervisor has a handle of its own.
  else if (child !== null)
    writeRequest(run, { action: 'stop', graceMs: 0, by: 'runyard', timeMs: Date.now() });
}

/** The program's exit code for a run that ended: its own, or 128 and the signal (gage-format.md 2.10). */
export function exitCodeOf({ exitCode }: RunInfo): number {
  if (exitCode === null) return 1;
  return exitCode < 0 ? 128 - exitCode : exitCode & 0xff;
}

/** Looks at the run until `enough`, until it is complete, or until nothing more will happen. */
async function poll(
  run: Run,
  options: WatchOptions,
  enough: (info: RunInfo) => boolean,
): Promise<RunInfo> {
  for (;;) {
    // Asked first: whatever the supervisor did before it ended is then seen.
    const lives = pidExists(options.supervisorPid);
    const info = await readRunInfo(run.runsDir, run.id);
    if (info === null) throw new RunyardError('no-run', `Run ${run.name} was deleted meanwhile`);
    if (enough(info) || isComplete(info)) return info;
    if (!lives) {
      if (isFinal(info.status) || info.needsRecovery) return info;
      throw new RunyardError(
        'supervisor',
        `Run ${run.name} is ${info.status}, and nothing looks after it`,
        {
          hint: info.reason ?? 'Its log/runner may say why.',
        },
      );
    }
    await sleep(POLL_MS);
  }
}

/** Final, and its supervisor has finished its work: the heartbeat is the last to go. */
export function isComplete(info: RunInfo): boolean {
  if (!isFinal(info.status)) return false;
  return info.metaForm === 'zip' || !existsSync(runyardPath(info, 'heartbeat'));
}

async function printPhases(
  run: Run,
  phases: readonly Phase[],
  isOver: () => boolean,
): Promise<void> {
  for (const phase of phases) {
    const reader = OutputReader.ofRun(run, phase);
    const later = phases.slice(phases.indexOf(phase) + 1);
    const hasLater = (): boolean =>
      later.some((next) => existsSync(runMetaPath(run, 'output', PHASE_OUTPUT[next])));
    const live = new LiveLines(reader, (line, text) => {
      terminal.runOutput(line.stream === 'stderr' ? 'stderr' : 'stdout', text);
    });
    try {
      await live.run(() => Promise.resolve(isOver() || hasLater()));
    } finally {
      await reader.close();
    }
  }
}
