/** One test that has ended, for the list of the slowest. */
export interface TimedTest {
  /** Relative to the repository, with `/`. */
  readonly file: string;
  readonly name: string;
  readonly ms: number;
}

/** What one run of a suite gave. */
export interface SuiteResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Tests that have no tests of their own below them. */
  readonly tests: readonly TimedTest[];
  /** What failed or was stopped, one line each: `test/unit/x.test.ts: name`. */
  readonly failures: readonly string[];
}

/** The sum of `results`. */
export function sumResults(results: readonly SuiteResult[]): SuiteResult {
  const sum = (of: (result: SuiteResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  return {
    passed: sum((result) => result.passed),
    failed: sum((result) => result.failed),
    skipped: sum((result) => result.skipped),
    tests: results.flatMap((result) => result.tests),
    failures: results.flatMap((result) => result.failures),
  };
}

/** The `count` slowest tests of all suites, slowest first, a line each. */
export function slowestLines(
  suites: readonly (readonly [name: string, result: SuiteResult])[],
  count: number,
): string[] {
  return suites
    .flatMap(([suite, result]) => result.tests.map((test) => ({ suite, ...test })))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, count)
    .map(({ suite, file, name, ms }) => {
      const seconds = (ms / 1000).toFixed(1).padStart(7);
      return `${seconds} s  ${suite.padEnd(11)} ${file}: ${name}`;
    });
}
