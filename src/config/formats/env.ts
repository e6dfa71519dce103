import {
  type ConfigDocument,
  type DocumentProblem,
  type Literal,
  LiteralDocument,
  endOfLine,
  lineCounter,
} from './document.ts';
import { type Scalar, refuse } from './scalar.ts';

const NAME = /[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=/y;
const QUOTED = /'([^']*)'|"((?:[^"\\]|\\[^])*)"/y;
const BLANKS = /[ \t]*/y;
const REST = /[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|$)/y;

/** Lines without a value: blank, a comment, `export NAME`. */
const NO_VALUE = /^[ \t]*(?:#.*|export[ \t]+[\w \t]+)?$/;
const LINE = /[^\r\n]*(?:\r\n|\r|\n|$)/y;

interface EnvValue {
  readonly from: number;
  readonly to: number;
  readonly value: string;
  readonly quote: '' | "'" | '"';
  /** Whether a comment follows a bare value: some readers take it for the value of an empty one. */
  readonly commented: boolean;
}

/**
 * Reads a file of environment variables: `NAME=value` lines, with or without `export`. Every
 * value is a string: bare up to the end of the line or a comment, in single quotes as it
 * stands, in double quotes with `\n`, `\r`, `\t`, `\"` and `\\` decoded. `$NAME` stays text.
 * Never throws: a line that is something else becomes a problem.
 */
export function parseEnv(text: string): ConfigDocument {
  const eol = endOfLine(text);
  const lineOf = lineCounter(text);
  const literals: Literal[] = [];
  const problems: DocumentProblem[] = [];
  let at = 0;
  while (at < text.length) {
    const line = matchAt(LINE, text, at)?.[0] ?? '';
    const name = matchAt(NAME, text, at);
    const key = name?.[1] ?? '';
    const value = name === null ? null : readValue(text, at + name[0].length);
    if (name !== null && value !== null) {
      const keyFrom = at + name[0].indexOf(key, /^[ \t]*export[ \t]/.exec(name[0])?.[0].length);
      literals.push(literalOf(key, keyFrom, value, eol));
      at = value.to;
      at += matchAt(LINE, text, at)?.[0].length ?? 0;
      continue;
    }
    if (name !== null) {
      const message = `The value of "${key}" cannot be read: text follows its quotes, or one is missing`;
      problems.push({ line: lineOf(at), message });
    } else if (!NO_VALUE.test(line.replace(/[\r\n]+$/, ''))) {
      problems.push({ line: lineOf(at), message: 'Not understood: no NAME=value' });
    }
    at += line.length;
  }
  return new LiteralDocument(text, literals, problems);
}

/** The value after a `=` at `after`; null when it is broken. */
function readValue(text: string, after: number): EnvValue | null {
  const from = after + (matchAt(BLANKS, text, after)?.[0].length ?? 0);
  const quoted = matchAt(QUOTED, text, from);
  if (quoted !== null) {
    const to = from + quoted[0].length;
    if (matchAt(REST, text, to) === null) return null;
    const single = quoted[1];
    return single === undefined
      ? { from, to, value: decode(quoted[2] ?? ''), quote: '"', commented: false }
      : { from, to, value: single, quote: "'", commented: false };
  }
  const line = (matchAt(LINE, text, after)?.[0] ?? '').replace(/\r?\n?$/, '');
  // A comment needs a blank before it, as in a shell.
  const comment = line.search(/[ \t]#/);
  const value = (comment === -1 ? line : line.slice(0, comment)).trim();
  if (/^['"]/.test(value)) return null;
  const at = value === '' ? after : after + line.indexOf(value);
  return { from: at, to: at + value.length, value, quote: '', commented: comment !== -1 };
}

function literalOf(key: string, keyFrom: number, old: EnvValue, eol: string): Literal {
  const { from, to, value } = old;
  const encode = (wanted: Scalar): string =>
    typeof wanted === 'string'
      ? encodeValue(wanted, old, eol)
      : refuse(key, wanted, 'an environment variable is text');
  return { key, value, from, to, keyFrom, keyTo: keyFrom + key.length, encode };
}

/** What a shell and the usual readers take without quotes as it stands. */
const SAFE = /^[\p{L}\p{N}_./:@%+,=~^${}*?!-]*$/u;

function encodeValue(value: string, old: EnvValue, eol: string): string {
  const oneLine = !/[\r\n]/.test(value);
  if (old.quote === '' && (value !== '' || !old.commented)) {
    // A value that had blanks without quotes has a reader that takes them.
    const blanks = / /.test(old.value) && value.trim() === value && !value.includes(' #');
    if (SAFE.test(blanks ? value.replaceAll(' ', '') : value)) return value;
  }
  if (old.quote !== '"' && oneLine && !value.includes("'")) return `'${value}'`;
  const body = value
    .replace(/["\\]/g, '\\$&')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', old.value.includes('\n') && eol === '\n' ? '\n' : '\\n');
  return `"${body}"`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['"', '"'],
  ['\\', '\\'],
]);

function decode(body: string): string {
  return body.replace(/\\([^])/g, (whole, c: string) => ESCAPES.get(c) ?? whole);
}

/** Matches a sticky expression at an offset. */
function matchAt(regex: RegExp, text: string, at: number): RegExpExecArray | null {
  regex.lastIndex = at;
  return regex.exec(text);
}
