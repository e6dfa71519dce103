import { existsSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { Disposable } from './events.ts';

/**
 * Calls `onThere` once, as soon as a directory exists: watches the nearest directory above it
 * that does, flat. Where nothing can be watched it never calls; whoever asks looks now and then
 * all the same.
 */
export class AwaitedDirectory implements Disposable {
  readonly #path: string;
  readonly #onThere: () => void;
  #watched = '';
  #watcher: FSWatcher | null = null;

  constructor(path: string, onThere: () => void) {
    this.#path = path;
    this.#onThere = onThere;
    this.#follow();
  }

  dispose(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #follow(): void {
    for (;;) {
      const above = nearestAbove(this.#path);
      if (above === this.#watched) return;
      this.dispose();
      this.#watched = above;
      if (above === this.#path) {
        this.#onThere();
        return;
      }
      try {
        this.#watcher = watch(above, { persistent: false }, () => {
          this.#follow();
        });
        this.#watcher.on('error', () => {
          this.dispose();
        });
      } catch {
        return;
      }
      // The next one may have been made just before the watch began: look once more.
    }
  }
}

function nearestAbove(path: string): string {
  let at = path;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}
