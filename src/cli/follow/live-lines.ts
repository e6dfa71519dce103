import { setTimeout as sleep } from 'node:timers/promises';
import type { OutputLine } from '../../core/output/lines.ts';
import type { OutputReader } from '../../core/output/reader.ts';

/** Look for more output this often. Milliseconds. */
const POLL_MS = 50;

/**
 * Follows an output that is being written and hands on its text as it comes: whole lines, and
 * what an unfinished line has grown by, so that prompts and progress bars are seen.
 */
export class LiveLines {
  readonly #reader: OutputReader;
  readonly #print: (line: OutputLine, text: string) => void;
  #position = { line: 0, offset: 0 };
  /** What of the line at the position has been handed on. */
  #shown = '';
  #ended = false;

  /** @param print gets a line as it stands and the part of it that is new, with its LF if any. */
  constructor(reader: OutputReader, print: (line: OutputLine, text: string) => void) {
    this.#reader = reader;
    this.#print = print;
  }

  /** True once the end of the output is known: an unfinished line stays unfinished. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Number of the next line, from 1. */
  get nextLine(): number {
    return this.#position.line + 1;
  }

  /** Hands on everything until `ended` says that nothing more will be written. */
  async run(ended: () => Promise<boolean>): Promise<void> {
    for (;;) {
      // Asked before reading: what was written before the end is then read.
      const last = await ended();
      await this.#drain(last);
      if (last) return;
      await sleep(POLL_MS);
    }
  }

  async #drain(last: boolean): Promise<void> {
    for (;;) {
      const { lines, next, partial } = await this.#reader.readFrom(this.#position);
      for (const line of lines) {
        this.#print(line, `${this.#fresh(line.text)}\n`);
        this.#shown = '';
      }
      this.#position = next;
      if (lines.length > 0) continue;
      this.#ended = last;
      if (partial !== null) {
        const text = this.#fresh(partial.text);
        this.#shown = partial.text;
        if (text !== '' || last) this.#print(partial, text);
      }
      return;
    }
  }

  #fresh(text: string): string {
    if (text.startsWith(this.#shown)) return text.slice(this.#shown.length);
    // The middle of a very long line was left out.
    return text;
  }
}
