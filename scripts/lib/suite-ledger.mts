import { relative, sep } from 'node:path';
import type { SuiteResult, TimedTest } from './test-results.mts';

/** What a test file's process notes while it runs: see suite-hooks.mts. */
export interface HookLine {
  readonly type: 'begin' | 'end';
  /** Absolute. */
  readonly file: string;
  readonly name: string;
  /** With the names of the suites around it: `suite > test`. */
  readonly fullName: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of an end. */
  readonly passed?: boolean;
}

/** What the runner of a suite reports: see suite-reporter.mts. */
export type ReporterLine =
  | { readonly type: 'file-begin'; readonly file: string }
  | {
      readonly type: 'complete';
      readonly kind: 'file' | 'suite' | 'test';
      readonly file: string;
      readonly name: string;
      readonly ms: number;
      readonly outcome: 'passed' | 'failed' | 'skipped';
      /** Why it failed, unless something inside it did. */
      readonly error?: string;
    }
  | {
      readonly type: 'summary';
      readonly passed: number;
      readonly failed: number;
      readonly skipped: number;
    };

type Complete = Extract<ReporterLine, { type: 'complete' }>;
type Summary = Extract<ReporterLine, { type: 'summary' }>;

/**
 * Follows one run of a suite by the notes of its test files and by the runner's reports, and
 * knows at every moment what has ended and what has not.
 */
export class SuiteLedger {
  readonly #root: string;
  readonly #files: readonly string[];
  /** Files that the runner has begun, and whether they have ended. */
  readonly #begun = new Map<string, boolean>();
  /** Tests that run, by file: full name -> the note of its begin. */
  readonly #running = new Map<string, Map<string, HookLine>>();
  readonly #ends: HookLine[] = [];
  readonly #timed: TimedTest[] = [];
  readonly #completes: Complete[] = [];
  #summary: Summary | undefined;
  #ended = 0;

  /** `files` are absolute; in results they stand relative to `root`. */
  constructor(root: string, files: readonly string[]) {
    this.#root = root;
    this.#files = files;
  }

  /** How often a test or a file has ended; it grows as long as the suite gets on. */
  get ended(): number {
    return this.#ended;
  }

  /** Takes a note of a test file. */
  addNote(line: HookLine): void {
    const running = this.#running.get(line.file) ?? new Map<string, HookLine>();
    this.#running.set(line.file, running);
    if (line.type === 'begin') {
      running.set(line.fullName, line);
      return;
    }
    const begin = running.get(line.fullName);
    running.delete(line.fullName);
    this.#ended += 1;
    this.#ends.push(line);
    if (begin === undefined) return;
    const { file, fullName: name } = line;
    this.#timed.push({ file: this.#short(file), name, ms: line.at - begin.at });
  }

  /** Takes a report of the runner. */
  addReport(line: ReporterLine): void {
    if (line.type === 'file-begin') {
      this.#begun.set(line.file, false);
    } else if (line.type === 'summary') {
      this.#summary = line;
    } else {
      this.#ended += 1;
      this.#completes.push(line);
      if (line.kind === 'file') this.#begun.set(line.file, true);
    }
  }

  /** The result of a suite whose runner has ended by itself, or undefined when it has not. */
  finished(): SuiteResult | undefined {
    if (this.#summary === undefined) return undefined;
    const { passed, failed, skipped } = this.#summary;
    return { passed, failed, skipped, tests: this.#leaves(), failures: this.#failures() };
  }

  /**
   * The result of a suite that was stopped: what has ended counts, also what the runner had not
   * been told yet; what ran, and what was never begun, has failed. `why` stands behind what ran.
   */
  stopped(why: string): SuiteResult {
    const reported = this.#completes.filter((line) => line.kind === 'test');
    const lost = this.#lostEnds(reported);
    const failures = [
      ...this.#failures(),
      ...lost
        .filter((line) => line.passed !== true)
        .map((line) => `${this.#short(line.file)}: ${line.fullName}`),
      ...this.#unfinished(why),
    ];
    const count = (outcome: Complete['outcome']): number =>
      reported.filter((line) => line.outcome === outcome).length;
    return {
      passed: count('passed') + lost.filter((line) => line.passed === true).length,
      failed: failures.length,
      skipped: count('skipped'),
      tests: this.#leaves(),
      failures,
    };
  }

  /** What failed, with the reason, for a suite whose own report was cut off. */
  errors(): { title: string; error: string }[] {
    return this.#completes.flatMap((line) =>
      line.error === undefined ? [] : [{ title: this.#title(line), error: line.error }],
    );
  }

  /** The ends that were noted by a test file and not yet reported by the runner. */
  #lostEnds(reported: readonly Complete[]): HookLine[] {
    const key = (line: { file: string; name: string }): string => `${line.file}\0${line.name}`;
    const known = new Map<string, number>();
    for (const line of reported) known.set(key(line), (known.get(key(line)) ?? 0) + 1);
    return this.#ends.filter((line) => {
      const left = known.get(key(line)) ?? 0;
      known.set(key(line), left - 1);
      return left <= 0;
    });
  }

  #unfinished(why: string): string[] {
    return this.#files.flatMap((file) => {
      const name = this.#short(file);
      const ended = this.#begun.get(file);
      if (ended === true) return [];
      if (ended === undefined) return [`${name} was not begun`];
      const running = [...(this.#running.get(file)?.keys() ?? [])];
      const leaves = running.filter(
        (test) => !running.some((other) => other.startsWith(`${test} > `)),
      );
      if (leaves.length === 0) return [`${name}, outside of its tests (${why})`];
      return leaves.map((test) => `${name}: ${test} (${why})`);
    });
  }

  #failures(): string[] {
    return this.#completes
      .filter((line) => line.error !== undefined && line.outcome === 'failed')
      .map((line) => this.#title(line));
  }

  #title(line: Complete): string {
    const file = this.#short(line.file);
    return line.kind === 'file' ? file : `${file}: ${line.name}`;
  }

  /** Without the tests that are made of others, whose time is that of the others. */
  #leaves(): TimedTest[] {
    const parents = new Set(
      this.#timed.flatMap(({ file, name }) => {
        const parts = name.split(' > ');
        return parts.slice(1).map((_, i) => `${file}\0${parts.slice(0, i + 1).join(' > ')}`);
      }),
    );
    return this.#timed.filter(({ file, name }) => !parents.has(`${file}\0${name}`));
  }

  #short(file: string): string {
    return relative(this.#root, file).replaceAll(sep, '/');
  }
}
