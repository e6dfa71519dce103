import { lstatSync, readFileSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ask, pidExists } from './identity.ts';

/**
 * True while a process group has a member that is not a zombie. On Windows, which has no
 * groups: while the process itself exists. No number of 1 or below names a group of ours.
 */
export function groupExists(pgid: number): boolean {
  if (pgid <= 1) return false;
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

/** Lists the files that processes have open. */
export const LSOF = process.platform === 'darwin' ? '/usr/sbin/lsof' : '/usr/bin/lsof';

/** A process that writes to certain files, and the group it belongs to. */
export interface Holder {
  readonly pid: number;
  readonly group: number;
}

/** Where the files of a run are; as much of it as processes are known by. */
export interface RunPlace {
  readonly id: string;
  readonly runDir: string;
  readonly metaPath: string;
}

/**
 * Live processes whose stdout or stderr is one of the spools `names` of a run. This finds the
 * process of a run whose supervisor was killed before it could note the pid. A spool that is a
 * link, or behind one, has no holders: whoever writes to what is there is not the run's. Empty
 * where the platform does not tell (Windows).
 */
export function holdersOf(
  run: Pick<RunPlace, 'metaPath'>,
  names: readonly string[],
): readonly Holder[] {
  const dir = spoolDirOf(run);
  const paths = names.map((name) => join(dir, name)).filter(isOwnSpool);
  if (process.platform === 'linux') return linuxHolders(paths);
  return process.platform === 'win32' || paths.length === 0 ? [] : lsofHolders(paths);
}

/** The spools of a run by their own path; see {@link ownPath}. */
export function spoolDirOf({ metaPath }: Pick<RunPlace, 'metaPath'>): string {
  return join(ownPath(metaPath), 'runyard', 'spool');
}

/**
 * The path of an entry of a store as the system names it: the store with all links followed, the
 * entry itself as it is. An entry that is a link to another run does not become that run.
 */
export function ownPath(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}

/** The process group of a process; null where the platform does not tell. */
export function groupOf(pid: number): number | null {
  if (process.platform === 'linux') return statFields(pid)?.group ?? null;
  if (process.platform !== 'darwin') return null;
  const text = ask('/bin/ps', ['-o', 'pgid=', '-p', String(pid)]);
  return text === null || !/^\d+$/.test(text) ? null : Number(text);
}

/** What the process has open under a number, by its path; null when we may not know. */
export function linuxOpen(pid: number, name: string): string | null {
  try {
    return readlinkSync(`/proc/${String(pid)}/${name}`);
  } catch {
    return null;
  }
}

/** A regular file whose own path leads to it. */
function isOwnSpool(path: string): boolean {
  try {
    return lstatSync(path).isFile() && realpathSync(path) === path;
  } catch {
    return false;
  }
}

function linuxHolders(paths: readonly string[]): readonly Holder[] {
  if (paths.length === 0) return [];
  return linuxPids().flatMap((pid) => {
    const holds = ['fd/1', 'fd/2'].some((name) => paths.includes(linuxOpen(pid, name) ?? ''));
    const fields = holds ? statFields(pid) : null;
    return fields === null || fields.state === 'Z' ? [] : [{ pid, group: fields.group }];
  });
}

function lsofHolders(paths: readonly string[]): readonly Holder[] {
  // Only who writes to them as its output: others may read along.
  const text = ask(LSOF, ['-a', '-d', '1,2', '-F', 'pg', '--', ...paths]) ?? '';
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
