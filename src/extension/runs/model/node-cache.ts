import type { RunInfo } from '../../../core/run/types.ts';
import type { QueueState } from '../../../queue/queue.ts';
import type { GroupBy } from '../../base/context-keys.ts';
import type { Bucket } from './bucket.ts';
import {
  runKey,
  type ContainerNode,
  type GroupNode,
  type ListNode,
  type MoreNode,
  type QueueEntryNode,
  type QueueNode,
  type RangeNode,
  type RunNode,
  type StoreNode,
} from './nodes.ts';

/** A store as the model wants it. */
export interface StoreSource {
  readonly key: string;
  readonly title: string;
  readonly runsDir: string;
  /** Namespace of the project of the store, or null. */
  readonly ns: string | null;
  /** Name of an archive by its id. */
  readonly archiveName: (id: string) => string | null;
}

/** Makes the nodes of the Runs view, each once per key, and keeps what they show up to date. */
export class NodeCache {
  readonly #nodes = new Map<string, ListNode>();

  /** The node of a run if it was ever asked for. */
  known(storeKey: string, id: string): RunNode | null {
    const node = this.#nodes.get(runKey(storeKey, id));
    return node?.kind === 'run' ? node : null;
  }

  /** Lets the node of a run, if there is one, show `info` from now on. */
  updateRun(storeKey: string, info: RunInfo): void {
    const node = this.known(storeKey, info.id);
    if (node !== null) node.info = info;
  }

  deleteRun(storeKey: string, id: string): void {
    this.#nodes.delete(runKey(storeKey, id));
  }

  /** Forgets the nodes of stores that are gone. */
  keepStores(isKnown: (storeKey: string) => boolean): void {
    for (const [key, node] of this.#nodes) {
      if ('storeKey' in node && !isKnown(node.storeKey)) this.#nodes.delete(key);
    }
  }

  run(source: StoreSource, info: RunInfo): RunNode {
    const storeKey = source.key;
    const key = runKey(storeKey, info.id);
    return this.#get(key, 'run', () => ({ kind: 'run', key, storeKey, ns: source.ns, info }));
  }

  queue(source: StoreSource, state: QueueState): QueueNode {
    const { key: storeKey, runsDir } = source;
    const key = `queue|${storeKey}`;
    const node = this.#get(key, 'queue', () => ({ kind: 'queue', key, storeKey, runsDir, state }));
    node.state = state;
    return node;
  }

  queueEntry(
    source: StoreSource,
    entry: QueueEntryNode['entry'],
    info: RunInfo | null,
  ): QueueEntryNode {
    const { key: storeKey, ns } = source;
    const key = `queue|${storeKey}|${entry.id}`;
    const node = this.#get(key, 'queueEntry', () => ({
      kind: 'queueEntry',
      key,
      storeKey,
      ns,
      entry,
      info,
    }));
    node.entry = entry;
    node.info = info;
    return node;
  }

  range(bucket: Bucket, range: { from: number; to: number; size: number }): RangeNode {
    const bucketKey = bucket.key;
    const key = `range|${bucketKey}|${range.from}|${range.size}`;
    const node = this.#get(key, 'range', () => ({ kind: 'range', key, bucketKey, ...range }));
    node.to = range.to;
    return node;
  }

  more(bucket: Bucket): MoreNode {
    const bucketKey = bucket.key;
    const key = `more|${bucketKey}`;
    const hidden = bucket.runs.length - bucket.limit;
    const node = this.#get(key, 'more', () => ({ kind: 'more', key, bucketKey, hidden }));
    node.hidden = hidden;
    return node;
  }

  group(bucket: Bucket, groupBy: GroupBy): GroupNode {
    const { storeKey, group: value } = bucket;
    const key = `group|${storeKey}|${groupBy}|${value}`;
    const count = bucket.runs.length;
    const node = this.#get(key, 'group', () => ({
      kind: 'group',
      key,
      storeKey,
      groupBy,
      value,
      count,
    }));
    node.count = count;
    return node;
  }

  container(source: StoreSource, bucket: Bucket): ContainerNode {
    const { storeKey, container } = bucket;
    const key = `container|${storeKey}|${container}`;
    const archive = (): string => source.archiveName(container) ?? container.slice(0, 8);
    const title = container === 'trash' ? 'Deleted' : archive();
    const count = bucket.runs.length;
    const node = this.#get(key, 'container', () => ({
      kind: 'container',
      key,
      storeKey,
      container,
      title,
      count,
    }));
    node.title = title;
    node.count = count;
    return node;
  }

  store(source: StoreSource, count: number, running: number): StoreNode {
    const { key: storeKey, title, runsDir } = source;
    const key = `store|${storeKey}`;
    const node = this.#get(key, 'store', () => ({
      kind: 'store',
      key,
      storeKey,
      title,
      runsDir,
      count,
      running,
    }));
    node.title = title;
    node.count = count;
    node.running = running;
    return node;
  }

  #get<K extends ListNode['kind']>(
    key: string,
    kind: K,
    make: () => Extract<ListNode, { kind: K }>,
  ): Extract<ListNode, { kind: K }> {
    const known = this.#nodes.get(key);
    if (known !== undefined && isKind(known, kind)) return known;
    const node = make();
    this.#nodes.set(key, node);
    return node;
  }
}

function isKind<K extends ListNode['kind']>(
  node: ListNode,
  kind: K,
): node is Extract<ListNode, { kind: K }> {
  return node.kind === kind;
}
