import type { FromPage } from '../../webview/trials/messages.ts';
import type { DraftRow, EditedTable } from '../operations/trial-draft.ts';
import type { CheckedDraft } from './check.ts';

/** Does what the page asks to be done to rows and columns; the same table when that is nothing. */
export function editOf(
  table: EditedTable,
  message: FromPage,
  checked: CheckedDraft | null,
): EditedTable {
  switch (message.type) {
    case 'cell':
      return setCells(table, message, [[message.text]]);
    case 'paste':
      return setCells(table, message, message.texts);
    case 'add':
      return addRows(table, message.after, [{}]);
    case 'duplicate':
      return duplicateRows(table, message.ids);
    case 'delete':
      return deleteRows(table, message.ids);
    case 'remove-duplicates': {
      const trials = checked?.plan?.trials ?? [];
      const ids = table.rows.filter((_, i) => (trials[i]?.duplicateOf ?? null) !== null);
      return deleteRows(
        table,
        ids.map(({ id }) => id),
      );
    }
    case 'move':
      return moveRows(table, message.ids, message.by);
    case 'remove-column':
      return removeColumn(table, message.key);
    default:
      return table;
  }
}

/** Puts texts over the cells from one on, as a spreadsheet pastes; missing rows are added. */
export function setCells(
  table: EditedTable,
  at: { readonly id: number; readonly key: string },
  texts: readonly (readonly string[])[],
): EditedTable {
  const top = table.rows.findIndex(({ id }) => id === at.id);
  const left = table.columns.indexOf(at.key);
  if (top < 0 || left < 0) return table;
  const keys = table.columns.slice(left);
  const missing = Math.max(0, top + texts.length - table.rows.length);
  const grown = addRows(
    table,
    null,
    Array.from({ length: missing }, () => ({})),
  );
  const rows = grown.rows.map((row, i) => {
    const line = texts[i - top];
    return line === undefined ? row : { ...row, cells: withTexts(row.cells, keys, line) };
  });
  return { ...grown, rows };
}

/** Cells with texts for some keys in their order; a blank one gives the value back. */
function withTexts(
  cells: DraftRow['cells'],
  keys: readonly string[],
  texts: readonly string[],
): DraftRow['cells'] {
  const given = new Map(keys.map((key, i) => [key, texts[i]]));
  const all = new Map(Object.entries(cells));
  for (const [key, text] of given) {
    if (text === undefined) continue;
    if (text.trim() === '') all.delete(key);
    else all.set(key, text);
  }
  return Object.fromEntries(all);
}

/** Adds rows behind the row with the id `after`, at the end for null. */
export function addRows(
  table: EditedTable,
  after: number | null,
  added: readonly DraftRow['cells'][],
): EditedTable {
  const found = table.rows.findIndex(({ id }) => id === after);
  const at = found < 0 ? table.rows.length : found + 1;
  const rows = added.map((cells, i) => ({ id: table.nextId + i, cells }));
  return {
    ...table,
    rows: [...table.rows.slice(0, at), ...rows, ...table.rows.slice(at)],
    nextId: table.nextId + added.length,
  };
}

/** Adds copies behind the last of these rows. */
export function duplicateRows(table: EditedTable, ids: readonly number[]): EditedTable {
  const chosen = table.rows.filter(({ id }) => ids.includes(id));
  return addRows(
    table,
    chosen.at(-1)?.id ?? null,
    chosen.map(({ cells }) => cells),
  );
}

export function deleteRows(table: EditedTable, ids: readonly number[]): EditedTable {
  const gone = new Set(ids);
  return { ...table, rows: table.rows.filter(({ id }) => !gone.has(id)) };
}

/** Moves rows up or down by one; those at an end stay. The order is that in which trials start. */
export function moveRows(table: EditedTable, ids: readonly number[], by: -1 | 1): EditedTable {
  const moving = new Set(ids);
  const rows = [...table.rows];
  const order = by < 0 ? [...rows.keys()] : [...rows.keys()].reverse();
  for (const i of order) {
    const row = rows[i];
    const other = rows[i + by];
    if (row === undefined || other === undefined) continue;
    if (!moving.has(row.id) || moving.has(other.id)) continue;
    rows[i] = other;
    rows[i + by] = row;
  }
  return { ...table, rows };
}

export function addColumn(table: EditedTable, key: string): EditedTable {
  return table.columns.includes(key) ? table : { ...table, columns: [...table.columns, key] };
}

/** Gives all values of a key back to the project. */
export function removeColumn(table: EditedTable, key: string): EditedTable {
  const rows = table.rows.map(({ id, cells: { [key]: _, ...cells } }) => ({ id, cells }));
  return { ...table, columns: table.columns.filter((one) => one !== key), rows };
}
