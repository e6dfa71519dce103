import { watch, type FSWatcher } from 'node:fs';
import type { OutputLine, OutputPosition, ReadOptions } from './lines.ts';

/** Look at the output this often without events. Milliseconds. */
const NET_MS = 1000;

/** What arrived since the event before. */
export interface OutputEvent {
  /** Complete lines, in order. */
  readonly lines: readonly OutputLine[];
  /** The unfinished last line as it stands now; null when there is none. */
  readonly partial: OutputLine | null;
  /** Where the next event begins; a later follow may start here. */
  readonly next: OutputPosition;
}

/** Options of `OutputReader.follow`. */
export interface FollowOptions extends ReadOptions {
  /** True when nothing more will be written. Asked before each read, so nothing is missed. */
  readonly ended?: () => boolean | Promise<boolean>;
  /** Gather changes for this long before they are reported. Milliseconds; default 50. */
  readonly batchMs?: number;
}

/** What can be read again from where the last read ended. */
interface Source {
  readFrom(position: OutputPosition, options: ReadOptions): Promise<OutputEvent>;
}

/** See `OutputReader.follow`. Ends quietly when the signal aborts. */
export async function* followOutput(
  reader: Source,
  watchDir: string | null,
  start: OutputPosition,
  options: FollowOptions,
): AsyncGenerator<OutputEvent> {
  const changes = new Changes(watchDir, options.signal);
  let position = start;
  let shown: string | null = null;
  try {
    while (!changes.aborted) {
      const ended = (await options.ended?.()) ?? watchDir === null;
      const { lines, next, partial } = await reader.readFrom(position, options);
      position = next;
      if (lines.length > 0) {
        shown = null;
        yield { lines, partial: null, next };
        continue;
      }
      if (ended) {
        if (partial !== null) yield { lines: [partial], partial: null, next };
        return;
      }
      if ((partial?.text ?? null) !== shown) {
        shown = partial?.text ?? null;
        yield { lines: [], partial, next };
      }
      await changes.next(options.batchMs ?? 50);
    }
  } catch (error) {
    if (!changes.aborted) throw error;
  } finally {
    changes.close();
  }
}

/** Waits for a change in a directory, with a slow look as the net. */
class Changes {
  readonly #dir: string | null;
  readonly #signal: AbortSignal | undefined;
  #watcher: FSWatcher | null = null;
  #changed = false;
  #wake: (() => void) | null = null;

  constructor(dir: string | null, signal: AbortSignal | undefined) {
    this.#dir = dir;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onChange);
    this.#open();
  }

  get aborted(): boolean {
    return this.#signal?.aborted ?? false;
  }

  /** Resolves when something changed since the last call; at least after {@link NET_MS}. */
  async next(batchMs: number): Promise<void> {
    if (this.#watcher === null) this.#open();
    if (!this.#changed) await this.#sleep(NET_MS);
    if (this.#changed && !this.aborted) await this.#sleep(batchMs, true);
    this.#changed = false;
  }

  close(): void {
    this.#signal?.removeEventListener('abort', this.#onChange);
    this.#watcher?.close();
    this.#watcher = null;
  }

  #open(): void {
    if (this.#dir === null) return;
    try {
      // node:fs, not chokidar: one directory, one event for each write, nothing to filter.
      const watcher = watch(this.#dir, this.#onChange);
      watcher.on('error', () => {
        watcher.close();
        if (this.#watcher === watcher) this.#watcher = null;
      });
      this.#watcher = watcher;
    } catch {
      // The directory is not there yet, or watches are used up: the net finds changes.
    }
  }

  #sleep(ms: number, onlyAbort = false): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        if (onlyAbort && !this.aborted) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  readonly #onChange = (): void => {
    this.#changed = true;
    this.#wake?.();
  };
}
