import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { nextTimestampUs } from '../base/clock.ts';
import { describeError, hasErrno } from '../base/errors.ts';
import { Pace } from '../base/pace.ts';
import { ROW_FILE_BYTES, readRegularText, readSmallFile } from '../base/regular-file.ts';
import { encodePretty, type JsonObject, parseObject } from '../data/json.ts';
import { ATTEMPTS_DIR } from '../meta/attempts.ts';
import { FilesLog, scanRunFiles } from '../meta/file-log.ts';
import { writeManifest } from '../meta/manifest.ts';
import { removeLiveFiles } from '../meta/process-file.ts';
import { mayExecute } from '../origin/run-origin.ts';
import { outputPaths } from '../output/paths.ts';
import { drainOutput, sealOutput } from '../output/writer.ts';
import { finalizeCommand, isEmptyCommand, phaseEnv } from '../phase/command.ts';
import { removeLock, runPhase } from '../phase/exec.ts';
import { noteProcess } from '../phase/supervision.ts';
import { removeClaims } from '../run/claim.ts';
import { makeReadOnly, pokeRun, runMetaPath, runyardPath, writeMeta } from '../run/run.ts';
import { appendRunnerLog } from '../run/runner-log.ts';
import type { Run } from '../run/types.ts';
import { readRunSummary } from './summary.ts';

/** What a crash may leave of an atomic write. */
const TEMPORARY = /^\..*\.\d+-\d+\.tmp$/;

/** Options of {@link finalizeRun}. */
export interface FinalizeOptions {
  /** Epoch microseconds for `stopped`; default now. A recovered run ended earlier than that. */
  readonly stoppedUs?: number;
  /** The caller's environment, for the finalize hook (default `process.env`). */
  readonly env?: NodeJS.ProcessEnv;
  /** `head`: keep the meta as a zip, as the newest Gage does (gage-format.md 2.12). Default `universal`. */
  readonly format?: 'universal' | 'head';
  /** Ends the finalize hook early. The run is finalized all the same. */
  readonly signal?: AbortSignal;
  readonly graceMs?: number;
  /** The run was made just now, or a person wants it executed: see `mayExecute`. */
  readonly allowed?: boolean;
}

/**
 * Brings a run to its end (gage-format.md 2.3 step 12, order of 3.3): rest of the output, summary,
 * `stopped`, `proc/exit`, lock removed, finalize hook, files log, manifest, everything
 * read-only. Idempotent: after an interruption a second call completes what is missing and
 * keeps what is there. Nothing that a run can contain makes it fail; what went wrong is in
 * `log/runner` and in the process file. The caller holds the run's claim, which ends here.
 *
 * @param exitCode of the run's process, negative for a signal; ignored when `proc/exit` exists.
 * Throws system errors of our own meta files only.
 */
export async function finalizeRun(
  run: Run,
  exitCode: number,
  options: FinalizeOptions = {},
): Promise<void> {
  if (run.metaForm === 'zip') return;
  const log = (message: string): void => {
    try {
      appendRunnerLog(run, message);
    } catch (error) {
      // Sealed already when an interrupted finalize is completed.
      if (!hasErrno(error, 'EACCES', 'EPERM')) throw error;
    }
  };
  noteProcess(run, { phase: 'finalize', child: null });
  const opdef = readOpdef(run);
  const complete = await drainOutput(run, 'run', {
    onWarning: (message) => {
      log(`Warning: ${message}`);
    },
  });
  await writeSummary(run, opdef, options, log);
  if (complete) sealOutput(run, 'run');
  writeExit(run, exitCode, options.stoppedUs, log);
  removeLock(run, log);
  pokeRun(run);
  if (!complete) {
    // The spools keep what the disk refused, and the heartbeat says that there is more to do.
    log('Warning: output/40_run is not complete; recover the run when it can be written');
    return;
  }
  await runHook(run, opdef, options, log);
  await recordFiles(run, log);
  sealMeta(run);
  noteProcess(run, { phase: null });
  removeLiveFiles(run);
  if (options.format === 'head') await zipSafely(run);
  removeClaims(run);
  pokeRun(run);
}

function readOpdef(run: Run): JsonObject {
  try {
    return parseObject(readSmallFile(runMetaPath(run, 'opdef.json')));
  } catch {
    return {};
  }
}

/** An empty summary needs no file, unless the meta becomes a zip (gage-format.md 2.12). */
async function writeSummary(
  run: Run,
  opdef: JsonObject,
  options: FinalizeOptions,
  log: (message: string) => void,
): Promise<void> {
  if (existsSync(runMetaPath(run, 'summary.json'))) return;
  const summary = await readRunSummary(run, opdef, log);
  if (Object.keys(summary).length === 0 && options.format !== 'head') return;
  log('Writing meta summary');
  writeMeta(run, 'summary.json', encodePretty(summary));
}

function writeExit(
  run: Run,
  exitCode: number,
  stoppedUs: number | undefined,
  log: (message: string) => void,
): void {
  if (!existsSync(runMetaPath(run, 'stopped'))) {
    log('Writing meta stopped');
    writeMeta(run, 'stopped', String(stoppedUs ?? nextTimestampUs()));
  }
  if (!hasExit(run)) {
    log('Writing meta proc/exit');
    writeMeta(run, 'proc/exit', String(exitCode));
  }
}

function hasExit(run: Run): boolean {
  try {
    const text = readRegularText(runMetaPath(run, 'proc', 'exit'), ROW_FILE_BYTES);
    return /^\s*[-+]?\d+\s*$/.test(text);
  } catch {
    return false;
  }
}

/**
 * The hook may fail: the run is final all the same (gage-format.md 7.2 W7). That of a run which came
 * from somebody else is left out.
 */
async function runHook(
  run: Run,
  opdef: JsonObject,
  options: FinalizeOptions,
  log: (message: string) => void,
): Promise<void> {
  try {
    const command = finalizeCommand(opdef);
    if (command === undefined || isEmptyCommand(command) || hookHasRun(run)) return;
    if (existsSync(outputPaths(run, 'finalize').output)) {
      // It may have done half of its work: doing that twice could harm more than saying so.
      await drainOutput(run, 'finalize');
      sealOutput(run, 'finalize');
      failed(run, 'The finalize command was interrupted', log);
      return;
    }
    if (!mayExecute(run, options.allowed)) {
      log('Warning: the finalize command is not run: the run was not put here by this user');
      return;
    }
    const exitCode = await runPhase(run, 'finalize', command, {
      env: phaseEnv(run, 'finalize', options.env === undefined ? {} : { base: options.env }),
      ...(options.signal && { signal: options.signal }),
      ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
    });
    if (exitCode === 0) return;
    failed(run, `The finalize command failed with exit code ${String(exitCode)}`, log);
  } catch (error) {
    failed(run, `The finalize command could not be run: ${describeError(error)}`, log);
  }
}

function failed(run: Run, message: string, log: (message: string) => void): void {
  log(`Error: ${message}`);
  noteProcess(run, { failure: { phase: 'finalize', message } });
}

/** The output of a hook becomes read-only when the hook has ended. */
function hookHasRun(run: Run): boolean {
  try {
    return (statSync(outputPaths(run, 'finalize').output).mode & 0o222) === 0;
  } catch {
    return false;
  }
}

async function recordFiles(run: Run, log: (message: string) => void): Promise<void> {
  try {
    const pace = new Pace();
    const files = FilesLog.open(run);
    const scan = await scanRunFiles(run.runDir, pace);
    files.append('g', scan.files);
    log('Finalizing run files (see manifest)');
    const { modified, warnings } = await writeManifest(run, files, scan.files, { pace });
    for (const path of modified) log(`File "${path}" was modified during the run`);
    for (const warning of [...scan.warnings, ...warnings]) log(`Warning: ${warning}`);
  } catch (error) {
    log(`Error finalizing run files: ${describeError(error)}`);
    const message = `The run files could not be recorded: ${describeError(error)}`;
    noteProcess(run, { failure: { phase: 'finalize', message } });
  }
}

/** Makes every meta file read-only; our own live files are about to go. */
function sealMeta(run: Run): void {
  const visit = (...parts: readonly string[]): void => {
    for (const entry of readdirSync(runMetaPath(run, ...parts), { withFileTypes: true })) {
      const isOwn = parts.length === 0 && entry.name === 'runyard';
      if (entry.isDirectory() && !isOwn) visit(...parts, entry.name);
      else if (TEMPORARY.test(entry.name)) rmSync(runMetaPath(run, ...parts, entry.name));
      else if (entry.isFile()) seal(run, ...parts, entry.name);
    }
  };
  visit();
  if (existsSync(runMetaPath(run, 'runyard', 'offsets'))) visit('runyard', 'offsets');
  for (const entry of readdirSync(runMetaPath(run, 'runyard'))) {
    if (TEMPORARY.test(entry)) rmSync(runMetaPath(run, 'runyard', entry), { force: true });
  }
}

function seal(run: Run, ...parts: readonly string[]): void {
  try {
    makeReadOnly(runMetaPath(run, ...parts));
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}

async function zipSafely(run: Run): Promise<void> {
  // Files of former attempts can be of any size and kind: they stay what they are.
  if (existsSync(runyardPath(run, ATTEMPTS_DIR))) return;
  // Loaded only by those who keep zips.
  const { zipMeta } = await import('../meta/zip-meta.ts');
  try {
    await zipMeta(run);
  } catch (error) {
    // The directory form is complete and readable by every tool: nothing is lost.
    noteProcess(run, {
      failure: { phase: 'finalize', message: `The zip was not made: ${describeError(error)}` },
    });
  }
}
