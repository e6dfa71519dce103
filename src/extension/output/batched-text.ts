import type { Disposable } from '../../core/base/events.ts';
import { systemClock, type Clock } from '../base/coalescer.ts';

/** Text is handed on when there is this much of it, in UTF-16 units. */
const MAX_CHARS = 64 * 1024;
/** Or when the oldest of it is this old. Milliseconds. */
const MAX_AGE_MS = 50;

/** Gathers text, because many small appends to an output channel are slow. */
export class BatchedText implements Disposable {
  readonly #append: (text: string) => void;
  readonly #clock: Clock;
  #parts: string[] = [];
  #length = 0;
  #cancel: (() => void) | null = null;

  constructor(append: (text: string) => void, clock: Clock = systemClock) {
    this.#append = append;
    this.#clock = clock;
  }

  /** Adds lines, each of which gets a line feed. */
  addLines(lines: readonly string[]): void {
    for (const line of lines) {
      this.#parts.push(line);
      this.#length += line.length + 1;
      if (this.#length >= MAX_CHARS) this.flush();
    }
    if (this.#length > 0) this.#cancel ??= this.#clock.after(MAX_AGE_MS, () => this.flush());
  }

  /** Hands on what there is. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#length === 0) return;
    const text = `${this.#parts.join('\n')}\n`;
    this.#parts = [];
    this.#length = 0;
    this.#append(text);
  }

  dispose(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#parts = [];
    this.#length = 0;
  }
}
