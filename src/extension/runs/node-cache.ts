import type { RunInfo } from '../../core/types.ts';
import type { Bucket } from './bucket.ts';
import {
  runKey,
  type ContainerNode,
  type GroupBy,
  type GroupNode,
  type ListNode,
  type MoreNode,
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

  /** The node of a run if it was ever asked for, showing `info` from now on. */
  updateRun(storeKey: string, info: RunInfo): RunNode | null {
    const node = this.#nodes.get(runKey(storeKey, info.id));
    if (node?.kind !== 'run') return null;
    node.info = info;
    return node;
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
