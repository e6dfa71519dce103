import { closeSync, existsSync, rmSync, watch, type FSWatcher } from 'node:fs';
import { basename } from 'node:path';
import { openNew } from '../base/atomic.ts';
import { describeError, hasErrno } from '../base/errors.ts';
import { Pace } from '../base/pace.ts';
import { holdersOf } from '../process/processes.ts';
import { makeReadOnly } from '../run/run.ts';
import type { Phase, Progress, Run } from '../run/types.ts';
import { makeOutputDirs, outputPaths, type OutputPaths } from './paths.ts';
import { ProgressParser } from './progress.ts';
import { SpoolMerger } from './spool-merger.ts';

/** While events arrive, merge this often at most. Milliseconds. */
const STEP_MS = 15;
/** Merge so long at most before others have their turn. Milliseconds. */
const BUSY_MS = 10;
/** Look at the spools this often without events; also ends the waits of the merge rule. Milliseconds. */
const NET_MS = 250;
/** After a failed write (a full disk) try again this often. Milliseconds. */
const RETRY_MS = 1000;
/** Attempts to write the rest when the output is closed and the disk refuses. */
const CLOSE_ATTEMPTS = 5;

/** Standard output and error of a process, as file descriptors for `spawn`. */
export interface SpoolFds {
  readonly stdout: number;
  readonly stderr: number;
  /** Closes both; the process keeps its own copies. */
  close(): void;
}

/**
 * Starts the output of a phase afresh: empty output and index, empty spools. A pipe would lose
 * what was printed and not yet read when its reader is killed, and kill the writer with it; a
 * file keeps everything, and nobody waits for a grandchild that keeps it open.
 * Throws `unsafe-path` when a directory on the way is a link, and system errors.
 */
export function prepareOutput(run: Pick<Run, 'metaPath'>, phase: Phase): SpoolFds {
  const paths = outputPaths(run, phase);
  makeOutputDirs(run);
  const { output, index, offsets, commit } = paths;
  for (const path of [output, index, offsets, paths.stdout, paths.stderr, commit]) {
    rmSync(path, { force: true });
  }
  const stdout = openNew(paths.stdout, { mode: 0o600, append: true });
  const stderr = openNew(paths.stderr, { mode: 0o600, append: true });
  new SpoolMerger(paths).close();
  return {
    stdout,
    stderr,
    close: () => {
      closeSync(stdout);
      closeSync(stderr);
    },
  };
}

/** True while a phase has printed bytes that may not be in its output yet. */
export function hasSpools(run: Pick<Run, 'metaPath'>, phase: Phase): boolean {
  const paths = outputPaths(run, phase);
  return existsSync(paths.stdout) || existsSync(paths.stderr);
}

/** What the writer tells while it works. */
export interface OutputWriterOptions {
  /** The progress that the process printed last, as soon as it is seen. */
  readonly onProgress?: (progress: Progress) => void;
  /** Something is wrong that a person should know, once for each thing. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Follows the spools of a phase and writes `output/NN_name` with its index as bytes arrive.
 * One writer per phase at a time. It holds one chunk in memory, whatever the output's size.
 */
export class OutputWriter {
  readonly #run: Pick<Run, 'metaPath'>;
  readonly #paths: OutputPaths;
  readonly #merger: SpoolMerger;
  readonly #options: OutputWriterOptions;
  readonly #parsers = [new ProgressParser(), new ProgressParser()] as const;
  #watcher: FSWatcher | null = null;
  #net: NodeJS.Timeout | null = null;
  #next: NodeJS.Timeout | null = null;
  #soon: NodeJS.Immediate | null = null;
  #lastStep = 0;
  #retryAt = 0;
  #warned = new Set<string>();

  /**
   * Throws `unsafe-path` when a file of the output, or a directory on the way to it, is a link.
   * @param linkBacklog see SpoolMerger; for tests.
   */
  constructor(
    run: Pick<Run, 'metaPath'>,
    phase: Phase,
    options: OutputWriterOptions = {},
    linkBacklog?: number,
  ) {
    this.#run = run;
    this.#paths = outputPaths(run, phase);
    this.#options = options;
    makeOutputDirs(run);
    this.#merger = new SpoolMerger(
      this.#paths,
      (stream, bytes) => {
        this.#parse(stream, bytes);
      },
      linkBacklog,
    );
    this.#watcher = this.#watch();
    this.#net = setInterval(() => {
      this.#schedule();
    }, NET_MS);
    this.#schedule();
  }

  /**
   * Writes everything that is in the spools, closes the files and removes the spools. Call it
   * when the process has ended. When the disk refuses, the spools stay, so that nothing is
   * lost: a later recover completes the output.
   * @returns true when all is written.
   */
  async close(): Promise<boolean> {
    this.#stop();
    const pace = new Pace(undefined, BUSY_MS);
    for (let attempt = 1; ; attempt++) {
      try {
        // Whole lines of both streams first: an unfinished one must not swallow the other's.
        while (this.#merger.step(Date.now())) if (pace.due()) await pace.rest();
        while (this.#merger.step(Date.now(), true)) if (pace.due()) await pace.rest();
        // A second look: what was held back behind the other stream's line.
        while (this.#merger.step(Date.now(), true)) if (pace.due()) await pace.rest();
        if (this.#isStillWritten()) this.#merger.detach();
        break;
      } catch (error) {
        this.#warn(`Cannot write ${this.#paths.output}: ${describeError(error)}`);
        if (attempt === CLOSE_ATTEMPTS) {
          this.#merger.close();
          return false;
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.#merger.close();
    removeSpools(this.#paths);
    return true;
  }

  /** A process that was left behind could write into the finished output. */
  #isStillWritten(): boolean {
    if (!this.#merger.linked) return false;
    if (process.platform === 'win32') return true;
    return holdersOf(this.#run, [basename(this.#paths.stdout)]).length > 0;
  }

  #stop(): void {
    this.#watcher?.close();
    this.#watcher = null;
    if (this.#net !== null) clearInterval(this.#net);
    if (this.#next !== null) clearTimeout(this.#next);
    this.#net = null;
    this.#next = null;
  }

  #watch(): FSWatcher | null {
    try {
      const watcher = watch(this.#paths.spoolDir, () => {
        this.#schedule();
      });
      // Events are hints; the net does without them.
      watcher.on('error', () => {
        watcher.close();
      });
      return watcher;
    } catch {
      return null;
    }
  }

  /** Many small writes make one step: a chatty program must not keep us busy. */
  #schedule(): void {
    if (this.#next !== null || this.#net === null) return;
    const due = Math.max(this.#lastStep + STEP_MS, this.#retryAt);
    this.#next = setTimeout(
      () => {
        this.#next = null;
        this.#step();
      },
      Math.max(0, due - Date.now()),
    );
  }

  #step(): void {
    if (this.#net === null) return;
    try {
      const until = performance.now() + BUSY_MS;
      let more = true;
      while (more && performance.now() < until) more = this.#merger.step(Date.now());
      this.#retryAt = 0;
      this.#lastStep = Date.now();
      // A timer would make us wait for a millisecond, which is half a megabyte.
      if (more && this.#soon === null) {
        this.#soon = setImmediate(() => {
          this.#soon = null;
          this.#step();
        });
      }
    } catch (error) {
      this.#retryAt = Date.now() + RETRY_MS;
      this.#warn(`Cannot write ${this.#paths.output}: ${describeError(error)}`);
    }
    if (this.#merger.rewrites > 0) {
      this.#warn(
        'The program truncated its own output (as by > /dev/stderr): what it printed just before may be lost',
      );
    }
  }

  #parse(stream: 0 | 1, bytes: Uint8Array): void {
    if (this.#options.onProgress === undefined) return;
    const progress = this.#parsers[stream].push(bytes);
    if (progress !== null) this.#options.onProgress(progress);
  }

  #warn(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#options.onWarning?.(message);
  }
}

/**
 * Completes the output of a phase from what a crash left in its spools, then makes it
 * read-only when asked. Does nothing when there are none.
 * @returns false when the disk refused; the spools stay then.
 */
export async function drainOutput(
  run: Pick<Run, 'metaPath'>,
  phase: Phase,
  options: OutputWriterOptions = {},
): Promise<boolean> {
  if (!hasSpools(run, phase)) return true;
  let writer: OutputWriter;
  try {
    writer = new OutputWriter(run, phase, options);
  } catch (error) {
    options.onWarning?.(`Cannot write the output of ${phase}: ${describeError(error)}`);
    return false;
  }
  return await writer.close();
}

/** Makes the output of a finished phase read-only; absent files are none of our business. */
export function sealOutput(run: Pick<Run, 'metaPath'>, phase: Phase): void {
  const { output, index } = outputPaths(run, phase);
  for (const path of [output, index]) {
    try {
      makeReadOnly(path);
    } catch (error) {
      if (!hasErrno(error, 'ENOENT')) throw error;
    }
  }
}

/** The commit goes last: without it, spools that are still there would be merged from the start. */
function removeSpools(paths: OutputPaths): void {
  for (const path of [paths.stdout, paths.stderr, paths.commit]) {
    try {
      rmSync(path, { force: true });
    } catch {
      // Windows: a grandchild still has it open. Finalize removes the directory.
      return;
    }
  }
}
