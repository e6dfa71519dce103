import { dirname, join } from 'node:path';
import type { Phase, Run } from '../run/types.ts';
import { followOutput, type FollowOptions, type OutputEvent } from './follow.ts';
import type { OutputLine, OutputPosition, ReadOptions } from './lines.ts';
import { LineLocator } from './locator.ts';
import { outputPaths } from './paths.ts';
import { BufferSource, CommittedSource, FileSource, type ByteSource } from './source.ts';
import { cut, decode, leftOut } from './text.ts';

const CHUNK = 256 * 1024;
const RECORD = 9;
const LF = 0x0a;

/** Default for {@link ReadOptions.maxLineBytes}. */
const MAX_LINE = 1024 * 1024;

/** Default for the most text that a tail reads. Bytes. */
const TAIL_BYTES = 8 * 1024 * 1024;

/** The end of an output. */
export interface OutputTail {
  readonly lines: readonly OutputLine[];
  /** Where following goes on without a gap and without a line twice. */
  readonly next: OutputPosition;
  /** True when `lines` begins with the first line of the output. */
  readonly complete: boolean;
}

/**
 * Reads the output of one phase by line number or from its end, without reading the rest
 * (gage-format.md 2.8). Every mismatch between output, index and offset table is survived: they may
 * come from another tool, be cut by a crash, or grow while we read.
 */
export class OutputReader {
  readonly #output: ByteSource;
  readonly #index: ByteSource;
  readonly #offsets: ByteSource;
  readonly #watchDir: string | null;
  readonly #locator: LineLocator;

  private constructor(
    output: ByteSource,
    index: ByteSource,
    offsets: ByteSource,
    watchDir: string | null,
  ) {
    this.#output = output;
    this.#index = index;
    this.#offsets = offsets;
    this.#watchDir = watchDir;
    this.#locator = new LineLocator(output, index, offsets);
  }

  /** Reader of a phase of a run whose meta is a directory. The files need not exist yet. */
  static ofRun(run: Pick<Run, 'metaPath'>, phase: Phase): OutputReader {
    const paths = outputPaths(run, phase);
    return new OutputReader(
      new CommittedSource(paths.output, paths.commit),
      new FileSource(paths.index),
      new FileSource(paths.offsets),
      join(paths.output, '..'),
    );
  }

  /** Reader of an output of another tool, with its index, by their paths. They need not exist yet. */
  static ofFiles(output: string, index: string): OutputReader {
    const none = new BufferSource(Buffer.alloc(0));
    return new OutputReader(new FileSource(output), new FileSource(index), none, dirname(output));
  }

  /** Reader of an output in memory, for example from a zip; `index` null when there is none. */
  static ofBuffers(output: Buffer, index: Buffer | null): OutputReader {
    const none = Buffer.alloc(0);
    return new OutputReader(
      new BufferSource(output),
      new BufferSource(index ?? none),
      new BufferSource(none),
      null,
    );
  }

  async close(): Promise<void> {
    await Promise.all([this.#output.close(), this.#index.close(), this.#offsets.close()]);
  }

  /** Bytes of the output now. */
  size(): Promise<number> {
    return this.#output.size();
  }

  /**
   * Number of lines, an unfinished last one included. Taken from the index where that is
   * sure; outputs of other tools are counted, the large ones among them trusted.
   */
  lineCount(options: ReadOptions = {}): Promise<number> {
    return this.#locator.lineCount(options.signal);
  }

  /** Lines `from` (inclusive) to `to` (exclusive); fewer when the output ends before. */
  async readLines(from: number, to: number, options: ReadOptions = {}): Promise<OutputLine[]> {
    const lines: OutputLine[] = [];
    for await (const batch of this.batches(from, to, options)) lines.push(...batch);
    return lines;
  }

  /** The same in batches of bounded size, for outputs that do not fit into memory. */
  async *batches(
    from = 0,
    to = Number.POSITIVE_INFINITY,
    options: ReadOptions = {},
  ): AsyncGenerator<OutputLine[]> {
    const size = await this.#output.size();
    const start = await this.#locator.locate(Math.max(0, from), size, options.signal);
    if (start === null || to <= start.line) return;
    for await (const { lines } of this.#walk(start, size, to, true, options)) yield lines;
  }

  /**
   * The last lines, read backwards from the end.
   * @param count how many lines at most.
   * @param maxBytes stop after this much text, even when that gives fewer lines.
   */
  async tail(
    count: number,
    options: ReadOptions & { readonly maxBytes?: number } = {},
  ): Promise<OutputTail> {
    const size = await this.#output.size();
    const maxBytes = options.maxBytes ?? TAIL_BYTES;
    const begin = await this.#locator.backwards(size, count, maxBytes, options.signal);
    const start = await this.#locator.positionAt(begin, size, options.signal);
    const lines: OutputLine[] = [];
    let next = start;
    for await (const batch of this.#walk(start, size, Infinity, true, options)) {
      lines.push(...batch.lines);
      next = batch.next;
    }
    const end = await this.#locator.lastLineEnd(size);
    // An unfinished line is shown, but following begins with it again, once it is complete.
    if (end < size && lines.length > 0) next = { line: next.line - 1, offset: end };
    return { lines, next, complete: begin === 0 };
  }

  /**
   * Complete lines from `position` as they are written, each exactly once, until
   * `options.ended()` says that no more will come, or `signal` aborts. The unfinished last
   * line comes as `partial` whenever it changed, and as a line when the output has ended.
   */
  follow(position: OutputPosition, options: FollowOptions = {}): AsyncGenerator<OutputEvent> {
    return followOutput(this, this.#watchDir, position, options);
  }

  /**
   * Complete lines that are there from `position` on, at most about one chunk, and what
   * follows them without an LF. For {@link follow}.
   */
  async readFrom(position: OutputPosition, options: ReadOptions = {}): Promise<OutputEvent> {
    const size = await this.#output.size();
    for await (const batch of this.#walk(position, size, Infinity, false, options)) {
      if (batch.lines.length > 0) return { ...batch, partial: null };
    }
    const rest = size - position.offset;
    if (rest <= 0) return { lines: [], next: position, partial: null };
    const bytes = await this.#readLine(position.offset, size, options.maxLineBytes ?? MAX_LINE);
    const record = await this.#records(position.line, 1);
    const partial = { line: position.line, text: decode(bytes, true), ...record(0) };
    return { lines: [], next: position, partial };
  }

  /** Walks over the lines from a known beginning of a line. */
  async *#walk(
    start: OutputPosition,
    size: number,
    to: number,
    withUnfinished: boolean,
    options: ReadOptions,
  ): AsyncGenerator<{ lines: OutputLine[]; next: OutputPosition }> {
    const limit = options.maxLineBytes ?? MAX_LINE;
    let { line, offset } = start;
    while (offset < size && line < to) {
      options.signal?.throwIfAborted();
      const chunk = await this.#output.read(offset, Math.min(CHUNK, size - offset));
      if (chunk.length === 0) return;
      const texts: string[] = [];
      let at = 0;
      for (let lf = chunk.indexOf(LF); lf !== -1 && line + texts.length < to;) {
        texts.push(decode(cut(chunk.subarray(at, lf), limit)));
        at = lf + 1;
        lf = chunk.indexOf(LF, at);
      }
      if (texts.length === 0) {
        const end = await this.#findLf(offset + chunk.length, size);
        if (end === null && !withUnfinished) return;
        texts.push(decode(await this.#readLine(offset, end ?? size, limit)));
        at = (end ?? size) - offset + (end === null ? 0 : 1);
      }
      const record = await this.#records(line, texts.length);
      const first = line;
      const lines = texts.map((text, i) => ({ line: first + i, text, ...record(i) }));
      line += texts.length;
      offset += at;
      yield { lines, next: { line, offset } };
    }
  }

  /** Bytes `start` to `end` of one line; the middle of a very long one is left out. */
  async #readLine(start: number, end: number, limit: number): Promise<Buffer> {
    const length = end - start;
    if (length <= limit) return await this.#output.read(start, length);
    const half = Math.floor(limit / 2);
    const head = await this.#output.read(start, half);
    const tail = await this.#output.read(end - half, half);
    return Buffer.concat([head, leftOut(length - 2 * half), tail]);
  }

  /** Position of the next LF at or after `from`, null when there is none. */
  async #findLf(from: number, size: number): Promise<number | null> {
    for (let at = from; at < size; at += CHUNK) {
      const chunk = await this.#output.read(at, Math.min(CHUNK, size - at));
      const lf = chunk.indexOf(LF);
      if (lf !== -1) return at + lf;
      if (chunk.length === 0) break;
    }
    return null;
  }

  /** Time and stream of `count` lines from `first`; nulls where the index has nothing. */
  async #records(
    first: number,
    count: number,
  ): Promise<(i: number) => Pick<OutputLine, 'timeMs' | 'stream'>> {
    const bytes = await this.#index.read(first * RECORD, count * RECORD);
    return (i) => {
      if (bytes.length < (i + 1) * RECORD) return { timeMs: null, stream: null };
      const ms = Number(bytes.readBigUInt64BE(i * RECORD));
      const stream = bytes[i * RECORD + 8];
      return {
        // Beyond what a Date can hold it is garbage.
        timeMs: ms <= 8.64e15 ? ms : null,
        stream: stream === 0 ? 'stdout' : stream === 1 ? 'stderr' : null,
      };
    };
  }
}
