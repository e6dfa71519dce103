import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import * as z from 'zod/mini';
import { hasErrno } from '../base/errors.ts';

/**
 * Who a process is, beyond its pid, which the system uses again: the host, the boot and the
 * start time. `start` and `bootId` are null where the platform does not tell.
 */
export const ProcessIdentitySchema = z.object({
  pid: z.int().check(z.positive()),
  /** Opaque: clock ticks since boot on Linux, a date on macOS. Compare for equality only. */
  start: z.nullable(z.string()),
  host: z.string(),
  bootId: z.nullable(z.string()),
});
export type ProcessIdentity = z.infer<typeof ProcessIdentitySchema>;

/** Identity of a live process of this host, by default our own. */
export function identityOf(pid: number = process.pid): ProcessIdentity {
  return { pid, start: startOf(pid), host: thisHost(), bootId: thisBoot() };
}

/** `remote`: the process belongs to another host, so nobody here can tell. */
export type Liveness = 'alive' | 'dead' | 'remote';

/**
 * Whether the process of `identity` is alive now: same host, same boot, same start time. Where the
 * platform tells boots and start times, one that names none is nobody's: a pid alone is soon another's.
 */
export function livenessOf(identity: ProcessIdentity): Liveness {
  if (identity.host !== thisHost()) return 'remote';
  if (thisBoot() !== null && identity.bootId !== thisBoot()) return 'dead';
  if (!pidExists(identity.pid)) return 'dead';
  if (identity.start === null) return tellsStarts() ? 'dead' : 'alive';
  const start = startOf(identity.pid);
  return start === null || start === identity.start ? 'alive' : 'dead';
}

/**
 * True when a process with this pid exists, and is neither a zombie nor about to be one. A process of another user
 * counts (EPERM); pids outside the range of the system do not exist (gage-format.md 3.1).
 */
export function pidExists(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid > 0x7fffffff) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!hasErrno(error, 'EPERM')) return false;
  }
  return process.platform !== 'linux' || linuxStat(pid)?.ended !== true;
}

let host: string | undefined;
let boot: string | null | undefined;

/**
 * Name of this host. Containers may share a host's name but not its pids: inside one that does,
 * the name of the pid namespace tells them apart.
 */
export function thisHost(): string {
  host ??= hostname() + pidNamespace();
  return host;
}

/** Empty in the first pid namespace of a machine, whose number is the same everywhere. */
function pidNamespace(): string {
  if (process.platform !== 'linux') return '';
  try {
    const name = readlinkSync('/proc/self/ns/pid');
    return name === 'pid:[4026531836]' ? '' : `/${name}`;
  } catch {
    return '';
  }
}

function thisBoot(): string | null {
  if (boot === undefined) boot = readBoot();
  return boot;
}

function readBoot(): string | null {
  if (process.platform === 'linux') {
    try {
      return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    } catch {
      return null;
    }
  }
  if (process.platform !== 'darwin') return null;
  return ask('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']);
}

let starts: boolean | undefined;

/** Whether start times can be had here at all: our own process has one. */
function tellsStarts(): boolean {
  starts ??= startOf(process.pid) !== null;
  return starts;
}

function startOf(pid: number): string | null {
  if (process.platform === 'linux') return linuxStat(pid)?.start ?? null;
  if (process.platform !== 'darwin') return null;
  return ask('/bin/ps', ['-o', 'lstart=', '-p', String(pid)]);
}

/**
 * What a program of the system answers, without blanks around it; null when it does not answer in
 * time or has nothing to say. execFileSync, not execa: identities are compared in the middle of
 * claims, and the supervisor loads as little as possible.
 */
export function ask(program: string, args: readonly string[]): string | null {
  try {
    const text = execFileSync(program, args, {
      encoding: 'utf8',
      timeout: 2000,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { LC_ALL: 'C', TZ: 'UTC' },
    });
    return text.trim() || null;
  } catch {
    return null;
  }
}

/** The kernel's PF_EXITING: nothing of the program runs any more, and its memory is given back. */
const EXITING = 4;

/** Fields 3 (state), 9 (flags) and 22 (start time, in ticks since boot) of `/proc/<pid>/stat`. */
function linuxStat(pid: number): { ended: boolean; start: string } | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  } catch {
    return null;
  }
  // Field 2 is the command in parentheses and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const start = fields[19];
  if (state === undefined || start === undefined) return null;
  return { ended: state === 'Z' || (Number(fields[6]) & EXITING) !== 0, start };
}
