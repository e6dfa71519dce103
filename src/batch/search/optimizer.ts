import { RunyardError } from '../../core/base/errors.ts';
import { jsonEqual, type Json } from '../../core/data/json.ts';
import { quoted } from '../../core/data/value-text.ts';
import { userEnv } from '../../core/phase/command.ts';
import type { Command, Objective } from '../../core/run/types.ts';
import type { SearchDimension, TrialFlags, TrialSource } from '../record/types.ts';
import { askOptimizer, type Study } from './ask-tell.ts';
import { optunaCommand } from './optuna.ts';

/** How long an optimizer may think about one answer. Milliseconds. */
const LIMIT_MS = 10 * 60_000;

/** What the name of an optimizer means. */
type OptimizerKind = 'grid' | 'random' | 'sequential';

/** Optimizers of Guild that we do not have (guild-format.md 2.7). */
const GUILD_NAMES = ['gp', 'bayesian', 'gaussian', 'forest', 'gbrt'];

/**
 * What an optimizer is by its name: `+` the grid, `random`, or one that wants to know how the
 * trials went before it gives the next: `optuna`, and any other text is a command of the user.
 * Throws `bad-request` for an empty name and for the optimizers that only Guild has.
 */
export function optimizerKind(name: string): OptimizerKind {
  const text = name.trim();
  if (text === '+') return 'grid';
  if (text === 'random') return 'random';
  const guild = text.replace(/^skopt:/, '');
  if (text === '' || GUILD_NAMES.includes(guild)) {
    throw new RunyardError('bad-request', `There is no optimizer '${text}'`, {
      hint: "Optimizers are +, random, optuna, or a command that is asked for trials, such as 'python3 search.py'.",
    });
  }
  return 'sequential';
}

/** What {@link openTrialSource} needs of a batch. */
export interface TrialSourceOptions extends Omit<Study, 'objective'> {
  /** `optuna`, or a command. */
  readonly optimizer: string;
  readonly objective: Objective | null;
  /** Where the optimizer is run: the directory of the project. */
  readonly projectDir: string;
  /** Environment to run it in, cleaned of the editor's variables here (default: our own). */
  readonly env?: NodeJS.ProcessEnv;
  /** How long it may think about one answer. Milliseconds; default 10 minutes. */
  readonly limitMs?: number;
  /** Gets what the optimizer has to say, line by line. */
  readonly onLine?: (line: string) => void;
}

/**
 * Opens the source of trials of a sequential search. Nothing is run before the first question.
 * The source remembers nothing but that the optimizer was done: what it gives depends on the
 * trials that it is told, so a search that was broken off goes on where it was.
 *
 * Throws what {@link requireStudy} throws. `next` throws `optimizer-failed` when the optimizer
 * cannot be asked or gives values that are not in the space, and the reason of its signal.
 */
export function openTrialSource(options: TrialSourceOptions): TrialSource {
  const study: Study = { ...options, objective: requireStudy(options) };
  const env = userEnv(options.env ?? process.env);
  let command: Promise<Command> | null = null;
  let isDone = false;
  return {
    next: async (count, observed, signal) => {
      if (isDone || count < 1) return [];
      command ??= commandOf(options, env, signal);
      const answer = await askOptimizer(study, count, observed, {
        command: await command.catch((error: unknown) => {
          command = null;
          throw error;
        }),
        cwd: options.projectDir,
        env,
        limitMs: options.limitMs ?? LIMIT_MS,
        signal,
        ...(options.onLine !== undefined && { onLine: options.onLine }),
      });
      isDone = answer.done;
      return answer.flags.map((flags) => checkedFlags(flags, study.space));
    },
  };
}

/**
 * Checks, before a batch is made, that its optimizer can be asked. A command of the user is not
 * tried. Throws `optimizer-failed` when Optuna is meant and no Python of the user has it.
 */
export async function requireOptimizer(
  optimizer: string,
  projectDir: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  if (isOptuna(optimizer)) await optunaCommand(projectDir, userEnv(process.env), signal);
}

/**
 * Checks that there is something to search, and a metric to search it for.
 * Throws `bad-request` without an objective, `bad-config` without a value that may vary.
 */
export function requireStudy({
  optimizer,
  objective,
  space,
}: Pick<TrialSourceOptions, 'optimizer' | 'objective' | 'space'>): Objective {
  if (objective === null) {
    throw new RunyardError('bad-request', `${optimizer} needs to know what makes a trial better`, {
      hint: 'Name the metric to minimize or to maximize.',
    });
  }
  if (Object.values(space).every(({ kind }) => kind === 'fixed')) {
    throw new RunyardError('bad-config', `There is nothing to search for ${optimizer}`, {
      hint: 'Give a list or a range as a value: lr=loguniform[1e-5:1e-1] or depth=[1,2,4].',
    });
  }
  return objective;
}

async function commandOf(
  { optimizer, projectDir }: TrialSourceOptions,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Command> {
  return isOptuna(optimizer) ? await optunaCommand(projectDir, env, signal) : optimizer;
}

function isOptuna(optimizer: string): boolean {
  return optimizer.trim() === 'optuna';
}

/**
 * The flags of an answer in the types of the space, with its fixed values. A key that is left
 * out keeps the default of the operation. Throws `optimizer-failed`.
 */
function checkedFlags(
  flags: TrialFlags,
  space: Readonly<Record<string, SearchDimension>>,
): TrialFlags {
  const given = Object.entries(flags).map(([key, value]) => {
    const dim = space[key];
    if (dim === undefined) throw refused(key, value, 'it is not searched');
    return [key, checkedValue(key, value, dim)] as const;
  });
  const fixed = Object.entries(space).flatMap(([key, dim]) =>
    dim.kind === 'fixed' ? [[key, dim.value] as const] : [],
  );
  return Object.fromEntries([...given, ...fixed].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function checkedValue(key: string, value: Json, dim: SearchDimension): Json {
  if (dim.kind === 'fixed') {
    if (!jsonEqual(value, dim.value)) throw refused(key, value, 'it is not searched');
    return dim.value;
  }
  if (dim.kind === 'choice') {
    const same = dim.values.find((choice) => jsonEqual(choice, value));
    if (same === undefined) throw refused(key, value, 'it is none of the values to choose from');
    return same;
  }
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    throw refused(key, value, 'it is no number');
  }
  const number = withinBounds(Number(value), dim);
  if (number === null) {
    throw refused(key, value, `it is not in ${String(dim.low)} to ${String(dim.high)}`);
  }
  if (dim.type === 'float') return number;
  if (!Number.isInteger(number)) throw refused(key, value, 'it is no whole number');
  return BigInt(number);
}

/** A value that only rounding took over a bound is the bound. Null for others outside. */
function withinBounds(
  value: number,
  { low, high }: { readonly low: number; readonly high: number },
): number | null {
  const slack = (high - low) * 1e-9;
  if (!(value >= low - slack && value <= high + slack)) return null;
  return Math.min(high, Math.max(low, value));
}

function refused(key: string, value: Json, why: string): RunyardError {
  return new RunyardError(
    'optimizer-failed',
    `The optimizer gave ${key} = ${quoted(value)}: ${why}`,
  );
}
