import * as vscode from 'vscode';
import { completeWhere, type KnownValues, type WhereCompletion } from '../../../where/complete.ts';
import { parseWhere } from '../../../where/parser.ts';
import type { WhereProblem } from '../../../where/problem.ts';
import { DisposableStore } from '../../base/disposables.ts';
import { RunFilter } from '../model/filter.ts';
import { valueNames, rowValues } from './filter-values.ts';
import type { RunsTree } from './tree.ts';

/** A filter takes effect so long after the last key. Milliseconds. */
const TYPING_MS = 150;
/** Most proposals in the list. */
const MAX_PROPOSALS = 50;

type FilterItem = vscode.QuickPickItem &
  (
    | { readonly kindOf: 'apply' | 'problem' }
    | {
        readonly kindOf: 'proposal';
        readonly proposal: WhereCompletion;
        /** The text of the box that it was made for. */
        readonly value: string;
      }
  );

/**
 * The box in which a filter is typed: it takes effect while typing, the list proposes what can
 * follow. Enter on the first row keeps the filter, and so does a click on what it found; Escape
 * brings the former one back.
 */
export class FilterBox implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #box: vscode.QuickPick<FilterItem>;
  readonly #tree: RunsTree;
  readonly #before: RunFilter;
  readonly #setFilter: (filter: RunFilter) => void;
  readonly #abort = new AbortController();
  #known: KnownValues;
  #timer: NodeJS.Timeout | null = null;

  /** @param closed is called once when the box has gone. */
  constructor(tree: RunsTree, setFilter: (filter: RunFilter) => void, closed: () => void) {
    this.#tree = tree;
    this.#setFilter = setFilter;
    this.#before = tree.filter.wanted;
    this.#known = rowValues(tree.model.allRuns());
    const box = this.#own.add(vscode.window.createQuickPick<FilterItem>());
    this.#box = box;
    box.placeholder = 'Words, or conditions such as status == completed and started > 2 days ago';
    box.ignoreFocusOut = false;
    box.buttons = [CLEAR];
    keepOrder(box);
    box.value = this.#before.text === '' ? '' : `${this.#before.text} `;
    this.#own.add(box.onDidChangeValue(() => this.#onTyped()));
    this.#own.add(box.onDidAccept(() => this.#onAccept()));
    this.#own.add(box.onDidTriggerButton(() => this.#write('')));
    this.#own.add(tree.onDidUpdate(() => this.#updateTitle()));
    this.#own.add(
      box.onDidHide(() => {
        this.#close();
        closed();
      }),
    );
    this.#refresh();
    this.#updateTitle();
    box.show();
    this.#readNames();
  }

  /** Puts the proposal that is selected, or the first one, into the box. */
  complete(): void {
    const { activeItems, items, value } = this.#box;
    for (const item of [...activeItems, ...items]) {
      if (item.kindOf === 'proposal' && item.value === value) {
        this.#insert(item.proposal);
        return;
      }
    }
  }

  /** Closes the box, and brings back the filter that was there before it. */
  cancel(): void {
    this.#stopTimer();
    this.#setFilter(this.#before);
    this.#box.hide();
  }

  dispose(): void {
    this.#stopTimer();
    this.#abort.abort();
    this.#own.dispose();
  }

  #close(): void {
    // What was typed last has its effect although nobody waited for it.
    if (this.#timer !== null) this.#apply();
    this.dispose();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #onTyped(): void {
    this.#refresh();
    this.#stopTimer();
    this.#timer = setTimeout(() => this.#apply(), TYPING_MS);
  }

  #onAccept(): void {
    const [item] = this.#box.selectedItems;
    if (item?.kindOf === 'proposal') {
      // The text may have gone on while the key was on its way.
      if (item.value === this.#box.value) this.#insert(item.proposal);
      return;
    }
    if (this.#apply()) this.#box.hide();
  }

  /** Lets what is typed take effect. @returns false when it is not a filter; the last one stays. */
  #apply(): boolean {
    this.#stopTimer();
    const { value } = this.#box;
    const parsed = parseWhere(value);
    if (!parsed.ok) return false;
    if (value.trim() !== this.#tree.filter.text) {
      this.#setFilter(new RunFilter(value, parsed.expression));
    }
    return true;
  }

  #insert({ from, to, insert }: WhereCompletion): void {
    const { value } = this.#box;
    const space = insert === '[' ? '' : ' ';
    this.#write(value.slice(0, from) + insert + space + value.slice(to));
  }

  #write(value: string): void {
    this.#box.value = value;
    this.#onTyped();
  }

  #refresh(): void {
    const { value } = this.#box;
    const parsed = parseWhere(value);
    const proposals = completeWhere(value, value.length, this.#known)
      .filter(({ insert, from }) => insert !== value.slice(from))
      .slice(0, MAX_PROPOSALS);
    this.#box.items = [
      parsed.ok ? applyItem(value) : problemItem(value, parsed),
      ...proposals.map((proposal) => proposalItem(proposal, value)),
    ];
  }

  #updateTitle(): void {
    const { total, matching } = this.#tree.model.counts;
    const count = `${matching.toLocaleString('en')} of ${total.toLocaleString('en')}`;
    const reading = this.#tree.filter.isReading;
    this.#box.busy = reading;
    this.#box.title = reading ? `Filter runs: reading, ${count} so far` : `Filter runs: ${count}`;
  }

  #readNames(): void {
    const { model, filter } = this.#tree;
    valueNames(model.allRuns(), filter.values, this.#abort.signal).then(
      (names) => {
        this.#known = { ...this.#known, ...names };
        const [active] = this.#box.activeItems;
        this.#refresh();
        // Somebody may be on the way down the list.
        const same = this.#box.items.findIndex(({ label }) => label === active?.label);
        if (same > 0) this.#box.activeItems = this.#box.items.slice(same, same + 1);
      },
      () => undefined,
    );
  }
}

const CLEAR: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('clear-all'),
  tooltip: 'Clear filter',
};

function applyItem(value: string): FilterItem {
  const text = value.trim();
  return {
    kindOf: 'apply',
    label: text === '' ? '$(check) Show all runs' : '$(check) Apply',
    description: text,
    alwaysShow: true,
  };
}

/** What is wrong, with the place quoted: the letters of the list have no columns for a caret. */
function problemItem(value: string, { message, from, to }: WhereProblem): FilterItem {
  const place = to > from ? `at “${value.slice(from, to)}”` : 'at the end';
  const where = `${place}, character ${String(from + 1)}`;
  return {
    kindOf: 'problem',
    label: `$(error) ${message}`,
    description: where,
    alwaysShow: true,
  };
}

function proposalItem(proposal: WhereCompletion, value: string): FilterItem {
  const { label, detail } = proposal;
  return { kindOf: 'proposal', proposal, value, label, description: detail, alwaysShow: true };
}

/** Else the editor moves what looks like the text of the box before the first row. */
function keepOrder(box: vscode.QuickPick<FilterItem>): void {
  Object.assign(box, { sortByLabel: false });
}
