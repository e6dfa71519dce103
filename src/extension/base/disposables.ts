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

  dispose(): void {
    this.#disposed = true;
    for (let item = this.#items.pop(); item !== undefined; item = this.#items.pop()) item.dispose();
  }
}
