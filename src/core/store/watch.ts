import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { FSWatcher } from 'chokidar';
import type { Disposable } from '../base/events.ts';
import type { RunInfo } from '../run/types.ts';

/**
 * Flat watch of a store: one system watch on the store itself, two per active run, none per
 * finished run (design.md 2: never recursive). Events are hints with a name; the reader looks
 * at the files.
 */
export class StoreWatcher implements Disposable {
  readonly #runsDir: string;
  readonly #part: string;
  readonly #onNames: (names: readonly string[]) => void;
  readonly #onError: (error: unknown) => void;
  /** What is watched, as chokidar tells it, with the id of its run; empty for the store. */
  readonly #watched = new Map<string, string>();
  #watcher: FSWatcher | null = null;
  #disposed = false;

  /**
   * @param part directory that is watched besides the meta directory of a run, below it.
   * @param onNames called with names of entries of the store, or ids of runs, that changed.
   * @param onError called when watching fails; the slow poll of the store goes on.
   */
  constructor(
    runsDir: string,
    part: string,
    onNames: (names: readonly string[]) => void,
    onError: (error: unknown) => void,
  ) {
    this.#runsDir = runsDir;
    this.#part = part;
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
    this.#watched.set(toldAs(this.#runsDir), '');
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

  /**
   * Watches the metas of these runs too, and of no others. Does nothing before it has started.
   * @returns ids of those that were not watched before.
   */
  setRuns(runs: readonly Pick<RunInfo, 'id' | 'metaPath'>[]): readonly string[] {
    const watcher = this.#watcher;
    if (watcher === null) return [];
    const wanted = new Map<string, string>();
    for (const { id, metaPath } of runs) {
      wanted.set(toldAs(metaPath), id);
      wanted.set(toldAs(join(metaPath, this.#part)), id);
    }
    for (const path of this.#watched.keys()) {
      if (path === toldAs(this.#runsDir) || wanted.has(path)) continue;
      this.#watched.delete(path);
      watcher.unwatch(path);
    }
    const added = new Set<string>();
    for (const [path, id] of wanted) {
      if (this.#watched.has(path)) continue;
      this.#watched.set(path, id);
      watcher.add(path);
      added.add(id);
    }
    return [...added];
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

/** A path as chokidar tells it: with `/` on Windows, too. */
function toldAs(path: string): string {
  return path.replaceAll(sep, '/');
}
