/** Something that can be given up once it is not needed any more. */
export interface Disposable {
  dispose(): void;
}

/** A small typed event, so that the core needs no editor and no EventEmitter. */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  /** Adds a listener until the result is disposed. */
  readonly event = (listener: (value: T) => void): Disposable => {
    this.#listeners.add(listener);
    return {
      dispose: () => {
        this.#listeners.delete(listener);
      },
    };
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
