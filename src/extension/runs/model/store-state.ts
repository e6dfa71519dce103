import type { RunInfo } from '../../../core/run/types.ts';
import type { QueueState } from '../../../queue/queue.ts';
import type { GroupBy } from '../../base/context-keys.ts';
import { BatchIndex, batchIdOf } from '../../run/batch-index.ts';
import { bucketKey, groupOf, makeBucket, type Bucket, type Place } from './bucket.ts';
import type { RunFilter } from './filter.ts';
import type { StoreSource } from './node-cache.ts';

/** Active runs of all stores, or of one. */
export interface RunCounts {
  total: number;
  /** Those that match the filter. */
  matching: number;
  /** Those that run, without the batches that look after them. */
  running: number;
  queued: number;
  /** Batches that are at work. */
  batches: number;
}

/** What decides where runs are shown. */
export interface ViewState {
  readonly filter: RunFilter;
  readonly groupBy: GroupBy;
}

/** Where a run was and where it is now; null where it is not shown. */
interface Move {
  readonly from: Bucket | null;
  readonly to: Bucket | null;
  /** Its row is where it was. */
  readonly stayed: boolean;
}

/** The runs of one store, and the lists that the Runs view shows them in. */
export class StoreState {
  readonly source: StoreSource;
  readonly runs: Map<string, RunInfo>;
  readonly batches = new BatchIndex();
  readonly #buckets = new Map<string, Bucket>();
  /** Where each shown run is, and the row it was sorted by. */
  readonly #placed = new Map<string, { readonly bucket: Bucket; readonly info: RunInfo }>();
  queue: QueueState | null;
  #counts = noCounts();

  constructor(source: StoreSource, runs: Map<string, RunInfo>, queue: QueueState | null) {
    this.source = source;
    this.runs = runs;
    this.queue = queue;
  }

  get counts(): Readonly<RunCounts> {
    return this.#counts;
  }

  /** Lists that hold runs, without those below batches. */
  get lists(): readonly Bucket[] {
    return [...this.#buckets.values()].filter(
      (bucket) => bucket.batch === null && bucket.runs.length > 0,
    );
  }

  /** True when none of its runs is shown. */
  get isEmpty(): boolean {
    return this.#placed.size === 0;
  }

  bucket(key: string): Bucket | undefined {
    return this.#buckets.get(key);
  }

  /** The list of the runs of a container that are in one group; '' when not grouped. */
  list(container: string, group: string): Bucket | undefined {
    return this.bucket(bucketKey(this.source.key, { container, group, batch: null }));
  }

  /** The trials that are shown below a batch. */
  trialsBelow(batchId: string): Bucket | undefined {
    const place = { container: '', group: '', batch: batchId };
    return this.bucket(bucketKey(this.source.key, place));
  }

  /** The list that a run is shown in, null when it is not shown. */
  bucketOf(id: string): Bucket | null {
    return this.#placed.get(id)?.bucket ?? null;
  }

  /** Position of a shown run in its list. */
  indexOf(id: string): number {
    const placed = this.#placed.get(id);
    return placed === undefined ? -1 : placed.bucket.runs.indexOf(placed.info);
  }

  /** Puts all runs anew where they belong. Lists keep how much of them is shown. */
  rebuild(view: ViewState): void {
    const limits = new Map([...this.#buckets].map(([key, { limit }]) => [key, limit]));
    this.#buckets.clear();
    this.#placed.clear();
    this.batches.clear();
    this.#counts = noCounts();
    const lists = new Map<string, { readonly place: Place; readonly runs: RunInfo[] }>();
    for (const info of this.runs.values()) {
      this.#count(info, 1);
      this.batches.change(undefined, info);
      const place = this.#placeOf(info, view);
      if (place === null) continue;
      const key = bucketKey(this.source.key, place);
      const list = lists.get(key);
      if (list === undefined) lists.set(key, { place, runs: [info] });
      else list.runs.push(info);
    }
    for (const [key, { place, runs }] of lists) {
      const bucket = makeBucket(this.source.key, place, runs);
      bucket.limit = limits.get(key) ?? bucket.limit;
      this.#buckets.set(key, bucket);
      for (const info of runs) this.#place(bucket, info);
    }
  }

  /** Counts that a run is `after` what was `before`; undefined where there is or was none. */
  count(before: RunInfo | undefined, after: RunInfo | undefined): void {
    this.batches.change(before, after);
    this.#count(before, -1);
    this.#count(after, 1);
  }

  /** Puts a run, as it is now, where it belongs. */
  put(info: RunInfo, view: ViewState): Move {
    const placed = this.#placed.get(info.id);
    const place = this.#placeOf(info, view);
    const from = placed?.bucket ?? null;
    if (placed !== undefined && place !== null && from?.key === bucketKey(this.source.key, place)) {
      if (from.runs.sortsAlike(placed.info, info)) {
        from.runs.replace(placed.info, info);
        this.#placed.set(info.id, { bucket: from, info });
        return { from, to: from, stayed: true };
      }
    }
    this.unplace(info.id);
    if (place === null) return { from, to: null, stayed: from === null };
    const to = this.#bucketFor(place);
    to.runs.insert(info);
    this.#place(to, info);
    return { from, to, stayed: false };
  }

  /** @returns the list in which the run was; null when it was not shown. */
  unplace(id: string): Bucket | null {
    const placed = this.#placed.get(id);
    if (placed === undefined) return null;
    placed.bucket.runs.remove(placed.info);
    this.#placed.delete(id);
    if (placed.info.container === 'active') this.#counts.matching--;
    return placed.bucket;
  }

  #place(bucket: Bucket, info: RunInfo): void {
    this.#placed.set(info.id, { bucket, info });
    if (info.container === 'active') this.#counts.matching++;
  }

  #bucketFor(place: Place): Bucket {
    const key = bucketKey(this.source.key, place);
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = makeBucket(this.source.key, place);
      this.#buckets.set(key, bucket);
    }
    return bucket;
  }

  /**
   * Where a run is to be shown, null when the filter does not let it pass. A trial is below its
   * batch where that is in the same list, else it is a row of its own: among deleted runs, in the
   * group of its status, or when the filter is for it and not for the batch.
   */
  #placeOf(info: RunInfo, { filter, groupBy }: ViewState): Place | null {
    if (!filter.passes(info)) return null;
    const { container } = info;
    const group = groupOf(info, groupBy);
    const alone = { container, group, batch: null };
    const id = batchIdOf(info);
    const batch = id === null ? undefined : this.runs.get(id);
    if (batch?.container !== container || batchIdOf(batch) !== null) return alone;
    if (!filter.passes(batch)) return alone;
    const near = groupOf(batch, groupBy);
    // A batch that lasts for days is one batch still.
    return groupBy === 'day' || group === near ? { container, group: near, batch: id } : alone;
  }

  #count(info: RunInfo | undefined, by: 1 | -1): void {
    if (info?.container !== 'active') return;
    this.#counts.total += by;
    if (info.status === 'queued') this.#counts.queued += by;
    if (info.status !== 'running') return;
    if (info.batch?.role === 'batch') this.#counts.batches += by;
    else this.#counts.running += by;
  }
}

export function noCounts(): RunCounts {
  return { total: 0, matching: 0, running: 0, queued: 0, batches: 0 };
}
