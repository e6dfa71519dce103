import { join } from 'node:path';
import { OFFSET_STRIDE, outputPaths } from './output-paths.ts';
import { BufferSource, FileSource, type ByteSource } from './output-source.ts';
import { followOutput, type FollowOptions, type OutputEvent } from './output-follow.ts';
import type { Phase, Run } from './types.ts';

const CHUNK = 256 * 1024;
const RECORD = 9;
const LF = 0x0a;
/** Outputs of other tools up to this size are scanned to count their lines. Bytes. */
const SCAN_ALWAYS = 64 * 1024 * 1024;
/** Default for {@link ReadOptions.maxLineBytes}. */
const MAX_LINE = 1024 * 1024;
/** Default for the most text that a tail reads. Bytes. */
const TAIL_BYTES = 8 * 1024 * 1024;

/** One line of output: what stands between two LFs. */
export interface OutputLine {
  /** From 0. */
  readonly line: number;
  /** Epoch milliseconds when it began; null when the index does not know. */
  readonly timeMs: number | null;
  readonly stream: 'stdout' | 'stderr' | null;
  /** Without the LF; CRs as they were printed. Broken UTF-8 becomes U+FFFD. */
  readonly text: string;
}

/** Where a line begins. */
export interface OutputPosition {
  readonly line: number;
  /** Bytes. */
  readonly offset: number;
}

/** Options of every way to read. */
export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Of a longer line only the beginning and the end are kept. Bytes; default 1 MiB. */
  readonly maxLineBytes?: number;
}

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
 * (gage.md 2.8). Every mismatch between output, index and offset table is survived: they may
 * come from another tool, be cut by a crash, or grow while we read.
 */
export class OutputReader {
  readonly #output: ByteSource;
  readonly #index: ByteSource;
  readonly #offsets: ByteSource;
  readonly #watchDir: string | null;
  /** Offsets of every OFFSET_STRIDEth line as found by scanning. */
  readonly #scanned: number[] = [0];
  #scanLine = 0;
  #scanOffset = 0;

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
  }

  /** Reader of a phase of a run whose meta is a directory. The files need not exist yet. */
  static ofRun(run: Pick<Run, 'metaPath'>, phase: Phase): OutputReader {
    const paths = outputPaths(run, phase);
    return new OutputReader(
      new FileSource(paths.output),
      new FileSource(paths.index),
      new FileSource(paths.offsets),
      join(paths.output, '..'),
    );
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
  async lineCount(options: ReadOptions = {}): Promise<number> {
    const size = await this.#output.size();
    if (size === 0) return 0;
    const records = Math.floor((await this.#index.size()) / RECORD);
    if (await this.#isOurs(records)) return records;
    if (size > SCAN_ALWAYS && records > 0) return records;
    await this.#scan(Number.POSITIVE_INFINITY, size, options.signal);
    const unfinished = this.#scanOffset < size ? 1 : 0;
    return this.#scanLine + unfinished;
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
    const start = await this.#locate(Math.max(0, from), size, options.signal);
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
    const begin = await this.#backwards(size, count, maxBytes, options.signal);
    const start = await this.#positionAt(begin, size, options.signal);
    const lines: OutputLine[] = [];
    let next = start;
    for await (const batch of this.#walk(start, size, Infinity, true, options)) {
      lines.push(...batch.lines);
      next = batch.next;
    }
    const end = await this.#lastLineEnd(size);
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
  async readFrom(
    position: OutputPosition,
    options: ReadOptions = {},
  ): Promise<{ lines: OutputLine[]; next: OutputPosition; partial: OutputLine | null }> {
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
      for (let lf = chunk.indexOf(LF); lf !== -1 && line + texts.length < to; ) {
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

  /** Our writer keeps index and offset table in step; then the index is exact. */
  async #isOurs(records: number): Promise<boolean> {
    const entries = Math.floor((await this.#offsets.size()) / 8);
    return entries > 0 && entries === Math.ceil(records / OFFSET_STRIDE);
  }

  /** Where line `wanted` begins; null when the output has fewer lines. */
  async #locate(
    wanted: number,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<OutputPosition | null> {
    const near = (await this.#fromTable(wanted, size)) ?? (await this.#fromScan(wanted, size, signal));
    if (near === null) return null;
    let { line, offset } = near;
    while (line < wanted && offset < size) {
      signal?.throwIfAborted();
      const chunk = await this.#output.read(offset, Math.min(CHUNK, size - offset));
      let at = 0;
      for (let lf = chunk.indexOf(LF); lf !== -1 && line < wanted; lf = chunk.indexOf(LF, at)) {
        at = lf + 1;
        line++;
      }
      offset += line < wanted || at === 0 ? chunk.length : at;
      if (chunk.length === 0) return null;
    }
    return line === wanted && offset < size ? { line, offset } : null;
  }

  /** The nearest known beginning of a line from the offset table, checked against the output. */
  async #fromTable(wanted: number, size: number): Promise<OutputPosition | null> {
    const entry = Math.floor(wanted / OFFSET_STRIDE);
    if (entry === 0) return { line: 0, offset: 0 };
    const bytes = await this.#offsets.read(entry * 8, 8);
    if (bytes.length < 8) return null;
    const offset = Number(bytes.readBigUInt64BE());
    if (offset <= 0 || offset > size) return null;
    const before = await this.#output.read(offset - 1, 1);
    return before[0] === LF ? { line: entry * OFFSET_STRIDE, offset } : null;
  }

  /** The number of the line that begins at `offset`, counted from the nearest known line. */
  async #positionAt(
    offset: number,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<OutputPosition> {
    const entries = Math.floor((await this.#offsets.size()) / 8);
    let low = 0;
    let near: OutputPosition = { line: 0, offset: 0 };
    for (let high = entries - 1; low < high; ) {
      const middle = Math.ceil((low + high) / 2);
      const found = await this.#fromTable(middle * OFFSET_STRIDE, size);
      if (found !== null && found.offset <= offset) {
        near = found;
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    if (offset - near.offset > SCAN_ALWAYS) {
      // A very large output of another tool: its index is all we have.
      const records = Math.floor((await this.#index.size()) / RECORD);
      const after = await this.#countLfs(offset, size, signal);
      const unfinished = (await this.#lastLineEnd(size)) < size ? 1 : 0;
      return { line: Math.max(0, records - after - unfinished), offset };
    }
    return { line: near.line + (await this.#countLfs(near.offset, offset, signal)), offset };
  }

  async #countLfs(from: number, to: number, signal: AbortSignal | undefined): Promise<number> {
    let count = 0;
    for (let at = from; at < to; ) {
      signal?.throwIfAborted();
      const chunk = await this.#output.read(at, Math.min(CHUNK, to - at));
      if (chunk.length === 0) break;
      for (let lf = chunk.indexOf(LF); lf !== -1; lf = chunk.indexOf(LF, lf + 1)) count++;
      at += chunk.length;
    }
    return count;
  }

  async #fromScan(
    wanted: number,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<OutputPosition | null> {
    await this.#scan(wanted, size, signal);
    const entry = Math.min(Math.floor(wanted / OFFSET_STRIDE), this.#scanned.length - 1);
    const offset = this.#scanned[entry];
    return offset === undefined ? null : { line: entry * OFFSET_STRIDE, offset };
  }

  /** Counts complete lines until line `until` is reached; goes on where it stopped last time. */
  async #scan(until: number, size: number, signal: AbortSignal | undefined): Promise<void> {
    let at = this.#scanOffset;
    while (at < size && this.#scanLine <= until) {
      signal?.throwIfAborted();
      const chunk = await this.#output.read(at, Math.min(CHUNK, size - at));
      if (chunk.length === 0) return;
      for (let lf = chunk.indexOf(LF); lf !== -1; lf = chunk.indexOf(LF, lf + 1)) {
        this.#scanLine++;
        this.#scanOffset = at + lf + 1;
        if (this.#scanLine % OFFSET_STRIDE === 0) this.#scanned.push(this.#scanOffset);
      }
      at += chunk.length;
    }
  }

  /** End of the last complete line. */
  async #lastLineEnd(size: number): Promise<number> {
    for (let end = size; end > 0; ) {
      const start = Math.max(0, end - CHUNK);
      const lf = (await this.#output.read(start, end - start)).lastIndexOf(LF);
      if (lf !== -1) return start + lf + 1;
      end = start;
    }
    return 0;
  }

  /** Where the last `count` lines begin. */
  async #backwards(
    size: number,
    count: number,
    maxBytes: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    let missing = count;
    let begin = size;
    for (let end = size; end > 0; ) {
      signal?.throwIfAborted();
      const start = Math.max(0, end - CHUNK);
      const chunk = await this.#output.read(start, end - start);
      for (let i = chunk.length - 1; i >= 0; ) {
        const lf = chunk.lastIndexOf(LF, i);
        if (lf === -1) break;
        const after = start + lf + 1;
        if (after < size) {
          missing--;
          if (missing >= 0 && (begin === size || size - after <= maxBytes)) begin = after;
          if (missing <= 0 || size - after > maxBytes) return begin;
        }
        i = lf - 1;
      }
      end = start;
    }
    return count === 0 ? size : 0;
  }
}

/** The beginning and the end of a line that is longer than `limit`. */
function cut(bytes: Buffer, limit: number): Buffer {
  if (bytes.length <= limit) return bytes;
  const half = Math.floor(limit / 2);
  const middle = leftOut(bytes.length - 2 * half);
  return Buffer.concat([bytes.subarray(0, half), middle, bytes.subarray(bytes.length - half)]);
}

function leftOut(bytes: number): Buffer {
  return Buffer.from(` [… ${String(bytes)} bytes …] `);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** @param open the text goes on: an incomplete character at its end is left for later. */
function decode(bytes: Buffer, open = false): string {
  if (!open) return decoder.decode(bytes);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });
}

/**
 * A line as a terminal shows it in the end: what was printed after the last CR, or before it
 * when nothing was.
 */
export function displayText(text: string): string {
  const parts = text.split('\r');
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i];
    if (part !== undefined && part !== '') return part;
  }
  return '';
}
