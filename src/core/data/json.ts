import { RunyardError } from '../base/errors.ts';

/**
 * JSON as Python's `json` module reads and writes it (gage-format.md 2.2).
 *
 * Ints are `bigint` and floats are `number`, so that `1`, `1.0` and integers beyond 2^53
 * stay apart from each other through any number of reads and writes.
 */
export type Json = null | boolean | string | bigint | number | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Deeper nesting than any real run holds; keeps a hostile file from overflowing the stack. */
export const MAX_DEPTH = 200;

/** True for a plain JSON object (not an array, not null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a JSON array; unlike `Array.isArray` it narrows a readonly one. */
export function isJsonArray(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * Parses JSON text as Python does: accepts `NaN`, `Infinity` and `-Infinity`, keeps ints
 * (`bigint`) and floats (`number`) apart. A key given twice keeps its last value.
 * Throws `bad-json` with line and column (both from 1), also for what is nested more than 200 deep.
 */
export function parseJson(text: string): Json {
  return new Parser(text).parseDocument();
}

/** `json.dumps(value, indent=2, sort_keys=True)`: keys by code point, ASCII only, no final newline. */
export function encodePretty(value: Json): string {
  return encodeIndented(value, '\n');
}

/** `json.dumps(value)`: one line, insertion order, separators `, ` and `: `, ASCII only. */
export function encodeLine(value: Json): string {
  if (isJsonArray(value)) return `[${value.map(encodeLine).join(', ')}]`;
  if (isJsonObject(value)) {
    const items = Object.entries(value).map(([k, v]) => `${encodeString(k)}: ${encodeLine(v)}`);
    return `{${items.join(', ')}}`;
  }
  return encodeScalar(value);
}

/**
 * The value as JSON.stringify-able data: ints become numbers where that is exact and strings
 * of digits otherwise; `NaN` and the infinities become null, for readers without them.
 */
export function toPlain(value: Json): unknown {
  if (typeof value === 'bigint') {
    const n = Number(value);
    return Number.isSafeInteger(n) ? n : value.toString();
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (isJsonArray(value)) return value.map(toPlain);
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, toPlain(v)]));
  }
  return value;
}

/**
 * Data of JavaScript as `Json`: integral numbers become ints. Throws `bad-json` on anything else, and
 * on what is nested more than 200 deep.
 */
export function fromPlain(value: unknown, depth = 0): Json {
  if (depth > MAX_DEPTH) throw new RunyardError('bad-json', 'Nested too deeply');
  switch (typeof value) {
    case 'boolean':
    case 'string':
    case 'bigint':
      return value;
    case 'number':
      return Number.isInteger(value) ? BigInt(value) : value;
    case 'object': {
      if (value === null) return null;
      if (isJsonArray(value)) return value.map((item) => fromPlain(item, depth + 1));
      if (value instanceof Date) return value.toISOString();
      return Object.fromEntries(
        Object.entries(value).map(([k, v]) => [k, fromPlain(v, depth + 1)]),
      );
    }
    default:
      throw new RunyardError('bad-json', `A ${typeof value} cannot be written as JSON`);
  }
}

/** Equality as Python's `==` on parsed JSON: `1 == 1.0`, order of keys does not count. */
export function jsonEqual(a: Json, b: Json): boolean {
  if (typeof a === 'bigint' || typeof a === 'number') {
    // Loose equality of a bigint and a number compares their mathematical values exactly.
    // eslint-disable-next-line eqeqeq
    return (typeof b === 'bigint' || typeof b === 'number') && a == b;
  }
  if (isJsonArray(a)) {
    return isJsonArray(b) && a.length === b.length && a.every((v, i) => jsonEqual(v, b[i] ?? null));
  }
  if (isJsonObject(a)) {
    if (!isJsonObject(b)) return false;
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((k) => {
        const left = a[k];
        const right = b[k];
        return left !== undefined && right !== undefined && jsonEqual(left, right);
      })
    );
  }
  return a === b;
}

/** A text that exactly the values share which {@link jsonEqual} calls equal (and `NaN` itself). */
export function equalityKey(value: Json): string {
  return encodePretty(normalized(value));
}

function normalized(value: Json): Json {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (isJsonArray(value)) return value.map(normalized);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalized(item)]));
}

/** Compares two strings by code point, as Python does (`<` in JavaScript compares UTF-16 units). */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above every other unit: move them past 0xffff.
    if (x >= 0xd800) x = x >= 0xe000 ? x - 0x800 : x + 0x2000;
    if (y >= 0xd800) y = y >= 0xe000 ? y - 0x800 : y + 0x2000;
    return x - y;
  }
  return a.length - b.length;
}

/** `repr(float)` of Python: shortest round-trip digits, exponent form below 1e-4 and from 1e16 on. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return 'Infinity';
  if (value === -Infinity) return '-Infinity';
  if (Object.is(value, -0)) return '-0.0';
  if (value === 0) return '0.0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace('-', '').replace('.', '');
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const magnitude = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits.charAt(0)}${fraction}e${exponent < 0 ? '-' : '+'}${magnitude}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return `${sign}${whole}.${fraction === '' ? '0' : fraction}`;
}

function encodeIndented(value: Json, newline: string): string {
  const inner = `${newline}  `;
  if (isJsonArray(value)) {
    if (value.length === 0) return '[]';
    return `[${inner}${value.map((v) => encodeIndented(v, inner)).join(`,${inner}`)}${newline}]`;
  }
  if (isJsonObject(value)) {
    const entries = Object.entries(value).sort(([a], [b]) => compareCodePoints(a, b));
    if (entries.length === 0) return '{}';
    const items = entries.map(([k, v]) => `${encodeString(k)}: ${encodeIndented(v, inner)}`);
    return `{${inner}${items.join(`,${inner}`)}${newline}}`;
  }
  return encodeScalar(value);
}

function encodeScalar(value: null | boolean | string | bigint | number): string {
  if (typeof value === 'string') return encodeString(value);
  if (typeof value === 'number') return formatFloat(value);
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\b', '\\b'],
  ['\f', '\\f'],
]);

function encodeString(text: string): string {
  const escaped = text.replace(
    /["\\]|[^ -~]/g,
    (c) => SHORT_ESCAPES.get(c) ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;
const WORDS: readonly (readonly [string, Json])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
];

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  parseDocument(): Json {
    this.#skipSpace();
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('Extra text after the value');
    return value;
  }

  #value(): Json {
    const c = this.#text[this.#at];
    if (c === '"') return this.#string();
    if (c === '{') return this.#nested(() => this.#object());
    if (c === '[') return this.#nested(() => this.#array());
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) return this.#fail('Expected a value');
    this.#at += match[0].length;
    const isFloat = match[1] !== undefined || match[2] !== undefined;
    return isFloat ? Number(match[0]) : BigInt(match[0]);
  }

  #nested<T>(parse: () => T): T {
    this.#at++;
    if (++this.#depth > MAX_DEPTH) this.#fail('Nested too deeply');
    const value = parse();
    this.#depth--;
    return value;
  }

  #object(): JsonObject {
    const entries = new Map<string, Json>();
    this.#skipSpace();
    if (this.#take('}')) return {};
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') this.#fail('Expected a key in double quotes');
      const key = this.#string();
      this.#skipSpace();
      if (!this.#take(':')) this.#fail("Expected ':'");
      this.#skipSpace();
      entries.set(key, this.#value());
      this.#skipSpace();
      // fromEntries defines own properties, so that a key `__proto__` is only a key.
      if (this.#take('}')) return Object.fromEntries(entries);
      if (!this.#take(',')) this.#fail("Expected ',' or '}'");
    }
  }

  #array(): Json[] {
    const items: Json[] = [];
    this.#skipSpace();
    if (this.#take(']')) return items;
    for (;;) {
      this.#skipSpace();
      items.push(this.#value());
      this.#skipSpace();
      if (this.#take(']')) return items;
      if (!this.#take(',')) this.#fail("Expected ',' or ']'");
    }
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    for (; end < this.#text.length; end++) {
      const c = this.#text.charCodeAt(end);
      if (c === 0x5c) end++;
      else if (c === 0x22) break;
      else if (c < 0x20) {
        this.#at = end;
        this.#fail('Control character in a string');
      }
    }
    if (end >= this.#text.length) this.#fail('Unterminated string');
    this.#at = end + 1;
    const token = this.#text.slice(start, end + 1);
    if (!token.includes('\\')) return token.slice(1, -1);
    try {
      const value: unknown = JSON.parse(token);
      return String(value);
    } catch {
      this.#at = start;
      return this.#fail('Invalid escape in a string');
    }
  }

  #take(c: string): boolean {
    if (this.#text[this.#at] !== c) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
  }

  #fail(what: string): never {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    const column = this.#at - before.lastIndexOf('\n');
    throw new RunyardError('bad-json', `${what} at line ${String(line)}, column ${String(column)}`);
  }
}

/** The object in `text`, or an empty one when it is anything else. */
export function parseObject(text: string | null): JsonObject {
  if (text === null) return {};
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
