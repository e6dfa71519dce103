import type { Span } from './ast.ts';

/** A piece of an expression. */
export interface Token extends Span {
  /** `pattern`: what follows `=~` or `!~` without quotes. `open`: a string without its end. */
  readonly kind: 'word' | 'string' | 'op' | 'pattern' | 'open' | 'end';
  /** The piece as written; the content of a string. A word's quoted part is without quotes. */
  readonly text: string;
}

/** Characters that end a word. `-` and `/` within a word belong to it, as in `kafom-fikud`. */
const BREAK = /[\s()[\],"<>=*+]|![=~]/y;
const OPERATORS = '** == =~ != !~ <= >= = < > * + - / ( ) [ ] ,'.split(' ');
const NUMBER = /(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:[eE][-+]\d+)(?![\w.:/-])/y;
const DATE = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?[-+]\d\d:?\d\d(?![\w.:/-])/y;

/** Splits an expression into tokens; the last one is `end`. Takes any text. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && /\s/.test(text.charAt(at))) at++;
    const last = tokens.at(-1);
    if (at >= text.length) return [...tokens, { kind: 'end', text: '', from: at, to: at }];
    const wantsPattern = last?.kind === 'op' && (last.text === '=~' || last.text === '!~');
    const token = next(text, at, wantsPattern);
    tokens.push(token);
    at = token.to;
  }
}

function next(text: string, from: number, wantsPattern: boolean): Token {
  const c = text.charAt(from);
  if (c === '"' || c === "'") return readString(text, from);
  if (wantsPattern) return readPattern(text, from);
  const special = sticky(NUMBER, text, from) ?? sticky(DATE, text, from);
  if (special !== null) return { kind: 'word', text: special, from, to: from + special.length };
  const op = OPERATORS.find((one) => text.startsWith(one, from));
  if (op !== undefined) return { kind: 'op', text: op, from, to: from + op.length };
  return readWord(text, from);
}

function readWord(text: string, from: number): Token {
  let to = from + 1;
  while (to < text.length && sticky(BREAK, text, to) === null) to++;
  const word = text.slice(from, to);
  // config."a key" with spaces in it
  const quote = text.charAt(to);
  if (!word.endsWith('.') || quote !== '"') return { kind: 'word', text: word, from, to };
  const key = readString(text, to);
  if (key.kind === 'open') return { ...key, from };
  return { kind: 'word', text: word + key.text, from, to: key.to };
}

/** Between quotes a backslash keeps the quote and itself; before others it stays, as in `\d`. */
function readString(text: string, from: number): Token {
  const quote = text.charAt(from);
  let content = '';
  for (let at = from + 1; at < text.length; at++) {
    const c = text.charAt(at);
    const escaped = text.charAt(at + 1);
    if (c === quote) return { kind: 'string', text: content, from, to: at + 1 };
    if (c === '\\' && (escaped === quote || escaped === '\\')) {
      content += escaped;
      at++;
    } else content += c;
  }
  return { kind: 'open', text: content, from, to: text.length };
}

/** A regular expression without quotes: up to a space, or the `)` that closes a group before it. */
function readPattern(text: string, from: number): Token {
  let depth = 0;
  let to = from;
  for (; to < text.length && !/\s/.test(text.charAt(to)); to++) {
    const c = text.charAt(to);
    if (c === '\\') to++;
    else if (c === '(') depth++;
    else if (c === ')' && --depth < 0) break;
  }
  to = Math.min(to, text.length);
  if (to === from) return { kind: 'op', text: text.charAt(from), from, to: from + 1 };
  return { kind: 'pattern', text: text.slice(from, to), from, to };
}

function sticky(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}
