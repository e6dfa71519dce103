import { button, element, setAttributes, setLines, setText, setValue, show } from './dom.ts';
import type { GridPlace } from './grid-rows.ts';
import { TrialGrid } from './grid.ts';
import type { FromPage, TableView } from './messages.ts';
import { OptionsForm } from './options.ts';

/** What of the page itself outlives it. */
export interface PageState {
  readonly place: GridPlace;
  readonly optionsOpen: boolean;
}

/** What the page is connected to. */
interface PageParts {
  readonly post: (message: FromPage) => void;
  readonly keep: (state: PageState) => void;
  readonly state: PageState | null;
}

const NO_CONFIG =
  'The operation has no configuration, so its trials cannot differ. ' +
  'Name the files that hold its values with config = "…" in the Gage file.';

/** The key that goes with letters. */
const MAIN = navigator.userAgent.includes('Mac') ? 'Cmd' : 'Ctrl';

type Tool =
  'draw' | 'undo' | 'redo' | 'add' | 'duplicate' | 'delete' | 'columns' | 'duplicates' | 'save';
type Buttons = Readonly<Record<Tool, HTMLButtonElement>>;

/** The page of a table of trials. */
export class TrialPage {
  readonly #parts: PageParts;
  readonly #title = element('h1');
  readonly #flags = element('input', {
    type: 'text',
    id: 'flags',
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-describedby': 'flags-error flags-help',
  });
  readonly #flagsError = element('p', { class: 'error', id: 'flags-error', role: 'alert' });
  readonly #help = element('p', { class: 'help', id: 'flags-help' });
  readonly #files = element('div', { class: 'files' });
  readonly #edited: HTMLElement;
  readonly #count = element('span', { class: 'count', role: 'status' });
  readonly #busy = element('span', { class: 'busy', role: 'status' });
  readonly #notes = element('div', { class: 'notes' });
  readonly #problems = element('div', { class: 'problems error', role: 'alert' });
  readonly #search = element('div', { class: 'search' });
  readonly #empty = element(
    'p',
    { class: 'notes' },
    'There are no trials. Add one, or use the values again.',
  );
  readonly #grid: TrialGrid;
  readonly #options: OptionsForm;
  readonly #details = element('details');
  readonly #summary = element('summary');
  readonly #buttons: Buttons;
  readonly #go: HTMLButtonElement;
  #view: TableView | null = null;

  constructor(place: HTMLElement, parts: PageParts) {
    this.#parts = parts;
    const { post } = parts;
    this.#grid = new TrialGrid(post, () => parts.keep(this.state));
    this.#options = new OptionsForm(post);
    if (parts.state !== null) {
      this.#grid.place = parts.state.place;
      this.#details.open = parts.state.optionsOpen;
    }
    // As they stand beside each other.
    this.#buttons = {
      draw: button('Draw Again', () => post({ type: 'new-seed' }), {
        title: 'Other values, with another random seed',
      }),
      undo: button('Undo', () => post({ type: 'undo' }), { title: `Undo (${MAIN}+Z)` }),
      redo: button('Redo', () => post({ type: 'redo' }), { title: `Redo (${MAIN}+Y)` }),
      add: button('Add', () => this.#add(), { title: 'Add a trial below (Insert)' }),
      duplicate: button('Duplicate', () => this.#rows('duplicate'), {
        title: `Duplicate the chosen trials (${MAIN}+D)`,
      }),
      delete: button('Delete', () => this.#rows('delete'), {
        title: `Delete the chosen trials (${MAIN}+Delete)`,
      }),
      columns: button('Add Column…', () => post({ type: 'add-column' }), {
        title: 'Another config value of the operation',
      }),
      duplicates: button('Remove Duplicates', () => post({ type: 'remove-duplicates' })),
      save: button('Save as CSV…', () => post({ type: 'save' })),
    };
    this.#go = button('Run', () => this.#start(), { class: 'primary', title: `${MAIN}+Enter` });
    this.#edited = element(
      'p',
      { class: 'edited' },
      'The trials were edited: the values and files above no longer apply. ',
      button('Use Them Again', () => post({ type: 'follow' }), { class: 'link' }),
    );
    this.#flags.addEventListener('keydown', (event) => {
      // Enter again starts.
      if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.#go.focus();
    });
    this.#flags.addEventListener('input', () => post({ type: 'flags', text: this.#flags.value }));
    this.#details.addEventListener('toggle', () => parts.keep(this.state));
    this.#details.append(this.#summary, this.#options.node);
    place.append(...this.#layout());
    this.#listen();
  }

  get state(): PageState {
    return { place: this.#grid.place, optionsOpen: this.#details.open };
  }

  show(view: TableView): void {
    const isFirst = this.#view === null;
    this.#view = view;
    this.setBusy('');
    setText(this.#title, `Trials of ${view.operation}`);
    this.#showValues(view);
    this.#showTools(view);
    setText(this.#count, view.count);
    setLines(this.#notes, view.notes);
    setLines(this.#problems, view.problems);
    setLines(
      this.#search,
      view.search.length === 0
        ? []
        : ['The optimizer chooses these values while the batch runs:', ...view.search],
    );
    show(this.#grid.node, view.search.length === 0);
    show(this.#empty, view.search.length === 0 && view.rows.length === 0 && view.edited);
    this.#grid.show(view);
    this.#options.show(view);
    const changed = OptionsForm.changed(view);
    setText(this.#summary, changed === 0 ? 'More Options' : `More Options (${changed} set)`);
    setText(this.#go, view.go);
    this.#go.disabled = !view.canGo;
    if (Object.keys(view.optionErrors).some((name) => name !== 'slots')) this.#details.open = true;
    if (isFirst && this.#parts.state === null) this.#begin(view);
  }

  /** Says why there is nothing to show. The present table, if any, stays and cannot be started. */
  showProblem(text: string): void {
    this.setBusy('');
    setLines(this.#problems, [text]);
    const again = button('Try Again', () => this.#parts.post({ type: 'ready' }), { class: 'link' });
    this.#problems.append(again);
    this.#go.disabled = true;
  }

  /** Says what takes longer; nothing for ''. */
  setBusy(text: string): void {
    setText(this.#busy, text);
    setAttributes(document.body, { 'aria-busy': text !== '' && 'true' });
    if (text !== '') this.#go.disabled = true;
    else if (this.#view !== null) this.#go.disabled = !this.#view.canGo;
  }

  /** Where a person begins: with the values while there are none, else with the start. */
  #begin(view: TableView): void {
    if (view.flags === '' && view.files.length === 0 && !view.edited) this.#flags.focus();
    else this.#go.focus();
  }

  #layout(): readonly HTMLElement[] {
    return [
      element(
        'header',
        {},
        this.#title,
        element(
          'div',
          { class: 'values' },
          element('label', { for: 'flags' }, 'Values'),
          this.#flags,
          button('Add File…', () => this.#parts.post({ type: 'add-file' }), {
            title: 'Trials from a CSV, JSON or YAML file',
          }),
        ),
        this.#files,
        this.#flagsError,
        this.#help,
        this.#edited,
      ),
      element(
        'div',
        { class: 'tools', role: 'group', 'aria-label': 'What to do with the trials' },
        this.#count,
        this.#busy,
        element('span', { class: 'gap' }),
        ...Object.values(this.#buttons),
      ),
      this.#problems,
      this.#notes,
      this.#search,
      this.#empty,
      this.#grid.node,
      this.#details,
      element('footer', {}, this.#go, ...this.#options.inFooter),
    ];
  }

  #showValues(view: TableView): void {
    setValue(this.#flags, view.flags);
    const [example = 'lr=[0.1, 0.01]'] = view.examples;
    this.#flags.placeholder = example;
    this.#flags.disabled = view.edited;
    setAttributes(this.#flags, { 'aria-invalid': view.flagsError !== '' && 'true' });
    setText(this.#flagsError, view.flagsError);
    show(this.#flagsError, view.flagsError !== '');
    show(this.#edited, view.edited);
    const isBlank = view.flags.trim() === '' && view.files.length === 0 && !view.edited;
    show(this.#help, isBlank);
    if (isBlank) this.#showHelp(view);
    this.#files.replaceChildren(
      ...view.files.map((file, index) =>
        element(
          'span',
          { class: 'file' },
          file,
          button('×', () => this.#parts.post({ type: 'remove-file', index }), {
            class: 'icon',
            'aria-label': `Remove ${file}`,
            disabled: view.edited,
          }),
        ),
      ),
    );
  }

  /** How to begin: sweeps of the operation's own values, and those of the last time. */
  #showHelp({ examples, last, columns, hasMoreKeys }: TableView): void {
    if (columns.length === 0 && !hasMoreKeys) {
      setText(this.#help, NO_CONFIG);
      return;
    }
    const use = (text: string): HTMLElement =>
      button(text, () => this.#beginWith(text), { class: 'link' });
    this.#help.replaceChildren(
      'Give several values to make a trial of each: ',
      ...examples.flatMap((text) => [use(text), ' ']),
      'Also range[1:5], linspace[0:1:5], logspace[-4:-1:4], and [0:1] for random values.',
      ...(last === ''
        ? []
        : [
            element('br'),
            button(`Use Last Values: ${last}`, () => this.#parts.post({ type: 'use-last' }), {
              class: 'link',
            }),
          ]),
    );
  }

  #beginWith(text: string): void {
    this.#flags.value = text;
    this.#parts.post({ type: 'flags', text });
    this.#flags.focus();
  }

  #showTools(view: TableView): void {
    const {
      draw,
      undo,
      redo,
      add,
      duplicate,
      delete: remove,
      columns,
      duplicates,
      save,
    } = this.#buttons;
    const isSearch = view.search.length > 0;
    show(draw, view.drawnSeed !== '' && view.options.seed.trim() === '' && !view.edited);
    undo.disabled = !view.canUndo;
    redo.disabled = !view.canRedo;
    add.disabled = isSearch;
    for (const one of [duplicate, remove]) one.disabled = isSearch || view.rows.length === 0;
    save.disabled = isSearch || view.columns.length === 0;
    show(
      duplicates,
      view.rows.some(({ note }) => note?.kind === 'duplicate'),
    );
    columns.disabled = isSearch || !view.hasMoreKeys;
  }

  #add(): void {
    const ids = this.#grid.chosen;
    this.#parts.post({ type: 'add', after: ids.at(-1) ?? null });
  }

  #rows(type: 'duplicate' | 'delete'): void {
    const ids = this.#grid.chosen;
    if (ids.length > 0) this.#parts.post({ type, ids });
  }

  #start(): void {
    if (!this.#go.disabled) this.#parts.post({ type: 'go' });
  }

  #listen(): void {
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      event.stopPropagation();
      this.#start();
    });
    document.addEventListener('copy', (event) => {
      if (!this.#grid.hasFocus || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      event.clipboardData?.setData('text/plain', this.#grid.copyText());
    });
    document.addEventListener('paste', (event) => {
      if (!this.#grid.hasFocus || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      this.#grid.paste(event.clipboardData?.getData('text/plain') ?? '');
    });
  }
}
