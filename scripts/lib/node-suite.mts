import {
  existsSync,
  mkdtempSync,
  openSync,
  closeSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { killTree } from './kill-tree.mts';
import { nodeFirstEnv } from './run.mts';
import { say } from './say.mts';
import { SuiteLedger, type HookLine, type ReporterLine } from './suite-ledger.mts';
import type { SuiteResult } from './test-results.mts';

export interface NodeSuiteOptions {
  /** Where it runs; files in the result are relative to it. */
  readonly cwd: string;
  /** Test files, relative to `cwd`. */
  readonly files: readonly string[];
  /** How many files run at a time. */
  readonly concurrency: number;
  /**
   * The limit of a test that has none of its own (`{ timeout }`). Node applies it to tests and
   * hooks, not to suites and files.
   */
  readonly testLimitMs: number;
  /** The suite is stopped when no test has ended for so long. */
  readonly stallLimitMs: number;
  /** Added to the environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** False keeps everything that is printed to ourselves. Default true. */
  readonly print?: boolean;
}

const lib = import.meta.dirname;

/**
 * Runs test files with node's test runner. Never stops them for the time that they take all
 * together: a suite is stopped, with all its processes, when no test has ended for a while.
 * What ran then is named and has failed; what had ended before counts.
 */
export async function runNodeSuite(options: NodeSuiteOptions): Promise<SuiteResult> {
  const { cwd, files, print = true } = options;
  const dir = mkdtempSync(join(tmpdir(), 'runyard-suite-'));
  const notes = new Tail(join(dir, 'notes.jsonl'));
  const reports = new Tail(join(dir, 'reports.jsonl'));
  const ledger = new SuiteLedger(
    cwd,
    files.map((file) => resolve(cwd, file)),
  );
  const follow = (): void => {
    for (const line of notes.read()) ledger.addNote(JSON.parse(line) as HookLine);
    for (const line of reports.read()) ledger.addReport(JSON.parse(line) as ReporterLine);
  };
  try {
    const child = execa(
      process.execPath,
      [
        '--test',
        `--test-concurrency=${String(options.concurrency)}`,
        `--test-timeout=${String(options.testLimitMs)}`,
        `--import=${pathToFileURL(join(lib, 'suite-hooks.mts')).href}`,
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        `--test-reporter=${pathToFileURL(join(lib, 'suite-reporter.mts')).href}`,
        `--test-reporter-destination=${reports.file}`,
        ...files,
      ],
      {
        cwd,
        // A suite can be started from a test; it is no part of that test's file.
        env: {
          ...nodeFirstEnv(options.env),
          RUNYARD_TEST_NOTES: notes.file,
          // Every file loads many of the same modules: their types are taken out only once.
          NODE_COMPILE_CACHE: join(dir, 'compiled'),
          NODE_TEST_CONTEXT: undefined,
        },
        extendEnv: false,
        stdin: 'ignore',
        stdout: print ? 'inherit' : 'ignore',
        stderr: print ? 'inherit' : 'ignore',
        buffer: false,
        reject: false,
        // Leads a group of its own, so that all of it can be ended together.
        detached: process.platform !== 'win32',
      },
    );
    const pid = child.pid;
    const end = (): void => {
      if (pid !== undefined) killTree(pid);
    };
    const release = endWithUs(end);
    const stalled = watch(() => {
      follow();
      return ledger.ended;
    }, options.stallLimitMs);
    const result = await Promise.race([child, stalled.reached]);
    stalled.stop();
    if (result === undefined) end();
    const { exitCode } = await child;
    release();
    follow();
    const finished = result === undefined ? undefined : ledger.finished();
    if (finished !== undefined) {
      if (exitCode === 0 || finished.failed > 0) return finished;
      return { ...finished, failed: 1 };
    }
    const seconds = String(options.stallLimitMs / 1000);
    const why =
      result === undefined
        ? `stopped: no test had ended for ${seconds} s`
        : `the test runner ended with ${String(exitCode ?? result.signal)}`;
    const stopped = ledger.stopped(why);
    if (print) tell(stopped, ledger);
    return stopped;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The runner's own words about failures come at its end, which it did not reach. */
function tell(result: SuiteResult, ledger: SuiteLedger): void {
  say('\nThe suite did not get to its end. Not passed:');
  for (const failure of result.failures) say(`  ✖ ${failure}`);
  for (const { title, error } of ledger.errors()) {
    say(`\n  ${title}`);
    for (const line of error.split('\n')) say(`    ${line}`);
  }
}

/** Resolves `reached` when `progress` has returned the same for `limitMs`. */
function watch(
  progress: () => number,
  limitMs: number,
): { reached: Promise<undefined>; stop: () => void } {
  const { promise, resolve: reach } = Promise.withResolvers<undefined>();
  let last = progress();
  let since = Date.now();
  const timer = setInterval(
    () => {
      const now = progress();
      if (now !== last) {
        last = now;
        since = Date.now();
      } else if (Date.now() - since >= limitMs) {
        reach(undefined);
      }
    },
    Math.min(250, limitMs / 5),
  );
  return { reached: promise, stop: () => clearInterval(timer) };
}

/** A group of its own does not hear Ctrl-C: calls `end` when we are ended. Returns the undoing. */
function endWithUs(end: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (): void => {
    end();
    process.exit(130);
  };
  for (const signal of signals) process.on(signal, onSignal);
  process.on('exit', end);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
    process.off('exit', end);
  };
}

/** Reads the complete lines that others append to a file. */
class Tail {
  readonly file: string;
  readonly #decoder = new StringDecoder('utf8');
  #offset = 0;
  #rest = '';

  constructor(file: string) {
    this.file = file;
    writeFileSync(file, '');
  }

  /** The lines that were completed since the last call. */
  read(): string[] {
    if (!existsSync(this.file)) return [];
    const handle = openSync(this.file, 'r');
    try {
      const buffer = Buffer.alloc(65_536);
      for (;;) {
        const size = readSync(handle, buffer, 0, buffer.length, this.#offset);
        if (size === 0) break;
        this.#offset += size;
        this.#rest += this.#decoder.write(buffer.subarray(0, size));
      }
    } finally {
      closeSync(handle);
    }
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}
