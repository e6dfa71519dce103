import { dirname, delimiter } from 'node:path';
import { execa } from 'execa';
import { repoRoot } from './paths.mts';

/** The environment of this process with the running Node first on the PATH. */
export function nodeFirstEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const path = process.env['PATH'] ?? '';
  return { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${path}`, ...extra };
}

/** Where the output of a program goes: our terminal, nowhere, or the end of a file. */
type Target = 'inherit' | 'ignore' | { readonly file: string; readonly append: true };

export interface RunOptions {
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Default: our terminal. */
  readonly stdout?: Target;
  /** Default: our terminal. */
  readonly stderr?: Target;
  /** After that long it is killed, and we say so. */
  readonly timeoutMs?: number;
}

/**
 * Runs a program to its end, without input. Resolves to its exit code; 1 when a signal ended it.
 * Rejects when it cannot be started.
 */
export async function run(
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<number> {
  const { env, cwd, stdout = 'inherit', stderr = 'inherit', timeoutMs } = options;
  const result = await execa(file, args, {
    ...(cwd !== undefined && { cwd }),
    env,
    extendEnv: false,
    stdin: 'ignore',
    stdout,
    stderr,
    buffer: false,
    reject: false,
    killSignal: 'SIGKILL',
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
  });
  if (result.timedOut) {
    process.stderr.write(`Stopped after ${String(Math.round((timeoutMs ?? 0) / 1000))} s.\n`);
  }
  if (result.exitCode !== undefined) return result.exitCode;
  if (!result.isTerminated) throw new Error(result.message);
  return 1;
}

/**
 * Runs a script with the running Node from the repository's root, with our terminal.
 * Resolves to its exit code; 1 when a signal ended it.
 */
export async function runNode(args: readonly string[]): Promise<number> {
  return await run(process.execPath, args, { cwd: repoRoot, env: nodeFirstEnv() });
}

/** The last `count` lines of what a program printed. */
export function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join('\n');
}
