import { parseValue } from '../../config/flags.ts';
import type { Scalar } from '../../config/formats/scalar.ts';
import { describeError, RunyardError } from '../../core/base/errors.ts';
import { nearestName } from '../../opdef/suggest.ts';
import { FUNCTIONS, isFunctionName, randomFunction, type SweepFunction } from './functions.ts';
import { literal } from './literal.ts';
import { expandSequence, isSequenceName, MAX_VALUES, SEQUENCES } from './sequences.ts';

/** One value. */
interface SweepScalar {
  readonly kind: 'value';
  readonly value: Scalar;
  /** As typed: what a string variable takes (`007` stays `007`). */
  readonly text: string;
  /** Why a text that looks like more is only a text; null when it does not. */
  readonly note: string | null;
}

/** Several values, each of which makes trials of its own. A function among them is drawn anew. */
interface SweepList {
  readonly kind: 'list';
  readonly values: readonly SweepItem[];
}

export type SweepItem = SweepScalar | SweepFunction;

/** What was typed for one key of a batch. */
export type SweepValue = SweepItem | SweepList;

/** A value that cannot be understood, and where in its text (UTF-16 units, from 0). */
export class SweepError extends RunyardError {
  readonly offset: number;
  readonly length: number;

  constructor(message: string, offset: number, length: number, cause?: unknown) {
    super('bad-config', message, {
      hint: "A value in quotation marks is taken as text: '[1, 2]'.",
      ...(cause === undefined ? {} : { cause }),
    });
    this.name = 'SweepError';
    this.offset = offset;
    this.length = length;
  }
}

/**
 * Parses one value of a batch as typed (guild-format.md 2.1, 2.2, 2.5):
 *
 *     [0.1, 0.01, 'a, b']                  a list: one trial for each value
 *     range[1:5] linspace[0:1:11]          a list of numbers; also logspace[…] and geomspace[…]
 *     [0:1] uniform[0:1:0.5] loguniform[1e-5:1]      drawn at random
 *     [1, 2]*3 uniform[0:1]*5              repeated; what is random is drawn anew each time
 *
 * Everything else is one value, by the rules of `parseValue`. On purpose, and unlike Guild: a
 * text in quotation marks is never more than a text; `name[…]` with an unknown name or with
 * arguments that are not numbers is a text, with a note; a list in a list is one value, its
 * text. Throws {@link SweepError} (`bad-config`).
 */
export function parseSweep(source: string): SweepValue {
  return new SweepParser(source).parse();
}

/** Of a text that is quoted in a message. */
const MAX_SHOWN = 200;

/**
 * Counts the values of a table: lists may be as long as they may be, and not all of them at once.
 */
export class ValueBudget {
  #left = 1_000_000;

  /** @returns the same. Throws `bad-config` when all values together are too many. */
  take(sweep: SweepValue): SweepValue {
    this.#left -= sweep.kind === 'list' ? sweep.values.length : 1;
    if (this.#left >= 0) return sweep;
    throw new RunyardError('bad-config', 'All values together are more than 1,000,000', {
      hint: 'Give shorter lists.',
    });
  }
}

const KNOWN_NAMES = [...SEQUENCES, ...FUNCTIONS];
const BLANKS = /\s*/y;
const QUOTED = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/y;
const CALL = /([A-Za-z_][\w.-]*)?\[([^[\],'"]*)\]/y;
const CALL_NAME = /([A-Za-z_][\w.-]*)\[/y;
const REPEAT = /\s*\*\s*(\d+)/y;

/** Recursive descent over one value. `at` is always an offset of the source. */
class SweepParser {
  readonly #text: string;
  #at = 0;

  constructor(source: string) {
    this.#text = source.trimEnd();
  }

  parse(): SweepValue {
    this.#match(BLANKS);
    const start = this.#at;
    const value = this.#sweep();
    if (value === null) {
      const text = this.#text.slice(start);
      if (isUnclosedCall(text)) throw this.#unclosed(start);
      return this.#scalar(text, start);
    }
    this.#match(BLANKS);
    const rest = this.#text.slice(this.#at);
    if (rest === '') return value;
    const before = this.#text.slice(start, this.#at).trim();
    throw new SweepError(`Text after ${before}: ${rest}`, this.#at, rest.length);
  }

  /** A list, a sequence or a function; null, with nothing read, when the value is something else. */
  #sweep(): SweepList | SweepFunction | null {
    return this.#call() ?? (this.#text[this.#at] === '[' ? this.#list() : null);
  }

  /** `name[1:2]` and `[1:2]`, with their repetition, when all arguments are numbers. */
  #call(): SweepList | SweepFunction | null {
    const start = this.#at;
    const call = this.#match(CALL);
    const args = call === null ? null : numbers(call[2] ?? '');
    const name = call?.[1];
    if (args === null || (name === undefined && args.length < 2)) {
      this.#at = start;
      return null;
    }
    if (name !== undefined && isSequenceName(name)) {
      const values = this.#checked(start, () => expandSequence(name, args));
      return { kind: 'list', values: this.#repeated(values.map(numberItem)) };
    }
    if (name === undefined || isFunctionName(name)) {
      const drawn = this.#checked(start, () => randomFunction(name ?? 'uniform', args));
      return this.#text.slice(this.#at).trimStart().startsWith('*')
        ? { kind: 'list', values: this.#repeated([drawn]) }
        : drawn;
    }
    this.#at = start;
    return null;
  }

  #list(): SweepList {
    const start = this.#at;
    const items: SweepItem[] = [];
    this.#at++;
    for (;;) {
      this.#match(BLANKS);
      if (this.#take(']')) return { kind: 'list', values: this.#repeated(items) };
      if (this.#at >= this.#text.length) throw this.#unclosed(start);
      const more = this.#items();
      if (items.length + more.length > MAX_VALUES) throw this.#tooMany(start);
      for (const item of more) items.push(item);
      this.#match(BLANKS);
      if (this.#take(',') || this.#text[this.#at] === ']') continue;
      throw this.#unclosed(start);
    }
  }

  #tooMany(start: number): SweepError {
    return new SweepError(`More than ${String(MAX_VALUES)} values`, start, this.#at - start);
  }

  #unclosed(start: number): SweepError {
    const text = this.#text.slice(start);
    const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
    return new SweepError(`No ] closes ${shown}`, start, text.length);
  }

  /** What stands between two commas of a list: a sequence is several values. */
  #items(): readonly SweepItem[] {
    const start = this.#at;
    const call = this.#call();
    if (call !== null && this.#isAtItemEnd()) return call.kind === 'list' ? call.values : [call];
    this.#at = start;
    if (this.#match(QUOTED) === null || !this.#isAtItemEnd()) this.#skipPlain(start);
    const text = this.#text.slice(start, this.#at).trim();
    if (text === '') throw new SweepError('A value is missing in the list', start, 1);
    return [this.#scalar(text, start)];
  }

  #isAtItemEnd(): boolean {
    this.#match(BLANKS);
    return this.#at >= this.#text.length || ',]'.includes(this.#text[this.#at] ?? '');
  }

  /** Goes to the comma or bracket that ends an item; brackets within it come in pairs. */
  #skipPlain(start: number): void {
    this.#at = start;
    for (let depth = 0; this.#at < this.#text.length; this.#at++) {
      const c = this.#text[this.#at];
      if (depth === 0 && (c === ',' || c === ']')) return;
      if (c === '[') depth++;
      if (c === ']') depth--;
    }
  }

  #scalar(text: string, start: number): SweepScalar {
    const value = this.#checked(start, () => parseValue(text));
    return { kind: 'value', value, text, note: value === text ? noteOf(text) : null };
  }

  #repeated(items: readonly SweepItem[]): readonly SweepItem[] {
    const start = this.#at;
    const times = this.#match(REPEAT)?.[1];
    if (times === undefined) return items;
    const count = Number(times);
    if (count * items.length > MAX_VALUES) {
      throw this.#tooMany(start);
    }
    return Array.from({ length: count }, () => items).flat();
  }

  /** Gives an error of `work` the place from `start` to here. */
  #checked<T>(start: number, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof RunyardError)) throw error;
      throw new SweepError(
        describeError(error),
        start,
        Math.max(1, this.#at - start || this.#text.length - start),
        error,
      );
    }
  }

  #take(c: string): boolean {
    if (this.#text[this.#at] !== c) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at += match[0].length;
    return match;
  }
}

/** Numbers between colons, as they are written; null when one is none. */
function numbers(source: string): readonly string[] | null {
  if (source.trim() === '') return [];
  const parts = source.split(':').map((part) => part.trim());
  return parts.every(isNumber) ? parts : null;
}

function isNumber(text: string): boolean {
  // A text with quotation marks is none, also where they do not fit together.
  const value = /^$|["']/.test(text) ? '' : parseValue(text);
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value));
}

/** A number of a sequence; a string variable takes it as it would be written. */
function numberItem(value: bigint | number): SweepScalar {
  return { kind: 'value', value, text: literal(value), note: null };
}

function isUnclosedCall(text: string): boolean {
  const name = /^([a-z]+)\[[^\]]*$/.exec(text)?.[1] ?? '';
  return isSequenceName(name) || isFunctionName(name);
}

/** Why a text that is written like a function or a list is none. */
function noteOf(text: string): string | null {
  CALL_NAME.lastIndex = 0;
  const name = CALL_NAME.exec(text)?.[1];
  if (name === undefined || !text.endsWith(']')) return null;
  const taken = `${text} is taken as text`;
  if (isSequenceName(name) || isFunctionName(name)) {
    const args = text.slice(name.length + 1, -1).split(':');
    const bad = args.map((arg) => arg.trim()).find((arg) => !isNumber(arg)) ?? '';
    return `${taken}: '${bad}' is not a number`;
  }
  const near = nearestName(name, KNOWN_NAMES);
  return `${taken}: there is no function "${name}"${near === null ? '' : ` (did you mean ${near}?)`}`;
}
