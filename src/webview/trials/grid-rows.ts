import { button, element, setAttributes } from './dom.ts';
import type { CellView, FromPage, RowView, TableView } from './messages.ts';

type Post = (message: FromPage) => void;

/** Where the keyboard is. Column 0 holds the numbers of the rows. */
export interface GridPlace {
  readonly row: number;
  readonly column: number;
}

/** What of the table is marked. */
interface Marks {
  readonly active: GridPlace;
  /** Rows, both included. */
  readonly chosen: { readonly first: number; readonly last: number };
}

/** The cells above the rows. */
export function headCells(view: TableView, post: Post): readonly HTMLElement[] {
  const labels = view.showLabels ? [headCell('Label')] : [];
  const keys = view.columns.map(({ key, description, default: value, varies }) => {
    const standard = value === '' ? 'no value' : value;
    const remove = button('×', () => post({ type: 'remove-column', key }), {
      class: 'icon',
      'aria-label': `Remove column ${key}`,
      title: `Remove column ${key}: all trials get ${standard}`,
    });
    const head = headCell(element('span', {}, key), remove);
    const about = description === '' ? '' : `${description}. `;
    setAttributes(head, {
      title: `${about}An empty cell is ${standard}`,
      class: varies && 'varies',
    });
    return head;
  });
  return [headCell('#'), ...keys, ...labels, headCell('Note')];
}

function headCell(...children: readonly (Node | string)[]): HTMLElement {
  return element('th', { role: 'columnheader', scope: 'col' }, ...children);
}

/** One trial. @param row its place, from 0. */
export function rowElement(
  view: TableView,
  { cells, label, note }: RowView,
  row: number,
  { active, chosen }: Marks,
  post: Post,
): HTMLElement {
  const all = [
    element('th', { scope: 'row' }, String(row + 1)),
    ...cells.map((cell, i) => valueCell(cell, view.columns[i]?.default ?? '')),
    ...(view.showLabels ? [element('td', { class: 'label' }, label)] : []),
    noteCell(note, post),
  ];
  all.forEach((cell, column) => {
    const isActive = row === active.row && column === active.column;
    setAttributes(cell, {
      role: column === 0 ? 'rowheader' : 'gridcell',
      tabindex: isActive ? 0 : -1,
      'aria-colindex': column + 1,
      'data-column': column,
      'aria-readonly': column === 0 || column > cells.length ? 'true' : 'false',
    });
  });
  const attributes = {
    role: 'row',
    'aria-rowindex': row + 2,
    'data-row': row,
    'aria-selected': row >= chosen.first && row <= chosen.last ? 'true' : 'false',
    class: note?.kind,
  };
  return element('tr', attributes, ...all);
}

function noteCell(note: RowView['note'], post: Post): HTMLElement {
  const cell = element('td', { class: 'note' }, note?.text ?? '');
  const run = note?.run;
  if (run !== undefined) {
    const open = button('Show', () => post({ type: 'open-run', id: run }), {
      class: 'link',
      'aria-label': 'Show the equal run',
    });
    cell.append(' ', open);
  }
  return cell;
}

/** A cell with a value: that of the project is pale, one that was drawn says so. */
function valueCell({ text, error, drawn }: CellView, standard: string): HTMLElement {
  const isDefault = text === '';
  const title =
    error ?? (drawn === true ? 'Drawn at random' : isDefault ? 'As in the project' : '');
  const classes = [isDefault ? 'default' : '', drawn === true ? 'drawn' : ''];
  const cell = element(
    'td',
    {
      class: classes.join(' ').trim() || undefined,
      title: title || undefined,
      'aria-invalid': error === undefined ? undefined : 'true',
    },
    isDefault ? standard : text,
  );
  if (title !== '') cell.append(element('span', { class: 'spoken' }, `, ${title}`));
  return cell;
}

/** Stands for the rows that are not drawn. Height in pixels. */
export function spacer(height: number): HTMLElement {
  const row = element('tr', { 'aria-hidden': 'true', class: 'spacer' }, element('td'));
  row.style.height = `${height}px`;
  return row;
}

/** A row with another cell at a place. */
export function withCell(row: RowView | undefined, index: number, cell: CellView): RowView {
  if (row === undefined) return { id: 0, cells: [cell], label: '' };
  return { ...row, cells: row.cells.with(index, cell) };
}
