/**
 * Runs the test suites and prints the slowest tests, a table of the suites and, last, one line
 * `N passed, N failed` summed over them.
 *
 *   node scripts/test.mts [suite...] [--update-screenshots]
 *
 * Suites: unit conformance hostile interop host ui. The pictures of the documentation come from the
 * suite ui; they are written only when asked for.
 *
 * Without a name every suite runs. A suite that cannot run counts as a failure, unless the
 * person says otherwise: `RUNYARD_SKIP_SUITES=host,ui`.
 */
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runNodeSuite } from './lib/node-suite.mts';
import { repoRoot } from './lib/paths.mts';
import { formatElapsed, say } from './lib/say.mts';
import { slowestLines, sumResults, type SuiteResult } from './lib/test-results.mts';

interface Suite {
  readonly name: string;
  readonly run: () => Promise<SuiteResult>;
}

const minute = 60_000;

/** Longer than the longest limit that a test gives itself: such a test fails, the others go on. */
const stallLimitMs = 6 * minute;

const suites: readonly Suite[] = [
  { name: 'unit', run: () => nodeSuite('unit', 2, 2 * minute) },
  { name: 'conformance', run: () => nodeSuite('conformance', 2, 2 * minute) },
  // A group of hostile stores is one test, which ends each of its parts by itself.
  { name: 'hostile', run: () => nodeSuite('hostile', 2, 30 * minute) },
  { name: 'interop', run: interopSuite },
  { name: 'host', run: hostSuite },
  { name: 'ui', run: uiSuite },
];

/** Runs `test/<folder>/**` with node's test runner, in `concurrency` processes. */
async function nodeSuite(
  folder: string,
  concurrency: number,
  testLimitMs: number,
  env: NodeJS.ProcessEnv = {},
): Promise<SuiteResult> {
  const files = globSync(`test/${folder}/**/*.test.ts`, { cwd: repoRoot }).sort();
  if (files.length === 0) throw new Error(`test/${folder} holds no tests.`);
  return await runNodeSuite({ cwd: repoRoot, files, concurrency, testLimitMs, stallLimitMs, env });
}

/** Tests against the real programs; tests find them in `RUNYARD_TEST_GAGE` and the like. */
async function interopSuite(): Promise<SuiteResult> {
  const { ensureGage } = await import('./gage-venv.mts');
  const { ensureGuild } = await import('./guild-venv.mts');
  const { ensureOptuna } = await import('./optuna-venv.mts');
  const gage = await ensureGage();
  const guild = await ensureGuild();
  const optuna = await ensureOptuna();
  return await nodeSuite('interop', 1, 5 * minute, {
    RUNYARD_TEST_GAGE: gage,
    RUNYARD_TEST_GUILD: guild,
    RUNYARD_TEST_OPTUNA: optuna,
  });
}

async function hostSuite(): Promise<SuiteResult> {
  const { runHostSuite } = await import('../test/host/harness/run.ts');
  return await runHostSuite({ only: [] });
}

async function uiSuite(): Promise<SuiteResult> {
  const { ensureVscode, ensureBrowser } = await import('./vscode.mts');
  const { packageExtension } = await import('./package.mts');
  await ensureBrowser();
  const { root } = await ensureVscode();
  const vsix = await packageExtension();
  const env = { RUNYARD_TEST_VSCODE: root, RUNYARD_TEST_VSIX: vsix };
  return await nodeSuite('ui', 1, 5 * minute, env);
}

function chosenSuites(names: readonly string[]): Suite[] {
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `No suite ${unknown.join(', ')}. Suites: ${suites.map((suite) => suite.name).join(', ')}.`,
    );
  }
  return suites.filter((suite) => names.length === 0 || names.includes(suite.name));
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'update-screenshots': { type: 'boolean', default: false } },
});
if (values['update-screenshots']) process.env['RUNYARD_UPDATE_SCREENSHOTS'] = '1';
const skip = new Set((process.env['RUNYARD_SKIP_SUITES'] ?? '').split(',').filter(Boolean));
const lines: string[] = [];
const results: [name: string, result: SuiteResult][] = [];
for (const suite of chosenSuites(positionals)) {
  if (skip.has(suite.name)) {
    lines.push(`${suite.name.padEnd(12)} NOT RUN: RUNYARD_SKIP_SUITES names it`);
    continue;
  }
  say(`\n=== ${suite.name} ===`);
  const start = Date.now();
  let result: SuiteResult;
  let note = '';
  try {
    result = await suite.run();
    if (result.passed + result.failed === 0) throw new Error('No test ran.');
  } catch (error) {
    note = `  could not run: ${error instanceof Error ? error.message : String(error)}`;
    result = { passed: 0, failed: 1, skipped: 0, tests: [], failures: [] };
  }
  results.push([suite.name, result]);
  const elapsed = formatElapsed(Date.now() - start);
  say(`\n=== ${suite.name} took ${elapsed} ===`);
  if (result.skipped > 0) note += `  (${String(result.skipped)} skipped by the tests themselves)`;
  lines.push(
    `${suite.name.padEnd(12)} ${String(result.passed).padStart(5)} ok ${String(result.failed).padStart(4)} not ok   ${elapsed}${note}`,
  );
}
const { passed, failed } = sumResults(results.map(([, result]) => result));
say('\nThe slowest tests:');
for (const line of slowestLines(results, 10)) say(line);
if (failed > 0) {
  say('\nNot passed:');
  for (const [name, { failures }] of results) {
    for (const failure of failures) say(`${name.padEnd(12)} ${failure}`);
  }
}
say('');
for (const line of lines) say(line);
say(`${String(passed)} passed, ${String(failed)} failed`);
process.exitCode = failed === 0 ? 0 : 1;
