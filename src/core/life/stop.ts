import { RunyardError } from '../base/errors.ts';
import { readSmallFile } from '../base/regular-file.ts';
import {
  heartbeatMs,
  readProcessFile,
  supervisorState,
  writeRequest,
} from '../meta/process-file.ts';
import { DEFAULT_GRACE_MS } from '../phase/child.ts';
import { belongsTo } from '../process/belongs.ts';
import { livenessOf, pidExists, type ProcessIdentity } from '../process/identity.ts';
import { signalGroup, stopGroup } from '../process/signals.ts';
import { runMetaPath } from '../run/run.ts';
import type { Run } from '../run/types.ts';
import { recoverRun } from './recover.ts';

/** Options of {@link requestStop}. */
export interface StopOptions {
  /** Between SIGTERM and SIGKILL. Milliseconds; default 10 s. */
  readonly graceMs?: number;
  /** Who asks, for people who look: `runyard stop`, `VS Code`. */
  readonly by?: string;
}

/**
 * What came of a request to stop: `requested` (its supervisor stops it), `stopped` (nothing
 * looked after it: we ended and finalized it ourselves), `not-running`.
 */
export type StopResult = 'requested' | 'stopped' | 'not-running';

/**
 * Asks the supervisor of a run to stop it: its process group gets SIGTERM, and SIGKILL after
 * the grace time; the run ends `terminated`. Staging is broken off in the same way. Returns
 * when the request is made, not when the run has ended.
 * A supervisor gets no signal: it watches for requests, and who it is stands in a file that
 * anybody may have written. Throws `foreign`, with nothing done, when nobody looks after the run
 * and the process that its files name is not verifiably its own.
 */
export async function requestStop(run: Run, options: StopOptions = {}): Promise<StopResult> {
  const graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  const own = readProcessFile(run);
  if (own === null) return stopForeign(run);
  // It is final still: whoever brings it back is no supervisor of it.
  if (own.action === 'reset') return 'not-running';
  const heartbeat = heartbeatMs(run);
  const supervisor = supervisorState(own, heartbeat);
  const child = supervisor === 'dead' && isItsOwn(run, own.child) ? own.child : null;
  if (supervisor === 'dead' && child === null && heartbeat === null) return stopForeign(run);
  if (heartbeat === null && supervisor !== 'alive') return 'not-running';
  const request = {
    action: 'stop',
    graceMs,
    by: options.by ?? 'runyard',
    timeMs: Date.now(),
  } as const;
  writeRequest(run, request);
  if (supervisor !== 'dead') return 'requested';
  if (child !== null) await stopGroup(child.pid, graceMs);
  const { action } = await recoverRun(run);
  return action === 'none' ? 'not-running' : 'stopped';
}

/** A run of Gage: its lock is all there is. Gage notes the signal and finalizes. */
function stopForeign(run: Run): StopResult {
  const lock = readSmallFile(runMetaPath(run, 'proc', 'lock'));
  const pid = Number(lock?.trim() ?? 0);
  if (lock === null || !isItsOwn(run, pid)) return 'not-running';
  signalGroup(pid, 'SIGTERM');
  return 'requested';
}

/** False when the process has ended. Throws `foreign` when it lives and is not verifiably the run's. */
function isItsOwn(run: Run, who: ProcessIdentity | number | null): boolean {
  if (who === null) return false;
  const belongs = belongsTo(run, who);
  if (belongs === 'yes') return true;
  const lives = typeof who === 'number' ? pidExists(who) : livenessOf(who) === 'alive';
  if (!lives) return false;
  const process = `process ${String(typeof who === 'number' ? who : who.pid)}`;
  throw new RunyardError(
    'foreign',
    belongs === 'no'
      ? `Run ${run.name} was not stopped: it runs elsewhere, or its lock is stale, and ${process} is not its own`
      : `Run ${run.name} was not stopped: nobody can tell from here whether ${process} is its own`,
    {
      hint: 'Stop it where it was started. When nothing works on it any more, finalize or delete it.',
    },
  );
}
