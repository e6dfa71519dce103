import { lutimesSync } from 'node:fs';
import {
  HEARTBEAT_MS,
  HEARTBEAT_TIMEOUT_MS,
  readProcessFile,
  touchHeartbeat,
  writeProcessFile,
  type ProcessFile,
} from '../meta/process-file.ts';
import { identityOf, thisHost } from '../process/identity.ts';
import { runyardPath } from '../run/run.ts';
import type { Phase, Run } from '../run/types.ts';

type HasMeta = Pick<Run, 'metaPath'>;

/**
 * Declares this process the one that looks after a run: process file and heartbeat. The
 * caller holds the run's claim. The heartbeat beats until finalize (or whoever ends the
 * work) removes its file, and keeps nothing alive.
 * @param childPid the process of the run when it lives already.
 * @param phase what begins at once.
 */
export function beginSupervision(
  run: HasMeta,
  action: ProcessFile['action'],
  childPid: number | null = null,
  phase: Phase | null = null,
): void {
  // The heartbeat first: a process file without one reads as a lost run.
  touchHeartbeat(run);
  writeProcessFile(run, {
    version: 1,
    action,
    phase,
    supervisor: identityOf(),
    child: childPid === null ? null : identityOf(childPid),
    timeoutMs: HEARTBEAT_TIMEOUT_MS,
    failure: null,
  });
  const timer = setInterval(() => {
    if (!beat(run)) clearInterval(timer);
  }, HEARTBEAT_MS);
  timer.unref();
}

/** Notes what the run does now, when this process looks after it; otherwise does nothing. */
export function noteProcess(
  run: HasMeta,
  change: Partial<Pick<ProcessFile, 'action' | 'phase' | 'child' | 'failure'>>,
): void {
  const file = readProcessFile(run);
  if (file?.supervisor.pid !== process.pid || file.supervisor.host !== thisHost()) return;
  const changed = { ...file, ...change };
  if (JSON.stringify(changed) !== JSON.stringify(file)) writeProcessFile(run, changed);
}

/** Only touches: a heartbeat that was removed must not come back. */
function beat(run: HasMeta): boolean {
  const now = new Date();
  try {
    lutimesSync(runyardPath(run, 'heartbeat'), now, now);
    return true;
  } catch {
    return false;
  }
}

/** Notes the process of a phase by its pid, with the start time that tells it from later ones. */
export function noteChild(run: HasMeta, phase: Phase, pid: number | null): void {
  noteProcess(run, { phase, child: pid === null ? null : identityOf(pid) });
}
