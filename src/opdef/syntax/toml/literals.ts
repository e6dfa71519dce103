import { parse } from 'smol-toml';
import { plainRun, readHex, type Piece } from '../strings.ts';
import type { ScalarNode } from '../tree.ts';

/** Where the closing quotes of a long string begin: up to two more quotes belong to it. */
export function closingQuotes(text: string, start: number, triple: string): number {
  const quote = triple.charAt(0);
  for (let end = text.indexOf(triple, start); end !== -1; end = text.indexOf(triple, end + 1)) {
    if (quote === '"' && isEscaped(text, start, end)) continue;
    const extra = /^(?:""?|''?)/.exec(text.slice(end + 3, end + 5))?.[0] ?? '';
    return end + (extra.startsWith(quote) ? extra.length : 0);
  }
  return -1;
}

function isEscaped(text: string, start: number, at: number): boolean {
  let slashes = 0;
  while (at - slashes > start && text[at - slashes - 1] === '\\') slashes++;
  return slashes % 2 === 1;
}

/** Piece of a string in double quotes. A backslash that means nothing stands for itself. */
export function readTomlPiece(text: string, at: number, to: number): Piece {
  if (text[at] !== '\\') return plainRun(text, at, to);
  const next = at + 1 < to ? (text[at + 1] ?? '') : '';
  const short = TOML_ESCAPES.get(next);
  if (short !== undefined) return { value: short, length: 2 };
  if (next === 'u') return readHex(text, at, to, 4);
  if (next === 'U') return readHex(text, at, to, 8);
  if (next === 'x') return readHex(text, at, to, 2);
  LINE_CONTINUATION.lastIndex = at;
  const gap = LINE_CONTINUATION.exec(text)?.[0] ?? '';
  return gap === ''
    ? { value: '\\', length: 1 }
    : { value: '', length: Math.min(gap.length, to - at) };
}

const LINE_CONTINUATION = /\\[ \t]*\r?\n[ \t\r\n]*/y;
const TOML_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['t', '\t'],
  ['n', '\n'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\u001b'],
  ['"', '"'],
  ['\\', '\\'],
]);

/** The value of a number, boolean or date; undefined when it is none of them. */
export function readTomlLiteral(raw: string): ScalarNode['value'] | undefined {
  if (raw === 'true') return true;
  if (raw === 'false') return false;
  if (/^[+-]?(?:0|[1-9]\d*)$/.test(raw)) return BigInt(raw.replace('+', ''));
  try {
    const value: unknown = parse(`x = ${raw}`, { integersAsBigInt: true })['x'];
    if (value instanceof Date) return value.toISOString();
    return typeof value === 'bigint' || typeof value === 'number' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Why a text without quotes is no value. */
export function literalFault(raw: string): string {
  if (/^(?:yes|no|on|off|true|false)$/i.test(raw))
    return `"${raw}" is no value of TOML; write true or false`;
  return /^[\d+-]/.test(raw) && !/\s/.test(raw)
    ? `"${raw}" is not a number; a string needs quotes`
    : 'A string needs quotes';
}
