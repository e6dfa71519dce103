import type { ScalarNode, TextRange } from './tree.ts';

/** What a literal means at one place, and how many of its characters spell it. */
export interface Piece {
  readonly value: string;
  readonly length: number;
}

/** Reads the piece of a string literal that begins at `at`; nothing of it lies beyond `to`. */
type ReadPiece = (text: string, at: number, to: number) => Piece;

/** The value of the content of a string literal. */
function decodeString(text: string, content: TextRange, read: ReadPiece): string {
  const parts: string[] = [];
  for (let at = content.from; at < content.to;) {
    const piece = read(text, at, content.to);
    parts.push(piece.value);
    at += Math.max(1, piece.length);
  }
  return parts.join('');
}

/** A string value; `content` is the literal without its quotes. Null `read`: no escapes. */
export function stringNode(
  text: string,
  range: TextRange,
  content: TextRange,
  read: ReadPiece | null,
): ScalarNode {
  const value =
    read === null ? text.slice(content.from, content.to) : decodeString(text, content, read);
  const at = (index: number): number =>
    read === null
      ? content.from + Math.min(Math.max(index, 0), value.length)
      : offsetOfIndex(text, content, read, index);
  return { kind: 'scalar', range, value, at };
}

/** A value that is no string, or a string without quotes: its text is the value. */
export function plainNode(range: TextRange, value: ScalarNode['value']): ScalarNode {
  const at = (index: number): number => Math.min(range.from + Math.max(index, 0), range.to);
  return { kind: 'scalar', range, value, at };
}

/** Piece of a JSON string. A backslash that means nothing stands for itself. */
export function readJsonPiece(text: string, at: number, to: number): Piece {
  if (text[at] !== '\\') return plainRun(text, at, to);
  const next = at + 1 < to ? (text[at + 1] ?? '') : '';
  const short = JSON_ESCAPES.get(next);
  if (short !== undefined) return { value: short, length: 2 };
  return next === 'u' ? readHex(text, at, to, 4) : { value: '\\', length: 1 };
}

/** `\uXXXX` and its relatives with `digits` hexadecimal digits. */
export function readHex(text: string, at: number, to: number, digits: number): Piece {
  const hex = text.slice(at + 2, Math.min(at + 2 + digits, to));
  const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? parseInt(hex, 16) : Infinity;
  if (code > 0x10ffff) return { value: '\\', length: 1 };
  return { value: String.fromCodePoint(code), length: 2 + digits };
}

/** Everything up to the next backslash. */
export function plainRun(text: string, at: number, to: number): Piece {
  const next = text.indexOf('\\', at);
  const end = next === -1 || next > to ? to : Math.max(next, at + 1);
  return { value: text.slice(at, end), length: end - at };
}

const JSON_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function offsetOfIndex(text: string, content: TextRange, read: ReadPiece, index: number): number {
  let seen = 0;
  let at = content.from;
  while (at < content.to) {
    const piece = read(text, at, content.to);
    if (index < seen + piece.value.length) {
      // Inside a run without escapes each character is its own; an escape is one place.
      const isRun = piece.value.length === piece.length;
      return isRun ? at + Math.max(0, index - seen) : at;
    }
    seen += piece.value.length;
    at += Math.max(1, piece.length);
  }
  return content.to;
}
