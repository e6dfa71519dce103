import { supervisorState, type ProcessFile } from '../meta/process-file.ts';
import type { Belongs } from '../process/belongs.ts';
import { livenessOf, pidExists, type ProcessIdentity } from '../process/identity.ts';
import type { Phase, RunStatus } from '../run/types.ts';

/** What the files of a run say that its status depends on. */
export interface StatusFacts {
  /** Text of `proc/exit`, null when absent. */
  readonly exit: string | null;
  /** Text of `proc/lock`, null when absent. Never set for a zip (gage-format.md 3.1). */
  readonly lock: string | null;
  readonly initialized: boolean;
  readonly staged: boolean;
  readonly started: boolean;
  /** Our own file; null for runs of Gage. */
  readonly process: ProcessFile | null;
  /** Epoch milliseconds, null when there is no heartbeat. */
  readonly heartbeatMs: number | null;
  /** Whether a live process is verifiably the run's; asked only where it matters. */
  readonly belongs: (who: ProcessIdentity | number) => Belongs;
}

/** A status and what a person should know with it. */
export interface DerivedStatus {
  readonly status: RunStatus;
  readonly reason: string | null;
  readonly needsRecovery: boolean;
  readonly exitCode: number | null;
  readonly phase: Phase | null;
  /** As in {@link RunInfo}. */
  readonly unverified?: true;
}

/**
 * The status of a run (gage-format.md 3.1, refined by design.md 5): what Gage would say, corrected
 * by our own files where they know more.
 * @param nowMs epoch milliseconds, for the age of the heartbeat.
 */
export function deriveStatus(facts: StatusFacts, nowMs: number = Date.now()): DerivedStatus {
  const exitCode = parseInteger(facts.exit);
  const own = facts.process;
  if (exitCode !== null) {
    // The heartbeat is the last thing that finalize removes.
    const interrupted =
      own !== null &&
      facts.heartbeatMs !== null &&
      supervisorState(own, facts.heartbeatMs, nowMs) === 'dead';
    const what = own?.action === 'reset' ? 'Restarting' : 'Finalizing';
    return {
      status: exitCode === 0 ? 'completed' : exitCode < 0 ? 'terminated' : 'error',
      reason: interrupted ? `${what} was interrupted` : null,
      needsRecovery: interrupted,
      exitCode,
      phase: null,
    };
  }
  if (own !== null && isOurs(own, facts)) return statusOfOurs(own, facts, nowMs);
  return { ...statusOfGage(facts), exitCode: null, phase: null };
}

/** True for a status that does not change by itself any more. */
export function isFinal(status: RunStatus): boolean {
  return status === 'completed' || status === 'error' || status === 'terminated';
}

/**
 * True for a run that is not at rest, and of which nobody can tell from here whether anything works
 * on it: only a person may end or delete it.
 */
export function mayRunElsewhere(info: Pick<DerivedStatus, 'status' | 'unverified'>): boolean {
  return info.status === 'lost' || info.unverified === true;
}

/** True while a process works on the run, as far as we know. */
export function isActive(status: RunStatus): boolean {
  return status === 'running' || status === 'lost';
}

/**
 * Our process file speaks for the run unless somebody else took over: Gage may start a run that
 * we staged, which our own file then knows nothing of.
 */
function isOurs(own: ProcessFile, facts: StatusFacts): boolean {
  if (own.action === 'reset') return false;
  if (own.action === 'stage') return !facts.staged && !facts.started;
  return facts.started;
}

function statusOfOurs(own: ProcessFile, facts: StatusFacts, nowMs: number): DerivedStatus {
  const supervisor = supervisorState(own, facts.heartbeatMs, nowMs);
  const base = { exitCode: null, needsRecovery: false, reason: null, phase: own.phase };
  if (!facts.started) {
    if (own.failure !== null) {
      return { ...base, status: stagingStatus(facts), reason: own.failure.message };
    }
    return supervisor === 'dead'
      ? {
          ...base,
          status: stagingStatus(facts),
          reason: 'Staging was interrupted',
          needsRecovery: true,
        }
      : { ...base, status: stagingStatus(facts) };
  }
  if (supervisor === 'alive') return { ...base, status: 'running' };
  if (supervisor === 'stale') {
    return { ...base, status: 'lost', reason: lostReason(own, facts.heartbeatMs, nowMs) };
  }
  if (own.child !== null && livenessOf(own.child) === 'alive') {
    const belongs = facts.belongs(own.child);
    const reason = 'The process runs on, but nothing looks after it';
    if (belongs === 'yes') return { ...base, status: 'running', reason, needsRecovery: true };
    // It may have ended while we looked.
    if (livenessOf(own.child) === 'alive')
      return { ...base, ...statusOfOther(own.child.pid, belongs) };
  }
  const reason = 'The run died before it was finalized';
  return { ...base, status: 'terminated', reason, needsRecovery: true };
}

function stagingStatus(facts: StatusFacts): RunStatus {
  return facts.initialized ? 'pending' : 'unknown';
}

function lostReason(own: ProcessFile, heartbeat: number | null, nowMs: number): string {
  if (heartbeat === null) return `No sign of life from ${own.supervisor.host}`;
  const seconds = Math.round((nowMs - heartbeat) / 1000);
  if (seconds < 0)
    return `The last sign of life from ${own.supervisor.host} is dated in the future`;
  return `No sign of life from ${own.supervisor.host} for ${String(seconds)} s`;
}

type Judgement = Pick<DerivedStatus, 'status' | 'reason' | 'needsRecovery' | 'unverified'>;

/** A run whose files name a live process that is not verifiably its own: a person must judge. */
function statusOfOther(pid: number, belongs: 'no' | 'unknown'): Judgement {
  const needsRecovery = false;
  if (belongs === 'no') return { status: 'lost', reason: notItsOwn(pid), needsRecovery };
  const reason = `Process ${String(pid)} may be this run's: nobody can tell from here`;
  return { status: 'running', reason, needsRecovery, unverified: true };
}

/** What is said of a run whose files name a process that is verifiably another. */
export function notItsOwn(pid: number): string {
  return `Running elsewhere, or a stale lock: process ${String(pid)} is not this run's`;
}

function statusOfGage(facts: StatusFacts): Judgement {
  const none = { reason: null, needsRecovery: false };
  if (facts.lock !== null) {
    const pid = parseInteger(facts.lock);
    if (pid !== null && pidExists(pid)) {
      const belongs = facts.belongs(pid);
      if (belongs === 'yes') return { ...none, status: 'running' };
      if (pidExists(pid)) return statusOfOther(pid, belongs);
    }
    return { ...none, status: 'terminated', reason: 'The run died before it was finalized' };
  }
  if (facts.staged) return { ...none, status: 'staged' };
  if (facts.initialized) return { ...none, status: 'pending' };
  return { ...none, status: 'unknown' };
}

function parseInteger(text: string | null): number | null {
  if (text === null || !/^\s*[-+]?\d+\s*$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}
