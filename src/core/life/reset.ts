import { chmodSync, existsSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { writeFileAtomic } from '../base/atomic.ts';
import { RunyardError, hasErrno } from '../base/errors.ts';
import { readSmallFile } from '../base/regular-file.ts';
import { readJsonFileIfAny } from '../data/json-file.ts';
import { ATTEMPTS_DIR } from '../meta/attempts.ts';
import { DEPENDS_FILE } from '../meta/depends-file.ts';
import { readProcessFile, removeLiveFiles } from '../meta/process-file.ts';
import { unzipMeta } from '../meta/unzip-meta.ts';
import { beginSupervision } from '../phase/supervision.ts';
import { claimRun, type Claim } from '../run/claim.ts';
import { TRASH } from '../run/containers.ts';
import { makeMetaDir } from '../run/own-dirs.ts';
import { pokeRun, runMetaPath, runyardPath } from '../run/run.ts';
import { appendRunnerLog } from '../run/runner-log.ts';
import { PHASE_OUTPUT, type Phase, type Run } from '../run/types.ts';
import { NO_MARKS, queueEntryPath, queueTakenPath } from '../status/marks.ts';
import { runInfoNow } from '../status/run-info.ts';
import { isFinal } from '../status/status.ts';
import { AttemptFiles } from './attempt-files.ts';

/** What a run is brought back to; `pending` drops its staged files, to stage it anew. */
export type ResetTarget = 'staged' | 'pending';

/** Options of {@link resetRun}. */
export interface ResetOptions {
  /** A claim that the caller holds already; by default the run is claimed here, for so long. */
  readonly claim?: Claim;
}

/** `reset.json` of an attempt: says what is under way until the exit code is there too. */
const ResetSchema = z.object({
  version: z.literal(1),
  to: z.enum(['staged', 'pending']),
  timeMs: z.number(),
});

const EXIT = 'proc/exit';

/**
 * Brings a final run back, so that it can be started again under its own id: what the former
 * attempt produced moves to `runyard/attempts/<n>/`, laid out as in the meta directory, with
 * the files of the run directory in `files/`. Label, tags, comments, values and `log/runner`
 * stay. A zipped meta becomes a directory first.
 *
 * The exit code moves last, in one step: at each instant the run is either final or back. After
 * a crash a second call, or `recoverRun`, completes it. A staged run that shall be `pending` is
 * only unstaged; a run that is there already is left alone.
 *
 * @returns the run in directory form.
 * Throws `wrong-status` for a run that is not final, needs recovery or is in the trash; `claimed`
 * when a process works on it; `unreadable`; `unsafe-path` when a directory of the run is a link.
 */
export async function resetRun(
  run: Run,
  to: ResetTarget,
  options: ResetOptions = {},
): Promise<Run> {
  const claim = options.claim ?? claimRun(run, 'reset');
  try {
    const unzipped = await unzipMeta(run);
    // The queue is done with it; a queue that comes later must not take the new attempt for its own.
    for (const path of [queueEntryPath(run), queueTakenPath(run)]) rmSync(path, { force: true });
    completeReset(unzipped);
    bringBack(unzipped, to);
    return unzipped;
  } finally {
    if (options.claim === undefined) claim.release();
    pokeRun(run);
  }
}

/**
 * Completes what an interrupted {@link resetRun} began; does nothing when there is nothing. The
 * caller holds the claim of the run.
 */
export function completeReset(run: Run): void {
  const open = openAttempt(run);
  if (open !== null) new Reset(run, open.number, open.to).perform();
  else if (readProcessFile(run)?.action === 'reset') tidy(run);
}

function bringBack(run: Run, to: ResetTarget): void {
  const info = runInfoNow(run, NO_MARKS);
  if (info.container === TRASH) throw refused(run, 'is in the trash', 'Restore it first.');
  if (info.status === to) return;
  if (info.status === 'staged') {
    unstage(run);
    return;
  }
  if (!isFinal(info.status)) throw refused(run, `is ${info.status}`, 'Stop it first.');
  if (info.needsRecovery || info.exitCode === null) {
    throw refused(run, 'died and is not final yet', 'Recover it first.');
  }
  if (to === 'staged' && info.timestampsUs.staged === null) {
    throw refused(run, 'was never staged', 'Run the operation anew.');
  }
  new Reset(run, newestKept(run) + 1, to).perform();
}

/** Nothing was run: staging clears away what it finds. */
function unstage(run: Run): void {
  rmSync(runMetaPath(run, 'staged'));
  appendRunnerLog(run, 'Restarting: the run is going to be staged again');
}

/** One move into an attempt. Every step may be repeated after a crash. */
class Reset {
  readonly #run: Run;
  readonly #number: number;
  readonly #to: ResetTarget;
  readonly #dir: string;

  constructor(run: Run, number: number, to: ResetTarget) {
    this.#run = run;
    this.#number = number;
    this.#to = to;
    this.#dir = attemptDir(run, number);
  }

  perform(): void {
    this.#begin();
    const files = new AttemptFiles(this.#run, this.#dir);
    if (this.#to === 'staged') files.moveGenerated();
    else files.moveAll();
    this.#moveOutput(['run', 'finalize']);
    if (this.#to === 'pending') this.#moveStaging(files);
    for (const name of ['summary.json', 'stopped', 'started']) files.moveMeta(name);
    this.#log(files.warnings);
    // A row of before must not be taken for the one of now.
    pokeRun(this.#run);
    if (this.#to === 'pending') files.moveMeta('staged');
    files.moveMeta(EXIT);
    tidy(this.#run);
  }

  /** From here on a death shows, and somebody completes the rest. */
  #begin(): void {
    makeMetaDir(this.#run, ...this.#place);
    const note = { version: 1, to: this.#to, timeMs: Date.now() };
    writeFileAtomic(join(this.#dir, 'reset.json'), `${JSON.stringify(note)}\n`, { mode: 0o444 });
    const own = readProcessFile(this.#run);
    if (own !== null && own.action !== 'reset') {
      const kept = makeMetaDir(this.#run, ...this.#place, 'runyard');
      const text = readSmallFile(runyardPath(this.#run, 'process.json')) ?? '';
      writeFileAtomic(join(kept, 'process.json'), text, { mode: 0o444 });
    }
    beginSupervision(this.#run, 'reset');
  }

  /** The directory of the attempt, below the meta directory. */
  get #place(): readonly string[] {
    return ['runyard', ATTEMPTS_DIR, String(this.#number)];
  }

  #moveOutput(phases: readonly Phase[]): void {
    const files = new AttemptFiles(this.#run, this.#dir);
    for (const phase of phases) {
      const name = PHASE_OUTPUT[phase];
      for (const path of [`output/${name}`, `output/${name}.index`, `runyard/offsets/${name}`]) {
        files.moveMeta(path);
      }
    }
  }

  #moveStaging(files: AttemptFiles): void {
    this.#moveOutput(['stage-sourcecode', 'stage-runtime', 'stage-dependencies']);
    for (const name of ['log/files', 'log/patched', 'manifest', DEPENDS_FILE]) files.moveMeta(name);
  }

  /** The log goes on in one file: it is sealed in a final run. */
  #log(warnings: readonly string[]): void {
    const path = runMetaPath(this.#run, 'log', 'runner');
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() === true) chmodSync(path, (stat.mode & 0o777) | 0o200);
    const kept = `runyard/${ATTEMPTS_DIR}/${String(this.#number)}`;
    appendRunnerLog(this.#run, `Restarting: the former attempt is kept in ${kept}`);
    for (const warning of warnings) appendRunnerLog(this.#run, `Warning: ${warning}`);
  }
}

/** The process file of the former attempt is kept with it; that of the reset is of no use. */
function tidy(run: Run): void {
  removeLiveFiles(run);
  rmSync(runyardPath(run, 'process.json'), { force: true });
}

function attemptDir(run: Run, number: number): string {
  return runyardPath(run, ATTEMPTS_DIR, String(number));
}

/** Number of the newest attempt that is complete: its exit code is there; 0 for none. */
function newestKept(run: Run): number {
  const newest = newestAttempt(run);
  return existsSync(join(attemptDir(run, newest), EXIT)) ? newest : Math.max(0, newest - 1);
}

/** Number of the newest attempt, complete or not; 0 for none. */
function newestAttempt(run: Run): number {
  try {
    const numbers = readdirSync(runyardPath(run, ATTEMPTS_DIR)).filter((name) =>
      /^\d+$/.test(name),
    );
    return Math.max(0, ...numbers.map(Number));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return 0;
    throw error;
  }
}

/** The attempt that is being made, and what for. */
function openAttempt(run: Run): { readonly number: number; readonly to: ResetTarget } | null {
  const number = newestKept(run) + 1;
  // Without its note it was not begun: there is nothing but its directory, if that.
  const note = readJsonFileIfAny(join(attemptDir(run, number), 'reset.json'), ResetSchema);
  return note && { number, to: note.to };
}

function refused(run: Run, why: string, hint: string): RunyardError {
  return new RunyardError('wrong-status', `Run ${run.name} cannot be restarted: it ${why}`, {
    hint,
  });
}
