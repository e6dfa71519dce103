import { dirname, delimiter } from 'node:path';
import { execa } from 'execa';
import { killTree } from './kill-tree.mts';
import { repoRoot } from './paths.mts';
import { formatElapsed } from './say.mts';

/** Longer than any program needs that only looks something up. */
export const lookUpLimitMs = 60_000;

/** Longer than any download and build needs on a slow machine and network. */
export const installLimitMs = 20 * 60_000;

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
  /** After that long it is killed with all that it has started, and we reject. */
  readonly timeoutMs?: number;
}

/**
 * Runs a program to its end, without input. Resolves to its exit code; 1 when a signal ended it.
 * Rejects when it cannot be started, or does not end in time.
 */
export async function run(
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<number> {
  const { env, cwd, stdout = 'inherit', stderr = 'inherit', timeoutMs } = options;
  const child = execa(file, args, {
    ...(cwd !== undefined && { cwd }),
    env,
    extendEnv: false,
    stdin: 'ignore',
    stdout,
    stderr,
    buffer: false,
    reject: false,
  });
  const limit = timeoutMs === undefined ? undefined : new Limit(child.pid, timeoutMs);
  const result = await child;
  if (limit?.end() === true) throw new Error(limit.message([file, ...args]));
  if (result.exitCode !== undefined) return result.exitCode;
  if (!result.isTerminated) throw new Error(result.message);
  return 1;
}

/** How a program ended whose output was kept. */
export interface Ended {
  /** Undefined when it could not be started, or a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** The end of what it printed, or why it could not be started. */
  readonly lastWords: string;
}

export interface CaptureOptions {
  /** Default: {@link installLimitMs}. */
  readonly limitMs?: number;
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a program to its end, without input, and keeps what it prints. Rejects when it does not
 * end in time: it is killed then, with all that it has started.
 */
export async function capture(
  file: string,
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<Ended> {
  const { limitMs = installLimitMs, ...others } = options;
  const child = execa(file, args, { ...others, stdin: 'ignore', all: true, reject: false });
  const limit = new Limit(child.pid, limitMs);
  const result = await child;
  const lastWords = lastLines(result.all || (result.shortMessage ?? ''), 15);
  if (limit.end()) throw new Error(`${limit.message([file, ...args])} It said:\n${lastWords}`);
  return { exitCode: result.exitCode, stdout: result.stdout, lastWords };
}

/** As {@link capture}; rejects with the end of what it printed unless it exits with 0, too. */
export async function runChecked(
  file: string,
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<void> {
  const { exitCode, lastWords } = await capture(file, args, options);
  if (exitCode !== 0) throw new Error(`${file} ${args.join(' ')} failed:\n${lastWords}`);
}

/**
 * The time that a program has. Not execa's own `timeout`: that one kills the program alone, and
 * waits for what it has started, which still holds its output.
 */
class Limit {
  readonly #ms: number;
  readonly #timer: NodeJS.Timeout;
  #exceeded = false;

  constructor(pid: number | undefined, ms: number) {
    this.#ms = ms;
    this.#timer = setTimeout(() => {
      this.#exceeded = true;
      if (pid !== undefined) killTree(pid);
    }, ms);
  }

  /** Called when the program has ended. True when it had to be killed. */
  end(): boolean {
    clearTimeout(this.#timer);
    return this.#exceeded;
  }

  message(command: readonly string[]): string {
    return `Waited ${formatElapsed(this.#ms)} for ${command.join(' ')}.`;
  }
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
