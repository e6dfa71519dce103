/**
 * Something that is loaded with its first use, once for all who ask. A load that fails is
 * forgotten: the next use tries again.
 */
export class Lazy<T> {
  readonly #load: () => Promise<T>;
  #loading: Promise<T> | null = null;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  /** True while it is there or being loaded. */
  get isWanted(): boolean {
    return this.#loading !== null;
  }

  /** Rejects as the load does, for all who wait for it. */
  get(): Promise<T> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = null;
      throw error;
    });
    return this.#loading;
  }
}
