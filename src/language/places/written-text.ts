import { parseYaml11 } from '../../core/data/yaml11.ts';
import type { CursorContext } from '../../opdef/cursor/place.ts';
import type { GageFormat, TextRange } from '../../opdef/syntax/tree.ts';
import { indexIn, isText } from './patterns-at.ts';

/** A text value that is being typed, decoded, and how to write another in its place. */
export interface TypedText {
  /** The whole text. */
  readonly content: string;
  /** The part of `content` that stands before the cursor. */
  readonly before: string;
  readonly format: GageFormat;
  /** What surrounds it already; empty when nothing does. */
  readonly quote: string;
  /** A line of a block of YAML (`|`, `>`): written as it is. */
  readonly inBlock: boolean;
  /** All of it in the document, with its quotes. */
  readonly literal: TextRange;
  /** Offset in the document of a character of `content`. */
  at(index: number): number;
}

/** What replaces a part of a text value, as a completion needs it. */
interface Replacement {
  readonly range: TextRange;
  readonly insert: string;
  readonly snippet: boolean;
  /** What the editor compares with the text in `range`. */
  readonly filter: string;
}

/** The text value at the cursor; empty where there is none yet. */
export function textAtCursor(
  text: string,
  format: GageFormat,
  { word, quote, node }: CursorContext,
  offset: number,
): TypedText {
  const literal = withQuotes(text, word, quote);
  // A literal that the parser understood may hold escapes; a broken one is taken as it stands.
  const value = node !== null && 'kind' in node && isText(node) ? node : null;
  if (value !== null && quote !== '') {
    const before = value.value.slice(0, indexIn(value, offset));
    const at = (index: number): number => value.at(index);
    return { content: value.value, before, format, quote, inBlock: false, literal, at };
  }
  const inBlock = value !== null && /[|>]/.test(text.charAt(value.range.from));
  const indent = inBlock ? (/^ */.exec(text.slice(word.from, offset))?.[0].length ?? 0) : 0;
  const from = word.from + indent;
  const content = text.slice(from, word.to);
  const before = text.slice(from, Math.max(from, Math.min(offset, word.to)));
  return { content, before, format, quote, inBlock, literal, at: (index) => from + index };
}

/** A key or value with the quotes that it has. */
export function withQuotes(text: string, { from, to }: TextRange, quote: string): TextRange {
  const opened = text.slice(Math.max(0, from - quote.length), from) === quote;
  const closed = text.startsWith(quote, to);
  return { from: from - (opened ? quote.length : 0), to: to + (closed ? quote.length : 0) };
}

/**
 * Writes `text` in place of the characters `from` to `to` of a text value, with the quotes that
 * the format asks for when there are none. With `open` the cursor stays before a closing quote
 * that had to be written, to type on.
 */
export function replaceText(
  typed: TypedText,
  { from, to }: TextRange,
  text: string,
  open = false,
): Replacement {
  const { content, format, quote } = typed;
  const whole = content.slice(0, from) + text + content.slice(to);
  // A literal of TOML in single quotes has no way to write one.
  const takes = quote !== '' && !(format === 'toml' && quote === "'" && text.includes("'"));
  const isPlain = quote === '' && format === 'yaml' && (typed.inBlock || isPlainYaml(whole));
  if (takes || isPlain) {
    const insert = quote === '' ? text : escapeIn(quote, format, text);
    const range = { from: typed.at(from), to: typed.at(to) };
    return { range, insert, snippet: false, filter: text };
  }
  const literal = literalIn(format, whole);
  const end = literal.slice(-1);
  return {
    range: typed.literal,
    insert: open ? `${snippetText(literal.slice(0, -1))}$0${end}` : literal,
    snippet: open,
    filter: quote + whole,
  };
}

/** A text as a literal of the format. */
export function literalIn(format: GageFormat, text: string): string {
  const literal = format !== 'json' && /["\\]/.test(text) && !/['\p{Cc}]/u.test(text);
  return literal ? `'${text}'` : JSON.stringify(text);
}

/** A text as a value of the format: YAML needs quotes only for what it would read otherwise. */
export function writtenValue(format: GageFormat, text: string): string {
  return format === 'yaml' && isPlainYaml(text) ? text : literalIn(format, text);
}

/** Text for the inside of a literal. Literals without escapes take it as it is. */
export function escapeIn(quote: string, format: GageFormat, text: string): string {
  if (quote.startsWith('"')) return JSON.stringify(text).slice(1, -1);
  return format === 'yaml' ? text.replaceAll("'", "''") : text;
}

/** Text that a snippet inserts as it is. */
function snippetText(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&');
}

const SURELY_PLAIN = /^[\p{L}_][\p{L}\p{N}_-]*(?:[./#][\p{L}\p{N}_-]+)+$/u;

/** True when YAML (1.1, as Gage reads it) takes the bare text as exactly this string, also in `[…]`. */
function isPlainYaml(text: string): boolean {
  if (SURELY_PLAIN.test(text)) return true;
  if (/^[-?:!&*|>'"%@`#=<\s]|[[\]{},\p{Cc}]|\s$|:\s|\s#|:$/u.test(text)) return false;
  try {
    return parseYaml11(text) === text;
  } catch {
    return false;
  }
}
