import { compareNewestFirst } from '../../core/run-info.ts';
import type { RunInfo } from '../../core/types.ts';

/** Runs in the order of the view, newest first, changed one at a time in logarithmic steps. */
export class SortedRuns {
  readonly #items: RunInfo[];

  /** @param runs in any order. */
  constructor(runs: readonly RunInfo[] = []) {
    this.#items = [...runs].sort(compareNewestFirst);
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
      if (item !== undefined && compareNewestFirst(item, info) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
