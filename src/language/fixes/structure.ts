import { entryOf, valueAt, type GageDocument, type OperationNode } from '../../opdef/document.ts';
import type {
  EntryNode,
  TableNode,
  TextEdit,
  TextRange,
  ValueNode,
} from '../../opdef/syntax/tree.ts';
import type { NodePath } from '../checks/diagnostic.ts';
import { isText } from '../places/patterns-at.ts';
import { literalIn } from '../places/written-text.ts';

/**
 * The edits that take an item out of a list or an entry out of a table, with its line when it
 * has one. None when there is no such thing.
 * @param path from the root of the document.
 */
export function removeAt(document: GageDocument, path: NodePath): readonly TextEdit[] {
  const key = path.at(-1);
  const parent = valueAt(document.tree.root, ...path.slice(0, -1));
  if (parent?.kind === 'list' && typeof key === 'number') {
    if (parent.items[key] === undefined) return [];
    const parts = parent.items.map(({ range }) => range);
    return parent.block ? removeLines(document, parts[key]) : removePart(document, parts, key);
  }
  if (parent?.kind !== 'table' || typeof key !== 'string') return [];
  const entry = entryOf(parent, key);
  if (entry === null) return [];
  const index = parent.entries.indexOf(entry);
  const parts = parent.entries.map(({ range }) => range);
  if (!parent.block) return removePart(document, parts, index);
  // A YAML table without any entry would be null.
  if (document.tree.format === 'yaml' && parts.length === 1) {
    return entry.value === null ? [] : [{ ...entry.value.range, insert: 'false' }];
  }
  return removeLines(document, entry.range);
}

/** Takes one of the parts between commas away, and the line that it has for itself. */
function removePart(
  { text, tree }: GageDocument,
  parts: readonly TextRange[],
  index: number,
): readonly TextEdit[] {
  const part = parts[index];
  const before = parts[index - 1];
  const next = parts[index + 1];
  if (part === undefined) return [];
  const line = ownLine(text, part);
  if (line !== null) {
    const last = next === undefined && before !== undefined && tree.format === 'json';
    const comma = last ? text.indexOf(',', before.to) : -1;
    return [
      ...(comma === -1 ? [] : [{ from: comma, to: comma + 1, insert: '' }]),
      { ...line, insert: '' },
    ];
  }
  if (next !== undefined) return [{ from: part.from, to: next.from, insert: '' }];
  return [{ from: before?.to ?? part.from, to: part.to, insert: '' }];
}

/** The whole lines of a part that shares them only with a comma and a comment. */
function ownLine(text: string, { from, to }: TextRange): TextRange | null {
  const start = lineStart(text, from);
  const end = lineEnd(text, to);
  const alone = text.slice(start, from).trim() === '';
  if (!alone || !/^\s*,?\s*(?:#.*)?$/.test(text.slice(to, end))) return null;
  return { from: start, to: nextLine(text, end) };
}

function removeLines({ text }: GageDocument, part: TextRange | undefined): readonly TextEdit[] {
  if (part === undefined) return [];
  const to = nextLine(text, lineEnd(text, lastCharacter(text, part)));
  return [{ from: lineStart(text, part.from), to, insert: '' }];
}

/** The end of a part without the line ends that it may close with. */
function lastCharacter(text: string, { from, to }: TextRange): number {
  return from + text.slice(from, to).trimEnd().length;
}

/**
 * The edits that give an operation another key.
 * @param value as text, quoted as the format wants it.
 */
export function addEntry(
  document: GageDocument,
  operation: OperationNode,
  key: string,
  value: string,
): readonly TextEdit[] {
  const { table, entry } = operation;
  const { format } = document.tree;
  if (table !== null && !table.block) return [addToFlow(document, table, key, value)];
  if (format === 'yaml') return [addToYaml(document, operation, key, value)];
  return format === 'toml' ? [addToToml(document, entry, key, value)] : [];
}

function addToFlow(
  { text, tree }: GageDocument,
  { range, entries }: TableNode,
  key: string,
  value: string,
): TextEdit {
  const added = entryText(tree.format, key, value);
  const last = entries.at(-1);
  if (last === undefined) {
    const insert = tree.format === 'toml' ? `{ ${added} }` : `{${added}}`;
    return { ...range, insert };
  }
  const start = lineStart(text, last.range.from);
  const indent = text.slice(start, last.range.from);
  const separator = indent.trim() === '' && start > range.from ? eolOf(text) + indent : ' ';
  return { from: last.range.to, to: last.range.to, insert: `,${separator}${added}` };
}

function addToYaml(
  { text, tree }: GageDocument,
  { table, entry }: OperationNode,
  key: string,
  value: string,
): TextEdit {
  const added = entryText('yaml', key, value);
  const first = table?.entries[0];
  if (first !== undefined) {
    const start = lineStart(text, first.range.from);
    const insert = text.slice(start, first.range.from) + added + eolOf(text);
    return { from: start, to: start, insert };
  }
  const sample = tree.root.entries
    .map(({ value: other }) => (other?.kind === 'table' ? other.entries[0] : undefined))
    .find((inner) => inner !== undefined);
  const from = sample?.range.from ?? 0;
  const indent = sample === undefined ? '  ' : text.slice(lineStart(text, from), from);
  const end = lineEnd(text, entry.keyRange.to);
  return { from: end, to: end, insert: eolOf(text) + indent + added };
}

function addToToml(
  { text }: GageDocument,
  { keyRange, alsoAt }: EntryNode,
  key: string,
  value: string,
): TextEdit {
  const eol = eolOf(text);
  const added = entryText('toml', key, value);
  const before = ({ from }: TextRange): string => text.slice(lineStart(text, from), from);
  const inHeader = (place: TextRange): boolean => /^\s*\[/.test(before(place));
  const header = [keyRange, ...alsoAt].find(
    (place) => inHeader(place) && /^\s*\]/.test(text.slice(place.to, place.to + 80)),
  );
  if (header !== undefined) {
    const end = lineEnd(text, header.to);
    return { from: end, to: end, insert: eol + added };
  }
  const start = lineStart(text, keyRange.from);
  const name = text.slice(start, keyRange.to).replace('[[', '[');
  // `[train.exec]` alone: its own table comes before it.
  const insert = inHeader(keyRange)
    ? `${name}]${eol}${added}${eol}${eol}`
    : `${name}.${added}${eol}`;
  return { from: start, to: start, insert };
}

function entryText(format: GageDocument['format'], key: string, value: string): string {
  if (format === 'toml') return `${key} = ${value}`;
  return format === 'json' ? `"${key}": ${value}` : `${key}: ${value}`;
}

/** The edits that add patterns to the end of `sourcecode`, which is made when there is none. */
export function addPatterns(
  document: GageDocument,
  operation: OperationNode,
  patterns: readonly string[],
): readonly TextEdit[] {
  const { text, tree } = document;
  const added = patterns.map((pattern) => literalIn(tree.format, pattern));
  const value: ValueNode | null = valueAt(operation.table, 'sourcecode');
  if (value === null) {
    return addEntry(document, operation, 'sourcecode', `[${added.join(', ')}]`);
  }
  if (value.kind === 'scalar') {
    const first = isText(value) ? [firstItem(document, value.range, value.value)] : [];
    return [{ ...value.range, insert: `[${[...first, ...added].join(', ')}]` }];
  }
  const last = value.kind === 'list' ? value.items.at(-1) : undefined;
  if (value.kind !== 'list' || last === undefined) {
    return [{ ...value.range, insert: `[${added.join(', ')}]` }];
  }
  const to = lastCharacter(text, last.range);
  const start = lineStart(text, last.range.from);
  const lead = text.slice(start, last.range.from);
  if (value.block) {
    const end = lineEnd(text, to);
    const lines = added.map((item) => eolOf(text) + lead + item);
    return [{ from: end, to: end, insert: lines.join('') }];
  }
  const rest = /^\s*?(,?)[^\S\r\n]*(?:#.*)?$/.exec(text.slice(to, lineEnd(text, to)));
  if (lead.trim() !== '' || rest === null) {
    return [{ from: to, to, insert: added.map((item) => `, ${item}`).join('') }];
  }
  // Each in a line of its own, after the comment of the last.
  const end = lineEnd(text, to);
  const comma = rest[1] ?? '';
  const lines = added.map((item) => eolOf(text) + lead + item).join(',') + comma;
  if (comma !== '' || end === to)
    return [{ from: end, to: end, insert: (comma === '' ? ',' : '') + lines }];
  return [
    { from: to, to, insert: ',' },
    { from: end, to: end, insert: lines },
  ];
}

/** A value as the first item of a list: as it is written when it has quotes. */
function firstItem({ text, tree }: GageDocument, range: TextRange, value: string): string {
  const literal = text.slice(range.from, range.to);
  return /^(?:"[^\n]*"|'[^\n]*')$/.test(literal) ? literal : literalIn(tree.format, value);
}

function lineStart(text: string, offset: number): number {
  return Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
}

/** Offset of the line end at or after `offset`. */
function lineEnd(text: string, offset: number): number {
  const length = text.slice(offset).search(/[\r\n]/);
  return length === -1 ? text.length : offset + length;
}

/** Offset of the line after the one that ends at `end`. */
function nextLine(text: string, end: number): number {
  return end + (/^(?:\r\n|\n|\r)/.exec(text.slice(end, end + 2))?.[0].length ?? 0);
}

function eolOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}
