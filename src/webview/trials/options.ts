import { element, setAttributes, setText, setValue } from './dom.ts';
import type { FromPage, OptionName, TableView } from './messages.ts';

/** Options that make the rows: they mean nothing to rows that were edited. */
const SEARCHES: readonly OptionName[] = ['optimizer', 'maxTrials', 'seed'];

type Post = (message: FromPage) => void;
type Box = HTMLInputElement | HTMLSelectElement;

interface Field {
  readonly name: OptionName;
  readonly box: Box;
  readonly error: HTMLElement;
}

/** The options of a batch, as a form. What is typed goes to the extension at once. */
export class OptionsForm {
  readonly #post: Post;
  readonly #fields: Field[] = [];
  readonly #seed: HTMLInputElement;
  readonly #direction: HTMLElement;
  /** What stands beside the button that starts. */
  readonly inFooter: readonly HTMLElement[];
  readonly node: HTMLElement;

  constructor(post: Post) {
    this.#post = post;
    const optimizers = element(
      'datalist',
      { id: 'optimizers' },
      element('option', { value: '+' }, 'All combinations'),
      element('option', { value: 'random' }, 'Drawn at random'),
      element('option', { value: 'optuna' }, 'Optuna: learns from the trials so far'),
    );
    const seed = this.#text('seed', 'Random seed', '', 'The same seed draws the same values');
    this.#seed = seed.querySelector('input') ?? element('input');
    this.#direction = this.#select('direction', 'Best is the', [
      ['minimize', 'lowest'],
      ['maximize', 'highest'],
    ]);
    this.inFooter = [
      this.#select('then', 'Then', [
        ['run', 'run the trials'],
        ['stage-trials', 'stage the trials, start none'],
        ['stage', 'stage only the batch'],
      ]),
      this.#text('slots', 'At a time', '1', 'How many trials run at the same time', 'number'),
    ];
    this.node = element(
      'div',
      { class: 'options' },
      optimizers,
      group(
        'Which trials',
        this.#optimizer(),
        this.#text('maxTrials', 'At most', 'all', 'The largest number of trials', 'number'),
        seed,
        this.#check('needed', 'Only if needed', 'Leave out trials that an equal completed run has'),
      ),
      group(
        'Objective',
        this.#text('metric', 'Metric', 'none', 'A metric of the runs, such as loss'),
        this.#direction,
        this.#check('failFast', 'Stop when a trial fails', 'The others stay staged'),
      ),
      group(
        'Names',
        this.#text('batchLabel', 'Label of the batch', 'none', ''),
        this.#text(
          'label',
          'Labels of the trials',
          'their values',
          'A template: ${key} is a value, ${default_label} all of them',
        ),
        this.#text('tags', 'Tags', 'none', 'Of the batch and its trials, separated by commas'),
        this.#text('description', 'Description', 'none', 'What the batch is about'),
        this.#text('env', 'Environment', 'none', 'NAME=value, separated by blanks'),
      ),
    );
  }

  /** How many options are not what they are at first, for the heading. */
  static changed({ options }: TableView): number {
    const inside = Object.entries(options).filter(
      ([name]) => !['then', 'slots', 'direction'].includes(name),
    );
    return inside.filter(([, text]) => text !== '').length;
  }

  show({ options, optionErrors, drawnSeed, edited }: TableView): void {
    for (const { name, box, error } of this.#fields) {
      if (box instanceof HTMLInputElement && box.type === 'checkbox') {
        box.checked = options[name] !== '';
      } else setValue(box, options[name]);
      const text = optionErrors[name] ?? '';
      setText(error, text);
      setAttributes(box, { 'aria-invalid': text !== '' && 'true' });
      box.disabled = edited && SEARCHES.includes(name);
    }
    this.#seed.placeholder = drawnSeed === '' ? 'drawn when needed' : `${drawnSeed} (drawn)`;
    this.#direction.hidden = options.metric.trim() === '';
  }

  #optimizer(): HTMLElement {
    const field = this.#text(
      'optimizer',
      'Search',
      'as the values say',
      '+ for all combinations, random, optuna, or a command of yours',
    );
    field.querySelector('input')?.setAttribute('list', 'optimizers');
    return field;
  }

  #text(
    name: OptionName,
    label: string,
    placeholder: string,
    help: string,
    mode: 'text' | 'number' = 'text',
  ): HTMLElement {
    const inputmode = mode === 'number' ? 'numeric' : undefined;
    const box = element('input', { type: 'text', placeholder, inputmode, spellcheck: 'false' });
    box.addEventListener('input', () => this.#send(name, box.value));
    return this.#field(name, label, help, box);
  }

  #select(
    name: OptionName,
    label: string,
    choices: readonly (readonly [string, string])[],
  ): HTMLElement {
    const box = element('select');
    box.append(...choices.map(([value, text]) => element('option', { value }, text)));
    box.addEventListener('change', () => this.#send(name, box.value));
    return this.#field(name, label, '', box);
  }

  #check(name: OptionName, label: string, help: string): HTMLElement {
    const box = element('input', { type: 'checkbox' });
    box.addEventListener('change', () => this.#send(name, box.checked ? 'yes' : ''));
    return this.#field(name, label, help, box);
  }

  #field(name: OptionName, label: string, help: string, box: Box): HTMLElement {
    const errorId = `error-${name}`;
    const error = element('span', { class: 'error', id: errorId, role: 'alert' });
    setAttributes(box, { id: `option-${name}`, title: help, 'aria-describedby': errorId });
    this.#fields.push({ name, box, error });
    const text = element('label', { for: `option-${name}`, title: help }, label);
    const isCheck = box instanceof HTMLInputElement && box.type === 'checkbox';
    const parts = isCheck ? [box, text] : [text, box];
    return element('div', { class: isCheck ? 'field check' : 'field' }, ...parts, error);
  }

  #send(name: OptionName, text: string): void {
    this.#post({ type: 'option', name, text });
  }
}

function group(title: string, ...fields: readonly HTMLElement[]): HTMLElement {
  return element('fieldset', {}, element('legend', {}, title), ...fields);
}
