import { join } from 'node:path';
import { execa } from 'execa';

/** Path of the command, in its source. */
export const CLI_PATH = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');

/** What a run of the command left behind. */
export interface CliResult {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Text for its stdin; without it stdin is empty. */
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** A running command. */
export interface RunningCli {
  /** Sends it a signal. */
  readonly kill: (signal: NodeJS.Signals) => void;
  /** What it wrote to stdout so far. */
  readonly stdout: () => string;
  readonly result: Promise<CliResult>;
}

/** An environment in which nothing of the developer's own points at another store. */
export function cleanEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const others = [
    'GAGE_RUNS',
    'RUNS_DIR',
    'PROJECT_DIR',
    'RUNYARD_SUPERVISOR',
    'FORCE_COLOR',
    'NODE_TEST_CONTEXT',
  ];
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !others.includes(name)),
  );
  return { ...env, ...extra };
}

/** Starts `runyard` from source with the Node that runs the test. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const child = execa(process.execPath, [CLI_PATH, ...args], {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: cleanEnv(options.env),
    extendEnv: false,
    input: options.input ?? '',
    timeout: options.timeoutMs ?? 60_000,
    killSignal: 'SIGKILL',
    stripFinalNewline: false,
    reject: false,
  });
  let seen = '';
  child.stdout.on('data', (data: Buffer | string) => (seen += data.toString()));
  const result = child.then((ended): CliResult => {
    const { exitCode: code = null, signal = null, stdout, stderr } = ended;
    if (code === null && signal === null) throw new Error(ended.message);
    return { code, signal, stdout, stderr };
  });
  return { kill: (signal) => void child.kill(signal), stdout: () => seen, result };
}

/** Runs `runyard` to its end. */
export async function runCli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  return await startCli(args, options).result;
}

/** Runs `runyard` and parses what it prints. Throws with its stderr unless it exits with `code`. */
export async function cliJson(
  args: readonly string[],
  options: CliOptions & { readonly code?: number } = {},
): Promise<unknown> {
  const result = await runCli([...args, '--json'], options);
  if (result.code !== (options.code ?? 0)) {
    throw new Error(
      `runyard ${args.join(' ')} exited with ${String(result.code)}: ${result.stderr}`,
    );
  }
  return JSON.parse(result.stdout) as unknown;
}
