import { compareNewestFirst } from '../../core/run-info.ts';
import type { RunInfo } from '../../core/types.ts';
import {
  MAX_ROWS,
  PAGE,
  bucketKey,
  compareGroups,
  groupOf,
  makeBucket,
  rangesOf,
  subRanges,
  type Bucket,
} from './bucket.ts';
import { RunFilter } from './filter.ts';
import { NodeCache, type StoreSource } from './node-cache.ts';
import type { GroupBy, ListNode, RangeNode, RunNode, StoreNode } from './nodes.ts';
import { SortedRuns } from './sorted-runs.ts';

/** What must be shown anew: nodes, and `null` for the whole view. */
export type Dirty = ReadonlySet<ListNode | null>;

interface StoreState {
  readonly source: StoreSource;
  readonly runs: Map<string, RunInfo>;
  /** Where each shown run is, and the row it was sorted by. */
  readonly placed: Map<string, { readonly bucket: Bucket; readonly info: RunInfo }>;
  total: number;
  matching: number;
  running: number;
}

/**
 * What the Runs view shows, as a tree of stable nodes, without `vscode`. One changed run costs
 * the same however many there are.
 */
export class RunsModel {
  readonly #stores = new Map<string, StoreState>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #nodes = new NodeCache();
  #groupBy: GroupBy = 'none';
  #filter = RunFilter.all;

  get groupBy(): GroupBy {
    return this.#groupBy;
  }

  get filter(): RunFilter {
    return this.#filter;
  }

  /** Active runs of all stores: all, those that match the filter, those that run. */
  get counts(): { total: number; matching: number; running: number } {
    const sum = { total: 0, matching: 0, running: 0 };
    for (const store of this.#stores.values()) {
      sum.total += store.total;
      sum.matching += store.matching;
      sum.running += store.running;
    }
    return sum;
  }

  /** Replaces the list of stores; runs of stores that stay are kept. */
  setStores(sources: readonly StoreSource[]): void {
    const before = new Map(this.#stores);
    this.#stores.clear();
    for (const source of sources) {
      const runs = before.get(source.key)?.runs ?? new Map<string, RunInfo>();
      this.#stores.set(source.key, emptyState(source, runs));
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

  setFilter(filter: RunFilter): void {
    this.#filter = filter;
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
    const stores = new Map([...this.#stores.values()].map((one) => [one.source.runsDir, one]));
    for (const { id, runsDir } of runs) {
      const store = stores.get(runsDir);
      const info = store?.runs.get(id);
      if (store === undefined || info === undefined) continue;
      if (store.placed.has(id) !== this.#filter.passes(info)) this.#update(store, info, dirty);
    }
    if (dirty.size > 0) for (const store of stores.values()) this.#addStoreNode(store, dirty);
    return dirty;
  }

  setGroupBy(groupBy: GroupBy): void {
    this.#groupBy = groupBy;
    this.#rebuildAll();
  }

  /** Takes in changed and removed runs of one store. @returns what to show anew. */
  apply(storeKey: string, changed: readonly RunInfo[], removed: readonly string[]): Dirty {
    const dirty = new Set<ListNode | null>();
    const store = this.#stores.get(storeKey);
    if (store === undefined) return dirty;
    for (const id of removed) {
      this.#unplace(store, id, dirty);
      this.#count(store, store.runs.get(id), -1);
      store.runs.delete(id);
      this.#nodes.deleteRun(storeKey, id);
    }
    for (const info of changed) this.#update(store, info, dirty);
    if (dirty.size > 0) this.#addStoreNode(store, dirty);
    return dirty;
  }

  /** Shows another page of a long list. @returns the parent to show anew. */
  showMore(key: string): ListNode | null {
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return null;
    bucket.limit = Math.min(MAX_ROWS, bucket.limit + PAGE);
    return this.#bucketParent(bucket);
  }

  /** The node of a run when it is in the model, whether it is shown or not. */
  runNode(storeKey: string, id: string): RunNode | null {
    const store = this.#stores.get(storeKey);
    const info = store?.runs.get(id);
    return store === undefined || info === undefined ? null : this.#nodes.run(store.source, info);
  }

  runsOf(storeKey: string): ReadonlyMap<string, RunInfo> {
    return this.#stores.get(storeKey)?.runs ?? new Map();
  }

  /** Children of a node, of the view itself for null. Never more than 500. */
  children(node: ListNode | null): readonly ListNode[] {
    if (node === null) {
      const nodes = [...this.#stores.values()].map((store) => this.#storeNode(store));
      const several = nodes.filter((one) => one !== null);
      const [only] = this.#stores.values();
      return several.length > 0 ? several : only === undefined ? [] : this.#storeChildren(only);
    }
    switch (node.kind) {
      case 'store': {
        const store = this.#stores.get(node.storeKey);
        return store === undefined ? [] : this.#storeChildren(store);
      }
      case 'container':
        return this.#page(this.#buckets.get(bucketKey(node.storeKey, node.container, '')));
      case 'group':
        return this.#page(this.#buckets.get(bucketKey(node.storeKey, 'active', node.value)));
      case 'range': {
        const bucket = this.#buckets.get(node.bucketKey);
        if (bucket === undefined) return [];
        const inner = subRanges(node);
        return inner.length > 0
          ? inner.map((range) => this.#nodes.range(bucket, range))
          : this.#rows(bucket, node.from, Math.min(node.to, bucket.runs.length));
      }
      case 'run':
      case 'more':
        return [];
    }
  }

  /** Parent of a node, null at the top. Runs outside the filter have none. */
  parent(node: ListNode): ListNode | null {
    switch (node.kind) {
      case 'store':
        return null;
      case 'container':
      case 'group': {
        const store = this.#stores.get(node.storeKey);
        return store === undefined ? null : this.#storeNode(store);
      }
      case 'more':
      case 'range':
        return this.#rangeParent(node.bucketKey, node.kind === 'range' ? node : null);
      case 'run': {
        const placed = this.#stores.get(node.storeKey)?.placed.get(node.info.id);
        if (placed === undefined) return null;
        const at = placed.bucket.runs.indexOf(placed.info);
        return this.#rangeOfRow(placed.bucket, at) ?? this.#bucketParent(placed.bucket);
      }
    }
  }

  /** True when the run passes the filter, so that it can be revealed. */
  isShown(node: RunNode): boolean {
    return this.#stores.get(node.storeKey)?.placed.has(node.info.id) ?? false;
  }

  #update(store: StoreState, info: RunInfo, dirty: Set<ListNode | null>): void {
    const before = store.runs.get(info.id);
    this.#count(store, before, -1);
    store.runs.set(info.id, info);
    this.#count(store, info, 1);
    const placed = store.placed.get(info.id);
    const node = this.#nodes.updateRun(store.source.key, info);
    const target = this.#filter.passes(info)
      ? bucketKey(store.source.key, info.container, groupOf(info, this.#groupBy))
      : null;
    if (
      placed !== undefined &&
      placed.bucket.key === target &&
      compareNewestFirst(placed.info, info) === 0
    ) {
      placed.bucket.runs.replace(placed.info, info);
      store.placed.set(info.id, { bucket: placed.bucket, info });
      if (node !== null) dirty.add(node);
      return;
    }
    this.#unplace(store, info.id, dirty);
    if (target === null) return;
    const bucket = this.#bucketFor(store, info, dirty);
    bucket.runs.insert(info);
    this.#place(store, bucket, info);
    dirty.add(this.#bucketParent(bucket));
    if (node !== null) dirty.add(node);
  }

  #place(store: StoreState, bucket: Bucket, info: RunInfo): void {
    store.placed.set(info.id, { bucket, info });
    if (info.container === 'active') store.matching++;
  }

  #unplace(store: StoreState, id: string, dirty: Set<ListNode | null>): void {
    const placed = store.placed.get(id);
    if (placed === undefined) return;
    placed.bucket.runs.remove(placed.info);
    store.placed.delete(id);
    if (placed.info.container === 'active') store.matching--;
    dirty.add(this.#bucketParent(placed.bucket));
    // The node of an empty list goes away: its parent shows that.
    if (placed.bucket.runs.length === 0) dirty.add(this.#storeNode(store));
  }

  #bucketFor(store: StoreState, info: RunInfo, dirty: Set<ListNode | null>): Bucket {
    const group = groupOf(info, this.#groupBy);
    const key = bucketKey(store.source.key, info.container, group);
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = makeBucket(store.source.key, info.container, group);
      this.#buckets.set(key, bucket);
    }
    if (bucket.runs.length === 0) dirty.add(this.#storeNode(store));
    return bucket;
  }

  #rebuildAll(): void {
    for (const store of this.#stores.values()) this.#rebuild(store);
    this.#nodes.keepStores((key) => this.#stores.has(key));
  }

  #rebuild(store: StoreState): void {
    const { key } = store.source;
    const limits = new Map<string, number>();
    for (const bucket of this.#buckets.values()) {
      if (bucket.storeKey !== key) continue;
      limits.set(bucket.key, bucket.limit);
      this.#buckets.delete(bucket.key);
    }
    store.placed.clear();
    store.total = store.matching = store.running = 0;
    const lists = new Map<string, RunInfo[]>();
    for (const info of store.runs.values()) {
      this.#count(store, info, 1);
      this.#nodes.updateRun(key, info);
      if (!this.#filter.passes(info)) continue;
      const target = bucketKey(key, info.container, groupOf(info, this.#groupBy));
      const list = lists.get(target);
      if (list === undefined) lists.set(target, [info]);
      else list.push(info);
    }
    for (const [target, list] of lists) {
      const [first] = list;
      if (first === undefined) continue;
      const group = groupOf(first, this.#groupBy);
      const bucket = makeBucket(key, first.container, group, new SortedRuns(list));
      bucket.limit = limits.get(target) ?? bucket.limit;
      this.#buckets.set(target, bucket);
      for (const info of list) this.#place(store, bucket, info);
    }
  }

  #count(store: StoreState, info: RunInfo | undefined, by: 1 | -1): void {
    if (info?.container !== 'active') return;
    store.total += by;
    if (info.status === 'running') store.running += by;
  }

  #storeChildren(store: StoreState): readonly ListNode[] {
    const { key } = store.source;
    const own = [...this.#buckets.values()].filter((b) => b.storeKey === key && b.runs.length > 0);
    const active = own.filter((bucket) => bucket.container === 'active');
    const rows =
      this.#groupBy === 'none'
        ? this.#page(active[0])
        : active
            .sort((a, b) => compareGroups(this.#groupBy, a.group, b.group))
            .slice(0, MAX_ROWS)
            .map((bucket) => this.#nodes.group(bucket, this.#groupBy));
    const containers = own
      .filter((bucket) => bucket.container !== 'active')
      .sort((a, b) => Number(a.container === 'trash') - Number(b.container === 'trash'))
      .map((bucket) => this.#nodes.container(store.source, bucket));
    return [...rows, ...containers];
  }

  #page(bucket: Bucket | undefined): readonly ListNode[] {
    if (bucket === undefined) return [];
    const count = bucket.runs.length;
    if (count <= bucket.limit) return this.#rows(bucket, 0, count);
    const rows = this.#rows(bucket, 0, bucket.limit);
    if (bucket.limit >= MAX_ROWS) {
      return [
        ...rows,
        ...rangesOf(bucket.limit, count).map((range) => this.#nodes.range(bucket, range)),
      ];
    }
    return [...rows, this.#nodes.more(bucket)];
  }

  #rows(bucket: Bucket, from: number, to: number): readonly RunNode[] {
    const store = this.#stores.get(bucket.storeKey);
    if (store === undefined) return [];
    return bucket.runs.slice(from, to).map((info) => this.#nodes.run(store.source, info));
  }

  #rangeParent(key: string, inner: RangeNode | null): ListNode | null {
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return null;
    const outer = inner === null ? null : this.#rangeOfRow(bucket, inner.from, inner.size);
    return outer ?? this.#bucketParent(bucket);
  }

  /** The innermost range that holds a row and is larger than `above`; null when it is shown without. */
  #rangeOfRow(bucket: Bucket, at: number, above = 0): RangeNode | null {
    if (at < bucket.limit || bucket.limit < MAX_ROWS) return null;
    let found: RangeNode | null = null;
    let ranges = rangesOf(bucket.limit, bucket.runs.length);
    for (;;) {
      const range = ranges.find(({ from, to }) => from <= at && at < to);
      if (range === undefined || range.size <= above) return found;
      found = this.#nodes.range(bucket, range);
      ranges = subRanges(found);
    }
  }

  #bucketParent(bucket: Bucket): ListNode | null {
    const store = this.#stores.get(bucket.storeKey);
    if (store === undefined) return null;
    if (bucket.container !== 'active') return this.#nodes.container(store.source, bucket);
    return this.#groupBy === 'none'
      ? this.#storeNode(store)
      : this.#nodes.group(bucket, this.#groupBy);
  }

  /** Its counts may have changed. */
  #addStoreNode(store: StoreState, dirty: Set<ListNode | null>): void {
    const node = this.#storeNode(store);
    if (node !== null) dirty.add(node);
  }

  /** null when there is only one store: its runs are then at the top. */
  #storeNode(store: StoreState): StoreNode | null {
    return this.#stores.size < 2
      ? null
      : this.#nodes.store(store.source, store.matching, store.running);
  }
}

function emptyState(source: StoreSource, runs: Map<string, RunInfo>): StoreState {
  return { source, runs, placed: new Map(), total: 0, matching: 0, running: 0 };
}
