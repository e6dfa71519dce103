import { RunyardError } from '../../core/base/errors.ts';

/** Names of the functions that stand for a list of numbers. */
export const SEQUENCES: readonly SequenceName[] = ['range', 'linspace', 'logspace', 'geomspace'];
type SequenceName = 'range' | 'linspace' | 'logspace' | 'geomspace';

/** No list of values may be longer: it is a slip of the finger, and would fill the memory. */
export const MAX_VALUES = 100_000;

export function isSequenceName(name: string): name is SequenceName {
  return name === 'range' || name === 'linspace' || name === 'logspace' || name === 'geomspace';
}

/**
 * The numbers of a sequence (guild-format.md 2.2). The arguments are finite numbers as written, because
 * decimals are counted exactly: `range[1:1.2:0.1]` ends with 1.2, and nothing is rounded away.
 *
 * - `range[end]` counts from 0 and leaves `end` out; `range[start:end:step]` includes `end`.
 *   Ints give ints; one float makes all of them floats.
 * - `linspace[start:end:count]`: floats at equal distances, both ends included, `count` 5.
 * - `logspace[start:end:count:base]`: `base` (10) to the power of a `linspace`.
 * - `geomspace[start:end:count]`: floats at equal ratios, both ends included.
 *
 * Throws `bad-config` for a wrong number of arguments, a step of 0, a count that is not a whole
 * number, ends that no ratio leads between, and for more than {@link MAX_VALUES} numbers.
 */
export function expandSequence(
  name: SequenceName,
  args: readonly string[],
): readonly (bigint | number)[] {
  const { least, most } = ARGS[name];
  if (args.length < least || args.length > most) {
    throw bad(`${name}[${args.join(':')}] has ${String(args.length)} arguments; ${USAGE[name]}`);
  }
  const decimals = args.map(parseDecimal);
  switch (name) {
    case 'range':
      return range(decimals);
    case 'linspace':
      return linspace(decimals).map(toNumber);
    case 'logspace':
      return logspace(decimals);
    case 'geomspace':
      return geomspace(args, decimals);
  }
}

const ARGS: Readonly<Record<SequenceName, { readonly least: number; readonly most: number }>> = {
  range: { least: 1, most: 3 },
  linspace: { least: 2, most: 3 },
  logspace: { least: 2, most: 4 },
  geomspace: { least: 2, most: 3 },
};
const USAGE: Readonly<Record<SequenceName, string>> = {
  range: 'write range[end], range[start:end] or range[start:end:step]',
  linspace: 'write linspace[start:end] or linspace[start:end:count]',
  logspace: 'write logspace[start:end:count:base]; count and base may be left out',
  geomspace: 'write geomspace[start:end] or geomspace[start:end:count]',
};

/** A decimal number: `digits / 10 ** scale`. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
  readonly isInt: boolean;
}

/** An exact quotient, `den` above 0. */
interface Ratio {
  readonly num: bigint;
  readonly den: bigint;
}

/** Beyond it nothing is a double but 0 and infinity, and the digits would only cost time. */
const MAX_EXPONENT = 400;
const MAX_DIGITS = 1000;

function parseDecimal(text: string): Decimal {
  if (text.length > MAX_DIGITS) throw bad(`${text.slice(0, 20)}… has too many digits`);
  const plain = text.replaceAll('_', '').toLowerCase();
  const [mantissa = '', exponentText = '0'] = plain.split('e');
  const [whole = '', fraction = ''] = mantissa.replace(/^[-+]/, '').split('.');
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > MAX_EXPONENT) throw bad(`${text} is too large or too small a number`);
  const magnitude = BigInt(`${whole}${fraction}` || '0');
  const digits = mantissa.startsWith('-') ? -magnitude : magnitude;
  const scale = fraction.length - exponent;
  const isInt = /^[-+]?\d+$/.test(plain);
  return scale < 0
    ? { digits: digits * 10n ** BigInt(-scale), scale: 0, isInt }
    : { digits, scale, isInt };
}

function range(args: readonly Decimal[]): readonly (bigint | number)[] {
  const [first = ZERO, second, step = ONE] = args;
  const isCount = second === undefined;
  const [start, end] = isCount ? [ZERO, first] : [first, second];
  const scale = Math.max(start.scale, end.scale, step.scale);
  const [from, to, by] = [start, end, step].map((one) => scaled(one, scale)) as [
    bigint,
    bigint,
    bigint,
  ];
  if (by === 0n) throw bad('The step of a range cannot be 0');
  const distance = by > 0n ? to - from : from - to;
  const size = by > 0n ? by : -by;
  const last = isCount ? distance - 1n : distance;
  const count = last < 0n ? 0n : last / size + 1n;
  if (count > MAX_VALUES) throw bad(`A range of more than ${String(MAX_VALUES)} values`);
  const isInt = args.every((arg) => arg.isInt);
  const den = 10n ** BigInt(scale);
  return Array.from({ length: Number(count) }, (_, i) => {
    const num = from + by * BigInt(i);
    return isInt ? num : toNumber({ num, den });
  });
}

const ZERO: Decimal = { digits: 0n, scale: 0, isInt: true };
const ONE: Decimal = { digits: 1n, scale: 0, isInt: true };

function scaled({ digits, scale }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(to - scale);
}

function linspace([start = ZERO, end = ZERO, countArg]: readonly Decimal[]): readonly Ratio[] {
  const count = countOf(countArg);
  const scale = Math.max(start.scale, end.scale);
  const [from, to] = [scaled(start, scale), scaled(end, scale)];
  const steps = BigInt(Math.max(1, count - 1));
  const den = 10n ** BigInt(scale) * steps;
  return Array.from({ length: count }, (_, i) => ({
    num: from * (steps - BigInt(i)) + to * BigInt(i),
    den,
  }));
}

function countOf(arg: Decimal | undefined): number {
  if (arg === undefined) return 5;
  if (!arg.isInt || arg.digits < 0n) throw bad('The count of a sequence has to be a whole number');
  if (arg.digits > MAX_VALUES) throw bad(`A sequence of more than ${String(MAX_VALUES)} values`);
  return Number(arg.digits);
}

function logspace([start = ZERO, end = ZERO, count, base]: readonly Decimal[]): readonly number[] {
  const factor = base === undefined ? 10 : decimalNumber(base);
  if (factor <= 0) throw bad('The base of logspace has to be above 0');
  const exponents = linspace(count === undefined ? [start, end] : [start, end, count]);
  return exponents.map((exponent) => finite(power(factor, exponent)));
}

/** `base` to the power of a ratio; a power of ten is the number that is written so. */
function power(base: number, { num, den }: Ratio): number {
  if (base === 10 && num % den === 0n) return Number(`1e${String(num / den)}`);
  return tidy(base ** toNumber({ num, den }));
}

function geomspace(args: readonly string[], decimals: readonly Decimal[]): readonly number[] {
  const [start = 0, end = 0] = decimals.slice(0, 2).map(decimalNumber);
  if (start === 0 || end === 0 || start > 0 !== end > 0) {
    throw bad(`No ratio leads from ${args[0] ?? ''} to ${args[1] ?? ''}`);
  }
  const count = countOf(decimals[2]);
  return Array.from({ length: count }, (_, i) => {
    if (i === 0) return start;
    if (i === count - 1) return end;
    return tidy(start * (end / start) ** (i / (count - 1)));
  });
}

/** Without the noise of `**` in the last digits: 100, not 99.99999999999999. */
function tidy(value: number): number {
  const short = Number(value.toPrecision(14));
  return short.toString().replace(/e.*|[-.]/g, '').length <= 10 ? short : value;
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw bad('A number of the sequence is too large');
}

function decimalNumber({ digits, scale }: Decimal): number {
  return Number(`${String(digits)}e${String(-scale)}`);
}

/** The double that is nearest to a ratio, by more digits than a double holds. */
function toNumber({ num, den }: Ratio): number {
  const places = den.toString().length + 25;
  return Number(`${String((num * 10n ** BigInt(places)) / den)}e-${String(places)}`);
}

function bad(message: string): RunyardError {
  return new RunyardError('bad-config', message);
}
