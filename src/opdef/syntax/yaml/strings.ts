import type { TextRange } from '../tree.ts';

/** How a string of YAML is written. */
export type YamlStyle = 'plain' | 'single' | 'double' | 'block';

/**
 * Offsets in the text of every character of a string of YAML, and of its end. Lines are folded
 * and escapes read as YAML does, by walking the value and its source side by side.
 * @param content The literal without quotes; for a block scalar its lines without the header.
 * @param indent  Columns that every line of a block scalar leaves out.
 */
export function yamlOffsets(
  text: string,
  content: TextRange,
  value: string,
  style: YamlStyle,
  indent: number,
): readonly number[] {
  const offsets: number[] = [];
  let at = content.from;
  let index = 0;
  if (style === 'block') at = skipIndent(text, at, content.to, indent);
  while (index < value.length && at < content.to) {
    const step = nextStep(text, at, content.to, value, index, style, indent);
    for (let i = 0; i < step.taken; i++) offsets.push(at);
    index += step.taken;
    at += Math.max(1, step.length);
  }
  while (offsets.length <= value.length) offsets.push(Math.min(at, content.to));
  return offsets;
}

/** `taken` characters of the value stand for `length` characters of the source. */
interface Step {
  readonly taken: number;
  readonly length: number;
}

const GAP = /[ \t]*(?:\r?\n[ \t]*)+/y;
const LINE = /\r?\n/y;

function nextStep(
  text: string,
  at: number,
  to: number,
  value: string,
  index: number,
  style: YamlStyle,
  indent: number,
): Step {
  const c = text[at];
  if (style === 'double' && c === '\\') return escapeStep(text, at);
  if (style === 'single' && c === "'" && text[at + 1] === "'") return { taken: 1, length: 2 };
  if (style === 'block') {
    const line = match(LINE, text, at);
    if (line === 0) return { taken: 1, length: 1 };
    const next = skipIndent(text, at + line, to, indent);
    const isKept = value[index] === '\n' || value[index] === ' ';
    return { taken: isKept ? 1 : 0, length: next - at };
  }
  const gap = match(GAP, text, at);
  if (gap === 0) return { taken: 1, length: 1 };
  const breaks = text.slice(at, at + gap).split('\n').length - 1;
  return { taken: breaks === 1 ? 1 : breaks - 1, length: gap };
}

function skipIndent(text: string, at: number, to: number, indent: number): number {
  let end = at;
  while (end < to && end - at < indent && text[end] === ' ') end++;
  return end;
}

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function escapeStep(text: string, at: number): Step {
  const digits = HEX_DIGITS.get(text[at + 1] ?? '');
  if (digits !== undefined) {
    const code = parseInt(text.slice(at + 2, at + 2 + digits), 16);
    return { taken: code > 0xffff ? 2 : 1, length: 2 + digits };
  }
  const line = match(LINE, text, at + 1);
  if (line === 0) return { taken: 1, length: 2 };
  // A backslash before the line end joins the lines without a space.
  return { taken: 0, length: 1 + line + match(/[ \t]*/y, text, at + 1 + line) };
}

const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);
