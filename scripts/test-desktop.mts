/**
 * Runs the host suite in a desktop VS Code, for contributors whose network lets them download
 * one:  npm run test:desktop [-- session... --vscode-version VERSION]
 *
 * VERSION is `stable` (default), `insiders`, a version such as `1.110.0`, or `oldest`: the oldest
 * that package.json supports. `VSCODE_EXECUTABLE` names an installed VS Code to use instead of a
 * download.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { execa } from 'execa';
import { removeOrReport } from '../test/helpers/processes/leftovers.ts';
import { makeTempDir } from '../test/helpers/temp.ts';
import { bundleDir, bundlePhase, slug, stageExtension } from '../test/host/harness/bundle.ts';
import { PhaseResults } from '../test/host/harness/results.ts';
import {
  baseSettings,
  defaultStallLimitMs,
  type HostContext,
  type HostPhase,
  type HostSession,
} from '../test/host/harness/session.ts';
import { sessions } from '../test/host/sessions.ts';
import { killTree } from './lib/kill-tree.mts';
import { repoRoot } from './lib/paths.mts';
import { say } from './lib/say.mts';
import { serverEnv } from './lib/server.mts';
import { sumResults, type SuiteResult } from './lib/test-results.mts';

const { positionals: only, values } = parseArgs({
  allowPositionals: true,
  options: { 'vscode-version': { type: 'string', default: 'stable' } },
});
const chosen = chosenSessions();
const version = values['vscode-version'];
const executable =
  process.env['VSCODE_EXECUTABLE'] ??
  (await downloadAndUnzipVSCode(version === 'oldest' ? oldestVersion() : version));
const extensionDir = await stageExtension(join(bundleDir, 'extension'));
const results: SuiteResult[] = [];
for (const session of chosen) results.push(await resultOf(session));
const { passed, failed } = sumResults(results);
say(`${String(passed)} passed, ${String(failed)} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** The sessions that were asked for. Those that cannot run here are named. */
function chosenSessions(): readonly HostSession[] {
  const asked = sessions.filter(({ name }) => only.length === 0 || only.includes(name));
  if (asked.length === 0) {
    throw new Error(`No such session. Sessions: ${sessions.map(({ name }) => name).join(', ')}.`);
  }
  return asked.filter(({ name, posix }) => {
    const runs = posix === undefined || process.platform !== 'win32';
    if (!runs) say(`${name}: left out on Windows, it needs ${posix}`);
    return runs;
  });
}

/** `^1.110.0` in package.json -> `1.110.0`. */
function oldestVersion(): string {
  const { engines } = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as {
    engines: { vscode: string };
  };
  return engines.vscode.replace(/^[^\d]+/, '');
}

/** A session that cannot be run is one that failed, and the others go on. */
async function resultOf(session: HostSession): Promise<SuiteResult> {
  const root = makeTempDir('ry-');
  try {
    return await runSession(session, root);
  } catch (error) {
    say(`  ✖ ${session.name} could not run`);
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return { passed: 0, failed: 1, skipped: 0, tests: [], failures: [session.name] };
  } finally {
    removeOrReport(root);
  }
}

async function runSession(session: HostSession, root: string): Promise<SuiteResult> {
  const workspaceDir = join(root, 'workspace');
  for (const name of ['workspace', 'shared', 'results']) mkdirSync(join(root, name));
  await session.workspace(workspaceDir);
  mkdirSync(join(root, 'u', 'User'), { recursive: true });
  const settings = { ...baseSettings, ...session.settings };
  writeFileSync(join(root, 'u', 'User/settings.json'), JSON.stringify(settings));
  const phases: SuiteResult[] = [];
  for (const phase of session.phases) {
    say(`${session.name}: ${phase.name}`);
    phases.push(await runPhase(session, phase, root));
  }
  return sumResults(phases);
}

async function runPhase(
  session: HostSession,
  phase: HostPhase,
  root: string,
): Promise<SuiteResult> {
  const context: HostContext = {
    session: session.name,
    phase: phase.name,
    workspaceDir: join(root, 'workspace'),
    sharedDir: join(root, 'shared'),
    extensionDir,
    repoRoot,
    resultsFile: join(root, 'results', `${slug(phase.name)}.jsonl`),
  };
  const tests = await bundlePhase(context, phase);
  const followed = new PhaseResults(context.resultsFile);
  // Not `runTests` of test-electron: it trusts every workspace, and does not tell its process.
  const window = execa(executable, windowArguments(session, root, tests), {
    env: { ...serverEnv(), ...session.env },
    extendEnv: false,
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    reject: false,
  });
  const stalled = followed.stalled(phase.stallLimitMs ?? defaultStallLimitMs);
  const reason = await Promise.race([window.then(() => undefined), stalled]);
  if (reason !== undefined && window.pid !== undefined) killTree(window.pid);
  const { shortMessage, exitCode } = await window;
  // Failing tests are counted from the results; only a window that said nothing is news.
  const silent = `VS Code ended: ${shortMessage ?? `exit code ${String(exitCode)}`}`;
  return followed.close(reason ?? (followed.pid === undefined ? silent : undefined));
}

/** What keeps a window from asking anything, from updates, and from what a person has installed. */
function windowArguments(session: HostSession, root: string, tests: string): readonly string[] {
  return [
    openArgument(session, root, join(root, 'workspace')),
    '--no-sandbox',
    '--disable-gpu-sandbox',
    '--disable-updates',
    '--skip-welcome',
    '--skip-release-notes',
    '--disable-extensions',
    ...(session.trusted === false ? [] : ['--disable-workspace-trust']),
    `--user-data-dir=${join(root, 'u')}`,
    `--extensions-dir=${join(root, 'x')}`,
    `--extensionDevelopmentPath=${extensionDir}`,
    `--extensionTestsPath=${tests}`,
  ];
}

function openArgument(session: HostSession, root: string, workspaceDir: string): string {
  if (session.folders === undefined) return workspaceDir;
  const file = join(root, 'session.code-workspace');
  const folders = session.folders.map((name) => ({ path: `workspace/${name}` }));
  writeFileSync(file, JSON.stringify({ folders }));
  return file;
}
