import { RunyardError } from '../core/base/errors.ts';
import type { Json } from '../core/data/json.ts';
import type { Scalar } from './formats/scalar.ts';

/** A value that a person gave for one key. */
interface Flag {
  readonly key: string;
  readonly value: Scalar;
  /** The value as typed: what a string variable takes for `007` or `1.10`. */
  readonly text: string;
}

/** Values for a run by config key: as typed by a person, or as data. */
export type Flags = readonly Flag[] | Readonly<Record<string, Json>>;

const KEY =
  /^(?:([\p{L}\p{N}_.][\p{L}\p{M}\p{N}_.-]*)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*=/u;
const QUOTED = /^(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/;
const INT = /^[-+]?\d(?:_?\d)*$/;
const FLOAT = /^[-+]?(?:(?:\d(?:_?\d)*)?\.\d(?:_?\d)*|\d(?:_?\d)*\.?)(?:[eE][-+]?\d(?:_?\d)*)?$/;

/**
 * Parses `key=value` (gage-format.md 4.5): split at the first `=`, blanks around both parts dropped,
 * either may be quoted. Throws `bad-config`.
 */
export function parseFlag(source: string): Flag {
  const trimmed = source.trim();
  const match = KEY.exec(trimmed);
  if (match === null) {
    throw new RunyardError('bad-config', `"${source}" is not a flag`, {
      hint: 'Write key=value; quote a key that holds blanks.',
    });
  }
  const key = match[1] ?? match[2] ?? match[3] ?? '';
  const text = trimmed.slice(match[0].length).trim();
  return { key, value: parseValue(text), text };
}

/**
 * Splits a line of flags, `lr = 0.1 name="two words"`: a new one begins with each `key=` behind
 * a blank, outside of quotation marks. Quotation marks and backslashes are kept.
 */
export function splitFlags(line: string): readonly string[] {
  const masked = line.replace(QUOTED_PART, (part) => '"'.repeat(part.length));
  const starts = [
    0,
    ...[...masked.matchAll(NEXT_KEY)].map(({ index, 0: blank }) => index + blank.length),
  ];
  return starts
    .map((start, i) => line.slice(start, starts[i + 1]).trim())
    .filter((one) => one !== '');
}

const QUOTED_PART = /(?<=[=\s[,]|^)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?=[=\s,\]]|$)/g;
const NEXT_KEY = /\s+(?=(?:[\p{L}\p{N}_.][\p{L}\p{M}\p{N}_.-]*|"+)\s*=)/gu;

/** Parses several flags in order; of a key given twice the last counts. Throws `bad-config`. */
export function parseFlags(sources: readonly string[]): readonly Flag[] {
  return sources.map(parseFlag);
}

/**
 * Parses a value as typed (gage-format.md 4.5): a quoted text is a string, exactly `true`, `false` and
 * `null` are themselves, what Python's `int()` or `float()` take is a number, the rest is a
 * string. Throws `bad-config` when text follows a closing quote.
 */
export function parseValue(source: string): Scalar {
  const text = source.trim();
  const quoted = QUOTED.exec(text);
  if (quoted !== null) {
    if (quoted[0].length === text.length) return quoted[1] ?? quoted[2] ?? '';
    throw new RunyardError('bad-config', `Text after the closing quotation mark: ${text}`);
  }
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (text === 'null') return null;
  if (INT.test(text)) return BigInt(text.replace(/^\+/, '').replaceAll('_', ''));
  if (FLOAT.test(text)) return Number(text.replaceAll('_', ''));
  if (/^[-+]?(?:inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^[-+]?nan$/i.test(text) ? NaN : text;
}
