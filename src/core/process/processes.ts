import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { pidExists } from './identity.ts';

/**
 * True while a process group has a member that is not a zombie. On Windows, which has no
 * groups: while the process itself exists.
 */
export function groupExists(pgid: number): boolean {
  if (process.platform === 'win32') return pidExists(pgid);
  try {
    process.kill(-pgid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  if (process.platform !== 'linux' || pidExists(pgid)) return true;
  // Containers without an init keep zombies for ever: look at each member.
  return linuxPids().some((pid) => {
    const fields = statFields(pid);
    return fields !== null && fields.group === pgid && fields.state !== 'Z';
  });
}

/** A process that writes to certain files, and the group it belongs to. */
export interface Holder {
  readonly pid: number;
  readonly group: number;
}

/**
 * Live processes whose stdout or stderr is one of `paths`. This finds the process of a run
 * whose supervisor was killed before it could note the pid. Empty where the platform does not
 * tell (Windows).
 */
export function holdersOf(paths: readonly string[]): readonly Holder[] {
  if (process.platform === 'linux') return linuxHolders(paths);
  return process.platform === 'win32' ? [] : lsofHolders(paths);
}

/** The process group of a process; null where the platform does not tell. */
export function groupOf(pid: number): number | null {
  return process.platform === 'linux' ? (statFields(pid)?.group ?? null) : null;
}

function linuxHolders(paths: readonly string[]): readonly Holder[] {
  const wanted = new Set(paths.map(realPath));
  return linuxPids().flatMap((pid) => {
    const holds = [1, 2].some((fd) => {
      try {
        return wanted.has(readlinkSync(`/proc/${String(pid)}/fd/${String(fd)}`));
      } catch {
        return false;
      }
    });
    const fields = holds ? statFields(pid) : null;
    return fields === null || fields.state === 'Z' ? [] : [{ pid, group: fields.group }];
  });
}

function lsofHolders(paths: readonly string[]): readonly Holder[] {
  let text: string;
  try {
    // execFileSync, not execa: the answer is needed at once, and the supervisor stays small.
    text = execFileSync('lsof', ['-F', 'pg', '--', ...paths], { encoding: 'utf8', timeout: 5000 });
  } catch {
    return [];
  }
  return [...text.matchAll(/^p(\d+)\ng(\d+)$/gm)]
    .map((match) => ({ pid: Number(match[1]), group: Number(match[2]) }))
    .filter(({ pid }) => pid !== process.pid);
}

function linuxPids(): readonly number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function statFields(pid: number): { state: string; group: number } | null {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // Field 2 is the command in parentheses and may hold blanks and parentheses itself.
    const [state = '', , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, group: Number(group) };
  } catch {
    return null;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
