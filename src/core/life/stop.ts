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
  const child = own.child !== null && livenessOf(own.child) === 'alive' ? own.child : null;
  if (supervisor === 'dead' && child === null && heartbeat === null) return stopForeign(run);
  if (supervisor === 'dead' && child !== null) requireItsOwn(run, child);
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
  if (lock === null || !pidExists(pid)) return 'not-running';
  requireItsOwn(run, pid);
  signalGroup(pid, 'SIGTERM');
  return 'requested';
}

function requireItsOwn(run: Run, who: ProcessIdentity | number): void {
  const belongs = belongsTo(run, who);
  if (belongs === 'yes') return;
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
