import type { RunInfo } from '../../../core/run/types.ts';
import type { GroupBy } from '../../base/context-keys.ts';
import { MAX_ROWS, compareGroups, isTrials, type Bucket } from './bucket.ts';
import type { NodeCache } from './node-cache.ts';
import type {
  ListNode,
  QueueEntryNode,
  QueueNode,
  RangeNode,
  RunNode,
  StoreNode,
} from './nodes.ts';
import { Pages } from './pages.ts';
import type { StoreState } from './store-state.ts';

/** Who is below whom in the Runs view. */
export class ListTree {
  readonly #stores: ReadonlyMap<string, StoreState>;
  readonly #nodes: NodeCache;
  readonly #groupBy: () => GroupBy;
  readonly #pages: Pages;

  constructor(stores: ReadonlyMap<string, StoreState>, nodes: NodeCache, groupBy: () => GroupBy) {
    this.#stores = stores;
    this.#nodes = nodes;
    this.#groupBy = groupBy;
    this.#pages = new Pages(nodes, (bucket, info) => this.#nodeIn(bucket, info));
  }

  /** Children of a node, of the view itself for null. Never more than 500. */
  children(node: ListNode | null): readonly ListNode[] {
    if (node === null) {
      const stores = [...this.#stores.values()];
      const [only] = stores;
      if (only !== undefined && stores.length === 1) return this.#storeChildren(only);
      const nodes = stores.map((store) => (this.hasNode(store) ? this.storeNode(store) : null));
      return nodes.filter((one) => one !== null);
    }
    if (node.kind === 'more' || node.kind === 'queueEntry') return [];
    if (node.kind === 'range') {
      const bucket = this.bucket(node.bucketKey);
      return bucket === undefined ? [] : this.#pages.below(bucket, node);
    }
    const store = this.#stores.get(node.storeKey);
    if (store === undefined) return [];
    switch (node.kind) {
      case 'store':
        return this.#storeChildren(store);
      case 'container':
        return this.#pages.top(store.list(node.container, ''));
      case 'group':
        return this.#pages.top(store.list('active', node.value));
      case 'run':
        return this.#pages.top(store.trialsBelow(node.info.id));
      case 'queue':
        return this.#queueEntries(store, node);
    }
  }

  /** Parent of a node, null at the top. Runs outside the filter have none. */
  parent(node: ListNode): ListNode | null {
    if (node.kind === 'more' || node.kind === 'range') {
      return this.#rangeParent(node.bucketKey, node.kind === 'range' ? node : null);
    }
    const store = this.#stores.get(node.storeKey);
    if (store === undefined) return null;
    switch (node.kind) {
      case 'store':
        return null;
      case 'container':
      case 'queue':
      case 'group':
        return this.storeNode(store);
      case 'queueEntry':
        return this.queueNode(store);
      case 'run': {
        const { id } = node.info;
        const bucket = store.bucketOf(id);
        if (bucket === null) return null;
        return this.#pages.rangeOf(bucket, store.indexOf(id)) ?? this.bucketParent(bucket);
      }
    }
  }

  #storeChildren(store: StoreState): readonly ListNode[] {
    const own = store.lists;
    const active = own.filter((bucket) => bucket.container === 'active');
    const rows =
      this.#groupBy() === 'none'
        ? this.#pages.top(active[0])
        : active
            .sort((a, b) => compareGroups(this.#groupBy(), a.group, b.group))
            .slice(0, MAX_ROWS)
            .map((bucket) => this.#nodes.group(bucket, this.#groupBy()));
    const containers = own
      .filter((bucket) => bucket.container !== 'active')
      .sort((a, b) => Number(a.container === 'trash') - Number(b.container === 'trash'))
      .map((bucket) => this.#nodes.container(store.source, bucket));
    const queue = this.queueNode(store);
    return [...(queue === null ? [] : [queue]), ...rows, ...containers];
  }

  /** The list with this key. */
  bucket(key: string): Bucket | undefined {
    for (const store of this.#stores.values()) {
      const bucket = store.bucket(key);
      if (bucket !== undefined) return bucket;
    }
    return undefined;
  }

  #nodeIn(bucket: Bucket, info: RunInfo): RunNode {
    const store = this.#stores.get(bucket.storeKey);
    // Buckets go with their store.
    if (store === undefined) throw new Error(`There is no store ${bucket.storeKey}`);
    return this.runNode(store, info);
  }

  /** The node of a run of the store, shown or not. */
  runNode(store: StoreState, info: RunInfo): RunNode {
    const node = this.#nodes.run(store.source, info);
    node.nested = isTrials(store.bucketOf(info.id));
    node.tally = store.batches.tally(info.id);
    return node;
  }

  /** null while nothing waits. */
  queueNode(store: StoreState): QueueNode | null {
    const { queue, source } = store;
    if (queue === null) return null;
    if (queue.entries.length + queue.failed.length + queue.foreign.length === 0) return null;
    return this.#nodes.queue(source, queue);
  }

  #queueEntries(store: StoreState, node: QueueNode): readonly QueueEntryNode[] {
    const { entries, failed, foreign } = node.state;
    return [...failed, ...foreign, ...entries]
      .slice(0, MAX_ROWS)
      .map((entry) =>
        this.#nodes.queueEntry(store.source, entry, store.runs.get(entry.id) ?? null),
      );
  }

  #rangeParent(key: string, inner: RangeNode | null): ListNode | null {
    const bucket = this.bucket(key);
    if (bucket === undefined) return null;
    const outer = inner === null ? null : this.#pages.rangeOf(bucket, inner.from, inner.size);
    return outer ?? this.bucketParent(bucket);
  }

  /** The node below which the rows of a list are. */
  bucketParent(bucket: Bucket): ListNode | null {
    const store = this.#stores.get(bucket.storeKey);
    if (store === undefined) return null;
    if (bucket.batch !== null) {
      const batch = store.runs.get(bucket.batch);
      return batch === undefined ? null : this.runNode(store, batch);
    }
    if (bucket.container !== 'active') return this.#nodes.container(store.source, bucket);
    return this.#groupBy() === 'none'
      ? this.storeNode(store)
      : this.#nodes.group(bucket, this.#groupBy());
  }

  /** null when there is only one store: its runs are then at the top. */
  storeNode(store: StoreState): StoreNode | null {
    return this.#stores.size < 2
      ? null
      : this.#nodes.store(store.source, store.counts.matching, store.counts.running);
  }

  /** Whether a store has a node among several: a project without runs has nothing to say. */
  hasNode(store: StoreState): boolean {
    return store.source.ns === null || !store.isEmpty || this.queueNode(store) !== null;
  }
}
