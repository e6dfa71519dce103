import { setImmediate } from 'node:timers/promises';

/** How long a bulk of synchronous work may hold the event loop, unless told. Milliseconds. */
const SLICE_MS = 25;

/** The same in an editor, which draws and types meanwhile. Milliseconds. */
export const EDITOR_SLICE_MS = 8;

/**
 * Keeps long loops of synchronous work polite: the loop asks `due` between items and awaits
 * `rest` when it is, so that signals, timers and messages get their turn.
 *
 *     if (pace.due()) await pace.rest();
 */
export class Pace {
  readonly #signal: AbortSignal | undefined;
  readonly #sliceMs: number;
  #since = performance.now();

  constructor(signal?: AbortSignal, sliceMs = SLICE_MS) {
    this.#signal = signal;
    this.#sliceMs = sliceMs;
  }

  /** Whether it is time to rest. Throws the signal's reason when it was aborted. */
  due(): boolean {
    this.#signal?.throwIfAborted();
    return performance.now() - this.#since >= this.#sliceMs;
  }

  /** Lets the event loop run once. Rejects with the signal's reason when it was aborted. */
  async rest(): Promise<void> {
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#since = performance.now();
  }
}
