import { parseArgs } from 'node:util';
import { describeError } from '../../core/base/errors.ts';
import { UsageError } from './errors.ts';

/** One option of a command. */
interface OptionSpec {
  readonly type: 'boolean' | 'string';
  /** One letter. */
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** Name of the value in the help text. */
  readonly value?: string;
  readonly help: string;
}
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** Options that every command takes, before or after its name. */
export const GLOBAL_OPTIONS = {
  runs: { type: 'string', value: 'DIR', help: 'The store: a directory of runs' },
  project: { type: 'string', short: 'C', value: 'DIR', help: 'The project directory' },
  json: { type: 'boolean', help: 'Print JSON' },
  help: { type: 'boolean', short: 'h', help: 'Print this help' },
} as const satisfies OptionSpecs;

/** The parsed command line of one command. */
export class Args {
  readonly command: string;
  readonly positionals: readonly string[];
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(
    command: string,
    positionals: readonly string[],
    values: Readonly<Record<string, unknown>>,
  ) {
    this.command = command;
    this.positionals = positionals;
    this.#values = values;
  }

  /** Whether a boolean option was given. */
  isSet(name: string): boolean {
    return this.#values[name] === true;
  }

  /** Value of a string option, or undefined. */
  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** Values of a string option that may be given several times. */
  texts(name: string): readonly string[] {
    const values: unknown = this.#values[name] ?? [];
    return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
  }

  /** Value of an option that is a whole number of at least `min`. Throws {@link UsageError}. */
  integer(name: string, min: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < min) {
      const range = min === Number.MIN_SAFE_INTEGER ? '' : ` of at least ${String(min)}`;
      throw this.usage(`--${name} needs a whole number${range}, not '${text}'`);
    }
    return value;
  }

  /** Value of an option that is a number of at least 0. Throws {@link UsageError}. */
  seconds(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
      throw this.usage(`--${name} needs a number of seconds, not '${text}'`);
    }
    return value;
  }

  /** A usage error of this command. */
  usage(message: string): UsageError {
    return new UsageError(message, this.command);
  }
}

/** The command's name and its arguments: global options may come before the name. */
interface SplitArgs {
  /** null when there is none. */
  readonly command: string | null;
  readonly rest: readonly string[];
}

/** Finds the command among the arguments of the program. */
export function splitCommand(argv: readonly string[]): SplitArgs {
  const takesValue = new Set(['--runs', '--project', '-C']);
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] ?? '';
    if (takesValue.has(arg)) i++;
    else if (!arg.startsWith('-')) {
      return { command: arg, rest: [...argv.slice(0, i), ...argv.slice(i + 1)] };
    }
  }
  return { command: null, rest: argv };
}

/**
 * Parses the arguments of a command. Words such as `-2:` and `-9` are arguments and values,
 * not options: slices count from the end, exit codes may be negative.
 * Throws {@link UsageError} for anything that the command does not take.
 */
export function parseCommandLine(
  command: string,
  argv: readonly string[],
  options: OptionSpecs,
): Args {
  const all: OptionSpecs = { ...GLOBAL_OPTIONS, ...options };
  try {
    const { values, positionals } = parseArgs({
      args: shieldNegatives(argv, all),
      options: all,
      strict: true,
      allowPositionals: true,
    });
    return new Args(command, positionals.map(unshield), values);
  } catch (error) {
    throw new UsageError(describeError(error).split('. To specify')[0] ?? '', command);
  }
}

const SHIELD = '\0';

function shieldNegatives(argv: readonly string[], options: OptionSpecs): string[] {
  const result: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] ?? '';
    if (arg === '--') return [...result, ...argv.slice(i)];
    const next = argv[i + 1];
    if (next !== undefined && /^-\d/.test(next) && optionTakesValue(arg, options)) {
      const long = arg.startsWith('--') ? arg : `--${longName(arg.slice(1), options) ?? ''}`;
      result.push(`${long}=${next}`);
      i++;
    } else {
      result.push(/^-\d/.test(arg) ? SHIELD + arg : arg);
    }
  }
  return result;
}

function unshield(word: string): string {
  return word.startsWith(SHIELD) ? word.slice(SHIELD.length) : word;
}

function optionTakesValue(arg: string, options: OptionSpecs): boolean {
  const name = arg.startsWith('--')
    ? arg.slice(2)
    : /^-[A-Za-z]$/.test(arg)
      ? longName(arg.slice(1), options)
      : undefined;
  return name !== undefined && options[name]?.type === 'string';
}

function longName(short: string, options: OptionSpecs): string | undefined {
  return Object.entries(options).find(([, option]) => option.short === short)?.[0];
}
