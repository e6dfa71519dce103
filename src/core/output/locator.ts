import type { OutputPosition } from './lines.ts';
import { OFFSET_STRIDE } from './paths.ts';
import type { ByteSource } from './source.ts';

const CHUNK = 256 * 1024;
const RECORD = 9;
const LF = 0x0a;

/** Outputs of other tools up to this size are scanned to count their lines. Bytes. */
const SCAN_ALWAYS = 64 * 1024 * 1024;

/**
 * Finds where lines begin: by the offset table where our own writer left one, by scanning
 * where it did not or where it does not fit the output.
 */
export class LineLocator {
  readonly #output: ByteSource;
  readonly #index: ByteSource;
  readonly #offsets: ByteSource;
  /** Offsets of every OFFSET_STRIDEth line as found by scanning. */
  readonly #scanned: number[] = [0];
  #scanLine = 0;
  #scanOffset = 0;

  constructor(output: ByteSource, index: ByteSource, offsets: ByteSource) {
    this.#output = output;
    this.#index = index;
    this.#offsets = offsets;
  }

  /** See `OutputReader.lineCount`. */
  async lineCount(signal?: AbortSignal): Promise<number> {
    const size = await this.#output.size();
    if (size === 0) return 0;
    const records = Math.floor((await this.#index.size()) / RECORD);
    if (await this.#isOurs(records)) return records;
    if (size > SCAN_ALWAYS && records > 0) return records;
    await this.#scan(Number.POSITIVE_INFINITY, size, signal);
    const unfinished = this.#scanOffset < size ? 1 : 0;
    return this.#scanLine + unfinished;
  }

  /** Where line `wanted` begins; null when the output has fewer lines. */
  async locate(
    wanted: number,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<OutputPosition | null> {
    const near =
      (await this.#fromTable(wanted, size)) ?? (await this.#fromScan(wanted, size, signal));
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
  async positionAt(
    offset: number,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<OutputPosition> {
    const entries = Math.floor((await this.#offsets.size()) / 8);
    let low = 0;
    let near: OutputPosition = { line: 0, offset: 0 };
    for (let high = entries - 1; low < high;) {
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
      const unfinished = (await this.lastLineEnd(size)) < size ? 1 : 0;
      return { line: Math.max(0, records - after - unfinished), offset };
    }
    return { line: near.line + (await this.#countLfs(near.offset, offset, signal)), offset };
  }

  async #countLfs(from: number, to: number, signal: AbortSignal | undefined): Promise<number> {
    let count = 0;
    for (let at = from; at < to;) {
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

  /** Our writer keeps index and offset table in step; then the index is exact. */
  async #isOurs(records: number): Promise<boolean> {
    const entries = Math.floor((await this.#offsets.size()) / 8);
    return entries > 0 && entries === Math.ceil(records / OFFSET_STRIDE);
  }

  /** End of the last complete line. */
  async lastLineEnd(size: number): Promise<number> {
    for (let end = size; end > 0;) {
      const start = Math.max(0, end - CHUNK);
      const lf = (await this.#output.read(start, end - start)).lastIndexOf(LF);
      if (lf !== -1) return start + lf + 1;
      end = start;
    }
    return 0;
  }

  /** Where the last `count` lines begin. */
  async backwards(
    size: number,
    count: number,
    maxBytes: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    let missing = count;
    let begin = size;
    for (let end = size; end > 0;) {
      signal?.throwIfAborted();
      const start = Math.max(0, end - CHUNK);
      const chunk = await this.#output.read(start, end - start);
      for (let i = chunk.length - 1; i >= 0;) {
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
