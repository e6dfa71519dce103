import { existsSync, rmSync } from 'node:fs';
import * as z from 'zod/mini';
import { createFileExclusive } from '../base/atomic.ts';
import { nextTimestampUs } from '../base/clock.ts';
import { RunyardError, describeError, wrongStatus } from '../base/errors.ts';
import { readRegularText, readSmallFile } from '../base/regular-file.ts';
import { parseObject } from '../data/json.ts';
import { removeLiveFiles } from '../meta/process-file.ts';
import { requireMayExecute } from '../origin/run-origin.ts';
import { progressSetting } from '../output/progress.ts';
import { OutputWriter } from '../output/writer.ts';
import type { RunProcess } from '../phase/child.ts';
import { phaseEnv } from '../phase/command.ts';
import { startPhase, writerOptions } from '../phase/exec.ts';
import { beginSupervision } from '../phase/supervision.ts';
import { claimRun, type Claim } from '../run/claim.ts';
import { TRASH } from '../run/containers.ts';
import { makeReadOnly, pokeRun, runMetaPath, writeMeta } from '../run/run.ts';
import { appendRunnerLog } from '../run/runner-log.ts';
import type { Progress, Run, RunStatus } from '../run/types.ts';
import { NO_MARKS, marksOf, queueEntryPath } from '../status/marks.ts';
import { runInfoNow } from '../status/run-info.ts';

/** Options of {@link startRun}. */
export interface StartOptions {
  /** A claim that the caller holds already; by default the run is claimed here. */
  readonly claim?: Claim;
  /** The caller's environment (default `process.env`). */
  readonly env?: NodeJS.ProcessEnv;
  /** Directory that the run was asked for in, for `PARENT_PWD` (default: the current one). */
  readonly parentDir?: string;
  /** The run was made just now, or a person wants it executed: see `mayExecute`. */
  readonly allowed?: boolean;
}

const CommandSchema = z.union([z.string(), z.array(z.string())]);
const EnvSchema = z.record(z.string(), z.string());

/**
 * Starts a staged run (gage-format.md 2.3 step 11) and returns at once; of many who try, one
 * succeeds. `started` is the point of no return: from there on the run ends with an exit code,
 * also when its program cannot be started (then 126 or 127).
 *
 * Throws `claimed` when another process starts it, `wrong-status` when it is not staged, `foreign`
 * when it came from somebody else and nobody has allowed it, `unreadable` when its command cannot
 * be read; the run is as before then.
 */
export async function startRun(run: Run, options: StartOptions = {}): Promise<RunProcess> {
  // Asked before, too: whoever comes too late need not even try to claim it.
  if (options.claim === undefined) requireStaged(run);
  const claim = options.claim ?? claimRun(run, 'start');
  let committed = false;
  try {
    requireStaged(run);
    requireMayExecute(run, options.allowed);
    const command = readChecked(run, 'proc/cmd.json', CommandSchema);
    const env = phaseEnv(run, 'run', {
      base: options.env ?? process.env,
      ...(options.parentDir !== undefined && { parentDir: options.parentDir }),
      env: readChecked(run, 'proc/env.json', EnvSchema),
    });
    beginSupervision(run, 'run', null, 'run');
    appendRunnerLog(run, 'Writing meta started');
    writeStarted(run);
    committed = true;
    rmSync(queueEntryPath(run), { force: true });
    warnAboutProgress(run);
    const child = await startPhase(run, 'run', command, env);
    // Only now: should we die before, Gage must be able to start the run.
    makeReadOnly(runMetaPath(run, 'started'));
    return child;
  } catch (error) {
    if (!committed) {
      if (!(error instanceof RunyardError)) removeLiveFiles(run);
      claim.release();
    }
    throw error;
  } finally {
    pokeRun(run);
  }
}

/**
 * Starts a staged run whose process is this one, as a batch does that runs its trials. The
 * caller holds its claim, writes its output, and finalizes it. Throws as {@link startRun} does.
 */
export function startHere(run: Run, allowed = false): void {
  requireStaged(run);
  requireMayExecute(run, allowed);
  beginSupervision(run, 'run', null, 'run');
  appendRunnerLog(run, 'Writing meta started');
  writeStarted(run);
  rmSync(queueEntryPath(run), { force: true });
  appendRunnerLog(run, 'Writing meta proc/lock');
  writeMeta(run, 'proc/lock', String(process.pid));
  makeReadOnly(runMetaPath(run, 'started'));
  pokeRun(run);
}

/**
 * The point of no return, which only one can pass even where a cached listing of a network file
 * system still shows the run as staged. A `started` that is there already is of a start that
 * came to nothing: only then is it replaced.
 */
function writeStarted(run: Run): void {
  const path = runMetaPath(run, 'started');
  const time = String(nextTimestampUs());
  if (existsSync(path)) writeMeta(run, 'started', time, { writable: true });
  else if (!createFileExclusive(path, time)) {
    throw wrongStatus(run.id, 'running');
  }
}

/** The output of a running run. */
export interface RunOutput {
  /** Waits for the end of the process and until all of its output is written. */
  waitAndClose(): Promise<void>;
}

/** Writes the output of a started run to `output/40_run` and its index as it arrives. */
export function openRunOutput(
  run: Run,
  child: RunProcess,
  onProgress?: (progress: Progress) => void,
): RunOutput {
  const writer = new OutputWriter(run, 'run', writerOptions(run, onProgress));
  return {
    waitAndClose: async () => {
      const exitCode = await child.wait();
      await child.settle();
      appendRunnerLog(run, `Exit code for run: ${String(exitCode)}`);
      await writer.close();
    },
  };
}

/** Status of a run now: its files, and who has it. Throws `no-run` when it is gone. */
export function runStatus(run: Run): RunStatus {
  return runInfoNow(run, marksOf(run.runsDir)).status;
}

/** As {@link runStatus} for whoever holds the claim of the run: what its files say. */
export function claimedStatus(run: Run): RunStatus {
  return runInfoNow(run, NO_MARKS).status;
}

/** The claim is ours or about to be, and who starts a run need not wait in a queue. */
function requireStaged(run: Run): void {
  const { status, container } = runInfoNow(run, NO_MARKS);
  if (container === TRASH) {
    throw new RunyardError('wrong-status', `Skipping ${run.id} - it is in the trash`);
  }
  if (status === 'staged') return;
  throw wrongStatus(run.id, status);
}

function readChecked<T>(run: Run, name: string, schema: z.ZodMiniType<T>): T {
  try {
    return schema.parse(JSON.parse(readRegularText(runMetaPath(run, name))));
  } catch (error) {
    const message = `${name} of run ${run.name} cannot be used: ${describeError(error)}`;
    throw new RunyardError('unreadable', message, { cause: error });
  }
}

function warnAboutProgress(run: Run): void {
  const opdef = parseObject(readSmallFile(runMetaPath(run, 'opdef.json')));
  const { unknownName } = progressSetting(opdef['progress'], 'run');
  if (unknownName === null) return;
  appendRunnerLog(run, `Warning: '${unknownName}' is not a known progress parser: ignored`);
}
