import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** No verb may take longer on a machine that does nothing else. Milliseconds. */
const TIME_LIMIT_MS = 10_000;

/** What a verb that does next to nothing takes there. Milliseconds. */
const NOTHING_MS = 150;

/** So much of what a verb prints is looked at. Characters. */
const KEPT = 4 * 1024 * 1024;

/** What came of a verb. */
export interface Outcome {
  /** Null when it was ended. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

/** What the programs leave in their common process is no matter of a single verb. */
const VERBS_PER_PROCESS = 20;

/** Where verbs are run. */
export interface CliPlace {
  /** The bundled command. */
  readonly script: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

const NO_OUTCOME = { code: null, stdout: '', stderr: '' };

/** Runs verbs, each in a process of its own, or those after another in one. */
export class Cli {
  readonly #place: CliPlace;
  #runner: ChildProcess | null = null;
  #verbs = 0;
  #limitMs = TIME_LIMIT_MS;

  constructor(place: CliPlace) {
    this.#place = place;
  }

  /** How long a verb may take. Milliseconds. */
  get limitMs(): number {
    return this.#limitMs;
  }

  /** Gives verbs more time on a machine that is busy with other things. */
  async measure(): Promise<void> {
    const { tookMs } = await this.spawned(['--version']);
    this.#limitMs = Math.round(TIME_LIMIT_MS * Math.max(1, tookMs / NOTHING_MS));
  }

  /** One verb as its own process. */
  async spawned(args: readonly string[]): Promise<Outcome> {
    const { script, cwd, env } = this.#place;
    const started = Date.now();
    const child = spawn(process.execPath, [script, ...args], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      if (stdout.length < KEPT) stdout += data;
    });
    child.stderr.setEncoding('utf8').on('data', (data: string) => {
      if (stderr.length < KEPT) stderr += data;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), this.#limitMs);
    await once(child, 'exit');
    clearTimeout(timer);
    return { code: child.exitCode, stdout, stderr, tookMs: Date.now() - started };
  }

  /** One verb in the process of those before it. */
  async shared(args: readonly string[]): Promise<Outcome> {
    if (++this.#verbs % VERBS_PER_PROCESS === 0) this.close();
    const runner = (this.#runner ??= this.#start());
    const started = Date.now();
    const timer = setTimeout(() => runner.kill('SIGKILL'), this.#limitMs);
    const stop = new AbortController();
    const { signal } = stop;
    const answer = once(runner, 'message', { signal }).then(([result]) => result as Outcome);
    const ended = once(runner, 'exit', { signal }).then(() => NO_OUTCOME);
    for (const promise of [answer, ended]) promise.catch(() => undefined);
    runner.send(args);
    const result = await Promise.race([answer, ended]);
    stop.abort();
    clearTimeout(timer);
    if (result.code === null) this.#runner = null;
    return { ...result, tookMs: Date.now() - started };
  }

  /** Of the process that verbs share, while there is one. */
  get pid(): number | undefined {
    return this.#runner?.pid;
  }

  /** Ends the process that verbs share. */
  close(): void {
    this.#runner?.kill('SIGKILL');
    this.#runner = null;
  }

  #start(): ChildProcess {
    const { script, cwd, env } = this.#place;
    const runner = fork(join(import.meta.dirname, 'runner.ts'), [script], {
      cwd,
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: ['--experimental-vm-modules', '--no-warnings'],
    });
    return runner;
  }
}
