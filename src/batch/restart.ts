import { existsSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunyardError } from '../core/base/errors.ts';
import { Pace } from '../core/base/pace.ts';
import { jsonEqual } from '../core/data/json.ts';
import { recoverRun } from '../core/life/recover.ts';
import { resetRun } from '../core/life/reset.ts';
import { ATTEMPTS_DIR } from '../core/meta/attempts.ts';
import { claimRun } from '../core/run/claim.ts';
import { requireRunDirs } from '../core/run/own-dirs.ts';
import { pokeRun, runyardPath } from '../core/run/run.ts';
import type { RunInfo } from '../core/run/types.ts';
import { openRunFromInfo } from '../core/status/run-info.ts';
import { isFinal } from '../core/status/status.ts';
import { readRunInfo } from '../core/store/read.ts';
import { writeChosenTrials } from './chosen-trials.ts';
import { forgetStop } from './control.ts';
import { stageBatch, type CreateBatchOptions } from './create.ts';
import { requireAtRest, type CreatedTrial, type RestartPlan } from './plan-restart.ts';
import {
  readBatch,
  readTrials,
  replaceTrials,
  type BatchRecord,
  type TrialRecord,
} from './record/record.ts';
import type { TrialFlags } from './record/types.ts';
import { configOf, newTrial } from './trial/trial.ts';

/** A supervisor leaves a run that has ended, or has started it, within this time. Milliseconds. */
const LEAVING_MS = 5_000;
const POLL_MS = 50;

/**
 * Prepares the files of a batch as planned, so that it can be launched (action `batch`): brings
 * back the trials that run again and the batch itself, and records new trials. What former
 * attempts produced is kept with each run. After an interruption, plan again: what was done
 * already is found then.
 *
 * Throws `unsafe-path` when directories of the batch or of a trial are links,
 * `claimed` and `wrong-status` when somebody works on the batch or on one of the trials,
 * `io` when the code of now is wanted and the project is gone, and what staging throws then.
 */
export async function restartBatch(
  plan: RestartPlan,
  options: CreateBatchOptions = {},
): Promise<void> {
  const { batch, reused, restage } = plan;
  requireRunDirs(batch);
  await patiently(options.signal, () => recoverRun(batch));
  const info = await requireAtRest(batch);
  // Trials take the code of their batch. One that was not staged to the end has none.
  const needsCode = restage || info.timestampsUs.staged === null;
  const { projectDir } = readBatch(batch).proto;
  if (needsCode) requireProject(projectDir);
  const claim = await patiently(options.signal, () => claimRun(batch, 'restart'));
  try {
    const pace = new Pace(options.signal);
    for (const { info } of reused) {
      if (pace.due()) await pace.rest();
      if (info !== null) await resetTrial(info, restage, options.signal);
    }
    const meant = recordTrials(plan);
    writeChosenTrials(batch, isPartial(plan, info) ? meant : null);
    forgetStop(batch);
    await resetRun(batch, needsCode ? 'pending' : 'staged', { claim });
    if (needsCode) await stageBatch(batch, projectDir, options);
  } finally {
    claim.release();
    pokeRun(batch);
  }
}

/** Whoever goes on with a batch that only staged its trials wants them to run: they are named. */
function isPartial({ batch, choice, created, untouched }: RestartPlan, row: RunInfo): boolean {
  const hasRun = isFinal(row.status) || existsSync(runyardPath(batch, ATTEMPTS_DIR));
  if (hasRun && readBatch(batch).stageTrials) return true;
  if (choice !== 'remaining' && choice !== 'all') return true;
  // Changed values take the place of those of a trial that could still be started.
  return created.length > 0 || untouched.some(({ info }) => info?.status === 'staged');
}

/** Shows before anything is changed: without it the trials would lose the code that they have. */
function requireProject(projectDir: string): void {
  if (statSync(projectDir, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new RunyardError('io', `The project directory ${projectDir} cannot be read`);
}

async function resetTrial(
  before: RunInfo,
  restage: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  await patiently(signal, () => recoverRun(openRunFromInfo(before)));
  const info = await readRunInfo(before.runsDir, before.id);
  if (info === null || (!isFinal(info.status) && !(restage && info.status === 'staged'))) return;
  const run = openRunFromInfo(info);
  requireRunDirs(run);
  const claim = await patiently(signal, () => claimRun(run, 'restart'));
  try {
    // Who started it since the plan was made has done what the plan was for.
    const now = await readRunInfo(before.runsDir, before.id);
    if (now?.timestampsUs.started !== before.timestampsUs.started) return;
    await resetRun(run, restage ? 'pending' : 'staged', { claim });
  } finally {
    claim.release();
  }
}

/**
 * Does what needs the claim of a run, again while somebody has it: a supervisor may be about to
 * leave a run that has ended, and one that was told to start a trial before its batch died may just
 * be starting it. A person who is quick is not to be told of that.
 */
async function patiently<T>(
  signal: AbortSignal | undefined,
  work: () => T | Promise<T>,
): Promise<T> {
  const deadline = Date.now() + LEAVING_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isClaimed = error instanceof RunyardError && error.code === 'claimed';
      if (!isClaimed || Date.now() > deadline) throw error;
    }
    await sleep(POLL_MS, undefined, { ...(signal && { signal }) });
  }
}

/**
 * New ones come last; the reasons why those that run again were skipped are of the past.
 * @returns the ids of those that are to run.
 */
function recordTrials({ batch, reused, created, untouched }: RestartPlan): readonly string[] {
  const record = readBatch(batch);
  const again = new Set(reused.map(({ id }) => id));
  const trials = readTrials(batch).map((trial) =>
    again.has(trial.id) ? { ...trial, skipped: null } : trial,
  );
  const known = new Set([...again, ...untouched.map(({ id }) => id)]);
  // Another restart may have made the same trials since the plan was made.
  const others = trials.filter(({ id }) => !known.has(id));
  const ids = [...again];
  for (const trial of created) {
    const config = configOf(record, trial.flags);
    const same = others.find((other) => jsonEqual(configOf(record, other.flags), config));
    if (same === undefined) trials.push(toRecord(record, trial, (trials.at(-1)?.index ?? 0) + 1));
    ids.push(same?.id ?? trial.id);
  }
  replaceTrials(batch, trials);
  return ids;
}

function toRecord(record: BatchRecord, { id, flags }: CreatedTrial, index: number): TrialRecord {
  const varying = [...new Set([...record.varying, ...changedKeys(record, flags)])].sort();
  return { ...newTrial({ ...record, varying }, flags, index), id };
}

/** Keys whose values differ from those that trials share. */
function changedKeys({ proto }: BatchRecord, flags: TrialFlags): readonly string[] {
  return Object.keys(flags).filter(
    (key) => !jsonEqual(flags[key] ?? null, proto.config[key] ?? null),
  );
}
