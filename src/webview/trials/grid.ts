import { CellEditor } from './cell-editor.ts';
import { element, setAttributes } from './dom.ts';
import { GRID_KEYS, gridAction, type GridAction } from './grid-keys.ts';
import { headCells, rowElement, spacer, withCell, type GridPlace } from './grid-rows.ts';
import type { FromPage, TableView } from './messages.ts';

/** Rows drawn above and below those that are seen. */
const MARGIN = 12;
/** Height of a row before one was measured. Pixels. */
const ROW_HEIGHT = 26;

/**
 * The table of trials as a grid: arrows move, Enter or a letter edits, and only rows that can be
 * seen are drawn.
 */
export class TrialGrid {
  readonly #post: (message: FromPage) => void;
  readonly #onMove: () => void;
  readonly #head = element('tr', { role: 'row', 'aria-rowindex': 1 });
  readonly #body = element('tbody', { role: 'rowgroup' });
  readonly #table: HTMLTableElement;
  readonly node: HTMLElement;
  #view: TableView | null = null;
  #active: GridPlace = { row: 0, column: 0 };
  /** The other end of the chosen rows. */
  #anchor = 0;
  #editor: CellEditor | null = null;
  #drawn = { first: -1, end: -1 };
  /** Something came while a cell was edited. */
  #late = false;
  #frame = 0;

  constructor(post: (message: FromPage) => void, onMove: () => void) {
    this.#post = post;
    this.#onMove = onMove;
    this.#table = element(
      'table',
      {
        role: 'grid',
        'aria-label': 'Trials',
        'aria-multiselectable': 'true',
        'aria-describedby': 'grid-keys',
      },
      element('thead', { role: 'rowgroup' }, this.#head),
      this.#body,
    );
    const keys = element('p', { class: 'spoken', id: 'grid-keys' }, GRID_KEYS);
    this.node = element('div', { class: 'scroll' }, this.#table, keys);
    this.node.addEventListener('scroll', () => this.#onScroll());
    this.#body.addEventListener('keydown', (event) => this.#onKey(event));
    this.#body.addEventListener('mousedown', (event) => this.#onMouse(event));
    this.#body.addEventListener('dblclick', () => this.#edit(null));
    new ResizeObserver(() => this.#draw(false)).observe(this.node);
  }

  get place(): GridPlace {
    return this.#active;
  }

  set place(place: GridPlace) {
    this.#active = place;
    this.#anchor = place.row;
  }

  /** Ids of the chosen rows: the active one, or all up to where Shift began. */
  get chosen(): readonly number[] {
    const { first, last } = this.#range();
    return (this.#view?.rows.slice(first, last + 1) ?? []).map(({ id }) => id);
  }

  get hasFocus(): boolean {
    return this.#body.contains(document.activeElement);
  }

  show(view: TableView): void {
    const before = this.#view;
    this.#view = view;
    if (this.#editor !== null) {
      this.#late = true;
      return;
    }
    const isGrown = before !== null && view.rows.length > before.rows.length;
    if (isGrown && this.hasFocus) this.#followNew(before, view);
    this.#clamp();
    this.#drawHead(view);
    this.#draw(true);
  }

  /** Cells as a spreadsheet takes them: the chosen rows, or one cell. */
  copyText(): string {
    const view = this.#view;
    if (view === null) return '';
    const { first, last } = this.#range();
    const rows = view.rows.slice(first, last + 1);
    const { column } = this.#active;
    if (column > 0 && first === last) return this.#textAt(this.#active);
    return rows.map(({ cells }) => cells.map(({ text }) => text).join('\t')).join('\n');
  }

  /** Puts the cells of a spreadsheet over those from the active one on. */
  paste(text: string): void {
    const texts = text
      .replace(/\r?\n$/, '')
      .split(/\r?\n/)
      .map((line) => line.split('\t'));
    const { row, column } = this.#active;
    const id = this.#view?.rows[row]?.id;
    const key = this.#view?.columns[Math.max(0, column - 1)]?.key;
    if (id !== undefined && key !== undefined) this.#post({ type: 'paste', id, key, texts });
  }

  /** After rows were added while the keyboard is here, it goes to the first new one. */
  #followNew(before: TableView, view: TableView): void {
    const known = new Set(before.rows.map(({ id }) => id));
    const row = view.rows.findIndex(({ id }) => !known.has(id));
    if (row >= 0) this.place = { row, column: this.#active.column };
  }

  #range(): { readonly first: number; readonly last: number } {
    const { row } = this.#active;
    return { first: Math.min(row, this.#anchor), last: Math.max(row, this.#anchor) };
  }

  #clamp(): void {
    const view = this.#view;
    const rows = Math.max(0, (view?.rows.length ?? 0) - 1);
    const { row, column } = this.#active;
    this.#active = {
      row: Math.min(row, rows),
      column: Math.min(column, this.#columns() - 1),
    };
    this.#anchor = Math.min(this.#anchor, rows);
  }

  /** Number, values, label, note. */
  #columns(): number {
    const view = this.#view;
    return view === null ? 1 : view.columns.length + (view.showLabels ? 3 : 2);
  }

  #textAt({ row, column }: GridPlace): string {
    return this.#view?.rows[row]?.cells[column - 1]?.text ?? '';
  }

  #drawHead(view: TableView): void {
    this.#head.replaceChildren(...headCells(view, this.#post));
    setAttributes(this.#table, {
      'aria-rowcount': view.rows.length + 1,
      'aria-colcount': this.#columns(),
      'aria-readonly': view.search.length > 0,
    });
  }

  #onScroll(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw(false));
  }

  /** Draws the rows that are seen; again those that are drawn already when `anew` is set. */
  #draw(anew: boolean): void {
    const view = this.#view;
    if (view === null) return;
    const height = this.#rowHeight();
    const top = Math.floor(this.node.scrollTop / height) - MARGIN;
    const seen = Math.ceil(this.node.clientHeight / height) + 2 * MARGIN;
    const first = Math.max(0, Math.min(top, view.rows.length - seen));
    const end = Math.min(view.rows.length, first + seen);
    if (!anew && first === this.#drawn.first && end === this.#drawn.end) return;
    this.#editor?.commit();
    const hadFocus = this.hasFocus;
    const marks = { active: this.#active, chosen: this.#range() };
    const rows = view.rows
      .slice(first, end)
      .map((row, i) => rowElement(view, row, first + i, marks, this.#post));
    this.#drawn = { first, end };
    this.#body.replaceChildren(
      spacer(first * height),
      ...rows,
      spacer((view.rows.length - end) * height),
    );
    if (hadFocus) this.#cellAt(this.#active)?.focus({ preventScroll: true });
  }

  #rowHeight(): number {
    const row = this.#body.querySelector<HTMLElement>('tr[aria-rowindex]');
    return row === null || row.offsetHeight === 0 ? ROW_HEIGHT : row.offsetHeight;
  }

  #cellAt({ row, column }: GridPlace): HTMLElement | null {
    return this.#body.querySelector(`tr[data-row="${row}"] > [data-column="${column}"]`);
  }

  /** Moves the keyboard. @param extend chooses the rows up to there. */
  #go(row: number, column: number, extend = false): void {
    const rows = (this.#view?.rows.length ?? 1) - 1;
    const bounded = Math.max(0, Math.min(row, rows));
    this.#active = { row: bounded, column: Math.max(0, Math.min(column, this.#columns() - 1)) };
    if (!extend) this.#anchor = bounded;
    this.#reveal();
    this.#draw(true);
    this.#cellAt(this.#active)?.focus({ preventScroll: true });
    this.#cellAt(this.#active)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    this.#onMove();
  }

  /** Scrolls so far that the active row is drawn. */
  #reveal(): void {
    const height = this.#rowHeight();
    const top = this.#active.row * height;
    const head = this.#head.offsetHeight;
    const { scrollTop, clientHeight } = this.node;
    if (top < scrollTop) this.node.scrollTop = top;
    else if (top + height + head > scrollTop + clientHeight) {
      this.node.scrollTop = top + height + head - clientHeight;
    }
    this.#draw(false);
  }

  #onMouse(event: MouseEvent): void {
    const cell = event.target instanceof Element ? event.target.closest('[data-column]') : null;
    const row = Number(cell?.closest('tr')?.dataset['row']);
    if (!(cell instanceof HTMLElement) || Number.isNaN(row)) return;
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLButtonElement)
      return;
    event.preventDefault();
    this.#editor?.commit();
    this.#go(row, Number(cell.dataset['column']), event.shiftKey);
  }

  #onKey(event: KeyboardEvent): void {
    if (this.#editor !== null || event.target instanceof HTMLButtonElement) return;
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.#rowHeight()) - 2);
    const action = gridAction(event, this.#active.column, page);
    if (action === null || !this.#do(action)) return;
    event.preventDefault();
    // The editor's own key bindings would act as well.
    event.stopPropagation();
  }

  /** True when something could be done. */
  #do(action: GridAction): boolean {
    const { row, column } = this.#active;
    switch (action.kind) {
      case 'go':
        this.#go(row + action.rows, column + action.columns, action.extends);
        return true;
      case 'move':
        this.#move(action.by);
        return true;
      case 'add':
        this.#post({ type: 'add', after: this.#view?.rows[row]?.id ?? null });
        return true;
      case 'duplicate':
      case 'delete':
        this.#post({ type: action.kind, ids: this.chosen });
        return true;
      case 'clear':
        this.#clear();
        return true;
      case 'undo':
      case 'redo':
        this.#post({ type: action.kind });
        return true;
      case 'edit':
        return this.#edit(null);
      case 'type':
        return this.#edit(action.text);
    }
  }

  /** Moves the chosen rows, here too: the next key may come before the extension has answered. */
  #move(by: -1 | 1): void {
    const view = this.#view;
    const { first, last } = this.#range();
    const passed = view?.rows[by < 0 ? first - 1 : last + 1];
    if (view === null || passed === undefined) return;
    this.#post({ type: 'move', ids: this.chosen, by });
    const rows = view.rows.filter((row) => row !== passed);
    rows.splice(by < 0 ? last : first, 0, passed);
    this.#view = { ...view, rows };
    this.#anchor += by;
    this.#active = { ...this.#active, row: this.#active.row + by };
    this.#reveal();
    this.#draw(true);
  }

  /** Gives the active cells back to the project. */
  #clear(): void {
    const { first, last } = this.#range();
    const id = this.#view?.rows[first]?.id;
    const key = this.#view?.columns[this.#active.column - 1]?.key;
    if (id === undefined || key === undefined) return;
    const texts = Array.from({ length: last - first + 1 }, () => ['']);
    this.#post({ type: 'paste', id, key, texts });
  }

  /** Edits the active cell. @param typed takes the place of its text. False when it cannot be. */
  #edit(typed: string | null): boolean {
    const { row, column } = this.#active;
    const id = this.#view?.rows[row]?.id;
    const about = this.#view?.columns[column - 1];
    const cell = this.#cellAt(this.#active);
    if (id === undefined || about === undefined || cell === null) return false;
    const before = this.#textAt(this.#active);
    this.#editor = new CellEditor(cell, {
      label: `${about.key}, trial ${row + 1}`,
      placeholder: about.default,
      text: typed ?? before,
      selects: typed === null,
      onEnd: ({ text, then }) => {
        this.#editor = null;
        if (text !== null && text !== before) {
          this.#post({ type: 'cell', id, key: about.key, text });
          this.#showTyped(row, column - 1, text);
        }
        if (this.#late && this.#view !== null) this.#drawHead(this.#view);
        this.#late = false;
        this.#clamp();
        this.#draw(true);
        if (then === 'stay') this.#cellAt(this.#active)?.focus();
        else if (then !== 'leave') this.#step(then);
      },
    });
    return true;
  }

  /** Down after Enter; sideways with Tab, which goes on in the next row. */
  #step(then: 'down' | 'next' | 'back'): void {
    const { row, column } = this.#active;
    const values = this.#view?.columns.length ?? 1;
    if (then === 'down') this.#go(row + 1, column);
    else if (then === 'next' && column < values) this.#go(row, column + 1);
    else if (then === 'next') this.#go(row + 1, 1);
    else if (column > 1) this.#go(row, column - 1);
    else this.#go(row - 1, values);
  }

  /** Shows what was typed until the extension has looked at it. */
  #showTyped(row: number, index: number, text: string): void {
    const view = this.#view;
    if (view === null) return;
    const rows = view.rows.with(row, withCell(view.rows[row], index, { text }));
    this.#view = { ...view, rows };
  }
}
