/**
 * A real VS Code from the npm registry (code-server), installed once per machine in the user's
 * cache, and a browser to drive it. Run directly it only installs and prints the places.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDebianPackages } from './lib/debian.mts';
import { installOnce } from './lib/install-once.mts';
import { cacheDir } from './lib/paths.mts';
import {
  capture,
  installLimitMs,
  lastLines,
  lookUpLimitMs,
  nodeFirstEnv,
  run,
} from './lib/run.mts';
import { say } from './lib/say.mts';

/** code-server 4.139.1 carries VS Code 1.139.1. */
const codeServerVersion = '4.139.1';

/** What the native modules of VS Code need to be built. */
const buildPackages = [
  'g++',
  'libkrb5-dev',
  'libsecret-1-dev',
  'libx11-dev',
  'libxkbfile-dev',
  'make',
  'pkg-config',
  'python3',
] as const;

/** Modules that must load, or the editor would lack terminals, logs or file events. */
const nativeModules = ['node-pty', '@vscode/spdlog', '@parcel/watcher', 'kerberos'] as const;

/** An installed VS Code. Start its scripts with the running Node ({@link process.execPath}). */
export interface VscodeInstall {
  /** The package's directory. */
  readonly root: string;
  /** The command line of code-server: installs extensions, serves with user data on disk. */
  readonly entry: string;
  /** VS Code's own server, which honours the smoke test driver. */
  readonly server: string;
}

/** The scripts of an installation whose package directory is `root`. */
export function vscodeAt(root: string): VscodeInstall {
  return {
    root,
    entry: join(root, 'out/node/entry.js'),
    server: join(root, 'lib/vscode/out/server-main.js'),
  };
}

/**
 * Resolves to the installed VS Code; the first time on a machine this takes minutes and about
 * 650 MB. Rejects with what is missing: Debian packages, Node 24, or npm's own words.
 */
export async function ensureVscode(): Promise<VscodeInstall> {
  const dir = join(
    cacheDir(),
    `code-server-${codeServerVersion}-${process.platform}-${process.arch}`,
  );
  await installOnce({
    dir,
    what: `VS Code (code-server ${codeServerVersion}, takes some minutes)`,
    install: installCodeServer,
  });
  return vscodeAt(join(dir, 'node_modules/code-server'));
}

async function installCodeServer(dir: string): Promise<void> {
  if (process.versions.node.split('.')[0] !== '24') {
    throw new Error(
      `VS Code's server needs Node 24, and this is ${process.version}. ` +
        'Use the npm scripts (npm start, npm test): they bring Node 24.',
    );
  }
  await ensureDebianPackages(buildPackages, 'Building the native modules of VS Code');
  const manifest = {
    name: 'runyard-vscode',
    private: true,
    allowScripts: { 'code-server': true, argon2: true },
  };
  writeFileSync(join(dir, 'package.json'), JSON.stringify(manifest));
  const headers = await installNodeHeaders(dir);
  say('  installing code-server and building its native modules');
  await npmInstall(dir, `code-server@${codeServerVersion}`, {
    ...(headers === undefined
      ? {}
      : { npm_config_nodedir: headers, npm_package_config_node_gyp_nodedir: headers }),
  });
  if (headers !== undefined) rmSync(headers, { recursive: true, force: true });
  await checkNativeModules(join(dir, 'node_modules/code-server'));
}

/** Node's headers as an npm package, so that building does not download them elsewhere. */
async function installNodeHeaders(dir: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const name = `node-linux-${process.arch}`;
  say(`  installing ${name}@${process.versions.node} (headers for native modules)`);
  await npmInstall(dir, `${name}@${process.versions.node}`, {});
  return join(dir, 'node_modules', name);
}

async function npmInstall(dir: string, spec: string, env: NodeJS.ProcessEnv): Promise<void> {
  const logs = join(cacheDir(), 'logs');
  mkdirSync(logs, { recursive: true });
  const logFile = join(logs, `install-${spec.replace(/[^\w.-]/g, '_')}.log`);
  writeFileSync(logFile, '');
  const log = { file: logFile, append: true } as const;
  const code = await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--ignore-scripts=false', '--foreground-scripts', spec],
    {
      cwd: dir,
      env: {
        ...withoutNpm(nodeFirstEnv()),
        npm_config_dangerously_allow_all_scripts: 'true',
        ...env,
      },
      stdout: log,
      stderr: log,
      timeoutMs: installLimitMs,
    },
  );
  if (code === 0) return;
  const tail = lastLines(readFileSync(logFile, 'utf8'), 25);
  throw new Error(
    `npm install ${spec} failed with exit code ${code}. The end of ${logFile}:\n${tail}`,
  );
}

/**
 * `npm run` tells its children about our package and about the Node that npm itself runs in,
 * which may be another one; an installation elsewhere must not see that.
 */
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours =
    /^npm_(package_|lifecycle_|command$|execpath$|node_execpath$|config_(user_agent|npm_version|node_gyp|init_module|prefix|local_prefix|global_prefix)$)/;
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !ours.test(name) && name !== 'INIT_CWD' && name !== 'NODE_ENV',
    ),
  );
}

async function checkNativeModules(root: string): Promise<void> {
  const script = nativeModules.map((name) => `require(${JSON.stringify(name)});`).join('');
  const { exitCode, lastWords } = await capture(process.execPath, ['-e', script], {
    cwd: join(root, 'lib/vscode'),
    limitMs: lookUpLimitMs,
  });
  if (exitCode !== 0) throw new Error(`The native modules of VS Code do not load:\n${lastWords}`);
}

const browserPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
] as const;

/**
 * Resolves to the path of a Chromium, installing Debian's when we may. `RUNYARD_CHROMIUM` wins.
 * Rejects with an error that says what to install when there is none.
 */
export async function ensureBrowser(): Promise<string> {
  const own = process.env['RUNYARD_CHROMIUM'];
  if (own !== undefined && own !== '') return own;
  const find = (): string | undefined => browserPlaces.find((path) => existsSync(path));
  const found = find();
  if (found !== undefined) return found;
  await ensureDebianPackages(['chromium', 'fonts-dejavu-core'], 'Testing in a browser');
  const installed = find();
  if (installed === undefined) {
    throw new Error('No Chromium found. Install one, or set RUNYARD_CHROMIUM to its path.');
  }
  return installed;
}

if (import.meta.main) {
  const { root } = await ensureVscode();
  say(`VS Code: ${root}`);
  say(`Browser: ${await ensureBrowser()}`);
}
