import type { GageDocument } from '../../opdef/document.ts';
import type { EntryNode, GageFormat, TextEdit } from '../../opdef/syntax/tree.ts';
import type { TextNode } from './patterns-at.ts';
import { escapeIn, literalIn, writtenValue } from './written-text.ts';

/**
 * The edit that puts `text` in place of the characters `from` to `to` of a text value, in the
 * quotes that it has. A value without quotes gets them when it needs them then.
 */
export function replaceIn(
  { format, text: source }: GageDocument,
  node: TextNode,
  from: number,
  to: number,
  text: string,
): TextEdit {
  const quote = source.charAt(node.range.from);
  const whole = node.value.slice(0, from) + text + node.value.slice(to);
  if (quote === "'" && format === 'toml' && text.includes("'")) {
    return { ...node.range, insert: literalIn(format, whole) };
  }
  if (quote === '"' || quote === "'") {
    return { from: node.at(from), to: node.at(to), insert: escapeIn(quote, format, text) };
  }
  if (quote === '|' || quote === '>') return { from: node.at(from), to: node.at(to), insert: text };
  return { ...node.range, insert: writtenValue(format, whole) };
}

/** A key in the style of the one that it replaces, where the new name allows that. */
export function keyText(format: GageFormat, written: string, name: string): string {
  if (format === 'json' || written.startsWith('"')) return JSON.stringify(name);
  if (written.startsWith("'")) {
    if (format === 'yaml') return `'${escapeIn("'", format, name)}'`;
    return name.includes("'") ? JSON.stringify(name) : `'${name}'`;
  }
  if (format === 'yaml') return writtenValue(format, name);
  return /^[\w-]+$/.test(name) ? name : literalIn(format, name);
}

/** The edits that give a key another name wherever it is written. */
export function keyEdits(
  { format, text }: GageDocument,
  { keyRange, alsoAt }: EntryNode,
  name: string,
): readonly TextEdit[] {
  return [keyRange, ...alsoAt].map(({ from, to }) => {
    return { from, to, insert: keyText(format, text.slice(from, to), name) };
  });
}
