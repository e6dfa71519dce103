import { existsSync, rmSync } from 'node:fs';
import { describeError } from '../base/errors.ts';
import { OutputWriter, sealOutput, type OutputWriterOptions } from '../output/writer.ts';
import { pokeRun, runMetaPath, writeMeta } from '../run/run.ts';
import { appendRunnerLog } from '../run/runner-log.ts';
import { PHASE_OUTPUT, type Command, type Phase, type Progress, type Run } from '../run/types.ts';
import { spawnPhase, type RunProcess } from './child.ts';
import { commandText, phaseEnv } from './command.ts';
import { publishProgress } from './progress-file.ts';
import { noteChild } from './supervision.ts';

/** Options of {@link runPhase}. */
export interface RunPhaseOptions {
  /** The whole environment (default: {@link phaseEnv} of this process's own). */
  readonly env?: Readonly<Record<string, string>>;
  /** Stops the process group when it aborts. */
  readonly signal?: AbortSignal;
  /** Between SIGTERM and SIGKILL when stopped. Milliseconds. */
  readonly graceMs?: number;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Runs the command of one phase from beginning to end: log records, lock, output (gage-format.md
 * 2.3). For the hooks; the run phase itself is in start.ts.
 * @returns the exit code: negative when it was stopped or ended by a signal, 126 or 127 when
 *   the program could not be started, with the reason in its output. Throws only when our own
 *   files cannot be written.
 */
export async function runPhase(
  run: Run,
  phase: Phase,
  command: Command,
  options: RunPhaseOptions = {},
): Promise<number> {
  const process = await startPhase(run, phase, command, options.env ?? phaseEnv(run, phase));
  const stop = (): void => void process.stop(options.graceMs);
  if (options.signal?.aborted === true) stop();
  options.signal?.addEventListener('abort', stop);
  try {
    const writer = new OutputWriter(run, phase, writerOptions(run, options.onProgress));
    const exitCode = await process.wait();
    await process.settle();
    appendRunnerLog(run, `Exit code for ${phase}: ${String(exitCode)}`);
    await writer.close();
    sealOutput(run, phase);
    return exitCode;
  } finally {
    options.signal?.removeEventListener('abort', stop);
    removeLock(run, (message) => {
      appendRunnerLog(run, message);
    });
    noteChild(run, phase, null);
    pokeRun(run);
  }
}

/** Starts the process of a phase: log records, spools, process file, lock. */
export async function startPhase(
  run: Run,
  phase: Phase,
  command: Command,
  env: Readonly<Record<string, string>>,
): Promise<RunProcess> {
  const text = commandText(command);
  appendRunnerLog(run, `Starting ${phase} (see output/${PHASE_OUTPUT[phase]}): ${text}`);
  noteChild(run, phase, null);
  const process = await spawnPhase(run, phase, command, env);
  if (process.pid === null) {
    appendRunnerLog(run, `Error starting ${phase}: ${process.problem?.message ?? 'unknown'}`);
  } else {
    noteChild(run, phase, process.pid);
    appendRunnerLog(run, 'Writing meta proc/lock');
    writeMeta(run, 'proc/lock', String(process.pid));
  }
  pokeRun(run);
  return process;
}

/** Removes `proc/lock`, when there is one. */
export function removeLock(run: Run, log: (message: string) => void): void {
  const path = runMetaPath(run, 'proc', 'lock');
  if (!existsSync(path)) return;
  log('Deleting meta proc/lock');
  try {
    rmSync(path, { force: true });
  } catch (error) {
    log(`Error deleting proc/lock: ${describeError(error)}`);
  }
}

/** Progress goes to the run's progress file and to the caller, warnings to `log/runner`. */
export function writerOptions(
  run: Run,
  onProgress?: (progress: Progress) => void,
): OutputWriterOptions {
  const publish = publishProgress(run);
  return {
    onProgress: (progress) => {
      publish(progress);
      onProgress?.(progress);
    },
    onWarning: (message) => {
      appendRunnerLog(run, `Warning: ${message}`);
    },
  };
}
