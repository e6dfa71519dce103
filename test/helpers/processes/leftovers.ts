import { readFileSync, readdirSync } from 'node:fs';
import { say } from '../../../scripts/lib/say.mts';
import { removeTree } from '../temp.ts';

/**
 * Ends the processes that a test's editor has left behind (runs go on when a window closes):
 * those whose home directory is `home`. Only where there is a `/proc`; elsewhere nothing happens.
 * Returns their pids.
 */
export function endLeftovers(home: string): number[] {
  const pids = processIds().filter((pid) => pid !== process.pid && homeOf(pid) === home);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  return pids;
}

/** Removes a test's directory; one that cannot be removed is reported, not a failure. */
export function removeOrReport(dir: string): void {
  try {
    removeTree(dir);
  } catch (error) {
    say(`Could not remove ${dir}: ${String(error)}`);
  }
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function homeOf(pid: number): string | undefined {
  try {
    const entry = readFileSync(`/proc/${String(pid)}/environ`, 'utf8')
      .split('\0')
      .find((variable) => variable.startsWith('HOME='));
    return entry?.slice('HOME='.length);
  } catch {
    return undefined;
  }
}
