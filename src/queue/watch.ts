import { existsSync, watch, type FSWatcher } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Disposable } from '../core/base/events.ts';
import { queueDir } from '../core/status/marks.ts';
import { isQueueFile } from './files.ts';

/** Looks this often whether a store has a queue now, where events do not arrive. Milliseconds. */
const APPEARS_MS = 5_000;

/**
 * Calls `onChange` when something of the queue of a store may have changed: an entry, a setting,
 * a failure. Waits for the first entry when there is no queue yet; nothing is created. Keeps no
 * process alive.
 */
export function watchQueue(runsDir: string, onChange: () => void): Disposable {
  const dir = queueDir(runsDir);
  const places = [dir, dirname(dir), runsDir];
  let watched: string | undefined;
  let watcher: FSWatcher | null = null;
  const start = (): void => {
    const place = places.find((path) => existsSync(path));
    if (watched === dir || place === undefined || place === watched) return;
    watcher?.close();
    watched = place;
    watcher = watchNames(place, (name) => {
      if (place === dir) {
        if (isQueueFile(name)) onChange();
      } else if (places.includes(join(place, name))) start();
    });
    // It may have gone on while there was no watch.
    if (place === dir) onChange();
    else start();
  };
  start();
  const timer = setInterval(start, APPEARS_MS).unref();
  return {
    dispose: () => {
      clearInterval(timer);
      watcher?.close();
    },
  };
}

/** A flat watch of a directory; null where watches are used up. Keeps no process alive. */
export function watchNames(dir: string, onName: (name: string) => void): FSWatcher | null {
  try {
    const watcher = watch(dir, { persistent: false }, (_event, name) => {
      if (name !== null) onName(name);
    });
    // Events are hints: whoever watches looks by itself from time to time.
    watcher.on('error', () => {
      watcher.close();
    });
    return watcher;
  } catch {
    return null;
  }
}

/** Wakes whoever waits; a ring while nobody waits is not lost. */
export class Alarm {
  #due = false;
  #wake: (() => void) | null = null;

  ring(): void {
    this.#due = true;
    this.#wake?.();
  }

  /** Waits for a ring, for `ms` milliseconds at most. Returns at once after a ring. */
  async wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    if (!this.#due) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, ms);
      });
    }
    clearTimeout(timer);
    this.#wake = null;
    this.#due = false;
  }
}
