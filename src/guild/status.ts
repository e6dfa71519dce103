import { statSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { join } from 'node:path';
import { readSmallFile } from '../core/base/regular-file.ts';
import { identityOf, pidExists } from '../core/process/identity.ts';
import type { RunStatus } from '../core/run/types.ts';
import type { GuildAttributes } from './attributes.ts';

/** A run without any marker that changed this recently is between two of them. Milliseconds. */
const BETWEEN_MS = 2_000;
/** How exact start times of processes and times of files are to each other. Milliseconds. */
const SLACK_MS = 5_000;

/** Status of a Guild run and what it is taken from. */
export interface GuildStatus {
  readonly status: RunStatus;
  readonly reason: string | null;
  readonly exitCode: number | null;
}

/** Times of a run that its status depends on. Epoch microseconds. */
export interface GuildTimes {
  readonly started: number | null;
  readonly stopped: number | null;
}

/**
 * Derives the status of a run as Guild does (guild-format.md 4): remote lock, PENDING, STAGED, exit
 * status, live lock, else error. It differs where Guild is wrong: a restarted run is running
 * although its old exit status is still there; a pid that belongs to another process by now is
 * not the run's; on another host a pid says nothing, so the run is `lost`; and the instant
 * between two markers is `pending`, not `error`.
 * @param names of the files in `.guild`. @param now epoch milliseconds.
 */
export function guildStatus(
  guildDir: string,
  names: ReadonlySet<string>,
  attrs: GuildAttributes,
  times: GuildTimes,
  now = Date.now(),
): GuildStatus {
  if (names.has('LOCK.remote')) {
    const remote = readSmallFile(join(guildDir, 'LOCK.remote'))?.split(':')[0] ?? '';
    return { status: 'running', reason: `On the remote ${remote}`, exitCode: null };
  }
  if (names.has('PENDING')) return { status: 'pending', reason: null, exitCode: null };
  if (names.has('STAGED')) return { status: 'staged', reason: null, exitCode: null };
  const exitCode = attrs.int('exit_status');
  const live = names.has('LOCK') ? lockState(guildDir, attrs) : 'dead';
  const wasRestarted = (times.started ?? 0) > (times.stopped ?? 0);
  if (exitCode !== null && !(live === 'alive' && wasRestarted)) {
    const status = exitCode === 0 ? 'completed' : exitCode < 0 ? 'terminated' : 'error';
    return { status, reason: null, exitCode };
  }
  if (live === 'alive') return { status: 'running', reason: null, exitCode: null };
  if (live === 'remote') {
    const host = attrs.text('host') ?? 'another host';
    return {
      status: 'lost',
      reason: `Guild started it on ${host}; from here nobody can tell whether it runs`,
      exitCode: null,
    };
  }
  if (!names.has('LOCK') && isBetween(guildDir, now)) {
    return { status: 'pending', reason: null, exitCode: null };
  }
  return { status: 'error', reason: 'It ended without an exit status', exitCode: null };
}

function lockState(guildDir: string, attrs: GuildAttributes): 'alive' | 'dead' | 'remote' {
  const host = attrs.text('host');
  if (host !== null && host !== hostname()) return 'remote';
  const path = join(guildDir, 'LOCK');
  const text = readSmallFile(path)?.trim() ?? '';
  const pid = /^\d+$/.test(text) ? Number(text) : 0;
  if (!pidExists(pid)) return 'dead';
  // Guild compares the pid alone, and takes any later process with it for the run.
  const start = startMs(pid);
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return start !== null && written !== undefined && start > written + SLACK_MS ? 'dead' : 'alive';
}

/** When a process started, epoch milliseconds; null where the platform does not tell. */
function startMs(pid: number): number | null {
  const { start } = identityOf(pid);
  if (start === null) return null;
  // Ticks of 10 ms since the boot, or a date in UTC.
  const ms =
    process.platform === 'linux'
      ? Date.now() - uptime() * 1000 + Number(start) * 10
      : Date.parse(`${start} UTC`);
  return Number.isNaN(ms) ? null : ms;
}

function isBetween(guildDir: string, now: number): boolean {
  const changed = statSync(guildDir, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Math.abs(now - changed) < BETWEEN_MS;
}
