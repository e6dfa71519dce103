import type { GageDocument } from '../document.ts';
import { allEntries, locate, type NodePath } from '../syntax/locate.ts';
import { TomlValues, type KeyPart } from '../syntax/toml/values.ts';
import type { ValueNode } from '../syntax/tree.ts';
import type { Place } from './place.ts';

/** The place in the brackets of a header; null when this line is none, or behind its brackets. */
export function tomlHeaderAt(document: GageDocument, lineStart: number, at: number): Place | null {
  const header = headerOf(document, lineStart);
  if (header === null || at < header.from || at > header.to) return null;
  const index = header.parts.findIndex(({ range }) => at <= range.to);
  const part = header.parts[index];
  const before = index === -1 ? header.parts : header.parts.slice(0, index);
  const isOn = part !== undefined && part.range.from <= at;
  const quote = isOn ? (/^["']/.exec(document.text.slice(part.range.from))?.[0] ?? '') : '';
  const word = isOn
    ? { from: part.range.from + quote.length, to: part.range.to - quote.length }
    : { from: at, to: at };
  const path = pathOf(document, before, header.from);
  return { place: 'header', path, word, quote, node: null };
}

/** The path of the table that a key at this offset belongs to: that of the last header. */
export function tomlTableAt(document: GageDocument, at: number): NodePath {
  for (let { line } = document.lines.positionAt(at); line >= 0; line--) {
    const header = headerOf(document, document.lines.offsetAt(line, 0));
    if (header !== null) return pathOf(document, header.parts, header.from);
  }
  return [];
}

/** The place behind the dot of a key that has no name after it; null when this is none. */
export function tomlDottedAt({ text, tree }: GageDocument, at: number): Place | null {
  if (!/\.[ \t]*$/.test(text.slice(Math.max(0, at - 200), at))) return null;
  for (const { entry, path } of allEntries(tree.root)) {
    const isBefore = [entry.keyRange, ...entry.alsoAt].some(
      ({ to }) => to < at && /^[ \t]*\.[ \t]*$/.test(text.slice(to, at)),
    );
    if (isBefore) return { place: 'key', path, word: { from: at, to: at }, quote: '', node: null };
  }
  return null;
}

interface Header {
  readonly parts: readonly KeyPart[];
  /** Behind the opening brackets. */
  readonly from: number;
  /** Before the closing ones, or the end of what there is. */
  readonly to: number;
}

function headerOf(document: GageDocument, lineStart: number): Header | null {
  const opening = /^[ \t]*\[\[?/.exec(document.text.slice(lineStart, lineStart + 200))?.[0];
  if (opening === undefined) return null;
  const from = lineStart + opening.length;
  const around = locate(document.tree.root, lineStart + opening.trimEnd().length - 1);
  // A line of a list that is written over several lines, or of a long string.
  if (around !== null && !('key' in around.node) && around.node.range.from < lineStart) return null;
  const reader = new TomlValues(document.text, from, false);
  const parts = reader.keyPath();
  reader.skipBlanks();
  return { parts, from, to: reader.at };
}

/** The path of a header's key: where it names a list of tables, their table here. */
function pathOf(document: GageDocument, parts: readonly KeyPart[], at: number): NodePath {
  const path: (string | number)[] = [];
  let value: ValueNode | null = document.tree.root;
  for (const { key } of parts) {
    path.push(key);
    value =
      (value?.kind === 'table'
        ? value.entries.findLast((entry) => entry.key === key)?.value
        : null) ?? null;
    if (value?.kind !== 'list' || !value.block) continue;
    const index = value.items.findLastIndex(({ range }) => range.from <= at);
    path.push(Math.max(0, index));
    value = value.items[index] ?? null;
  }
  return path;
}
