import { parseFlag } from '../../config/flags.ts';
import { fitValue } from '../../config/formats/scalar.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { compareCodePoints, encodeLine, isJsonArray, type Json } from '../../core/data/json.ts';
import type { RunConfig } from '../../core/run/types.ts';
import type { SweepFunction } from './functions.ts';
import { parseSweep, SweepError, type SweepItem, type SweepValue } from './values.ts';

/** A value as a run would get it, or a function that it is drawn from. */
export type Choice =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'draw'; readonly fn: SweepFunction; readonly isInt: boolean };

/** What one key may be. */
export interface Dimension {
  readonly key: string;
  readonly choices: readonly Choice[];
  /** `one`: a single value. `function`: a function that is not in a list. */
  readonly kind: 'one' | 'list' | 'function';
}

/** What the trials of one row of a batch file, or of the typed values alone, are made of; by key. */
export type Base = readonly Dimension[];

/** One value of a batch as typed, `key=value`. */
interface SweepFlag {
  readonly key: string;
  readonly sweep: SweepValue;
}

/**
 * Parses `key=value`, the value as {@link parseSweep}. Throws `bad-config`; the place of a
 * {@link SweepError} is one in `source`.
 */
export function parseSweepFlag(source: string): SweepFlag {
  const { key, text } = parseFlag(source);
  try {
    return { key, sweep: parseSweep(text) };
  } catch (error) {
    if (!(error instanceof SweepError)) throw error;
    const offset = source.trimEnd().length - text.length + error.offset;
    throw new SweepError(`${key}: ${error.message}`, offset, error.length, error);
  }
}

/**
 * The values of a sweep as the operation takes them, each as the type of the value that it
 * replaces. Whole bounds draw floats for a float (`lr=[0:1]` is not only 0 and 1), and ints from
 * `loguniform` for an int.
 * Throws `bad-config` for a value that does not fit.
 */
export function dimensionOf(key: string, sweep: SweepValue, defaults: RunConfig): Dimension {
  const items = sweep.kind === 'list' ? sweep.values : [sweep];
  const current = Object.hasOwn(defaults, key) ? defaults[key] : undefined;
  const kind = sweep.kind === 'value' ? 'one' : sweep.kind;
  return { key, kind, choices: items.map((item) => choiceOf(key, item, current)) };
}

function choiceOf(key: string, item: SweepItem, current: Json | undefined): Choice {
  if (item.kind === 'value') {
    const value = fitted(key, item.value, current, item.text);
    return { kind: 'value', value };
  }
  for (const bound of item.args) fitted(key, bound, current);
  const isWhole = [...item.args, item.initial ?? 0n].every((arg) => typeof arg === 'bigint');
  const fitsInt =
    item.name === 'uniform' ? typeof current !== 'number' : typeof current === 'bigint';
  return { kind: 'draw', fn: item, isInt: isWhole && fitsInt };
}

/** The value as the type of `current`; as it is for a key that the operation does not have. */
export function fitted(key: string, value: Json, current: Json | undefined, text?: string): Json {
  if (current === undefined || (typeof current === 'object' && current !== null)) return value;
  return fitValue(key, value, current, text);
}

/** Two values are the same for a run when this is: `1` and `1.0` are, `1` and `"1"` are not. */
export function sameText(value: Json): string {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value).toString();
  return isJsonArray(value) ? `[${value.map(sameText).join(', ')}]` : encodeLine(value);
}

/** How many values a dimension has, each as likely as the others; null when that is not so. */
export function sizeOf({ choices }: Dimension): number | null {
  const [first] = choices;
  if (choices.length === 1 && first?.kind === 'draw') {
    const [low, high] = first.fn.args;
    const isCountable = first.isInt && first.fn.name === 'uniform';
    return isCountable ? Number(BigInt(high) - BigInt(low)) + 1 : null;
  }
  return choices.every(({ kind }) => kind === 'value') ? choices.length : null;
}

/**
 * What a random search draws from: without the values that a list has twice, and without the rows
 * that an empty list leaves no trial of.
 */
export function searchBases(bases: readonly Base[]): readonly Base[] {
  return bases
    .filter((base) => base.every(({ choices }) => choices.length > 0))
    .map((base) => base.map((one) => ({ ...one, choices: distinct(one.choices) })));
}

function distinct(choices: readonly Choice[]): readonly Choice[] {
  const seen = new Set<string>();
  return choices.filter((choice) => {
    if (choice.kind === 'draw') return true;
    const text = sameText(choice.value);
    const isNew = !seen.has(text);
    seen.add(text);
    return isNew;
  });
}

/** Dimensions in the order in which the grid counts them: by name, the last fastest. */
export function sorted(dimensions: Iterable<Dimension>): Base {
  return [...dimensions].sort((a, b) => compareCodePoints(a.key, b.key));
}

/** Throws `bad-config` as `work` does, the message behind `place`. */
export function inPlace<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RunyardError)) throw error;
    throw new RunyardError('bad-config', `${place}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}
