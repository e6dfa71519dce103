import { parseValue } from '../../config/flags.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { formatFloat } from '../../core/data/json.ts';

/** Names of the functions that values are drawn from. */
export const FUNCTIONS: readonly FunctionName[] = ['uniform', 'loguniform'];
type FunctionName = 'uniform' | 'loguniform';

/** Values that are drawn at random (guild-format.md 2.5). */
export interface SweepFunction {
  readonly kind: 'function';
  readonly name: FunctionName;
  /** Both bounds included, the first below the second. Two ints draw ints from `uniform`. */
  readonly args: readonly [low: bigint | number, high: bigint | number];
  /** What the first trial takes instead of a drawn value. */
  readonly initial: bigint | number | null;
}

export function isFunctionName(name: string): name is FunctionName {
  return name === 'uniform' || name === 'loguniform';
}

/**
 * The function of a name and its arguments, `low:high` or `low:high:initial` as written, all of
 * them finite numbers. Throws `bad-config` when their number or order is wrong, and when the
 * initial value is outside of the bounds.
 */
export function randomFunction(name: FunctionName, args: readonly string[]): SweepFunction {
  const [low, high, initial = null, ...rest] = args.map(parseNumber);
  const call = `${name}[${args.join(':')}]`;
  if (low === undefined || high === undefined || rest.length > 0) {
    throw bad(`${call} needs a lower and an upper bound, and may have an initial value`);
  }
  if (low >= high) {
    throw bad(
      `The lower bound ${numberText(low)} of ${call} has to be less than the upper bound ${numberText(high)}`,
    );
  }
  if (name === 'loguniform' && low <= 0) throw bad(`The bounds of ${call} have to be above 0`);
  if (initial !== null && (initial < low || initial > high)) {
    throw bad(`The initial value of ${call} is outside of its bounds`);
  }
  return { kind: 'function', name, args: [low, high], initial };
}

function parseNumber(text: string): bigint | number {
  const value = parseValue(text);
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  throw bad(`'${text}' is not a number`);
}

function numberText(value: bigint | number): string {
  return typeof value === 'bigint' ? value.toString() : formatFloat(value);
}

function bad(message: string): RunyardError {
  return new RunyardError('bad-config', message);
}
