import { existsSync, rmSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nextTimestampUs } from '../base/clock.ts';
import { RunyardError } from '../base/errors.ts';
import { ROW_FILE_BYTES, readRegularText } from '../base/regular-file.ts';
import {
  heartbeatMs,
  readProcessFile,
  readRequest,
  removeLiveFiles,
  supervisorState,
} from '../meta/process-file.ts';
import { UNPACKING } from '../meta/unzip-meta.ts';
import { outputPaths } from '../output/paths.ts';
import { OutputWriter, drainOutput, hasSpools, sealOutput } from '../output/writer.ts';
import { removeLock, writerOptions } from '../phase/exec.ts';
import { beginSupervision, noteChild, noteProcess } from '../phase/supervision.ts';
import { belongsTo } from '../process/belongs.ts';
import { identityOf, livenessOf, pidExists, type ProcessIdentity } from '../process/identity.ts';
import { groupExists, holdersOf, type Holder } from '../process/processes.ts';
import { signalProcess, stopGroup } from '../process/signals.ts';
import { Claim, claimRun, tryClaim } from '../run/claim.ts';
import { pokeRun, runMetaPath, writeMeta } from '../run/run.ts';
import { appendRunnerLog } from '../run/runner-log.ts';
import { PHASES, type Phase, type Run, type RunStatus } from '../run/types.ts';
import { NO_MARKS } from '../status/marks.ts';
import { parseMetaName, readInfo } from '../status/run-info.ts';
import { finalizeRun, type FinalizeOptions } from './finalize.ts';
import { completeReset } from './reset.ts';

/** What {@link recoverRun} did. */
export interface Recovery {
  /**
   * `none`: nothing was wrong, or somebody looks after the run. `staging`: the rest of an
   * interrupted staging was cleared away. `reset`: a restart that was interrupted went on, and
   * the run can be started. `finalized`: a dead run, or one whose finalizing was interrupted,
   * is final now. `adopted`: the process was still alive; we wrote its output until it ended
   * and finalized the run.
   */
  readonly action: 'none' | 'staging' | 'reset' | 'finalized' | 'adopted';
  readonly status: RunStatus;
}

/** Options of {@link recoverRun}. */
export interface RecoverOptions extends FinalizeOptions {
  /** Aborting stops an adopted process; the run ends `terminated`. */
  readonly signal?: AbortSignal;
  /**
   * Also take over a run that is lost: its supervisor is on another host and gave no sign of
   * life for long, or the process that its files name is not verifiably the run's. Only a person
   * can know that nothing works on it any more. Such a process gets no signal.
   */
  readonly force?: boolean;
  /** Called when a living process was found, before it is waited for. */
  readonly onAdopt?: (pid: number) => void;
}

/** Exit code of a process whose own nobody can know any more (gage-format.md 3.3 rule 5). */
const UNKNOWN_EXIT = -1;
const ADOPT_POLL_MS = 100;
/** Between SIGTERM and SIGKILL for hooks that lost their supervisor. Milliseconds. */
const HOOK_GRACE_MS = 2000;

/**
 * Brings a run whose supervisor died to a state that does not change by itself: completes its
 * output from the spools, and finalizes it. A process that is still alive is looked after
 * until it ends. Does nothing for a run that is well.
 * Throws `claimed` when another process is at it, `no-run` when the run is gone.
 */
export async function recoverRun(run: Run, options: RecoverOptions = {}): Promise<Recovery> {
  clearZipLeftovers(run);
  const before = await statusNow(run);
  if (!existsSync(run.metaPath) || !needsWork(run, options)) {
    return { action: 'none', status: before };
  }
  const claim = claimRun(run, 'recover', { overRemote: options.force === true });
  try {
    // Another one may have been faster.
    if (!needsWork(run, options)) return { action: 'none', status: await statusNow(run) };
    const action = await recover(run, options);
    return { action, status: await statusNow(run) };
  } finally {
    // When the run was finalized its claims are gone already.
    claim.release();
  }
}

/** True when nobody looks after the run although it has not come to rest. */
function needsWork(run: Run, options: RecoverOptions): boolean {
  if (run.metaForm === 'zip') return false;
  const own = readProcessFile(run);
  const heartbeat = heartbeatMs(run);
  const has = (name: string): boolean => existsSync(runMetaPath(run, name));
  if (own === null) return isDeadGageRun(run, options);
  const supervisor = supervisorState(own, heartbeat);
  if (supervisor === 'alive' || (supervisor === 'stale' && options.force !== true)) return false;
  if (has('proc/exit')) return heartbeat !== null || has('proc/lock') || has('runyard/spool');
  if (has('started') && own.action === 'stage') return isDeadGageRun(run, options);
  if (has('started')) return options.force === true || !isInDoubt(run, own.child);
  return heartbeat !== null || has('runyard/spool');
}

function hasDied(run: Run): boolean {
  return existsSync(runMetaPath(run, 'started')) && !existsSync(runMetaPath(run, 'proc', 'exit'));
}

/** Started by Gage itself, which died: a lock without a process (gage-format.md 3.1). */
function isDeadGageRun(run: Run, options: RecoverOptions): boolean {
  if (existsSync(runMetaPath(run, 'proc', 'exit'))) return false;
  const pid = lockPid(run);
  if (pid === null) return false;
  return (options.force === true && belongsTo(run, pid) !== 'yes') || !pidExists(pid);
}

/** The process that was noted lives, and is not verifiably the run's: a person must judge. */
function isInDoubt(run: Run, noted: ProcessIdentity | null): boolean {
  return noted !== null && belongsTo(run, noted) !== 'yes' && livenessOf(noted) === 'alive';
}

/** Pid in `proc/lock`; 0 for one that is no number, null when there is no lock. */
function lockPid(run: Run): number | null {
  try {
    const text = readRegularText(runMetaPath(run, 'proc', 'lock'), ROW_FILE_BYTES).trim();
    return /^\d+$/.test(text) ? Number(text) : 0;
  } catch {
    return null;
  }
}

async function statusNow(run: Run): Promise<RunStatus> {
  for (const suffix of ['.meta.zip', '.meta']) {
    const name = parseMetaName(run.id + suffix);
    // The claim is ours.
    const info = name === null ? null : await readInfo(run.runsDir, name, undefined, NO_MARKS);
    if (info !== null) return info.status;
  }
  throw new RunyardError('no-run', `There is no run ${run.id} in ${run.runsDir}`);
}

async function recover(run: Run, options: RecoverOptions): Promise<Recovery['action']> {
  if (readProcessFile(run)?.action === 'reset') {
    completeReset(run);
    pokeRun(run);
    // No restart leaves a run started and without its exit code: the note was not true.
    if (!hasDied(run)) return 'reset';
  }
  appendRecoveryLog(run);
  if (!existsSync(runMetaPath(run, 'started'))) {
    await clearStaging(run);
    return 'staging';
  }
  const stopped = stoppedBefore(run);
  const child = existsSync(runMetaPath(run, 'proc', 'exit')) ? null : livingChild(run);
  await endFinalizeHook(run);
  beginSupervision(run, 'recover', child);
  if (child === null) {
    const exitCode = readRequest(run) === null ? UNKNOWN_EXIT : -constants.signals.SIGTERM;
    await finalizeRun(run, exitCode, { stoppedUs: stopped, ...rest(options) });
    return 'finalized';
  }
  options.onAdopt?.(child);
  const exitCode = await adopt(run, child, options);
  await finalizeRun(run, exitCode, rest(options));
  return 'adopted';
}

/** A stop that ended the process does not end the finalize hook too. */
function rest(options: RecoverOptions): FinalizeOptions {
  const { signal, ...others } = options;
  return signal === undefined || signal.aborted ? others : options;
}

function appendRecoveryLog(run: Run): void {
  try {
    appendRunnerLog(run, 'Recovering: the process that looked after the run has died');
  } catch {
    // A finished run has a read-only log.
  }
}

/** Writes the output of a process that is not our child until it and its group have ended. */
async function adopt(run: Run, pid: number, options: RecoverOptions): Promise<number> {
  noteChild(run, 'run', pid);
  writeMeta(run, 'proc/lock', String(pid));
  pokeRun(run);
  const identity = identityOf(pid);
  const writer = new OutputWriter(run, 'run', writerOptions(run));
  let exitCode = UNKNOWN_EXIT;
  let stopping: Promise<void> | null = null;
  while (livenessOf(identity) === 'alive') {
    if (options.signal?.aborted === true && stopping === null) {
      exitCode = -constants.signals.SIGTERM;
      const graceMs = readRequest(run)?.graceMs ?? options.graceMs ?? 0;
      stopping = stopGroup(pid, graceMs, () => {
        exitCode = -constants.signals.SIGKILL;
      });
    }
    await sleep(ADOPT_POLL_MS);
  }
  await stopping;
  appendRunnerLog(run, 'The process has ended; its exit code is not known');
  await writer.close();
  return exitCode;
}

/** The process of the run phase, if it lives: by our note, or by who writes to its spools. */
function livingChild(run: Run): number | null {
  const noted = readProcessFile(run)?.child ?? null;
  if (noted !== null && belongsTo(run, noted) === 'yes') return noted.pid;
  const holders = holdersOf(run, spoolsOf(run, 'run'));
  const leader = holders.find(({ pid, group }) => pid === group);
  if (leader !== undefined) return leader.pid;
  // The leader was noted and is dead: what it left behind does not keep the run alive.
  return noted === null ? (holders[0]?.pid ?? null) : null;
}

/** A finalize hook that lost its supervisor is ended; what it printed is kept. */
async function endFinalizeHook(run: Run): Promise<void> {
  await endAll(run, holdersOf(run, spoolsOf(run, 'finalize')));
}

/**
 * After an interrupted staging: ends its hook, keeps what it printed, and leaves the run
 * `pending` with a note. It can be staged again or deleted.
 */
async function clearStaging(run: Run): Promise<void> {
  const file = readProcessFile(run);
  const noted = file?.child ?? null;
  if (noted !== null && belongsTo(run, noted) === 'yes') await stopGroup(noted.pid, HOOK_GRACE_MS);
  for (const phase of PHASES) {
    if (!hasSpools(run, phase)) continue;
    await endAll(run, holdersOf(run, spoolsOf(run, phase)));
    await drainOutput(run, phase);
    sealOutput(run, phase);
  }
  removeLock(run, (message) => {
    appendRunnerLog(run, message);
  });
  beginSupervision(run, 'stage');
  if (!existsSync(runMetaPath(run, 'staged'))) {
    const message = 'Staging was interrupted';
    noteProcess(run, { failure: { phase: file?.phase ?? 'stage-sourcecode', message } });
  }
  removeLiveFiles(run);
  pokeRun(run);
}

/** Ends processes that print into spools of the run, each with its group where that is the run's. */
async function endAll(run: Run, holders: readonly Holder[]): Promise<void> {
  for (const { pid, group } of holders) {
    if (groupExists(group) && isOwnGroup(run, group)) await stopGroup(group, HOOK_GRACE_MS);
    else signalProcess(pid, 'SIGKILL');
  }
}

/** Hooks lead a group of their own: its leader is the run's, or has ended. */
function isOwnGroup(run: Run, group: number): boolean {
  return !pidExists(group) || belongsTo(run, identityOf(group)) === 'yes';
}

/** The names of the spools of a phase. */
function spoolsOf(run: Run, phase: Phase): readonly string[] {
  const { stdout, stderr } = outputPaths(run, phase);
  return [basename(stdout), basename(stderr)];
}

/**
 * When a dead run ended, as well as we can know: its last output or heartbeat, whichever is
 * later. Epoch microseconds, after `started`.
 */
function stoppedBefore(run: Run): number {
  const started = Number(readRegularText(runMetaPath(run, 'started'), ROW_FILE_BYTES).trim());
  const { output, stdout, stderr } = outputPaths(run, 'run');
  const times = [output, stdout, stderr].map(
    (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs,
  );
  const known = [...times, heartbeatMs(run)].filter((ms) => typeof ms === 'number');
  const latest = Math.trunc(Math.max(0, ...known) * 1000);
  const now = nextTimestampUs();
  return Number.isSafeInteger(started) ? Math.min(now, Math.max(latest, started + 1)) : now;
}

/**
 * Removes what an interrupted change of the meta's form left behind (gage-format.md 2.12): a partial
 * zip or directory, and a directory whose zip is complete. Whoever changes the form now holds the
 * claim of the run.
 */
function clearZipLeftovers(run: Run): void {
  if (zipLeftovers(run).length === 0) return;
  const claim = tryClaim(run, 'recover');
  if (!(claim instanceof Claim)) return;
  try {
    for (const name of zipLeftovers(run)) {
      rmSync(join(run.runsDir, name), { recursive: true, force: true });
    }
  } finally {
    claim.release();
  }
}

function zipLeftovers({ runsDir, id }: Run): readonly string[] {
  const has = (suffix: string): boolean => existsSync(join(runsDir, id + suffix));
  return [
    ...['.meta.zip.partial', '.meta.old', UNPACKING].filter(has),
    ...(has('.meta.zip') && has('.meta') ? ['.meta'] : []),
  ].map((suffix) => id + suffix);
}
