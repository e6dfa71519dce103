import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { FSWatcher } from 'chokidar';
import type { Disposable } from '../base/events.ts';

/**
 * Flat watch of a store: one system watch on the store itself, two per active run, none per
 * finished run (design.md 2: never recursive). Events are hints with a name; the reader looks
 * at the files.
 */
export class StoreWatcher implements Disposable {
  readonly #runsDir: string;
  readonly #onNames: (names: readonly string[]) => void;
  readonly #onError: (error: unknown) => void;
  readonly #parts: readonly string[];
  readonly #watched = new Map<string, string>();
  #watcher: FSWatcher | null = null;
  #disposed = false;

  /**
   * @param onNames called with names of entries of the store that changed.
   * @param onError called when watching fails; the slow poll of the store goes on.
   * @param parts directories of an active entry that are watched, relative to it.
   */
  constructor(
    runsDir: string,
    onNames: (names: readonly string[]) => void,
    onError: (error: unknown) => void,
    parts: readonly string[] = ['', 'proc'],
  ) {
    this.#parts = parts;
    this.#runsDir = runsDir;
    this.#onNames = onNames;
    this.#onError = onError;
  }

  /**
   * Starts watching, unless it does already or the store does not exist yet.
   * @returns true when it began just now.
   */
  async start(): Promise<boolean> {
    if (this.#watcher !== null || this.#disposed || !existsSync(this.#runsDir)) return false;
    const { watch } = await import('chokidar');
    // dispose() may have come in between; the compiler cannot see that the await lets it.
    if ((this.#disposed as boolean) || (this.#watcher as FSWatcher | null) !== null) return false;
    this.#watched.set(this.#runsDir, '');
    const watcher = watch(this.#runsDir, {
      depth: 0,
      ignoreInitial: true,
      // Entries are not tracked one by one: a store has tens of thousands. The raw event of the
      // directory itself carries the name, which is all we want.
      ignored: (path) => !this.#watched.has(path),
    });
    this.#watcher = watcher;
    watcher.on('raw', (_event, name, details) => {
      this.#onRaw(name, details);
    });
    watcher.on('error', (error) => {
      this.#onError(error);
    });
    await new Promise<void>((resolve) => {
      watcher.once('ready', () => {
        resolve();
      });
    });
    return true;
  }

  /** Watches these entries of the store too (metas of runs that may change), and no others. */
  setActive(metaNames: readonly string[]): void {
    const wanted = new Map<string, string>();
    for (const name of metaNames) {
      for (const part of this.#parts) wanted.set(join(this.#runsDir, name, part), name);
    }
    for (const path of this.#watched.keys()) {
      if (path === this.#runsDir || wanted.has(path)) continue;
      this.#watched.delete(path);
      this.#watcher?.unwatch(path);
    }
    for (const [path, name] of wanted) {
      if (this.#watched.has(path)) continue;
      this.#watched.set(path, name);
      this.#watcher?.add(path);
    }
  }

  dispose(): void {
    this.#disposed = true;
    const watcher = this.#watcher;
    this.#watcher = null;
    watcher?.close().catch(this.#onError);
  }

  #onRaw(name: unknown, details: unknown): void {
    const watchedPath =
      typeof details === 'object' && details !== null && 'watchedPath' in details
        ? details.watchedPath
        : null;
    const owner = typeof watchedPath === 'string' ? this.#watched.get(watchedPath) : undefined;
    if (owner !== undefined && owner !== '') this.#onNames([owner]);
    else if (typeof name === 'string' && name !== '')
      this.#onNames([name.split(sep).at(-1) ?? name]);
  }
}
