import type { EntryNode, TableNode } from './tree.ts';

/**
 * Puts keys that a fault of the indent tore off an operation back into it; the library makes them
 * entries beside it. A key with keys below it that stand where those of the operation do stays: it
 * is an operation with a blank too many.
 */
export function mendIndents(text: string, entries: readonly EntryNode[]): readonly EntryNode[] {
  const [first] = entries;
  if (first === undefined) return entries;
  const margin = columnOf(text, first);
  const mended: EntryNode[] = [];
  for (const entry of entries) {
    const owner = mended.at(-1);
    const table = columnOf(text, entry) > margin ? blockOf(owner) : null;
    if (owner === undefined || table === null || isOperation(text, entry, table)) {
      mended.push(entry);
      continue;
    }
    const to = Math.max(owner.range.to, entry.range.to);
    const range = { from: table.range.from, to };
    const value = { ...table, range, entries: [...table.entries, entry] };
    mended[mended.length - 1] = { ...owner, range: { from: owner.range.from, to }, value };
  }
  return mended;
}

/** Of indented entries without an operation above them, the one that is an operation itself. */
export function operationsAmong(entries: readonly EntryNode[]): readonly EntryNode[] {
  return entries.length === 1 && blockOf(entries[0]) !== null ? entries : [];
}

function isOperation(text: string, entry: EntryNode, beside: TableNode): boolean {
  const [own] = blockOf(entry)?.entries ?? [];
  const [other] = beside.entries;
  if (own === undefined || other === undefined) return false;
  return columnOf(text, own) <= columnOf(text, other);
}

function blockOf(entry: EntryNode | undefined): TableNode | null {
  return entry?.value?.kind === 'table' && entry.value.block ? entry.value : null;
}

function columnOf(text: string, { keyRange }: EntryNode): number {
  return keyRange.from - (text.lastIndexOf('\n', keyRange.from - 1) + 1);
}
