import * as vscode from 'vscode';
import { readBatch } from '../../../batch/record/record.ts';
import { describeError } from '../../../core/base/errors.ts';
import { plural } from '../../../core/base/words.ts';
import type { RunInfo } from '../../../core/run/types.ts';
import type { RunDetail } from '../../../core/status/run-detail.ts';
import type { QueueState } from '../../../queue/queue.ts';
import { Coalescer } from '../../base/coalescer.ts';
import type { GroupBy } from '../../base/context-keys.ts';
import { DisposableStore } from '../../base/disposables.ts';
import type { TreeSource } from '../../base/lazy-tree.ts';
import { Lazy } from '../../base/lazy.ts';
import { treeItemOf } from '../../base/tree-item.ts';
import { batchIdOf } from '../../run/batch-index.ts';
import { isGuildRun } from '../../run/guild-run.ts';
import { readDetail } from '../../run/read.ts';
import type { RunsChange, StoreEntry, Stores } from '../../stores/stores.ts';
import { dependenciesOf, detailChildren, sectionsOf, type FileUri } from '../details/details.ts';
import { leftOutOf } from '../details/left-out.ts';
import type { RunFilter } from '../model/filter.ts';
import { RunsModel, type Dirty } from '../model/model.ts';
import {
  runKey,
  type DetailNode,
  type ListNode,
  type NoteNode,
  type RunNode,
  type RunsNode,
} from '../model/nodes.ts';
import { ViewFilter } from '../model/view-filter.ts';
import { toTreeItem } from '../rows/rows.ts';
import { runTooltip } from '../rows/tooltip.ts';
import { BestTrials } from './best-trials.ts';
import { ListingTexts } from './listing-texts.ts';

/** Times in rows that are shown are looked at this often. Milliseconds. */
const TICK_MS = 5_000;

/** The Runs view: the model, fed by the stores, as VS Code asks for it. */
export class RunsTree implements TreeSource<RunsNode>, vscode.Disposable {
  readonly model = new RunsModel();
  readonly #own = new DisposableStore();
  readonly #stores: Stores;
  readonly #fileUri: FileUri;
  readonly #changed = this.#own.add(new vscode.EventEmitter<readonly RunsNode[] | undefined>());
  readonly #updated = this.#own.add(new vscode.EventEmitter<void>());
  readonly #coalescer = this.#own.add(new Coalescer<RunsNode | null>((nodes) => this.#fire(nodes)));
  readonly filter = this.#own.add(new ViewFilter(this.model, (dirty) => this.#onFiltered(dirty)));
  readonly #listings = this.#own.add(new ListingTexts((nodes) => this.#coalescer.add(nodes)));
  readonly #best = this.#own.add(
    new BestTrials(
      (node) => this.model.trialsOf(node.storeKey, node.info.id),
      (node, id) => this.model.runNode(node.storeKey, id),
      (nodes) => this.#coalescer.add(nodes),
    ),
  );
  readonly #details = new Map<string, Lazy<RunDetail>>();
  readonly #children = new Map<string, readonly DetailNode[]>();
  readonly #parents = new Map<DetailNode, RunsNode>();
  /** Text of the rows that VS Code shows, to find those whose time has moved on. */
  readonly #shown = new Map<RunNode, string>();
  #resolveFirstRuns: () => void = () => undefined;
  readonly #firstRuns = new Promise<void>((resolve) => {
    this.#resolveFirstRuns = resolve;
  });
  #visible = false;
  #tick: NodeJS.Timeout | null = null;

  constructor(stores: Stores, fileUri: FileUri) {
    this.#stores = stores;
    this.#fileUri = fileUri;
    this.#own.add(stores.onDidChangeRuns((event) => this.#onRuns(event)));
    this.#own.add(stores.onDidChangeList(() => this.#onList()));
    this.#onList();
  }

  readonly onDidChange = this.#changed.event;
  /** Fires when what is shown may have changed: counts, filter, grouping. */
  readonly onDidUpdate = this.#updated.event;

  async children(node: RunsNode | undefined): Promise<readonly RunsNode[]> {
    if (node === undefined) {
      // Whatever is there first is shown; other stores follow with an event.
      await Promise.race([this.#stores.load(), this.#firstRuns]);
      this.#updated.fire();
      return this.model.children(null);
    }
    if (node.kind === 'run') {
      const trials = this.model.children(node);
      return [...trials, ...(await this.#sections(node))];
    }
    return isDetail(node) ? this.#below(node) : this.model.children(node);
  }

  item(node: RunsNode): vscode.TreeItem {
    if (node.kind === 'run') node.result = this.#resultOf(node);
    const row = toTreeItem(node, Date.now());
    if (node.kind === 'run') {
      this.#shown.set(node, row.description ?? '');
      if (node.info.batch?.role === 'batch') this.#best.want(node);
      else this.#listings.want(node);
    }
    return treeItemOf(row, node);
  }

  parent(node: RunsNode): RunsNode | undefined {
    if (isDetail(node)) return this.#parents.get(node) ?? node.run;
    return this.model.parent(node) ?? undefined;
  }

  async resolve(item: vscode.TreeItem, node: RunsNode): Promise<vscode.TreeItem> {
    if (node.kind !== 'run') return item;
    const { info } = node;
    const detail = info.status === 'unreadable' ? null : await this.detail(node).catch(() => null);
    item.tooltip = runTooltip(node, detail, Date.now());
    return item;
  }

  /** Details of a run, read once per state of the run. Rejects when a zip cannot be opened. */
  async detail(node: RunNode): Promise<RunDetail> {
    let detail = this.#details.get(node.key);
    if (detail === undefined) {
      detail = new Lazy(() => readDetail(node.info));
      this.#details.set(node.key, detail);
    }
    return await detail.get();
  }

  setFilter(filter: RunFilter): void {
    this.filter.set(filter);
    this.#updated.fire();
  }

  setGroupBy(groupBy: GroupBy): void {
    this.model.setGroupBy(groupBy);
    this.#refreshAll();
  }

  showMore(bucketKey: string): void {
    this.#coalescer.add([this.model.showMore(bucketKey)]);
  }

  /** The trials of a batch that is in a store of this window, in any order. */
  trialsOf({ runsDir, id }: Pick<RunInfo, 'runsDir' | 'id'>): readonly RunInfo[] {
    const entry = this.#stores.entryOf(runsDir);
    return entry === undefined ? [] : this.model.trialsOf(entry.key, id);
  }

  /** Whether the queue of its store holds the run, or could not start it. */
  isInQueue({ runsDir, id }: Pick<RunInfo, 'runsDir' | 'id'>): boolean {
    const entry = this.#stores.entryOf(runsDir);
    const queue = entry === undefined ? null : this.model.queueOf(entry.key);
    if (queue === null) return false;
    return [...queue.entries, ...queue.failed, ...queue.foreign].some((one) => one.id === id);
  }

  /** Shows what waits in the queue of a store. */
  setQueue(storeKey: string, queue: QueueState): void {
    this.#coalescer.add(this.model.setQueue(storeKey, queue));
    this.#updated.fire();
  }

  /** The node of a run, null when its store is not of this window. */
  node(runsDir: string, id: string): RunNode | null {
    const entry = this.#stores.entryOf(runsDir);
    return entry === undefined ? null : this.model.runNode(entry.key, id);
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (this.#tick !== null) clearInterval(this.#tick);
    this.#tick = visible ? setInterval(() => this.#onTick(), TICK_MS) : null;
    if (visible) this.#onTick();
  }

  dispose(): void {
    if (this.#tick !== null) clearInterval(this.#tick);
    this.#own.dispose();
  }

  /** What a trial reached, when the row of its batch has asked for it. */
  #resultOf(node: RunNode): string | null {
    const id = node.nested === true ? batchIdOf(node.info) : null;
    const batch = id === null ? null : this.model.runNode(node.storeKey, id);
    return batch === null ? null : this.#best.resultOf(batch, node.info);
  }

  async #sections(node: RunNode): Promise<readonly RunsNode[]> {
    try {
      const detail = await this.detail(node);
      const rows = [
        ...this.#trialNotes(node),
        ...dependenciesOf(node, detail),
        ...sectionsOf(node, detail),
      ];
      return this.#keep<DetailNode>(node, node.key, rows);
    } catch (error) {
      return [noteOf(node, 'problem', describeError(error), true)];
    }
  }

  /** What is to be said about trials that are not among the rows of their batch. */
  #trialNotes(node: RunNode): readonly DetailNode[] {
    const { batch } = node.info;
    if (batch?.role !== 'batch' && (node.tally ?? null) === null) return [];
    const notes: DetailNode[] = [];
    const hidden = this.model.hiddenTrials(node);
    if (hidden > 0) {
      const why = this.model.filter.text === '' ? 'in other groups' : 'outside the filter';
      notes.push(noteOf(node, 'hidden', `${plural(hidden, 'more trial')} ${why}`, false));
    }
    if (isGuildRun(node.info)) return notes;
    try {
      if (batch === null) readBatch(node.info);
      else if (isIncomplete(node)) notes.push(...leftOutOf(node));
    } catch (error) {
      notes.push(noteOf(node, 'broken', describeError(error), true));
    }
    return notes;
  }

  #below(node: DetailNode): readonly DetailNode[] {
    return this.#keep(node, node.key, detailChildren(node, this.#fileUri, Date.now()));
  }

  /** Remembers who is below whom, for `parent`; nodes of an earlier state of the run go away. */
  #keep<T extends DetailNode>(parent: RunsNode, key: string, nodes: readonly T[]): readonly T[] {
    for (const old of this.#children.get(key) ?? []) this.#parents.delete(old);
    this.#children.set(key, nodes);
    for (const node of nodes) this.#parents.set(node, parent);
    return nodes;
  }

  #onRuns({ entry, change }: RunsChange): void {
    if (change.first) {
      this.#details.clear();
      this.model.setRuns(entry.key, entry.store.runs.values());
      this.filter.readAll();
      this.#resolveFirstRuns();
      this.#refreshAll();
      return;
    }
    for (const id of change.removed) this.#forgetDetail(runKey(entry.key, id));
    for (const { id } of change.changed) this.#forgetDetail(runKey(entry.key, id));
    this.#coalescer.add(this.model.apply(entry.key, change.changed, change.removed));
    this.filter.read(change.changed);
    this.#updated.fire();
  }

  #onList(): void {
    this.model.setStores(this.#stores.entries.map((entry) => this.#source(entry)));
    for (const entry of this.#stores.entries) {
      if (entry.store.loaded) this.model.setRuns(entry.key, entry.store.runs.values());
    }
    this.filter.readAll();
    this.#refreshAll();
  }

  #source(entry: StoreEntry): Parameters<RunsModel['setStores']>[0][number] {
    const { key, title, runsDir, ns } = entry;
    return { key, title, runsDir, ns, archiveName: (id) => this.#stores.archiveName(entry, id) };
  }

  #forgetDetail(runKeyText: string): void {
    if (!this.#details.delete(runKeyText)) return;
    for (const key of this.#children.keys()) {
      if (key !== runKeyText && !key.startsWith(`${runKeyText}|`)) continue;
      for (const child of this.#children.get(key) ?? []) this.#parents.delete(child);
      this.#children.delete(key);
    }
  }

  #onFiltered(dirty: Dirty): void {
    if (dirty.has(null)) this.#shown.clear();
    this.#coalescer.add(dirty);
    this.#updated.fire();
  }

  #refreshAll(): void {
    this.#shown.clear();
    this.#coalescer.add([null]);
    this.#updated.fire();
  }

  #fire(nodes: readonly (RunsNode | null)[]): void {
    const known = nodes.filter((node) => node !== null);
    this.#changed.fire(known.length < nodes.length ? undefined : known);
  }

  /** Fires rows that would read differently now: times and durations. */
  #onTick(): void {
    if (!this.#visible) return;
    this.filter.tick();
    const now = Date.now();
    const moved: ListNode[] = [];
    for (const [node, text] of this.#shown) {
      if ((toTreeItem(node, now).description ?? '') !== text) moved.push(node);
    }
    this.#coalescer.add(moved);
  }
}

function isDetail(node: RunsNode): node is DetailNode {
  return 'run' in node;
}

function noteOf(run: RunNode, name: string, text: string, problem: boolean): NoteNode {
  return { kind: 'note', key: `${run.key}|${name}`, run, text, problem };
}

/** Trials of a batch have no runs: they are not made yet, were left out, or purged. */
function isIncomplete({ info, tally }: RunNode): boolean {
  return info.batch?.role === 'batch' && info.batch.planned > (tally?.total ?? 0);
}
