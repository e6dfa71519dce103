/** Ctrl-C (and a polite kill) as a signal: the first aborts, the next ones are counted. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #listeners = new Set<() => void>();
  #count = 0;

  constructor() {
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  /** Aborted from the first Ctrl-C on. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** How many times. */
  get count(): number {
    return this.#count;
  }

  /** Calls `listener` at every Ctrl-C. */
  onInterrupt(listener: () => void): void {
    this.#listeners.add(listener);
  }

  dispose(): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
    this.#listeners.clear();
  }

  readonly #onSignal = (): void => {
    this.#count++;
    this.#controller.abort();
    for (const listener of this.#listeners) listener();
  };
}
