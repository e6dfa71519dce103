import { formatFloat } from '../../core/data/json.ts';
import { escapeChar } from '../../core/data/python-repr.ts';
import type { Scalar } from './scalar.ts';

const INT =
  /^(?:0(?:_?0)*|[1-9](?:_?\d)*|0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+)$/;
const FLOAT =
  /^(?=.*[.eE])(?:(?:\d(?:_?\d)*)?\.\d(?:_?\d)*|\d(?:_?\d)*\.?)(?:[eE][-+]?\d(?:_?\d)*)?$/;

/** Value of a Python number token; null when it is none, or complex. */
export function decodeNumber(token: string): bigint | number | null {
  if (INT.test(token)) return BigInt(token.replaceAll('_', '').toLowerCase());
  return FLOAT.test(token) ? Number(token.replaceAll('_', '')) : null;
}

/** How a string literal is written: `Rb"""` is prefix `Rb`, quote `"""`. */
export interface StringStyle {
  readonly prefix: string;
  readonly quote: string;
}

const STRING = /^([a-zA-Z]{0,2})("""|'''|"|')([\s\S]*)$/;
const PREFIX = /^(?:r|u|b|br|rb)?$/i;

/**
 * Value and style of a Python string token, escapes decoded. The bytes of a `b"…"` literal
 * come as the characters U+0000 to U+00FF. Null when the token is broken, an f-string, or
 * holds a `\N{…}` name.
 */
export function decodeString(token: string): { value: string; style: StringStyle } | null {
  const [, prefix = '', quote = '', rest = ''] = STRING.exec(token) ?? [];
  if (quote === '' || !PREFIX.test(prefix) || !rest.endsWith(quote)) return null;
  // Python reads every end of line in its source as a line feed.
  const body = rest.slice(0, rest.length - quote.length).replace(/\r\n?/g, '\n');
  const style = { prefix, quote };
  if (/r/i.test(prefix)) return { value: body, style };
  const value = decodeEscapes(body, /b/i.test(prefix));
  return value === null ? null : { value, style };
}

const ESCAPE = /\\([0-7]{1,3}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[\s\S])/g;
const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', ''],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

function decodeEscapes(body: string, bytes: boolean): string | null {
  const broken: string[] = [];
  const value = body.replace(ESCAPE, (whole, escape: string) => {
    const simple = SIMPLE_ESCAPES.get(escape);
    if (simple !== undefined) return simple;
    if (/^[0-7]/.test(escape)) return String.fromCharCode(parseInt(escape, 8));
    if (bytes ? /^x/.test(escape) : /^[xuUN]/.test(escape)) {
      const code = escape.length > 1 ? parseInt(escape.slice(1), 16) : NaN;
      if (code <= 0x10ffff) return String.fromCodePoint(code);
      broken.push(whole);
    }
    // An unknown escape keeps its backslash.
    return whole;
  });
  return broken.length === 0 ? value : null;
}

/**
 * A value as a Python literal, written like the string it replaces where there is one.
 * Null when a bytes literal cannot hold it. `nan` and the infinities, which have no literal,
 * become calls.
 * @param eol The end of line of the file, for triple-quoted strings.
 */
export function encodeLiteral(
  value: Scalar,
  style: StringStyle | null,
  eol: string,
): string | null {
  switch (typeof value) {
    case 'string':
      return encodeString(value, style ?? reprStyle(value), eol);
    case 'boolean':
      return value ? 'True' : 'False';
    case 'bigint':
      return value.toString();
    case 'number':
      if (Number.isNaN(value)) return "float('nan')";
      if (!Number.isFinite(value)) return value > 0 ? "float('inf')" : "-float('inf')";
      return formatFloat(value);
    default:
      return 'None';
  }
}

function reprStyle(value: string): StringStyle {
  return { prefix: '', quote: value.includes("'") && !value.includes('"') ? '"' : "'" };
}

// Separators and everything invisible, as in Python's repr().
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

function encodeString(value: string, style: StringStyle, eol: string): string | null {
  const { prefix, quote } = style;
  const bytes = /b/i.test(prefix);
  if (bytes && /[^\0-\xff]/.test(value)) return null;
  const triple = quote.length === 3;
  if (/r/i.test(prefix)) {
    if (fitsRaw(value, quote, bytes)) {
      return `${prefix}${quote}${value.replaceAll('\n', eol)}${quote}`;
    }
    return encodeString(value, { prefix: prefix.replace(/r/i, ''), quote }, eol);
  }
  const mark = quote.charAt(0);
  const quotes = triple ? new RegExp(`${mark}(?=${mark}${mark}|$)`, 'g') : new RegExp(mark, 'g');
  const body = value
    .replaceAll('\\', '\\\\')
    .replace(quotes, `\\${mark}`)
    .replace(bytes ? /[^ -~]/g : UNPRINTABLE, (c) => (triple && c === '\n' ? eol : escapeChar(c)));
  return `${prefix}${quote}${body}${quote}`;
}

/** True when the text between raw quotes would be read back as the same value. */
function fitsRaw(value: string, quote: string, bytes: boolean): boolean {
  const triple = quote.length === 3;
  const visible = value.replace(/\t/g, '').replace(triple ? /\n/g : /$^/g, '');
  if (visible.search(bytes ? /[^ -~]/ : UNPRINTABLE) !== -1) return false;
  if (value.includes(quote) || value.endsWith(quote.charAt(0))) return false;
  return (/\\*$/.exec(value)?.[0].length ?? 0) % 2 === 0;
}
