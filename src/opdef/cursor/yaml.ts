import type { GageDocument } from '../document.ts';
import type { NodePath } from '../syntax/locate.ts';
import type { TableNode, ValueNode } from '../syntax/tree.ts';

/**
 * The path of the table that a key would belong to at an empty place of a line, by its column;
 * null where no key can stand.
 */
export function yamlTableAt(document: GageDocument, at: number): NodePath | null {
  const column = document.lines.positionAt(at).character;
  return tableAt(document, document.tree.root, [], column, at);
}

function tableAt(
  document: GageDocument,
  table: TableNode,
  path: NodePath,
  column: number,
  at: number,
): NodePath | null {
  const entry = table.entries.findLast(({ range }) => range.from < at);
  if (entry === undefined) return path;
  const own = document.lines.positionAt(entry.keyRange.from).character;
  if (column <= own) return path;
  return valueTableAt(document, entry.value, [...path, entry.key], column, at);
}

function valueTableAt(
  document: GageDocument,
  value: ValueNode | null,
  path: NodePath,
  column: number,
  at: number,
): NodePath | null {
  if (value === null || value.range.from === value.range.to) return path;
  if (value.kind === 'table')
    return value.block ? tableAt(document, value, path, column, at) : null;
  if (value.kind !== 'list' || !value.block) return null;
  const index = value.items.findLastIndex(({ range }) => range.from < at);
  const item = value.items[index] ?? null;
  const dash = document.lines.positionAt(value.range.from).character;
  return column > dash ? valueTableAt(document, item, [...path, index], column, at) : null;
}

/** The path of the item that begins at an empty `- `; null when there is none. */
export function yamlItemAt(document: GageDocument, at: number): NodePath | null {
  return itemIn(document.tree.root, [], document.lines.positionAt(at).line, document);
}

function itemIn(
  node: ValueNode,
  path: NodePath,
  line: number,
  document: GageDocument,
): NodePath | null {
  if (node.kind === 'scalar') {
    const isEmpty = node.range.from === node.range.to && typeof path.at(-1) === 'number';
    return isEmpty && document.lines.positionAt(node.range.from).line === line ? path : null;
  }
  const parts: readonly (readonly [string | number, ValueNode | null])[] =
    node.kind === 'list'
      ? node.items.map((item, index) => [index, item] as const)
      : node.entries.map(({ key, value }) => [key, value] as const);
  for (const [key, value] of parts) {
    const found = value === null ? null : itemIn(value, [...path, key], line, document);
    if (found !== null) return found;
  }
  return null;
}
