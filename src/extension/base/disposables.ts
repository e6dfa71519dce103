import type { Disposable } from '../../core/base/events.ts';

/**
 * Owns things that must be given up together: disposed in reverse order, and whatever is added
 * after that at once.
 */
export class DisposableStore implements Disposable {
  readonly #items: { dispose(): unknown }[] = [];
  #disposed = false;

  get isDisposed(): boolean {
    return this.#disposed;
  }

  /** Takes ownership of `item` and returns it. */
  add<T extends { dispose(): unknown }>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.push(item);
    return item;
  }

  /**
   * One that throws does not keep the others from being disposed: what it threw is thrown at the
   * end, of several as an `AggregateError`.
   */
  dispose(): void {
    this.#disposed = true;
    const errors: unknown[] = [];
    for (let item = this.#items.pop(); item !== undefined; item = this.#items.pop()) {
      try {
        item.dispose();
      } catch (error) {
        if (error instanceof AggregateError) errors.push(...(error.errors as unknown[]));
        else errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} were not disposed`);
  }
}
