import type { GageDocument, OperationNode } from '../document.ts';
import { locate, allEntries, type Located, type NodePath } from '../syntax/locate.ts';
import type { EntryNode, ListNode, ScalarNode, TableNode, TextRange } from '../syntax/tree.ts';
import type { CursorContext, Place } from './place.ts';
import { tomlDottedAt, tomlHeaderAt, tomlTableAt } from './toml.ts';
import { yamlItemAt, yamlTableAt } from './yaml.ts';

/** Where the cursor is. Never throws; an offset outside the text counts as the nearest end. */
export function contextAt(document: GageDocument, offset: number): CursorContext {
  const at = Math.min(Math.max(offset, 0), document.text.length);
  const place = placeAt(document, at);
  return {
    ...place,
    operation: operationOf(document, place.path, at),
    indent: /^[ \t]*/.exec(lineAt(document, at).text)?.[0] ?? '',
  };
}

function placeAt(document: GageDocument, at: number): Place {
  const { tree } = document;
  const found = locate(tree.root, at);
  const line = lineAt(document, at);
  if (document.format === 'toml') {
    const header = tomlHeaderAt(document, line.from, at);
    if (header !== null) return header;
    const dotted = tomlDottedAt(document, at);
    if (dotted !== null) return dotted;
  }
  if (found !== null) return placeOf(document, found, at);
  const before = document.text.slice(line.from, at);
  if (isComment(document, before)) return other(at);
  const missing = missingValue(document, line, at);
  if (missing !== null) return missing;
  if (document.format === 'json') {
    return NO_BRACES.test(document.text)
      ? { ...other(at), place: 'key', word: wordAt(document.text, at) }
      : bracePlace(document, [], tree.root, at);
  }
  if (document.format === 'yaml' && /^[ \t]*(?:- +)*-[ \t]+$/.test(before)) {
    const item = yamlItemAt(document, at);
    if (item !== null) return { ...other(at), place: 'value', path: item };
  }
  const path = tablePath(document, before, at);
  return path === null ? other(at) : { ...other(at), place: 'key', path };
}

/** A JSON text with nothing but comments and the start of a word. */
const NO_BRACES = /^\ufeff?(?:\s*\/\/[^\n]*(?:\n|$))*\s*[\w$-]*\s*$/;

/** The table that a key at an empty place of a line would be in. */
function tablePath(document: GageDocument, before: string, at: number): NodePath | null {
  if (before.trim() !== '') return null;
  return document.format === 'toml' ? tomlTableAt(document, at) : yamlTableAt(document, at);
}

function placeOf(document: GageDocument, { path, node }: Located, at: number): Place {
  if ('key' in node) return keyPlace(document, path, node, at);
  switch (node.kind) {
    case 'scalar':
      return scalarPlace(document, path, node, at);
    case 'list':
      return listPlace(document, path, node, at);
    case 'table':
      return bracePlace(document, path, node, at);
  }
}

function keyPlace(document: GageDocument, path: NodePath, node: EntryNode, at: number): Place {
  const range = [node.keyRange, ...node.alsoAt].find(({ from, to }) => from <= at && at <= to);
  const inner = contentOf(document.text, range ?? node.keyRange);
  return { place: 'key', path: path.slice(0, -1), ...inner, node };
}

function scalarPlace(document: GageDocument, path: NodePath, node: ScalarNode, at: number): Place {
  if (document.format === 'yaml' && isHalfKey(document, path, node)) {
    return { place: 'key', path, word: node.range, quote: '', node };
  }
  const { word, quote } = contentOf(document.text, node.range);
  if (at < word.from || at > word.to) return other(at);
  const line = lineAt(document, at);
  const ofLine = { from: Math.max(word.from, line.from), to: Math.min(word.to, line.to) };
  return { place: 'value', path, word: ofLine, quote, node };
}

/** A word on the line after `train:` is the start of a key. */
function isHalfKey({ text, tree }: GageDocument, path: NodePath, node: ScalarNode): boolean {
  const { from, to } = node.range;
  if (typeof path.at(-1) === 'number' || !/^[\w$-]+$/.test(text.slice(from, to))) return false;
  for (const { entry } of allEntries(tree.root)) {
    if (entry.value === node) return text.slice(entry.keyRange.to, from).includes('\n');
  }
  return false;
}

function listPlace(document: GageDocument, path: NodePath, node: ListNode, at: number): Place {
  if (!isInside(document.text, node.range, at)) return other(at);
  const word = wordAt(document.text, at);
  const index = node.items.filter(({ range }) => range.to < at).length;
  return { place: 'value', path: [...path, index], word, quote: '', node: null };
}

function bracePlace(document: GageDocument, path: NodePath, node: TableNode, at: number): Place {
  if (!isInside(document.text, node.range, at)) return other(at);
  const line = lineAt(document, at);
  if (isComment(document, document.text.slice(line.from, at))) return other(at);
  const last = node.entries.findLast(({ range }) => range.from < at);
  const gap = document.text.slice(last?.range.to ?? node.range.from + 1, at);
  const word = wordAt(document.text, at);
  if (last?.value === null && /^[^,]*$/.test(gap)) {
    const signed = document.text.slice(last.keyRange.to, at);
    if (/[:=]/.test(signed)) {
      return { place: 'value', path: [...path, last.key], word, quote: '', node: null };
    }
  }
  if (
    last?.value?.kind === 'list' &&
    /^,[ \t]*$/.test(gap) &&
    isInside(document.text, last.value.range, at)
  ) {
    return listPlace(document, [...path, last.key], last.value, at);
  }
  const isFree = last === undefined || /[,\n]/.test(gap);
  return isFree ? { place: 'key', path, word, quote: '', node: null } : other(at);
}

/** Behind the bracket that opens, before the one that closes; one that is not closed has no end. */
function isInside(text: string, { from, to }: TextRange, at: number): boolean {
  const isClosed = to - from > 1 && /[\]}]/.test(text.charAt(to - 1));
  return at > from && (at < to || !isClosed);
}

/** The value that a key of this line has not yet (`exec = `). */
function missingValue(document: GageDocument, line: TextRange, at: number): Place | null {
  for (const { entry, path } of allEntries(document.tree.root)) {
    const { keyRange, value } = entry;
    const isMissing = value === null || value.range.from === value.range.to;
    if (!isMissing || keyRange.to >= at || keyRange.from < line.from) continue;
    if (!/^\s*[:=]/.test(document.text.slice(keyRange.to, at))) continue;
    return { place: 'value', path, word: wordAt(document.text, at), quote: '', node: value };
  }
  return null;
}

function isComment({ format }: GageDocument, before: string): boolean {
  return format === 'json' ? before.trimStart().startsWith('//') : /(?:^|\s)#/.test(before);
}

function other(at: number): Place {
  return { place: 'other', path: [], word: { from: at, to: at }, quote: '', node: null };
}

/** A literal without its quotes. */
function contentOf(text: string, range: TextRange): Pick<Place, 'word' | 'quote'> {
  const raw = text.slice(range.from, range.to);
  const quote = /^(?:"""|'''|"|')/.exec(raw)?.[0] ?? '';
  const from = range.from + quote.length;
  const isClosed = quote !== '' && raw.length >= 2 * quote.length && raw.endsWith(quote);
  return { word: { from, to: isClosed ? range.to - quote.length : range.to }, quote };
}

function wordAt(text: string, at: number): TextRange {
  const before = /[\w$./*-]*$/.exec(text.slice(Math.max(0, at - 200), at))?.[0] ?? '';
  const after = /^[\w$./*-]*/.exec(text.slice(at, at + 200))?.[0] ?? '';
  return { from: at - before.length, to: at + after.length };
}

function lineAt(document: GageDocument, at: number): TextRange & { readonly text: string } {
  const { line } = document.lines.positionAt(at);
  const from = document.lines.offsetAt(line, 0);
  const to = document.lines.lineEnd(line);
  return { from, to, text: document.text.slice(from, to) };
}

function operationOf(
  { operations }: GageDocument,
  path: NodePath,
  at: number,
): OperationNode | null {
  const named = operations.filter(({ name }) => name === path[0]);
  const around = named.findLast(({ range }) => range.from <= at && at <= range.to);
  return around ?? named.at(-1) ?? null;
}
