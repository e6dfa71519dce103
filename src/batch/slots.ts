/**
 * Does work in slots: so many pieces at a time, a number that may change while they go on.
 */
export class Slots {
  #size: number;
  #closed = false;
  readonly #running = new Set<Promise<void>>();
  #wake: (() => void) | null = null;

  constructor(size: number) {
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  /** From now on so many at a time; those that run go on. */
  resize(size: number): void {
    this.#size = size;
    this.#notify();
  }

  /** Begins no more; those that run go on. */
  close(): void {
    this.#closed = true;
    this.#notify();
  }

  /**
   * Takes pieces of work until there are no more, or the slots are closed, and waits for the end
   * of all that began.
   * @param next gives at most `free` pieces. None while others run: it is asked again when one
   *   of them has ended.
   * @param work must not reject.
   */
  async run<T>(
    next: (free: number) => Promise<readonly T[]>,
    work: (piece: T) => Promise<void>,
  ): Promise<void> {
    for (;;) {
      const free = this.#size - this.#running.size;
      const pieces = this.#closed || free < 1 ? [] : await next(free);
      for (const piece of pieces) if (!this.#closed) this.#begin(work(piece));
      if (pieces.length > 0) continue;
      if (this.#running.size === 0) return;
      await Promise.race([
        ...this.#running,
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      ]);
    }
  }

  #begin(work: Promise<void>): void {
    const piece = work.finally(() => this.#running.delete(piece));
    this.#running.add(piece);
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
