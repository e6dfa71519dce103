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
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { makeTempDir, removeTree } from '../test/helpers/temp.ts';
import { bundleDir, bundlePhase, slug, stageExtension } from '../test/host/harness/bundle.ts';
import { PhaseResults } from '../test/host/harness/results.ts';
import {
  baseSettings,
  defaultStallLimitMs,
  type HostContext,
  type HostSession,
} from '../test/host/harness/session.ts';
import { sessions } from '../test/host/sessions.ts';
import { repoRoot } from './lib/paths.mts';
import { say } from './lib/say.mts';

const { positionals: only, values } = parseArgs({
  allowPositionals: true,
  options: { 'vscode-version': { type: 'string', default: 'stable' } },
});
const version = values['vscode-version'];
const vscodeExecutablePath =
  process.env['VSCODE_EXECUTABLE'] ??
  (await downloadAndUnzipVSCode(version === 'oldest' ? oldestVersion() : version));
const extensionDir = await stageExtension(join(bundleDir, 'extension'));
let passed = 0;
let failed = 0;
for (const session of sessions) {
  if (only.length === 0 || only.includes(session.name)) await runSession(session);
}
say(`${String(passed)} passed, ${String(failed)} failed`);
// Not only the code: a window that was given up would keep us.
process.exit(failed === 0 ? 0 : 1);

/** `^1.110.0` in package.json -> `1.110.0`. */
function oldestVersion(): string {
  const { engines } = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as {
    engines: { vscode: string };
  };
  return engines.vscode.replace(/^[^\d]+/, '');
}

async function runSession(session: HostSession): Promise<void> {
  const root = makeTempDir('ry-');
  const workspaceDir = join(root, 'workspace');
  for (const name of ['workspace', 'shared', 'results']) mkdirSync(join(root, name));
  await session.workspace(workspaceDir);
  const userData = join(root, 'u');
  mkdirSync(join(userData, 'User'), { recursive: true });
  const settings = { ...baseSettings, ...session.settings };
  writeFileSync(join(userData, 'User/settings.json'), JSON.stringify(settings));
  for (const phase of session.phases) {
    say(`${session.name}: ${phase.name}`);
    const context: HostContext = {
      session: session.name,
      phase: phase.name,
      workspaceDir,
      sharedDir: join(root, 'shared'),
      extensionDir,
      repoRoot,
      resultsFile: join(root, 'results', `${slug(phase.name)}.jsonl`),
    };
    const extensionTestsPath = await bundlePhase(context, phase);
    const results = new PhaseResults(context.resultsFile);
    const window = runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: extensionDir,
      extensionTestsPath,
      extensionTestsEnv: { ...session.env },
      launchArgs: [
        openArgument(session, root, workspaceDir),
        '--disable-extensions',
        '--user-data-dir',
        userData,
        ...(session.trusted === false ? [] : ['--disable-workspace-trust']),
      ],
    }).then(
      () => undefined,
      // Failing tests are counted from the results; only a window that said nothing is news.
      (error: unknown) => (results.pid === undefined ? String(error) : undefined),
    );
    const stalled = results.stalled(phase.stallLimitMs ?? defaultStallLimitMs);
    const counts = results.close(await Promise.race([window, stalled]));
    passed += counts.passed;
    failed += counts.failed;
  }
  removeTree(root);
}

function openArgument(session: HostSession, root: string, workspaceDir: string): string {
  if (session.folders === undefined) return workspaceDir;
  const file = join(root, 'session.code-workspace');
  const folders = session.folders.map((name) => ({ path: `workspace/${name}` }));
  writeFileSync(file, JSON.stringify({ folders }));
  return file;
}
