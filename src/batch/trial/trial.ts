import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RunyardError, skipText } from '../../core/base/errors.ts';
import { platformName } from '../../core/base/platform.ts';
import { runStatus } from '../../core/life/start.ts';
import { setUserAttributes } from '../../core/run/attributes.ts';
import { newRunId } from '../../core/run/ids.ts';
import { requireRunDirs } from '../../core/run/own-dirs.ts';
import { writeProjectRef } from '../../core/run/project.ts';
import { initRunMeta, makeRun, runMetaPath } from '../../core/run/run.ts';
import type { Run, RunConfig, RunStatus } from '../../core/run/types.ts';
import { trialRun, writeTrialRole, type BatchRecord, type TrialRecord } from '../record/record.ts';
import type { TrialFlags, TrialSkip } from '../record/types.ts';
import { formatFlags, trialLabel, trialText } from './labels.ts';

/** Where a batch tells what it does. */
export interface BatchLog {
  info(message: string): void;
  warning(message: string): void;
  error(message: string): void;
}

/** Stages and starts trials, each in a process that outlives the batch. */
export interface TrialRunner {
  /** Stages a pending trial. Throws `claimed`, `wrong-status`, and what staging throws. */
  stage(trial: Run): Promise<void>;
  /**
   * Starts a staged trial and waits for its end.
   * @param onStarted called when it has been started, which only one of many can do.
   * @returns its exit code, negative for a signal; null when nobody can know it. Throws
   *   `claimed`, `wrong-status` and `no-run` when there was nothing to start.
   */
  start(trial: Run, onStarted: () => void): Promise<number | null>;
}

/** What came of the attempt to run a trial. */
export type TrialOutcome =
  | { readonly kind: 'ended'; readonly exitCode: number | null }
  | { readonly kind: 'skipped'; readonly skip: TrialSkip };

/** Exit code of a process that SIGTERM ended: somebody stopped the trial. */
const TERMINATED = -15;

/**
 * Runs a trial when its status is `staged` (guild-format.md 1.3). One that is not is skipped with a
 * warning and left as it is: somebody else has it, or it has ended. Check and start are one
 * step, of the process that starts it: of many batches, queues and people one gets the trial.
 * Throws only when the process that runs trials fails.
 */
export async function tryRunStagedTrial(
  trial: Run,
  flags: TrialFlags,
  log: BatchLog,
  runner: Pick<TrialRunner, 'start'>,
): Promise<TrialOutcome> {
  const status = statusOf(trial);
  if (status !== 'staged') return skipped(trial, status, log);
  try {
    const exitCode = await runner.start(trial, () => {
      log.info(`Running trial ${trial.id}: ${trial.opref.name} (${formatFlags(flags)})`);
    });
    return { kind: 'ended', exitCode };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const now = statusOf(trial);
    // Who was faster may have given it back meanwhile; what counts is what kept us from it.
    const seen = now !== 'staged' ? now : error.code === 'claimed' ? 'pending' : 'unknown';
    return skipped(trial, seen, log);
  }
}

/** What the log of a batch says about the end of a trial (guild-format.md 1.6): nothing when it went well. */
export function reportEnd(trial: Run, exitCode: number | null, log: BatchLog): void {
  if (exitCode === 0) return;
  if (exitCode === TERMINATED) log.info(`Trial ${trial.id} was terminated`);
  else {
    const code = exitCode === null ? 'unknown' : String(exitCode);
    log.error(`Trial ${trial.id} exited with an error (${code}) - see log for details`);
  }
}

/** True for a trial that ended in an error: not for one that somebody stopped. */
export function isFailure(exitCode: number | null): boolean {
  return exitCode !== 0 && exitCode !== TERMINATED;
}

/** A trial that is to be made. */
export function newTrial(record: BatchRecord, flags: TrialFlags, index: number): TrialRecord {
  return {
    id: newRunId(),
    index,
    flags,
    label: trialLabel(record.label, flags, configOf(record, flags)),
    text: trialText(flags, record.varying),
    made: false,
    skipped: null,
  };
}

/** The whole configuration of a trial. */
export function configOf({ proto }: Pick<BatchRecord, 'proto'>, flags: TrialFlags): RunConfig {
  return { ...proto.config, ...flags };
}

/**
 * Makes the run of a trial: pending, with its label, its tags and its way back to the batch.
 * Completes one whose making was interrupted. Throws `unsafe-path` when one of its directories is a
 * link.
 */
export function makeTrial(batch: Run, record: BatchRecord, trial: TrialRecord): Run {
  const { proto, tags } = record;
  const run = trialRun(batch, trial, proto);
  requireRunDirs(run);
  // The label before anything that makes it a run of the listing.
  if (!existsSync(join(run.runsDir, `${run.id}.user`))) labelTrial(run, trial.label, tags);
  if (!existsSync(runMetaPath(run, 'opref'))) makeRun(proto.opref, run.runsDir, { id: trial.id });
  if (!existsSync(runMetaPath(run, 'initialized'))) {
    writeTrialRole(run, batch, trial);
    initRunMeta(run, proto.opdef, configOf(record, trial.flags), proto.cmd, {
      sys: { platform: platformName() },
    });
  }
  writeProjectRef(run.runsDir, run.id, proto.projectDir);
  return run;
}

function labelTrial(run: Run, label: string, tags: readonly string[]): void {
  const attributes = { ...(label !== '' && { label }), ...(tags.length > 0 && { tags }) };
  if (Object.keys(attributes).length === 0) return;
  setUserAttributes(run.runsDir, run.id, attributes);
}

function statusOf(trial: Run): RunStatus {
  try {
    return runStatus(trial);
  } catch (error) {
    if (error instanceof RunyardError && error.code === 'no-run') return 'unknown';
    throw error;
  }
}

function skipped(trial: Run, seen: RunStatus, log: BatchLog): TrialOutcome {
  const skip: TrialSkip = { seen, expected: 'staged' };
  reportSkip(trial.id, skip, log);
  return { kind: 'skipped', skip };
}

/** What the log of a batch says about a trial that is not started (guild-format.md 1.3). */
export function reportSkip(id: string, { seen, run }: TrialSkip, log: BatchLog): void {
  if (seen === 'equal') log.info(`Skipping ${id} - run ${run ?? 'unknown'} is equal`);
  else log.warning(skipText(id, seen));
}

/** True when a run could not be had: it is another's, or not what it was. */
export function isRefusal(error: unknown): error is RunyardError {
  return (
    error instanceof RunyardError && ['claimed', 'wrong-status', 'no-run'].includes(error.code)
  );
}
