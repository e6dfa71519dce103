import type { EntryNode, TableNode, ValueNode } from './tree.ts';

/** Keys and indices from the root of a Gage file. */
export type NodePath = readonly (string | number)[];

/** What stands at an offset: a key, a scalar, or the space in brackets or braces. */
export interface Located {
  /** Of the key's entry, or of the value. */
  readonly path: NodePath;
  readonly node: EntryNode | ValueNode;
}

/** The innermost key, scalar, list in brackets or table in braces at an offset; null elsewhere. */
export function locate(root: TableNode, offset: number): Located | null {
  return locateInTable(root, [], offset);
}

function locateInTable(table: TableNode, path: NodePath, offset: number): Located | null {
  for (const entry of table.entries) {
    const isHere = entry.range.from <= offset && offset <= entry.range.to;
    const inKey = [entry.keyRange, ...entry.alsoAt].some(
      ({ from, to }) => from <= offset && offset <= to,
    );
    if (inKey) return { path: [...path, entry.key], node: entry };
    if (!isHere || entry.value === null) continue;
    const found = locateInValue(entry.value, [...path, entry.key], offset);
    if (found !== null) return found;
  }
  return null;
}

function locateInValue(node: ValueNode, path: NodePath, offset: number): Located | null {
  const { from, to } = node.range;
  if (offset < from || offset > to || from === to) return null;
  if (node.kind === 'scalar') return { path, node };
  const inside =
    node.kind === 'table'
      ? locateInTable(node, path, offset)
      : firstFound(node.items, path, offset);
  return inside ?? (node.block ? null : { path, node });
}

function firstFound(items: readonly ValueNode[], path: NodePath, offset: number): Located | null {
  for (const [index, item] of items.entries()) {
    const found = locateInValue(item, [...path, index], offset);
    if (found !== null) return found;
  }
  return null;
}

/** Each entry below a table with its path, in the order of the text of its table. */
export function* allEntries(
  table: TableNode,
  path: NodePath = [],
): Generator<{ readonly entry: EntryNode; readonly path: NodePath }> {
  for (const entry of table.entries) {
    const own = [...path, entry.key];
    yield { entry, path: own };
    if (entry.value !== null) yield* entriesOfValue(entry.value, own);
  }
}

function* entriesOfValue(
  node: ValueNode,
  path: NodePath,
): Generator<{ readonly entry: EntryNode; readonly path: NodePath }> {
  if (node.kind === 'table') yield* allEntries(node, path);
  if (node.kind !== 'list') return;
  for (const [index, item] of node.items.entries()) yield* entriesOfValue(item, [...path, index]);
}
