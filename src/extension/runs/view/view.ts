import type * as vscode from 'vscode';
import { plural } from '../../../core/base/words.ts';
import type { ContextKeySetter, GroupBy } from '../../base/context-keys.ts';
import { DisposableStore } from '../../base/disposables.ts';
import type { Stores } from '../../stores/stores.ts';
import { filterOf, type RunFilter } from '../model/filter.ts';
import type { RunNode, RunsNode } from '../model/nodes.ts';
import { activityText } from '../rows/activity.ts';
import { FilterBox } from './filter-box.ts';
import type { RunsTree } from './tree.ts';

const GROUP_BY_KEY = 'runs.groupBy';
const GROUPINGS: readonly GroupBy[] = ['none', 'operation', 'status', 'day'];

/** What is around the rows of the Runs view: title, message, badge, filter, grouping. */
export class RunsView implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #view: vscode.TreeView<RunsNode>;
  readonly #tree: RunsTree;
  readonly #stores: Stores;
  readonly #keys: ContextKeySetter;
  readonly #state: vscode.Memento;
  #box: FilterBox | null = null;

  constructor(
    view: vscode.TreeView<RunsNode>,
    tree: RunsTree,
    stores: Stores,
    keys: ContextKeySetter,
    state: vscode.Memento,
  ) {
    this.#view = view;
    this.#tree = tree;
    this.#stores = stores;
    this.#keys = keys;
    this.#state = state;
    const remembered = state.get<unknown>(GROUP_BY_KEY);
    this.setGroupBy(GROUPINGS.find((known) => known === remembered) ?? 'none');
    this.#own.add(tree.onDidUpdate(() => this.#update()));
    this.#own.add(view.onDidChangeVisibility(({ visible }) => this.#onVisible(visible)));
    this.#onVisible(view.visible);
    this.#update();
  }

  /** Selected rows that are runs. */
  get selectedRuns(): readonly RunNode[] {
    return this.#view.selection.filter((node) => node.kind === 'run');
  }

  /** What is said above the rows. */
  get message(): string {
    return this.#view.message ?? '';
  }

  setGroupBy(groupBy: GroupBy): void {
    this.#tree.setGroupBy(groupBy);
    this.#keys.set('runyard.groupBy', groupBy);
    void this.#state.update(GROUP_BY_KEY, groupBy);
  }

  /** Filters by an expression (docs/where.md), by none when empty. Throws `bad-request`. */
  setFilter(text: string): void {
    this.#setFilter(filterOf(text));
  }

  /** Asks for a filter and shows its effect while typing. */
  askFilter(): void {
    this.#box?.dispose();
    this.#keys.set('runyard.filterBox', true);
    this.#box = new FilterBox(
      this.#tree,
      (filter) => this.#setFilter(filter),
      () => this.#keys.set('runyard.filterBox', false),
    );
  }

  /** Puts what the filter box proposes into it. */
  completeFilter(): void {
    this.#box?.complete();
  }

  /** Closes the filter box, and brings back the filter that was there before it. */
  cancelFilter(): void {
    this.#box?.cancel();
  }

  /** Shows and selects a run, when it passes the filter. */
  async reveal(node: RunNode, focus = false, select = true): Promise<void> {
    if (!this.#tree.model.isShown(node)) return;
    try {
      await this.#view.reveal(node, { select, focus });
    } catch {
      // The view was being refreshed. Selecting the row is a courtesy, nothing depends on it.
    }
  }

  /**
   * Scrolls to a run, but never opens the view for that. It is not selected: a selected row
   * loses the colour of its status.
   */
  async revealWhenVisible(node: RunNode): Promise<void> {
    if (this.#view.visible) await this.reveal(node, false, false);
  }

  dispose(): void {
    this.#box?.dispose();
    this.#own.dispose();
  }

  #setFilter(filter: RunFilter): void {
    this.#tree.setFilter(filter);
    this.#keys.set('runyard.filtered', filter.text !== '');
  }

  #onVisible(visible: boolean): void {
    this.#tree.setVisible(visible);
    this.#stores.setPolling(visible);
  }

  #update(): void {
    const { counts } = this.#tree.model;
    const { total, matching, running } = counts;
    const { text: filter, isReading } = this.#tree.filter;
    const lines = [...this.#stores.problems];
    // VS Code shows either a message or, in an empty view, the text with the button.
    if (filter !== '' && matching > 0) {
      lines.unshift(
        `Filter “${filter}”: ${matching.toLocaleString('en')} of ${plural(total, 'run')}`,
      );
    }
    if (isReading) lines.unshift('Reading runs…');
    const message = lines.join('\n');
    if ((this.#view.message ?? '') !== message) this.#view.message = message;
    if ((this.#view.description ?? '') !== filter) this.#view.description = filter;
    const activity = activityText(counts);
    const tooltip = activity?.long ?? '';
    if (this.#view.badge?.value !== running || this.#view.badge.tooltip !== tooltip) {
      this.#view.badge = running === 0 ? undefined : { value: running, tooltip };
    }
    const loaded = this.#stores.entries.every(({ store }) => store.loaded);
    if (loaded) this.#keys.set('runyard.loaded', true);
    const hasGuild = this.#stores.entries.some(({ kind }) => kind === 'guild');
    this.#keys.set('runyard.guild', hasGuild);
  }
}
