/**
 * Runs the test suites and prints, last, one line `N passed, N failed` summed over them.
 *
 *   node scripts/test.mts [suite...] [--update-screenshots]
 *
 * Suites: unit conformance interop host ui. The pictures of the documentation come from the
 * suite ui; they are written only when asked for.
 *
 * Without a name every suite runs. A suite that cannot run counts as a failure, unless the
 * person says otherwise: `RUNYARD_SKIP_SUITES=host,ui`.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Counts } from './lib/count-reporter.mts';
import { repoRoot } from './lib/paths.mts';
import { runNode } from './lib/run.mts';
import { formatElapsed, say } from './lib/say.mts';

interface Suite {
  readonly name: string;
  readonly run: () => Promise<Counts>;
}

const minute = 60_000;

const suites: readonly Suite[] = [
  { name: 'unit', run: () => nodeTest('unit', 2, 8 * minute) },
  { name: 'conformance', run: () => nodeTest('conformance', 2, 15 * minute) },
  { name: 'interop', run: interopSuite },
  { name: 'host', run: hostSuite },
  { name: 'ui', run: uiSuite },
];

/** Runs `test/<folder>/**` with node's test runner, in `concurrency` processes. */
async function nodeTest(
  folder: string,
  concurrency: number,
  limitMs: number,
  env: NodeJS.ProcessEnv = {},
): Promise<Counts> {
  const files = globSync(`test/${folder}/**/*.test.ts`, { cwd: repoRoot }).sort();
  if (files.length === 0) throw new Error(`test/${folder} holds no tests.`);
  const dir = mkdtempSync(join(tmpdir(), 'runyard-counts-'));
  try {
    const countsFile = join(dir, 'counts.json');
    const code = await runNode(
      [
        '--test',
        `--test-concurrency=${String(concurrency)}`,
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        `--test-reporter=${join(repoRoot, 'scripts/lib/count-reporter.mts')}`,
        `--test-reporter-destination=${countsFile}`,
        ...files,
      ],
      { env, timeoutMs: limitMs },
    );
    const counts = JSON.parse(readFileSync(countsFile, 'utf8')) as Counts;
    if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1 };
    return counts;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Tests against the real programs; tests find them in `RUNYARD_TEST_GAGE` and the like. */
async function interopSuite(): Promise<Counts> {
  const { ensureGage } = await import('./gage-venv.mts');
  const { ensureGuild } = await import('./guild-venv.mts');
  const { ensureOptuna } = await import('./optuna-venv.mts');
  const gage = await ensureGage();
  const guild = await ensureGuild();
  const optuna = await ensureOptuna();
  return await nodeTest('interop', 1, 10 * minute, {
    RUNYARD_TEST_GAGE: gage,
    RUNYARD_TEST_GUILD: guild,
    RUNYARD_TEST_OPTUNA: optuna,
  });
}

async function hostSuite(): Promise<Counts> {
  const { runHostSuite } = await import('../test/host/run.ts');
  return await runHostSuite({ only: [] });
}

async function uiSuite(): Promise<Counts> {
  const { ensureVscode, ensureBrowser } = await import('./vscode.mts');
  const { packageExtension } = await import('./package.mts');
  ensureBrowser();
  const { root } = await ensureVscode();
  const vsix = await packageExtension();
  const env = { RUNYARD_TEST_VSCODE: root, RUNYARD_TEST_VSIX: vsix };
  return await nodeTest('ui', 1, 20 * minute, env);
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
let passed = 0;
let failed = 0;
for (const suite of chosenSuites(positionals)) {
  if (skip.has(suite.name)) {
    lines.push(`${suite.name.padEnd(12)} NOT RUN: RUNYARD_SKIP_SUITES names it`);
    continue;
  }
  say(`\n=== ${suite.name} ===`);
  const start = Date.now();
  let counts: Counts;
  let note = '';
  try {
    counts = await suite.run();
    if (counts.passed + counts.failed === 0) throw new Error('No test ran.');
  } catch (error) {
    note = `  could not run: ${error instanceof Error ? error.message : String(error)}`;
    counts = { passed: 0, failed: 1, skipped: 0 };
  }
  passed += counts.passed;
  failed += counts.failed;
  if (counts.skipped > 0) note += `  (${String(counts.skipped)} skipped by the tests themselves)`;
  lines.push(
    `${suite.name.padEnd(12)} ${String(counts.passed).padStart(5)} ok ${String(counts.failed).padStart(4)} not ok   ${formatElapsed(Date.now() - start)}${note}`,
  );
}
say('');
for (const line of lines) say(line);
say(`${String(passed)} passed, ${String(failed)} failed`);
process.exitCode = failed === 0 ? 0 : 1;
