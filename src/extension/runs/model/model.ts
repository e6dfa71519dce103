import type { RunInfo } from '../../../core/run/types.ts';
import type { QueueState } from '../../../queue/queue.ts';
import type { GroupBy } from '../../base/context-keys.ts';
import { batchIdOf } from '../../run/batch-index.ts';
import { MAX_ROWS, PAGE, isTrials, type Bucket } from './bucket.ts';
import { RunFilter } from './filter.ts';
import { ListTree } from './list-tree.ts';
import { NodeCache, type StoreSource } from './node-cache.ts';
import type { ListNode, RunNode } from './nodes.ts';
import { StoreState, noCounts, type RunCounts, type ViewState } from './store-state.ts';

/** What must be shown anew: nodes, and `null` for the whole view. */
export type Dirty = ReadonlySet<ListNode | null>;

/**
 * What the Runs view shows, as a tree of stable nodes, without `vscode`. One changed run costs
 * the same however many there are.
 */
export class RunsModel {
  readonly #stores = new Map<string, StoreState>();
  readonly #nodes = new NodeCache();
  readonly #tree = new ListTree(this.#stores, this.#nodes, () => this.#view.groupBy);
  #view: ViewState = { filter: RunFilter.all, groupBy: 'none' };

  get filter(): RunFilter {
    return this.#view.filter;
  }

  get counts(): Readonly<RunCounts> {
    const sum = noCounts();
    for (const { counts } of this.#stores.values()) {
      sum.total += counts.total;
      sum.matching += counts.matching;
      sum.running += counts.running;
      sum.queued += counts.queued;
      sum.batches += counts.batches;
    }
    return sum;
  }

  /** Replaces the list of stores; runs of stores that stay are kept. */
  setStores(sources: readonly StoreSource[]): void {
    const before = new Map(this.#stores);
    this.#stores.clear();
    for (const source of sources) {
      const known = before.get(source.key);
      const runs = known?.runs ?? new Map<string, RunInfo>();
      this.#stores.set(source.key, new StoreState(source, runs, known?.queue ?? null));
    }
    this.#rebuildAll();
  }

  /** Replaces all runs of a store. */
  setRuns(storeKey: string, runs: Iterable<RunInfo>): void {
    const store = this.#stores.get(storeKey);
    if (store === undefined) return;
    store.runs.clear();
    for (const info of runs) store.runs.set(info.id, info);
    this.#rebuild(store);
  }

  /** Takes in what waits in the queue of a store; null for nothing. @returns what to show anew. */
  setQueue(storeKey: string, queue: QueueState | null): Dirty {
    const store = this.#stores.get(storeKey);
    if (store === undefined) return new Set();
    const before = this.#tree.queueNode(store);
    const shown = this.#shownStores();
    store.queue = queue;
    const after = this.#tree.queueNode(store);
    if (before === null && after === null) return new Set();
    if (shown !== this.#shownStores()) return new Set([null]);
    return new Set<ListNode | null>([before === after ? after : this.#tree.storeNode(store)]);
  }

  /** What waits in the queue of a store, as it was read last. */
  queueOf(storeKey: string): QueueState | null {
    return this.#stores.get(storeKey)?.queue ?? null;
  }

  setFilter(filter: RunFilter): void {
    this.#view = { ...this.#view, filter };
    this.#rebuildAll();
  }

  /** All runs of all stores. */
  *allRuns(): Iterable<RunInfo> {
    for (const { runs } of this.#stores.values()) yield* runs.values();
  }

  /**
   * Puts runs in or out about which the filter says something else than before, as they are now.
   * @returns what to show anew.
   */
  reconsider(runs: Iterable<RunInfo>): Dirty {
    const dirty = new Set<ListNode | null>();
    const shown = this.#shownStores();
    const stores = new Map([...this.#stores.values()].map((one) => [one.source.runsDir, one]));
    for (const { id, runsDir } of runs) {
      const store = stores.get(runsDir);
      const info = store?.runs.get(id);
      if (store === undefined || info === undefined) continue;
      const isShown = store.bucketOf(id) !== null;
      if (isShown !== this.filter.passes(info)) this.#update(store, info, dirty);
    }
    if (dirty.size > 0) for (const store of stores.values()) this.#addStoreNode(store, dirty);
    if (shown !== this.#shownStores()) dirty.add(null);
    return dirty;
  }

  setGroupBy(groupBy: GroupBy): void {
    this.#view = { ...this.#view, groupBy };
    this.#rebuildAll();
  }

  /** Takes in changed and removed runs of one store. @returns what to show anew. */
  apply(storeKey: string, changed: readonly RunInfo[], removed: readonly string[]): Dirty {
    const dirty = new Set<ListNode | null>();
    const store = this.#stores.get(storeKey);
    if (store === undefined) return dirty;
    const shown = this.#shownStores();
    for (const id of removed) this.#remove(store, id, dirty);
    for (const info of changed) this.#update(store, info, dirty);
    if (dirty.size > 0) this.#addStoreNode(store, dirty);
    if (shown !== this.#shownStores()) dirty.add(null);
    return dirty;
  }

  /** Shows another page of a long list. @returns the parent to show anew. */
  showMore(key: string): ListNode | null {
    const bucket = this.#tree.bucket(key);
    if (bucket === undefined) return null;
    bucket.limit = Math.min(MAX_ROWS, bucket.limit + PAGE);
    return this.#tree.bucketParent(bucket);
  }

  /** The node of a run when it is in the model, whether it is shown or not. */
  runNode(storeKey: string, id: string): RunNode | null {
    const store = this.#stores.get(storeKey);
    const info = store?.runs.get(id);
    return store === undefined || info === undefined ? null : this.#tree.runNode(store, info);
  }

  /** How many trials of a batch its node does not show: they are in other groups, or filtered out. */
  hiddenTrials(node: RunNode): number {
    const store = this.#stores.get(node.storeKey);
    const total = store?.batches.tally(node.info.id)?.total ?? 0;
    return total === 0 || node.info.container !== 'active'
      ? 0
      : total - (store?.trialsBelow(node.info.id)?.runs.length ?? 0);
  }

  /** The trials of a batch wherever they are shown, in any order. */
  trialsOf(storeKey: string, batchId: string): readonly RunInfo[] {
    const store = this.#stores.get(storeKey);
    if (store === undefined) return [];
    return [...store.batches.trials(batchId)].flatMap((id) => store.runs.get(id) ?? []);
  }

  /** Children of a node, of the view itself for null. Never more than 500. */
  children(node: ListNode | null): readonly ListNode[] {
    return this.#tree.children(node);
  }

  /** Parent of a node, null at the top. Runs outside the filter have none. */
  parent(node: ListNode): ListNode | null {
    return this.#tree.parent(node);
  }

  /** True when the run passes the filter, so that it can be revealed. */
  isShown(node: RunNode): boolean {
    return (this.#stores.get(node.storeKey)?.bucketOf(node.info.id) ?? null) !== null;
  }

  #update(store: StoreState, info: RunInfo, dirty: Set<ListNode | null>): void {
    const before = store.runs.get(info.id);
    store.runs.set(info.id, info);
    store.count(before, info);
    this.#nodes.updateRun(store.source.key, info);
    this.#put(store, info, dirty);
    for (const one of [before, info]) this.#addBatchNode(store, one, dirty);
  }

  #remove(store: StoreState, id: string, dirty: Set<ListNode | null>): void {
    const before = store.runs.get(id);
    const from = store.unplace(id);
    store.runs.delete(id);
    store.count(before, undefined);
    this.#nodes.deleteRun(store.source.key, id);
    this.#addList(store, from, dirty);
    if (from !== null) this.#putTrials(store, id, dirty);
    this.#addBatchNode(store, before, dirty);
  }

  /** Puts a run, and its trials when it is a batch, where they belong now. */
  #put(store: StoreState, info: RunInfo, dirty: Set<ListNode | null>): void {
    const { from, to, stayed } = store.put(info, this.#view);
    const node = this.#nodes.known(store.source.key, info.id);
    if (node !== null) {
      node.nested = isTrials(to);
      if (to !== null) dirty.add(node);
    }
    if (stayed) return;
    this.#addList(store, from, dirty);
    this.#addList(store, to, dirty);
    if (from !== to) this.#putTrials(store, info.id, dirty);
  }

  /** Trials go where their batch goes. */
  #putTrials(store: StoreState, id: string, dirty: Set<ListNode | null>): void {
    for (const trialId of store.batches.trials(id)) {
      const trial = store.runs.get(trialId);
      if (trial !== undefined) this.#put(store, trial, dirty);
    }
  }

  /** A list has other rows now. */
  #addList(store: StoreState, bucket: Bucket | null, dirty: Set<ListNode | null>): void {
    if (bucket === null) return;
    dirty.add(this.#tree.bucketParent(bucket));
    // The node of a list comes with its first run and goes with its last: its parent shows that.
    if (bucket.runs.length <= 1) dirty.add(this.#tree.storeNode(store));
  }

  #rebuildAll(): void {
    for (const store of this.#stores.values()) this.#rebuild(store);
    this.#nodes.keepStores((key) => this.#stores.has(key));
  }

  #rebuild(store: StoreState): void {
    store.rebuild(this.#view);
    for (const info of store.runs.values()) {
      this.#nodes.updateRun(store.source.key, info);
    }
  }

  /** Its counts may have changed: those of the batch of a trial. */
  #addBatchNode(store: StoreState, info: RunInfo | undefined, dirty: Set<ListNode | null>): void {
    const id = batchIdOf(info);
    if (id === null || store.bucketOf(id) === null) return;
    const node = this.#nodes.known(store.source.key, id);
    if (node === null) return;
    node.tally = store.batches.tally(id);
    dirty.add(node);
  }

  /** Its counts may have changed. */
  #addStoreNode(store: StoreState, dirty: Set<ListNode | null>): void {
    const node = this.#tree.storeNode(store);
    if (node !== null) dirty.add(node);
  }

  /** Which stores have nodes, as one text: when it changes, the view itself does. */
  #shownStores(): string {
    const shown = [...this.#stores.values()].filter((store) => this.#tree.hasNode(store));
    return shown.map(({ source }) => source.key).join(' ');
  }
}
