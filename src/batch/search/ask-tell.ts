import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { RunyardError } from '../../core/base/errors.ts';
import {
  encodeLine,
  isJsonObject,
  parseJson,
  type Json,
  type JsonObject,
} from '../../core/data/json.ts';
import { findProblem, programOf, spawnProblem } from '../../core/phase/command.ts';
import { stopGroup } from '../../core/process/signals.ts';
import type { Command, Objective } from '../../core/run/types.ts';
import type { ObservedTrial, SearchDimension, TrialFlags } from '../record/types.ts';

/**
 * The ask-and-tell protocol of sequential optimizers (docs/optimizers.md). An optimizer is a
 * command: it is run once for every question, reads the search and all its trials as JSON
 * lines, answers with the next flags, and ends. It keeps nothing, so a search can be broken off
 * and taken up at any time.
 */
const PROTOCOL_VERSION = 1;

/** What is searched: the first line that an optimizer reads. */
export interface Study {
  /** Name of the operation. */
  readonly operation: string;
  readonly space: Readonly<Record<string, SearchDimension>>;
  readonly objective: Objective;
  readonly seed: number;
}

/** How an optimizer is run. */
interface AskOptions {
  readonly command: Command;
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** How long it may think about one answer. Milliseconds. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Gets the lines that it writes to stderr, when it answers well. */
  readonly onLine?: (line: string) => void;
}

/** What an optimizer answered, unchecked against the space. */
interface Answer {
  /** None when it is done, or waits for the end of a running trial. */
  readonly flags: readonly TrialFlags[];
  /** It wants no more trials. */
  readonly done: boolean;
}

/** More than this is no answer. Characters. */
const MAX_ANSWER = 4 * 1024 * 1024;
/** So much of the end of stderr is kept. Characters. */
const MAX_STDERR = 16 * 1024;
/** Lines of stderr that an error shows. */
const SHOWN_LINES = 8;
/** Between SIGTERM and SIGKILL for one that takes too long. Milliseconds. */
const GRACE_MS = 2000;

/**
 * Asks an optimizer for the next trials.
 * @param count how many are wanted at most.
 * @param trials all so far, in any order; they are told by index.
 * Throws `optimizer-failed` when it cannot be started, exits with another code than 0, takes
 * longer than it may, or answers something else; `signal.reason` when that aborts.
 */
export async function askOptimizer(
  study: Study,
  count: number,
  trials: readonly ObservedTrial[],
  options: AskOptions,
): Promise<Answer> {
  options.signal.throwIfAborted();
  const { exitCode, stdout, stderr } = await runOptimizer(question(study, count, trials), options);
  if (exitCode !== 0) throw failed(`The optimizer exited with ${exitCode}`, stderr);
  const answer = parseAnswer(stdout, stderr, trials);
  for (const line of stderr.split('\n')) if (line.trim() !== '') options.onLine?.(line);
  return { ...answer, flags: answer.flags.slice(0, count) };
}

function question(study: Study, count: number, trials: readonly ObservedTrial[]): string {
  const { operation, space, objective, seed } = study;
  const head: JsonObject = {
    type: 'study',
    version: BigInt(PROTOCOL_VERSION),
    operation,
    space: Object.fromEntries(Object.entries(space).map(([key, dim]) => [key, dimension(dim)])),
    objective: objective.metric,
    direction: objective.direction,
    seed: BigInt(seed),
    count: BigInt(count),
  };
  const told = trials
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, flags, status, value }): JsonObject => {
      return { type: 'trial', index: BigInt(index), flags, status, value };
    });
  return [head, ...told].map((line) => `${encodeLine(line)}\n`).join('');
}

function dimension(dim: SearchDimension): Json {
  if (dim.kind === 'choice' || dim.kind === 'fixed') return { ...dim };
  const number = (value: number): Json => (dim.type === 'int' ? BigInt(value) : value);
  return {
    kind: dim.kind,
    type: dim.type,
    low: number(dim.low),
    high: number(dim.high),
    initial: dim.initial === null ? null : number(dim.initial),
  };
}

function parseAnswer(stdout: string, stderr: string, trials: readonly ObservedTrial[]): Answer {
  const flags: TrialFlags[] = [];
  let done = false;
  let wait = false;
  for (const line of stdout.split('\n')) {
    if (line.trim() === '') continue;
    const message = parseLine(line);
    if (message !== null && isJsonObject(message['flags'])) flags.push(message['flags']);
    else if (message?.['done'] === true) done = true;
    else if (message?.['wait'] === true) wait = true;
    else throw failed(`The optimizer answered something else than flags: ${line.trim()}`, stderr);
  }
  if (flags.length > 0 || done) return { flags, done };
  if (!wait) {
    throw failed('The optimizer answered nothing: {"done": true} would end the search', stderr);
  }
  if (!trials.some(({ status }) => status === 'running')) {
    throw failed('The optimizer waits, and no trial runs', stderr);
  }
  return { flags, done };
}

function parseLine(line: string): JsonObject | null {
  try {
    const value = parseJson(line);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

interface Ended {
  /** `3`, or the name of the signal that ended it; 0 when all is well. */
  readonly exitCode: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

type Optimizer = ChildProcessByStdio<Writable, Readable, Readable>;

async function runOptimizer(input: string, options: AskOptions): Promise<Ended> {
  const child = start(options);
  const exit = exitOf(child);
  const stdout = collect(child.stdout, (text) => {
    if (text.length <= MAX_ANSWER) return text;
    throw failed(`The optimizer answered more than ${String(MAX_ANSWER)} characters`, '');
  });
  const stderr = collect(child.stderr, (text) => text.slice(-MAX_STDERR));
  // One that does not read its input is no error: it may know its answer without.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const over = Promise.all([exit, stdout, stderr]);
  const stopper = new AbortController();
  try {
    const [exitCode, out, err] = await Promise.race([over, broken(options, stopper.signal)]);
    return { exitCode, stdout: out, stderr: err };
  } catch (error) {
    if (child.pid !== undefined && child.exitCode === null) await stopGroup(child.pid, GRACE_MS);
    throw error;
  } finally {
    stopper.abort();
    // Whatever comes now, nobody waits for it.
    over.catch(() => undefined);
  }
}

function start({ command, cwd, env }: AskOptions): Optimizer {
  const program = programOf(command, process.platform, env);
  const problem = findProblem(program.file, cwd, env);
  if (problem !== null) throw failed(`The optimizer cannot be started: ${problem.message}`, '');
  // Raw spawn: a group of its own, so that all of it can be stopped.
  return spawn(program.file, program.args, {
    cwd,
    env: { ...env, ...program.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
    windowsVerbatimArguments: program.verbatim,
  });
}

function exitOf(child: Optimizer): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      const { message } = spawnProblem(child.spawnfile, error);
      reject(failed(`The optimizer cannot be started: ${message}`, ''));
    });
    child.once('exit', (code, signal) => {
      resolve(code ?? signal ?? 'a signal');
    });
  });
}

async function collect(stream: Readable, keep: (text: string) => string): Promise<string> {
  stream.setEncoding('utf8');
  let text = '';
  for await (const chunk of stream) text = keep(text + String(chunk));
  return text;
}

/** Rejects when the time is over or the signal aborts; `settled` ends the waiting. */
function broken({ limitMs, signal }: AskOptions, settled: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      const seconds = String(Math.round(limitMs / 1000));
      reject(failed(`The optimizer did not answer within ${seconds} s`, ''));
    }, limitMs);
    signal.addEventListener('abort', abort);
    settled.addEventListener('abort', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    });
  });
}

function failed(what: string, stderr: string): RunyardError {
  const lines = stderr.trimEnd().split('\n').slice(-SHOWN_LINES);
  const shown = lines.filter((line) => line.trim() !== '');
  return new RunyardError('optimizer-failed', [what, ...shown].join('\n'));
}
