import type { Disposable } from '../../core/base/events.ts';

/** Timers, so that tests can bring their own clock. */
export interface Clock {
  now(): number;
  /** @returns a function that cancels. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

/**
 * Gathers changed nodes and fires them together: at once after a quiet time, else at most once
 * per `intervalMs`, with a last fire after the last change. VS Code's own debounce starves
 * under a steady stream of events, this does not.
 */
export class Coalescer<T> implements Disposable {
  readonly #fire: (items: readonly T[]) => void;
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #pending = new Set<T>();
  #lastMs = -Infinity;
  #cancel: (() => void) | null = null;
  #disposed = false;

  constructor(fire: (items: readonly T[]) => void, intervalMs = 250, clock: Clock = systemClock) {
    this.#fire = fire;
    this.#intervalMs = intervalMs;
    this.#clock = clock;
  }

  add(items: Iterable<T>): void {
    if (this.#disposed) return;
    for (const item of items) this.#pending.add(item);
    if (this.#pending.size === 0 || this.#cancel !== null) return;
    const wait = this.#lastMs + this.#intervalMs - this.#clock.now();
    if (wait <= 0) this.#flush();
    else this.#cancel = this.#clock.after(wait, () => this.#flush());
  }

  dispose(): void {
    this.#disposed = true;
    this.#cancel?.();
    this.#cancel = null;
    this.#pending.clear();
  }

  #flush(): void {
    this.#cancel = null;
    this.#lastMs = this.#clock.now();
    const items = [...this.#pending];
    this.#pending.clear();
    this.#fire(items);
  }
}
