import { formatFloat } from '../../core/data/json.ts';
import { escapeChar } from '../../core/data/python-repr.ts';
import { plainType } from '../../core/data/yaml11.ts';
import { type Scalar, isRealDate, refuse } from './scalar.ts';

/** How a YAML scalar is written. */
interface YamlStyle {
  /** As it stands in the file; without the line ends after a block. Empty for no value. */
  readonly token: string;
  /** Blanks before the lines of a block. */
  readonly indent: string;
  /** Whether it stands within brackets or braces. */
  readonly inFlow: boolean;
  /** Whether the text ends with it. */
  readonly isLast: boolean;
  readonly eol: string;
}

/**
 * The text of a value in the style of the one that it replaces. A string that would be read as
 * something else gets quotes. Throws `bad-config` for a date that would become something else.
 */
export function encodeYaml(value: Scalar, key: string, style: YamlStyle): string {
  const { token } = style;
  if (value !== null && plainType(token) === 'timestamp') {
    const isDate =
      typeof value === 'string' && plainType(value) === 'timestamp' && isRealDate(value);
    return isDate ? value : refuse(key, value, `it is a date like ${token}`);
  }
  const text = encodeScalar(value, style);
  // What follows a block in its first line, and what a block cannot be replaced without.
  const comment = /^[|>]/.test(token) ? /^\S+([ \t]+#[^\r\n]*)/.exec(token)?.[1] : undefined;
  return comment === undefined || /^[|>]/.test(text) ? text : text + comment;
}

function encodeScalar(value: Scalar, style: YamlStyle): string {
  switch (typeof value) {
    case 'string':
      return encodeString(value, style);
    case 'bigint':
      return value.toString();
    case 'boolean':
      return encodeBool(value, style.token);
    case 'number':
      return encodeFloat(value);
    default:
      return 'null';
  }
}

/** PyYAML takes a number with an exponent for a float only with a point. */
function encodeFloat(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  const text = formatFloat(value);
  return text.includes('.') ? text : text.replace('e', '.0e');
}

const PAIRS: readonly (readonly [string, string])[] = [
  ['yes', 'no'],
  ['on', 'off'],
];

/** `yes` becomes `no`, `ON` becomes `OFF`. */
function encodeBool(value: boolean, token: string): string {
  const pair = PAIRS.find((words) => words.includes(token.toLowerCase())) ?? ['true', 'false'];
  const word = value ? pair[0] : pair[1];
  if (plainType(token) !== 'bool' || /^[a-z]/.test(token)) return word;
  return /^[A-Z]+$/.test(token) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1);
}

function encodeString(value: string, style: YamlStyle): string {
  const first = style.token.charAt(0);
  if (first === '|' || first === '>') return encodeBlock(value, style) ?? quoteDouble(value);
  if (first === '"' || INVISIBLE.test(value)) return quoteDouble(value);
  return first !== "'" && isPlain(value, style.inFlow) ? value : quoteSingle(value);
}

/** Whether a string stays itself without quotes. Says no to some that would. */
function isPlain(value: string, inFlow: boolean): boolean {
  if (plainType(value) !== 'str' || value.trim() !== value) return false;
  if (/^(?:[-?:,[\]{}#&*!|>'"%@`=]|<<|\.\.\.)/.test(value) && !/^-[-\w./]/.test(value))
    return false;
  if (/^---/.test(value) || /: | #|:$/.test(value)) return false;
  return !inFlow || !/[,[\]{}:?]/.test(value);
}

// What is not printable for YAML, and its rarer line ends.
const INVISIBLE = /[\0-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udfff]/u;
const INVISIBLES = new RegExp(INVISIBLE.source, 'gu');

function quoteSingle(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function quoteDouble(value: string): string {
  const body = value.replace(/["\\]/g, '\\$&').replace(INVISIBLES, escapeChar);
  return `"${body}"`;
}

/** A block in place of a block; null when the string has no such form here. */
function encodeBlock(value: string, style: YamlStyle): string | null {
  const { token, indent, isLast, eol } = style;
  const [, mark = '', chomp = '', rest = ''] =
    /^([|>])([-+]?)([ \t]*(?:#[^\r\n]*)?)(?=[\r\n])/.exec(token) ?? [];
  const body = value.replace(/\n$/, '');
  const lines = body.split('\n');
  const hasForm =
    mark !== '' &&
    indent !== '' &&
    chomp !== '+' &&
    !/^[ \n]|\n$/.test(body) &&
    body !== '' &&
    !lines.some((line) => INVISIBLE.test(line) || /^ +$/.test(line)) &&
    // A line feed at the very end would have to be added.
    !(isLast && value.endsWith('\n'));
  if (!hasForm) return null;
  // Line ends within a folded block are blanks.
  const kind = lines.length > 1 ? '|' : mark;
  const end = value.endsWith('\n') ? '' : '-';
  const text = lines.map((line) => (line === '' ? '' : indent + line)).join(eol);
  return `${kind}${end}${rest}${eol}${text}`;
}
