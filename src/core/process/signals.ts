import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupExists, groupOf } from './processes.ts';

/**
 * The one door through which signals leave us. A pid may come out of a file that anybody has
 * written, and `kill` takes some numbers for everybody: 0 is our own group, -1 every process of
 * the user, 1 what the system runs on. Whoever asks has seen to it that the process is the run's
 * (belongs.ts), or its own child.
 */

/** SIGTERM to a group, SIGKILL to what is left of it after the grace time. */
export async function stopGroup(pid: number, graceMs: number, onKill?: () => void): Promise<void> {
  if (!mayGetSignals(pid)) return;
  signalGroup(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (groupExists(pid) && Date.now() < deadline) await sleep(25);
  if (!groupExists(pid)) return;
  onKill?.();
  signalGroup(pid, 'SIGKILL');
  const last = Date.now() + 2000;
  while (groupExists(pid) && Date.now() < last) await sleep(25);
}

/**
 * Sends a signal to a process group; to the process itself where it leads none. Never throws, and
 * sends nothing to a process with a pid of 1 or below, to us, or to the group that we are in.
 */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (!mayGetSignals(pid)) return;
  if (process.platform === 'win32') {
    const force = signal === 'SIGKILL' ? ['/F'] : [];
    // execFile, not execa: the supervisor loads as little as possible.
    execFile('taskkill', ['/PID', String(pid), '/T', ...force], { timeout: 10_000 }, () => {
      // A process that has ended is what we wanted.
    });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    signalProcess(pid, signal);
  }
}

/** Sends a signal to one process, with the limits of {@link signalGroup}. Never throws. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  if (!mayGetSignals(pid)) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

function mayGetSignals(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1 && pid !== process.pid && pid !== ownGroup();
}

let own: number | null | undefined;

/** The group that we are in; null where nobody tells. */
function ownGroup(): number | null {
  own ??= groupOf(process.pid);
  return own;
}
