import * as z from 'zod/mini';
import { writeFileAtomic } from '../core/base/atomic.ts';
import { RunyardError } from '../core/base/errors.ts';
import { readJsonFileIfAny } from '../core/data/json-file.ts';
import { runStatus } from '../core/life/start.ts';
import { requestStop, type StopOptions, type StopResult } from '../core/life/stop.ts';
import { runyardPath } from '../core/run/run.ts';
import type { Run } from '../core/run/types.ts';
import { isActive } from '../core/status/status.ts';
import { requireRunyardDir } from './record/own-dir.ts';
import { readBatch, readTrials, trialRun } from './record/record.ts';

/** Name of the file, below `<id>.meta/runyard/`, with what people ask of a running batch. */
export const CONTROL_FILE = 'control.json';

const ControlSchema = z.object({
  /** How many trials run at a time from now on. */
  slots: z.optional(z.number().check(z.positive())),
  /** No further trial starts; running ones go on to their end. */
  stop: z.optional(z.literal('after-current')),
  by: z.string(),
  /** Epoch milliseconds of the last change. */
  timeMs: z.number(),
});
type BatchControl = z.infer<typeof ControlSchema>;

/** What {@link requestBatchControl} may ask for. */
export interface ControlRequest {
  readonly slots?: number;
  readonly stop?: 'after-current';
  /** Who asks, for people who look. */
  readonly by?: string;
}

/**
 * Asks the supervisor of a batch for something while it runs. `slots` also counts for a batch
 * that is resumed later; a `stop` is forgotten when the batch is started again. Throws
 * `unsafe-path` when the directory is a link.
 */
export function requestBatchControl(batch: Pick<Run, 'metaPath'>, request: ControlRequest): void {
  const before = readBatchControl(batch);
  const slots = request.slots ?? before?.slots;
  const stop = request.stop ?? before?.stop;
  writeControl(batch, {
    ...(slots !== undefined && { slots: Math.max(1, Math.trunc(slots)) }),
    ...(stop !== undefined && { stop }),
    by: request.by ?? 'runyard',
    timeMs: Date.now(),
  });
}

/**
 * Forgets that a batch was to stop, which was meant for its former attempt. The caller holds the
 * claim of the batch, which does not run.
 */
export function forgetStop(batch: Pick<Run, 'metaPath'>): void {
  const control = readBatchControl(batch);
  if (control?.stop !== undefined) writeControl(batch, { ...control, stop: undefined });
}

function writeControl(batch: Pick<Run, 'metaPath'>, control: BatchControl): void {
  requireRunyardDir(batch);
  writeFileAtomic(runyardPath(batch, CONTROL_FILE), `${JSON.stringify(control)}\n`);
}

/** What was asked of a batch last; null when nothing was, or when nobody can read it. */
export function readBatchControl(batch: Pick<Run, 'metaPath'>): BatchControl | null {
  return readJsonFileIfAny(runyardPath(batch, CONTROL_FILE), ControlSchema);
}

/**
 * Stops a batch: no further trial starts, running ones get SIGTERM and after the grace time
 * SIGKILL, the rest stay staged. As {@link requestStop}; when nobody looks after the batch any
 * more, its running trials are stopped all the same. Throws `foreign` as well when that is so of one
 * of those trials, after the others were stopped.
 */
export async function stopBatch(batch: Run, options: StopOptions = {}): Promise<StopResult> {
  const result = await requestStop(batch, options);
  if (result === 'requested') return result;
  const { proto } = readBatch(batch);
  const foreign: RunyardError[] = [];
  const stopped = await Promise.all(
    readTrials(batch).map(async (trial) => {
      try {
        return await stopTrial(trialRun(batch, trial, proto), options);
      } catch (error) {
        // It was purged, or ended just now.
        if (isForeign(error)) foreign.push(error);
        return 'not-running';
      }
    }),
  );
  const [first] = foreign;
  if (first !== undefined) throw first;
  return stopped.some((one) => one !== 'not-running') ? 'stopped' : result;
}

async function stopTrial(trial: Run, options: StopOptions): Promise<StopResult> {
  return isActive(runStatus(trial)) ? await requestStop(trial, options) : 'not-running';
}

/** Its process is not verifiably its own, so that it got no signal. */
function isForeign(error: unknown): error is RunyardError {
  return error instanceof RunyardError && error.code === 'foreign';
}
