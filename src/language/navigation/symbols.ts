import { isJsonObject, type Json } from '../../core/data/json.ts';
import { quoted } from '../../core/data/value-text.ts';
import { commandText } from '../../core/phase/command.ts';
import { jsonOfNode, type GageDocument, type OperationNode } from '../../opdef/document.ts';
import type { EntryNode, TextRange, ValueNode } from '../../opdef/syntax/tree.ts';

/** One line of the outline. */
export interface OutlineSymbol {
  /** Never empty. */
  readonly name: string;
  readonly kind: 'operation' | 'setting' | 'key' | 'item';
  /** One short line; may be empty. */
  readonly detail: string;
  readonly range: TextRange;
  /** The name in the text, inside `range`. */
  readonly selection: TextRange;
  readonly children: readonly OutlineSymbol[];
}

const MAX_DETAIL = 80;

/** The outline of a Gage file: settings and operations with their keys, in the order of the text. */
export function symbolsOf(document: GageDocument): readonly OutlineSymbol[] {
  const settings = document.settings.map((entry) => entrySymbol(entry, 'setting'));
  const operations = document.operations.map(operationSymbol);
  return [...settings, ...operations].sort((a, b) => a.range.from - b.range.from);
}

/**
 * What an operation is for, in one line: the first line of its description, else its command;
 * empty when it has neither.
 */
function operationDetail({ opdef: { table } }: OperationNode): string {
  const { description, exec } = table;
  if (typeof description === 'string' && description.trim() !== '') return short(description);
  const command = isJsonObject(exec) ? exec['run'] : exec;
  if (typeof command === 'string') return short(command);
  if (!Array.isArray(command)) return '';
  const words: readonly Json[] = command;
  return short(commandText(words.filter((word) => typeof word === 'string')));
}

function operationSymbol(operation: OperationNode): OutlineSymbol {
  return {
    ...entrySymbol(operation.entry, 'operation'),
    detail: operationDetail(operation),
  };
}

function entrySymbol(entry: EntryNode, kind: OutlineSymbol['kind']): OutlineSymbol {
  const range = cover(entry.range, entry.keyRange);
  return {
    name: entry.key.trim() === '' ? '""' : entry.key,
    kind,
    detail: valueDetail(entry.value),
    range,
    selection: entry.keyRange,
    // A value that YAML takes from an anchor is shown where it is written.
    children: childSymbols(entry.value).filter((child) => isWithin(child.range, range)),
  };
}

function childSymbols(value: ValueNode | null): readonly OutlineSymbol[] {
  if (value?.kind === 'table') return value.entries.map((entry) => entrySymbol(entry, 'key'));
  if (value?.kind !== 'list' || !value.items.some((item) => item.kind === 'table')) return [];
  return value.items.map((item, i) => ({
    name: String(i + 1),
    kind: 'item',
    detail: itemDetail(item),
    range: item.range,
    selection: { from: item.range.from, to: item.range.from },
    children: childSymbols(item),
  }));
}

/** Of a table in a list what tells it from the others: its first single value. */
function itemDetail(item: ValueNode): string {
  if (item.kind !== 'table') return valueDetail(item);
  const first = item.entries.find(({ value }) => value?.kind !== 'table');
  return valueDetail(first?.value ?? null);
}

function valueDetail(value: ValueNode | null): string {
  if (value === null || value.kind === 'table') return '';
  const json = jsonOfNode(value);
  if (typeof json === 'string') return short(json);
  if (!Array.isArray(json)) return short(quoted(json));
  const items: readonly Json[] = json;
  const texts = items.filter((item) => typeof item === 'string');
  return texts.length === items.length ? short(texts.join(', ')) : '';
}

function short(text: string): string {
  const line = text.trim().split(/\s*[\r\n]\s*/, 1)[0] ?? '';
  return line.length > MAX_DETAIL ? `${line.slice(0, MAX_DETAIL - 1)}…` : line;
}

function isWithin(inner: TextRange, outer: TextRange): boolean {
  return outer.from <= inner.from && inner.to <= outer.to;
}

function cover(a: TextRange, b: TextRange): TextRange {
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}
