import type { RunInfo } from '../../../core/run/types.ts';
import { MAX_ROWS, rangesOf, subRanges, type Bucket } from './bucket.ts';
import type { NodeCache } from './node-cache.ts';
import type { ListNode, RangeNode, RunNode } from './nodes.ts';

/** Shows long lists in pages, so that a node never has more than 500 children. */
export class Pages {
  readonly #nodes: NodeCache;
  readonly #runNode: (bucket: Bucket, info: RunInfo) => RunNode;

  constructor(nodes: NodeCache, runNode: (bucket: Bucket, info: RunInfo) => RunNode) {
    this.#nodes = nodes;
    this.#runNode = runNode;
  }

  /** The rows of a list, and what leads to those that are not shown. */
  top(bucket: Bucket | undefined): readonly ListNode[] {
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

  /** What is below a range of a list. */
  below(bucket: Bucket, node: RangeNode): readonly ListNode[] {
    const inner = subRanges(node);
    return inner.length > 0
      ? inner.map((range) => this.#nodes.range(bucket, range))
      : this.#rows(bucket, node.from, Math.min(node.to, bucket.runs.length));
  }

  /** The innermost range that holds a row and is larger than `above`; null when it is shown without. */
  rangeOf(bucket: Bucket, at: number, above = 0): RangeNode | null {
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

  #rows(bucket: Bucket, from: number, to: number): readonly RunNode[] {
    return bucket.runs.slice(from, to).map((info) => this.#runNode(bucket, info));
  }
}
