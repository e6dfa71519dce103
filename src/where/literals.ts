import type { Instant, LiteralValue } from './ast.ts';
import { readDuration, readTime } from './time.ts';

const INT = /^[-+]?\d[\d_]*$/;
const FLOAT = /^[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;
const SPECIAL: Readonly<Record<string, number>> = {
  nan: NaN,
  inf: Infinity,
  infinity: Infinity,
  '-inf': -Infinity,
  '-infinity': -Infinity,
};
const WORDS: Readonly<Record<string, LiteralValue>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  null: null,
  None: null,
};

/** What a word without quotes means as a value: undefined when it is only a word. */
export function literalValue(word: string): LiteralValue | undefined {
  if (Object.hasOwn(WORDS, word)) return WORDS[word];
  return readNumber(word) ?? readTime(word) ?? readDuration(word) ?? undefined;
}

/** A text as the number that it spells, as Python reads it; null for other text. */
export function readNumber(text: string): bigint | number | null {
  if (INT.test(text)) {
    const digits = text.replaceAll('_', '');
    return digits.startsWith('+') ? BigInt(digits.slice(1)) : BigInt(digits);
  }
  if (FLOAT.test(text)) return Number(text.replaceAll('_', ''));
  const lower = text.toLowerCase();
  return Object.hasOwn(SPECIAL, lower) ? (SPECIAL[lower] ?? null) : null;
}

/** A day with a time of day such as `10:00` behind it; null for other words. */
export function withTimeOfDay(day: string, word: string): Instant | null {
  return /^\d\d:\d\d/.test(word) ? readTime(`${day} ${word}`) : null;
}
