import type { RunInfo } from '../../../core/run/types.ts';
import { compareNewestFirst } from '../../../core/status/run-info.ts';

/** A total order of runs. */
type RunOrder = (a: RunInfo, b: RunInfo) => number;

/** Runs in an order of the view, changed one at a time in logarithmic steps. */
export class SortedRuns {
  readonly #items: RunInfo[];
  readonly #order: RunOrder;

  /** @param runs in any order. */
  constructor(runs: readonly RunInfo[] = [], order: RunOrder = compareNewestFirst) {
    this.#items = [...runs].sort(order);
    this.#order = order;
  }

  get length(): number {
    return this.#items.length;
  }

  slice(from: number, to: number): readonly RunInfo[] {
    return this.#items.slice(from, to);
  }

  insert(info: RunInfo): void {
    this.#items.splice(this.#lowerBound(info), 0, info);
  }

  /** Removes the row that sorts exactly like `info` and has its id. */
  remove(info: RunInfo): void {
    const at = this.indexOf(info);
    if (at >= 0) this.#items.splice(at, 1);
  }

  /** Replaces a row by one that sorts the same. */
  replace(before: RunInfo, after: RunInfo): void {
    const at = this.indexOf(before);
    if (at >= 0) this.#items[at] = after;
  }

  /** True when the two sort the same here. */
  sortsAlike(a: RunInfo, b: RunInfo): boolean {
    return this.#order(a, b) === 0;
  }

  /** Position of a row, -1 when it is not here. */
  indexOf(info: RunInfo): number {
    const at = this.#lowerBound(info);
    return this.#items[at]?.id === info.id ? at : -1;
  }

  #lowerBound(info: RunInfo): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const item = this.#items[middle];
      if (item !== undefined && this.#order(item, info) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
