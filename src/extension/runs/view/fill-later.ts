import type { Disposable } from '../../../core/base/events.ts';
import { EDITOR_SLICE_MS, Pace } from '../../../core/base/pace.ts';

/**
 * Rows are shown first, and what has to be read for them is filled in a moment later: gathers the
 * rows that want it, and fills them together, never two times at once.
 */
export class FillLater<T> implements Disposable {
  readonly #fill: (wanted: readonly T[], pace: Pace) => Promise<void>;
  readonly #delayMs: number;
  readonly #wanted = new Set<T>();
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | null = null;

  /** @param fill may want items again, and rests as its pace says: that rejects after `dispose`. */
  constructor(fill: (wanted: readonly T[], pace: Pace) => Promise<void>, delayMs: number) {
    this.#fill = fill;
    this.#delayMs = delayMs;
  }

  want(item: T): void {
    if (this.#abort.signal.aborted) return;
    this.#wanted.add(item);
    this.#timer ??= setTimeout(() => void this.#run(), this.#delayMs);
  }

  dispose(): void {
    this.#abort.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    const items = [...this.#wanted];
    this.#wanted.clear();
    try {
      await this.#fill(items, new Pace(this.#abort.signal, EDITOR_SLICE_MS));
    } catch {
      // The rows stay as they are, and those that are shown again want it again.
    }
    this.#timer = null;
    const again = [...this.#wanted];
    for (const item of again) this.want(item);
  }
}
