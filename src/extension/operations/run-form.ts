import * as vscode from 'vscode';
import { RunyardError } from '../../core/base/errors.ts';
import { isSecretConfig, maskedValue } from '../../core/data/secrets.ts';
import { shown } from '../../core/data/value-text.ts';
import { DisposableStore } from '../base/disposables.ts';
import { formRows, type FormRow } from './run-form-model.ts';
import {
  fieldText,
  optionText,
  giveBackField,
  setField,
  setOption,
  trialCount,
  UNCHANGED,
  type FormField,
  type FormOption,
  type FormSubject,
  type FormValues,
} from './run-form-values.ts';

/** What {@link RunForm} is opened with. */
interface RunFormOptions {
  readonly subject: FormSubject;
  readonly values: FormValues;
  /** What was filled in the last time; null when that was nothing. */
  readonly last: FormValues | null;
  /** Told above the rows. */
  readonly note?: string;
}

interface RowItem extends vscode.QuickPickItem {
  readonly row: FormRow;
}

const GIVE_BACK: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('discard'),
  tooltip: 'Reset',
};
const GIVE_BACK_ALL: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('clear-all'),
  tooltip: 'Reset everything',
};

/**
 * The form of a run as one list: Enter runs, `key=value` typed into its box sets a value, a
 * chosen row is edited. A list and not a page: it is there at once, and needs no mouse.
 */
export class RunForm {
  readonly #options: RunFormOptions;
  readonly #own = new DisposableStore();
  readonly #pick: vscode.QuickPick<RowItem>;
  #values: FormValues;
  /** True while the first row is about a value that is being typed. */
  #setting = false;
  /** True while a question about one row takes the place of the list. */
  #asking = false;

  constructor(options: RunFormOptions) {
    this.#options = options;
    this.#values = options.values;
    const { subject } = options;
    const pick = this.#own.add(vscode.window.createQuickPick<RowItem>());
    pick.title = `${subject.start ? 'Run' : 'Stage'} ${subject.operation}`;
    pick.placeholder = options.note ?? placeholder(subject);
    pick.ignoreFocusOut = true;
    pick.matchOnDescription = true;
    pick.keepScrollPosition = true;
    pick.buttons = [GIVE_BACK_ALL];
    this.#pick = pick;
  }

  /** Asks. @returns what was filled in; null when the person has changed their mind. */
  ask(): Promise<FormValues | null> {
    return new Promise((resolve, reject) => {
      const end = (values: FormValues | null): void => {
        resolve(values);
        this.#own.dispose();
      };
      const fail = (error: unknown): void => {
        reject(error instanceof Error ? error : new Error(String(error)));
        this.#own.dispose();
      };
      this.#own.add(
        this.#pick.onDidChangeValue((typed) => {
          // Words only filter the rows, which the list does itself.
          if (this.#setting || typed.includes('=')) this.#show();
        }),
      );
      this.#own.add(
        this.#pick.onDidTriggerButton(() => {
          this.#values = UNCHANGED;
          this.#show();
        }),
      );
      this.#own.add(this.#pick.onDidTriggerItemButton(({ item }) => this.#giveBack(item)));
      this.#own.add(
        this.#pick.onDidAccept(() => {
          const row = this.#chosen();
          if (row?.kind === 'go') end(row.values);
          else if (row !== undefined) this.#act(row).catch(fail);
        }),
      );
      this.#own.add(
        this.#pick.onDidHide(() => {
          if (!this.#asking) end(null);
        }),
      );
      this.#show();
      this.#pick.show();
    });
  }

  /** The row that Enter means. What is typed may be newer than the rows, and then counts. */
  #chosen(): FormRow | undefined {
    const row = this.#pick.activeItems[0]?.row;
    if (!this.#pick.value.includes('=') || row?.kind === 'field' || row?.kind === 'option') {
      return row;
    }
    const { subject, last } = this.#options;
    return formRows(subject, this.#values, last, this.#pick.value)[0];
  }

  async #act(row: FormRow): Promise<void> {
    switch (row.kind) {
      case 'set':
        this.#values = row.values;
        this.#pick.value = '';
        this.#show();
        return;
      case 'field':
        await this.#edit((values) => editField(this.#options.subject, values, row.field), row);
        return;
      case 'option':
        if (row.option === 'needed') {
          this.#values = { ...this.#values, needed: !this.#values.needed };
          this.#pick.value = '';
          this.#show(row);
        } else {
          const { option } = row;
          await this.#edit((values) => editOption(values, option), row);
        }
        return;
      default:
        return;
    }
  }

  /** Asks about one row in place of the list, then comes back to it. */
  async #edit(
    ask: (values: FormValues) => Promise<FormValues | null>,
    row: FormRow,
  ): Promise<void> {
    this.#asking = true;
    let answer: FormValues | null;
    try {
      answer = await ask(this.#values);
    } finally {
      this.#asking = false;
    }
    this.#values = answer ?? this.#values;
    this.#pick.value = '';
    // After an answer the next Enter runs; without one the person looks on from where they were.
    this.#show(answer === null ? row : undefined);
    this.#pick.show();
  }

  #giveBack({ row }: RowItem): void {
    if (row.kind === 'field') this.#values = giveBackField(this.#values, row.field.key);
    else if (row.kind === 'option') this.#values = setOption(this.#values, row.option, '');
    this.#show(row);
  }

  /** Draws the rows. @param stay the row that stays the active one; else the first. */
  #show(stay?: FormRow): void {
    const { subject, last } = this.#options;
    const rows = formRows(subject, this.#values, last, this.#pick.value);
    this.#setting = this.#pick.value.includes('=');
    const items = rows.map(itemOf);
    this.#pick.items = items;
    const active = items.find(({ row }) => stay !== undefined && isSame(row, stay)) ?? items[0];
    if (active !== undefined) this.#pick.activeItems = [active];
  }
}

function placeholder({ fields, start }: FormSubject): string {
  const [first] = fields;
  const enter = `Enter ${start ? 'runs' : 'stages'}`;
  if (first === undefined) return enter;
  return `${enter}. Type ${first.key}=… to set a value, ${first.key}=[…, …] for trials, or choose below`;
}

function itemOf(row: FormRow): RowItem {
  if (row.kind === 'separator') {
    return { label: row.label, kind: vscode.QuickPickItemKind.Separator, row };
  }
  return {
    label: row.label,
    description: row.description,
    ...(row.detail === undefined ? {} : { detail: row.detail }),
    ...(row.changed === true ? { buttons: [GIVE_BACK] } : {}),
    // What is typed filters the rows, but never hides what it means.
    alwaysShow: row.kind === 'set' || row.kind === 'problem',
    row,
  };
}

function isSame(a: FormRow, b: FormRow): boolean {
  if (a.kind === 'field' && b.kind === 'field') return a.field.key === b.field.key;
  return a.kind === 'option' && b.kind === 'option' && a.option === b.option;
}

async function editField(
  subject: FormSubject,
  values: FormValues,
  field: FormField,
): Promise<FormValues | null> {
  const current = values.changes.get(field.key) ?? field.value;
  if (typeof field.value === 'boolean') {
    const items = [true, false].map((value) => ({
      label: String(value),
      description: value === field.value ? 'as in the project' : '',
      text: String(value),
      value,
    }));
    items.sort((a, b) => Number(b.value !== current) - Number(a.value !== current));
    const both = { label: 'both', description: 'a trial for each', text: '[true, false]' };
    const chosen = await vscode.window.showQuickPick([...items, both], { title: field.key });
    return chosen === undefined ? null : setField(subject, values, field.key, chosen.text);
  }
  return await askText({
    title: field.key,
    prompt: `${field.place} has ${shown(maskedValue(field.key, field.value))}`,
    value: fieldText(values, field),
    take: (text) => setField(subject, values, field.key, text),
    note: trialCount,
    secret: isSecretConfig(field.key, current),
  });
}

const OPTION_PROMPTS: Readonly<Record<Exclude<FormOption, 'needed'>, readonly [string, string]>> = {
  label: ['Label', 'A short name for the run'],
  tags: ['Tags', 'Several tags are separated by commas'],
  description: ['Description', 'What the run is about'],
  env: ['Environment', 'NAME=value, several separated by blanks; quote values that have blanks'],
};

async function editOption(
  values: FormValues,
  option: Exclude<FormOption, 'needed'>,
): Promise<FormValues | null> {
  const [title, prompt] = OPTION_PROMPTS[option];
  return await askText({
    title,
    prompt,
    value: optionText(values, option),
    take: (text) => setOption(values, option, text),
  });
}

/** Asks for a text until it can be taken. Escape and the arrow back leave things as they were. */
async function askText(options: {
  readonly title: string;
  readonly prompt: string;
  readonly value: string;
  readonly take: (text: string) => FormValues;
  /** What is said below what can be taken. */
  readonly note?: (values: FormValues) => string;
  /** Shows dots for what is typed. */
  readonly secret?: boolean;
}): Promise<FormValues | null> {
  const own = new DisposableStore();
  const box = own.add(vscode.window.createInputBox());
  box.title = options.title;
  box.prompt = options.prompt;
  box.value = options.value;
  box.valueSelection = [0, options.value.length];
  box.password = options.secret === true;
  box.ignoreFocusOut = true;
  box.buttons = [vscode.QuickInputButtons.Back];
  const take = (): FormValues | null => {
    try {
      const values = options.take(box.value);
      const message = options.note?.(values) ?? '';
      const severity = vscode.InputBoxValidationSeverity.Info;
      box.validationMessage = message === '' ? undefined : { message, severity };
      return values;
    } catch (error) {
      if (!(error instanceof RunyardError)) throw error;
      // The prompt makes room for it.
      box.validationMessage = [error.message, error.hint].filter(Boolean).join('. ');
      return null;
    }
  };
  try {
    return await new Promise((resolve) => {
      own.add(box.onDidChangeValue(() => void take()));
      own.add(
        box.onDidAccept(() => {
          const values = take();
          if (values !== null) resolve(values);
        }),
      );
      own.add(box.onDidTriggerButton(() => resolve(null)));
      own.add(box.onDidHide(() => resolve(null)));
      box.show();
    });
  } finally {
    own.dispose();
  }
}
