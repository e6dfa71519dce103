import { spawn, type ChildProcess } from 'node:child_process';
import { dirname, delimiter } from 'node:path';
import { repoRoot } from './paths.mts';

/** The environment of this process with the running Node first on the PATH. */
export function nodeFirstEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const path = process.env['PATH'] ?? '';
  return { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${path}`, ...extra };
}

/**
 * Runs a script with the running Node from the repository's root, with our terminal.
 * Resolves to its exit code; 1 when a signal ended it.
 */
export async function runNode(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<number> {
  const child = spawn(process.execPath, args, {
    cwd: repoRoot,
    env: nodeFirstEnv(options.env),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return await exitCode(child, options.timeoutMs);
}

/**
 * Waits for a child to exit; 1 when a signal ended it. After `timeoutMs` it is killed.
 * Rejects when it cannot be started.
 */
export async function exitCode(child: ChildProcess, timeoutMs?: number): Promise<number> {
  return await new Promise<number>((resolve, reject) => {
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            process.stderr.write(`Stopped after ${String(Math.round(timeoutMs / 1000))} s.\n`);
            child.kill('SIGKILL');
          }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}
