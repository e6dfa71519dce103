import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { WriteStream } from 'node:tty';
import { hasErrno } from '../../core/base/errors.ts';
import { printableJson, printableLines } from '../../core/base/printable.ts';
import { painter, withColours, type Paint } from './text.ts';

const CLEAR_LINE = '\r\u001b[K';

/** What {@link Terminal} needs of a stream. */
type Stream = Pick<WriteStream, 'write' | 'once' | 'on'> &
  Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

/**
 * Where the program prints; nothing else writes to stdout or stderr. Names, keys, values, notes and
 * messages come from files that anybody may have written: what is not {@link Terminal.runOutput}
 * cannot control the terminal.
 */
export class Terminal {
  /** For stdout; does nothing when that shows no colours. */
  readonly paint: Paint;
  readonly #stdout: Stream;
  readonly #stderr: Stream;

  constructor(stdout: Stream, stderr: Stream, env: NodeJS.ProcessEnv) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.paint = painter(stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb');
  }

  /** Characters per line; Infinity when stdout is not a terminal. */
  get width(): number {
    return this.#stdout.isTTY === true ? (this.#stdout.columns ?? Infinity) : Infinity;
  }

  /** Whether {@link progress} is seen. */
  get showsProgress(): boolean {
    return this.#stderr.isTTY === true;
  }

  /** Writes text for people to stdout, with the colours of {@link paint}. Lines end in LF. */
  out(text: string): void {
    this.#stdout.write(withColours(text));
  }

  /** Writes a line for people to stderr. */
  note(text: string): void {
    this.#stderr.write(`${printableLines(text)}\n`);
  }

  /** Writes JSON text and a newline to stdout. @returns as {@link runOutput}. */
  json(text: string): boolean {
    return this.#stdout.write(`${printableJson(text)}\n`);
  }

  /** Overwrites the last line of stderr; null clears it. */
  progress(text: string | null): void {
    this.#stderr.write(CLEAR_LINE + (text === null ? '' : printableLines(text)));
  }

  /**
   * Writes what a run printed, as it is: colours and progress bars are the program's own, and a
   * pipe gets the bytes that the program wrote. So do `cat`, `git show` and `kubectl logs`, and so
   * would the program itself. @returns false when the reader is slow: wait for {@link drained}.
   */
  runOutput(stream: 'stdout' | 'stderr', text: string): boolean {
    return (stream === 'stderr' ? this.#stderr : this.#stdout).write(text);
  }

  /** As {@link runOutput}, all bytes of a stream. */
  async pipeRunOutput(bytes: Readable): Promise<void> {
    await pipeline(bytes, process.stdout, { end: false });
  }

  /** Resolves when stdout takes more. */
  drained(): Promise<void> {
    return new Promise((resolve) => this.#stdout.once('drain', () => resolve()));
  }

  /** Asks the person, on stderr. @returns the line that was typed. */
  async ask(question: string): Promise<string> {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await terminal.question(printableLines(question));
    } finally {
      terminal.close();
    }
  }

  /** A reader that has seen enough, such as `head`, is no error: calls `end` then. */
  onReaderGone(end: () => void): void {
    this.#stdout.on('error', (error: unknown) => {
      if (!hasErrno(error, 'EPIPE')) throw error;
      end();
    });
  }
}

/** The terminal of this process. */
export const terminal = new Terminal(process.stdout, process.stderr, process.env);
