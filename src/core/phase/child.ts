import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeOwnDir } from '../base/own-dir.ts';
import { appendOwnFile } from '../base/regular-file.ts';
import { outputPaths } from '../output/paths.ts';
import { prepareOutput } from '../output/writer.ts';
import { groupExists } from '../process/processes.ts';
import { signalGroup, stopGroup } from '../process/signals.ts';
import type { Command, Phase, Run } from '../run/types.ts';
import { findProblem, programOf, spawnProblem, type SpawnProblem } from './command.ts';

/** Between SIGTERM and SIGKILL when nobody says otherwise. Milliseconds. */
export const DEFAULT_GRACE_MS = 10_000;
/** How long the rest of a process group may go on printing after its leader ended. Milliseconds. */
const SETTLE_MS = 500;

/** The process of a phase. It writes to the spools of the phase, whoever reads them. */
export class RunProcess {
  /** null when it could not be started. */
  readonly pid: number | null;
  /** Why it could not be started. */
  readonly problem: SpawnProblem | null;
  readonly #exit: Promise<number>;
  #exitCode: number | null = null;
  #stopped: 'SIGTERM' | 'SIGKILL' | null = null;
  #stopping: Promise<void> | null = null;

  constructor(pid: number | null, problem: SpawnProblem | null, exit: Promise<number>) {
    this.pid = pid;
    this.problem = problem;
    this.#exit = exit.then((code) => {
      this.#exitCode = code;
      return code;
    });
  }

  /** Exit code when the process has ended, else null. As {@link wait} gives it. */
  get exitCode(): number | null {
    return this.#exitCode === null ? null : this.#result(this.#exitCode);
  }

  /**
   * Waits for the end of the process.
   * @returns its exit code; `-<signal>` when a signal ended it, and in any case a negative
   *   number when it was stopped (gage-format.md 2.10); 126 or 127 when it could not be started.
   */
  async wait(): Promise<number> {
    const code = await this.#exit;
    await this.#stopping;
    return this.#result(code);
  }

  /** Sends a signal to the process and everything in its group. */
  signal(signal: NodeJS.Signals): void {
    if (this.pid !== null && this.#exitCode === null) signalGroup(this.pid, signal);
  }

  /**
   * Ends the process and its group: SIGTERM, and SIGKILL when something is left after
   * `graceMs`. On Windows the process tree, with force after the grace time.
   */
  stop(graceMs = DEFAULT_GRACE_MS): Promise<void> {
    if (this.pid === null || this.#exitCode !== null) return Promise.resolve();
    this.#stopped ??= 'SIGTERM';
    this.#stopping ??= stopGroup(this.pid, graceMs, () => {
      if (this.#exitCode === null) this.#stopped = 'SIGKILL';
    });
    return this.#stopping;
  }

  /** Waits, for a moment only, until the rest of the process group has ended too. */
  async settle(): Promise<void> {
    const deadline = Date.now() + SETTLE_MS;
    while (this.pid !== null && groupExists(this.pid) && Date.now() < deadline) await sleep(20);
  }

  #result(code: number): number {
    // A program that handles SIGTERM and exits with 0 was stopped all the same.
    return code >= 0 && this.#stopped !== null ? -constants.signals[this.#stopped] : code;
  }
}

/**
 * Starts the process of a phase in the run directory, in a process group of its own, its
 * output going to fresh spools. A program that cannot be started gives a process that has
 * ended with 126 or 127 and a line in the output; only errors of our own files throw: `unsafe-path`
 * for a link in place of one, and the system's.
 * @param env the whole environment.
 */
export async function spawnPhase(
  run: Run,
  phase: Phase,
  command: Command,
  env: Readonly<Record<string, string>>,
): Promise<RunProcess> {
  makeOwnDir(run.runsDir, run.id);
  const program = programOf(command, process.platform, env);
  const spools = prepareOutput(run, phase);
  const fail = (problem: SpawnProblem): RunProcess => {
    appendOwnFile(outputPaths(run, phase).stderr, `runyard: ${problem.message}\n`);
    return new RunProcess(null, problem, Promise.resolve(problem.exitCode));
  };
  try {
    const problem = findProblem(program.file, run.runDir, env);
    if (problem !== null) return fail(problem);
    // Raw spawn: the process must have our files as its output, not our pipes.
    const child = spawn(program.file, program.args, {
      cwd: run.runDir,
      env: { ...env, ...program.env },
      stdio: ['ignore', spools.stdout, spools.stderr],
      detached: true,
      windowsHide: true,
      windowsVerbatimArguments: program.verbatim,
    });
    const exit = exitOf(child);
    if (child.pid === undefined)
      return fail(spawnProblem(program.file, await exit.catch((error: unknown) => error)));
    return new RunProcess(child.pid, null, exit);
  } catch (error) {
    // spawn itself throws for arguments that no program can have, such as a NUL in them.
    return fail(spawnProblem(program.file, error));
  } finally {
    spools.close();
  }
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      // Also emitted when a signal could not be sent: only a failed start ends the process.
      if (child.pid === undefined) reject(error);
    });
    child.once('exit', (code, signal) => {
      resolve(code ?? -(signal === null ? 1 : constants.signals[signal]));
    });
  });
}
