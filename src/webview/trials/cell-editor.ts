import { element } from './dom.ts';

/** How the editing of a cell ended. */
interface EditEnd {
  /** null when it was given up. */
  readonly text: string | null;
  /** Where the keyboard goes. */
  readonly then: 'stay' | 'down' | 'next' | 'back' | 'leave';
}

/** A box over one cell. Enter and Tab take what is in it, Escape does not. */
export class CellEditor {
  readonly #box: HTMLInputElement;
  readonly #onEnd: (end: EditEnd) => void;
  #ended = false;

  constructor(
    cell: HTMLElement,
    options: {
      readonly label: string;
      readonly placeholder: string;
      readonly text: string;
      /** Whether all of the text is selected; else it is written on. */
      readonly selects: boolean;
      readonly onEnd: (end: EditEnd) => void;
    },
  ) {
    const { label, placeholder, text, selects, onEnd } = options;
    this.#onEnd = onEnd;
    this.#box = element('input', {
      type: 'text',
      class: 'cell',
      'aria-label': label,
      placeholder,
      spellcheck: 'false',
    });
    this.#box.value = text;
    this.#box.addEventListener('keydown', (event) => this.#onKey(event));
    this.#box.addEventListener('blur', () => this.#end({ text: this.#box.value, then: 'leave' }));
    cell.replaceChildren(this.#box);
    this.#box.focus();
    if (selects) this.#box.select();
  }

  /** Takes what is in the box. */
  commit(): void {
    this.#end({ text: this.#box.value, then: 'leave' });
  }

  #onKey(event: KeyboardEvent): void {
    const text = this.#box.value;
    switch (event.key) {
      case 'Escape':
        this.#end({ text: null, then: 'stay' });
        break;
      case 'Enter':
        if (event.ctrlKey || event.metaKey) {
          this.#end({ text, then: 'stay' });
          return;
        }
        this.#end({ text, then: 'down' });
        break;
      case 'Tab':
        this.#end({ text, then: event.shiftKey ? 'back' : 'next' });
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #end(end: EditEnd): void {
    // Taking the box away makes it lose the keyboard, which would end it again.
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd(end);
  }
}
