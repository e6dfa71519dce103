import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { nodeFirstEnv } from './run.mts';

/** A VS Code server that is listening. */
export interface Server {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly host: string;
  readonly pid: number;
  /** Everything that it has printed so far. */
  log(): string;
  /** Resolves when it has ended, by itself or not. */
  readonly ended: Promise<void>;
  /**
   * Ends it as a person would (SIGTERM), after 5 s with SIGKILL; `SIGKILL` does so at once.
   * Resolves when it is gone. What it started detached lives on.
   */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export interface ServerOptions {
  /** The script and its arguments, without the address. */
  readonly args: readonly string[];
  /** How this server takes its address. */
  readonly address: (port: number) => readonly string[];
  /** What it prints when it is ready. */
  readonly ready: RegExp;
  readonly env: NodeJS.ProcessEnv;
  readonly port?: number;
  readonly timeoutMs?: number;
}

/** Starts a server with the running Node. Rejects with its output when it does not get ready. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const port = options.port ?? (await freePort());
  // Raw spawn: it serves until it is stopped, and we only watch what it says.
  const child = spawn(process.execPath, [...options.args, ...options.address(port)], {
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`VS Code's server was not ready in time. It said:\n${log}`));
    }, options.timeoutMs ?? 60_000);
    const onData = (data: Buffer): void => {
      log += data.toString();
      if (!options.ready.test(log)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    void ended.then(() => {
      clearTimeout(timer);
      reject(new Error(`VS Code's server ended (${String(child.exitCode)}). It said:\n${log}`));
    });
  });
  return {
    url: `http://127.0.0.1:${String(port)}`,
    host: `127.0.0.1:${String(port)}`,
    pid: child.pid ?? 0,
    log: () => log,
    ended,
    stop: (signal = 'SIGTERM') => stop(child, ended, signal),
  };
}

async function stop(
  child: ChildProcess,
  ended: Promise<void>,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}

/** A TCP port on the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  return await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** True when nothing listens on `port` of the loopback interface. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

const gageVariables = ['RUNS_DIR', 'GAGE_RUNS', 'RUNS_HOME'];

/**
 * The environment of a server that stands on its own: nothing of an editor or of npm that we
 * may run in, and no store from outside. With `home` the person's home directory is that one
 * (version managers that look there still find their own).
 */
export function serverEnv(home?: string): NodeJS.ProcessEnv {
  const env = Object.fromEntries(
    Object.entries(nodeFirstEnv()).filter(
      ([name]) =>
        !/^(VSCODE_|ELECTRON_|npm_|CODE_SERVER_)/.test(name) &&
        !['NODE_OPTIONS', 'NODE_TEST_CONTEXT', 'INIT_CWD', ...gageVariables].includes(name),
    ),
  );
  if (home === undefined) return env;
  const pyenv = join(homedir(), '.pyenv');
  return {
    ...env,
    HOME: home,
    ...(existsSync(pyenv) ? { PYENV_ROOT: env['PYENV_ROOT'] ?? pyenv } : {}),
  };
}
