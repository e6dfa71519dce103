import { readSmallFile } from '../base/regular-file.ts';
import {
  heartbeatMs,
  readProcessFile,
  supervisorState,
  writeRequest,
} from '../meta/process-file.ts';
import { signalGroup, stopGroup, DEFAULT_GRACE_MS } from '../phase/child.ts';
import { livenessOf, pidExists, thisHost } from '../process/identity.ts';
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
 */
export async function requestStop(run: Run, options: StopOptions = {}): Promise<StopResult> {
  const graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  const own = readProcessFile(run);
  if (own === null) return stopForeign(run);
  // It is final still: whoever brings it back is no supervisor of it.
  if (own.action === 'reset') return 'not-running';
  const heartbeat = heartbeatMs(run);
  const supervisor = supervisorState(own, heartbeat);
  const child = own.child !== null && livenessOf(own.child) === 'alive' ? own.child.pid : null;
  if (supervisor === 'dead' && child === null && heartbeat === null) return stopForeign(run);
  if (heartbeat === null && supervisor !== 'alive') return 'not-running';
  const request = {
    action: 'stop',
    graceMs,
    by: options.by ?? 'runyard',
    timeMs: Date.now(),
  } as const;
  writeRequest(run, request);
  if (supervisor !== 'dead') {
    // On Windows a signal would end the supervisor itself; there, the request alone does it.
    if (own.supervisor.host === thisHost() && process.platform !== 'win32')
      nudge(own.supervisor.pid);
    return 'requested';
  }
  if (child !== null) await stopGroup(child, graceMs);
  const { action } = await recoverRun(run);
  return action === 'none' ? 'not-running' : 'stopped';
}

/** A run of Gage: its lock is all there is. Gage notes the signal and finalizes. */
function stopForeign(run: Run): StopResult {
  const lock = readSmallFile(runMetaPath(run, 'proc', 'lock'));
  const pid = Number(lock?.trim() ?? 0);
  if (lock === null || !pidExists(pid)) return 'not-running';
  signalGroup(pid, 'SIGTERM');
  return 'requested';
}

function nudge(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It ended, or belongs to another user: the request is there.
  }
}
