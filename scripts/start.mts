/**
 * A full VS Code in the browser with this extension installed and the example project open.
 *
 *   npm start [-- FOLDER] [--port N] [--no-build]
 *
 * Ctrl-C stops it. Runs that are under way go on, as they do when a window is closed.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheDir, repoRoot } from './lib/paths.mts';
import { run } from './lib/run.mts';
import { say } from './lib/say.mts';
import { isPortFree, serverEnv, startServer } from './lib/server.mts';
import { packageExtension } from './package.mts';
import { ensureVscode, type VscodeInstall } from './vscode.mts';

const firstPort = 8765;

/** The project that opens: `examples/getting-started` or else the first that has a Gage file. */
function exampleProject(): string {
  const root = join(repoRoot, 'examples');
  const projects = existsSync(root)
    ? readdirSync(root).filter((name) => existsSync(join(root, name, 'gage.toml')))
    : [];
  const first = projects.includes('getting-started') ? 'getting-started' : projects.sort()[0];
  if (first === undefined) throw new Error(`${root} holds no project with a gage.toml.`);
  return join(root, first);
}

/** Each clone has an editor of its own, that remembers its windows and settings. */
function editorHome(): string {
  const key = createHash('sha256').update(repoRoot).digest('hex').slice(0, 8);
  return join(cacheDir(), `start-${basename(repoRoot)}-${key}`);
}

/** Settings of a first start; what the person changes later stays. */
function writeDefaultSettings(userData: string): void {
  const file = join(userData, 'User/settings.json');
  if (existsSync(file)) return;
  mkdirSync(join(userData, 'User'), { recursive: true });
  const settings = {
    'workbench.startupEditor': 'none',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'chat.disableAIFeatures': true,
    'telemetry.telemetryLevel': 'off',
  };
  writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`);
}

/** Installs the VSIX unless exactly this one is installed already. */
async function install(vscode: VscodeInstall, home: string, vsix: string): Promise<void> {
  const stamp = join(home, 'installed.sha256');
  const hash = createHash('sha256').update(readFileSync(vsix)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  say('Installing the extension');
  rmSync(stamp, { force: true });
  const code = await run(
    process.execPath,
    [vscode.entry, ...places(home), '--force', '--install-extension', vsix],
    { env: serverEnv(), stdout: 'ignore', timeoutMs: 120_000 },
  );
  if (code !== 0) throw new Error(`${vsix} could not be installed.`);
  writeFileSync(stamp, hash);
}

function places(home: string): string[] {
  return [
    '--config',
    join(home, 'config.yaml'),
    '--user-data-dir',
    join(home, 'user-data'),
    '--extensions-dir',
    join(home, 'extensions'),
  ];
}

/** The port of last time when it is free, so that the browser recognises the editor. */
async function choosePort(asked: string | undefined): Promise<number> {
  if (asked !== undefined) return Number(asked);
  for (let port = firstPort; port < firstPort + 50; port += 1) {
    if (await isPortFree(port)) return port;
  }
  throw new Error(`No free port from ${String(firstPort)} on. Choose one with --port.`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string' }, 'no-build': { type: 'boolean', default: false } },
});

try {
  const folder = positionals[0] === undefined ? exampleProject() : resolve(positionals[0]);
  const vscode = await ensureVscode();
  const home = editorHome();
  mkdirSync(home, { recursive: true });
  if (!values['no-build']) await install(vscode, home, await packageExtension());
  writeDefaultSettings(join(home, 'user-data'));
  say('Starting VS Code');
  const server = await startServer({
    args: [
      vscode.entry,
      ...places(home),
      '--auth',
      'none',
      '--disable-telemetry',
      '--disable-update-check',
      '--disable-getting-started-override',
      // The example is ours; for a folder of their own the person decides.
      ...(positionals.length === 0 ? ['--disable-workspace-trust'] : []),
    ],
    address: (port) => ['--bind-addr', `127.0.0.1:${String(port)}`],
    ready: /HTTP server listening/,
    env: serverEnv(),
    port: await choosePort(values.port),
  });
  say('');
  say(`  Runyard is at  ${server.url}/?folder=${encodeURI(folder)}`);
  say('');
  say('  Open this address in a browser on this machine. Ctrl-C stops it.');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void server.stop());
  }
  await server.ended;
  say('Stopped.');
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
