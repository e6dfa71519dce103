import { closeSync, fstatSync, ftruncateSync, readSync } from 'node:fs';
import { hasErrno } from '../base/errors.ts';
import { openOwnFile } from '../base/regular-file.ts';
import { OutputFile, writeAll } from './file.ts';
import { OFFSET_STRIDE, type OutputPaths } from './paths.ts';
import { CommitFile, type MergeState, type Stream } from './spool-commit.ts';

/** Most that is read from a spool at once. Bytes. */
const CHUNK = 256 * 1024;
/** A longer unfinished line is written in parts. Bytes. */
const MAX_PARTIAL = 64 * 1024;
/** An unfinished line that did not grow for this long is written. Milliseconds. */
const PARTIAL_IDLE_MS = 300;
/** How long one stream waits for the other to finish a line that is already written. Milliseconds. */
const OPEN_LINE_MS = 1000;
/** So far may a single stream be ahead of us before its spool becomes the output. Bytes. */
const LINK_BACKLOG = 32 * 1024 * 1024;
/** End of what was merged, kept to notice a spool that its program rewrote. Bytes. */
const GUARD = 64;

const RECORD = 9;
const STREAMS = [0, 1] as const;

/** Called with bytes of a stream when they are seen first, before they are merged. */
export type SeenBytes = (stream: Stream, bytes: Uint8Array) => void;

interface Spool {
  fd: number | null;
  size: number;
  mtimeMs: number;
  /** When the size changed last. */
  grownAt: number;
  /** Since when this stream waits for the other's open line; null when it does not. */
  waitsSince: number | null;
  /** Bytes up to here went to `seen`. */
  seen: number;
  readonly guard: Buffer;
  guardLength: number;
}

/**
 * Merges the two spool files of a phase into `output/NN_name` and its index (gage-format.md 2.8):
 * whole lines with their records, so that line i always pairs with record i. Bytes are
 * neither added nor dropped. Synchronous and in small steps; the time comes from the caller.
 */
export class SpoolMerger {
  readonly #paths: OutputPaths;
  readonly #seen: SeenBytes | undefined;
  readonly #commit: CommitFile;
  readonly #out: OutputFile;
  readonly #linkBacklog: number;
  readonly #index: number;
  readonly #offsetTable: number;
  readonly #spools: readonly [Spool, Spool];
  readonly #buffer = Buffer.allocUnsafe(GUARD + CHUNK);
  readonly #recordBuffer = Buffer.allocUnsafe(RECORD * 4096);
  #recordsReady = 0;
  #outSize = 0;
  #records = 0;
  #offsets: [number, number] = [0, 0];
  #open: Stream | null = null;
  #lastMs = 0;
  #canLink = true;
  /** How often a program truncated its own output, for example by `> /dev/stderr`. */
  rewrites = 0;

  /**
   * Opens the files and takes up where the last commit left off: what was written after it is
   * cut off and merged again. Without spools nothing is to be done and nothing is cut. The
   * directories exist. Throws `unsafe-path` for what is no regular file, and system errors.
   */
  constructor(paths: OutputPaths, seen?: SeenBytes, linkBacklog = LINK_BACKLOG) {
    this.#paths = paths;
    this.#linkBacklog = linkBacklog;
    this.#seen = seen;
    this.#index = openOwnFile(paths.index, 'update');
    this.#offsetTable = openOwnFile(paths.offsets, 'update');
    this.#commit = new CommitFile(paths.commit);
    const state = this.#commit.read();
    if (state !== null) {
      this.#outSize = state.outSize;
      this.#records = state.records;
      this.#offsets = [...state.offsets];
      this.#open = state.open;
    }
    this.#spools = [
      newSpool(paths.stdout, this.#offsets[0]),
      newSpool(paths.stderr, this.#offsets[1]),
    ];
    this.#out = new OutputFile(paths.output, paths.stdout, this.#outSize);
    ftruncateSync(this.#index, this.#records * RECORD);
    ftruncateSync(this.#offsetTable, Math.ceil(this.#records / OFFSET_STRIDE) * 8);
  }

  get state(): MergeState {
    return {
      outSize: this.#outSize,
      records: this.#records,
      offsets: this.#offsets,
      open: this.#open,
    };
  }

  /** True while the output is the stdout spool itself. */
  get linked(): boolean {
    return this.#out.linked;
  }

  /**
   * Merges at most one chunk of each stream.
   * @param nowMs epoch milliseconds, the time of the new lines.
   * @param final no more will come: unfinished lines are written too.
   * @returns true when a chunk was full, so that more is waiting.
   * Throws system errors (a full disk); a later call tries the same bytes again.
   */
  step(nowMs: number, final = false): boolean {
    let more = false;
    for (const stream of STREAMS) more = this.#stepStream(stream, nowMs, final) || more;
    return more;
  }

  /** Closes the files. What was merged is committed already. */
  close(): void {
    this.#out.close();
    for (const fd of [this.#index, this.#offsetTable]) closeSync(fd);
    for (const spool of this.#spools) {
      if (spool.fd !== null) closeSync(spool.fd);
      spool.fd = null;
    }
    this.#commit.close();
  }

  #stepStream(stream: Stream, nowMs: number, final: boolean): boolean {
    const spool = this.#spools[stream];
    spool.fd ??= openSpool(stream === 0 ? this.#paths.stdout : this.#paths.stderr);
    if (spool.fd === null || !this.#hasNews(stream, spool, spool.fd, nowMs)) return false;
    const { bytes, full } = this.#readNew(stream, spool, spool.fd);
    this.#show(stream, spool, bytes);
    if (bytes.length === 0) return false;
    const continuesOther = this.#open !== null && this.#open !== stream;
    if (continuesOther && !final) {
      spool.waitsSince ??= nowMs;
      if (nowMs - spool.waitsSince < OPEN_LINE_MS) return false;
    }
    const length = this.#amount(stream, spool, bytes, full, nowMs, final);
    if (length === 0) return false;
    spool.waitsSince = null;
    // After a crash it was written long ago: the spool knows when.
    this.#write(stream, bytes.subarray(0, length), Math.min(nowMs, Math.trunc(spool.mtimeMs)));
    return full;
  }

  /** Whether unmerged bytes may be there; also notices a spool that was rewritten. */
  #hasNews(stream: Stream, spool: Spool, fd: number, nowMs: number): boolean {
    const { size, mtimeMs } = fstatSync(fd);
    const changed = size !== spool.size || mtimeMs !== spool.mtimeMs;
    if (size !== spool.size) spool.grownAt = nowMs;
    spool.size = size;
    spool.mtimeMs = mtimeMs;
    if (changed && this.#wasRewritten(stream, spool, fd)) this.#startOver(stream, spool);
    const backlog = size - this.#offsets[stream];
    if (stream === 0 && backlog >= this.#linkBacklog) this.#linkOutput();
    return backlog > 0;
  }

  #startOver(stream: Stream, spool: Spool): void {
    this.rewrites++;
    this.#offsets[stream] = 0;
    spool.seen = 0;
    spool.guardLength = 0;
    if (!this.#out.linked) return;
    // The output itself was truncated: what it held is lost, and so are its records.
    this.#outSize = 0;
    this.#records = 0;
    this.#open = null;
  }

  /** Possible while the output is exactly the beginning of the stdout spool. */
  #linkOutput(): void {
    if (!this.#canLink || this.#out.linked || this.#offsets[1] > 0 || this.rewrites > 0) return;
    this.#canLink = this.#out.link();
  }

  /** Makes the output independent of a spool that somebody may go on writing to. */
  detach(): void {
    this.#out.detach(this.#outSize);
  }

  #wasRewritten(stream: Stream, spool: Spool, fd: number): boolean {
    const offset = this.#offsets[stream];
    if (spool.size < offset) return true;
    const length = spool.guardLength;
    if (length === 0) return false;
    const count = readSync(fd, this.#buffer, 0, length, offset - length);
    return !this.#buffer.subarray(0, count).equals(spool.guard.subarray(0, length));
  }

  #readNew(stream: Stream, spool: Spool, fd: number): { bytes: Buffer; full: boolean } {
    const wanted = Math.min(CHUNK, spool.size - this.#offsets[stream]);
    const count = readSync(fd, this.#buffer, 0, wanted, this.#offsets[stream]);
    return { bytes: this.#buffer.subarray(0, count), full: count === CHUNK };
  }

  #show(stream: Stream, spool: Spool, bytes: Buffer): void {
    const start = this.#offsets[stream];
    const fresh = bytes.subarray(Math.max(0, spool.seen - start));
    spool.seen = Math.max(spool.seen, start + bytes.length);
    if (fresh.length > 0) this.#seen?.(stream, fresh);
  }

  /** How many of `bytes` are to be written now. */
  #amount(
    stream: Stream,
    spool: Spool,
    bytes: Buffer,
    full: boolean,
    nowMs: number,
    final: boolean,
  ): number {
    if (final && !full) return bytes.length;
    const whole = bytes.lastIndexOf(0x0a) + 1;
    if (whole > 0) return whole;
    if (bytes.length >= MAX_PARTIAL) {
      // A bar is printed after its CR: cut where the terminal would overwrite.
      const cr = bytes.lastIndexOf(0x0d);
      return cr > 0 ? cr : bytes.length;
    }
    const idle = nowMs - spool.grownAt >= PARTIAL_IDLE_MS;
    return this.#open === stream || idle ? bytes.length : 0;
  }

  /** Records first, then the text: who sees a line sees its record too. The commit comes last. */
  #write(stream: Stream, bytes: Buffer, nowMs: number): void {
    const starts = new LineStarts(bytes, this.#records, this.#outSize, this.#open !== null);
    this.#writeRecords(starts.count, Math.max(nowMs, this.#lastMs), stream);
    if (starts.table.length > 0) {
      const at = Math.ceil(this.#records / OFFSET_STRIDE) * 8;
      writeAll(this.#offsetTable, bigEndian(starts.table), at);
    }
    if (stream === 1) this.#out.detach(this.#outSize);
    this.#out.write(bytes, this.#outSize);
    this.#outSize += bytes.length;
    this.#records += starts.count;
    this.#offsets[stream] += bytes.length;
    this.#open = bytes[bytes.length - 1] === 0x0a ? null : stream;
    const spool = this.#spools[stream];
    spool.guardLength = Math.min(GUARD, bytes.length);
    bytes.copy(spool.guard, 0, bytes.length - spool.guardLength);
    this.#commit.write(this.state);
  }

  #writeRecords(count: number, ms: number, stream: Stream): void {
    if (count === 0) return;
    const buffer = this.#recordBuffer;
    const room = buffer.length / RECORD;
    if (ms !== this.#lastMs || buffer[8] !== stream) this.#recordsReady = 0;
    this.#lastMs = ms;
    const wanted = Math.min(count, room);
    if (this.#recordsReady === 0) {
      buffer.writeBigUInt64BE(BigInt(ms), 0);
      buffer.writeUInt8(stream, 8);
      this.#recordsReady = 1;
    }
    while (this.#recordsReady < wanted) {
      const filled = this.#recordsReady * RECORD;
      buffer.copyWithin(filled, 0, filled);
      this.#recordsReady = Math.min(this.#recordsReady * 2, room);
    }
    let at = this.#records * RECORD;
    for (let left = count; left > 0; left -= room) {
      const part = buffer.subarray(0, Math.min(left, room) * RECORD);
      writeAll(this.#index, part, at);
      at += part.length;
    }
  }
}

/** Counts the lines that begin in `bytes` and notes where every {@link OFFSET_STRIDE}th does. */
class LineStarts {
  count = 0;
  readonly table: number[] = [];
  readonly #line: number;
  readonly #base: number;

  constructor(bytes: Buffer, firstLine: number, base: number, continues: boolean) {
    this.#line = firstLine;
    this.#base = base;
    if (!continues) this.#begin(0);
    for (let lf = bytes.indexOf(0x0a); lf !== -1 && lf + 1 < bytes.length;) {
      this.#begin(lf + 1);
      lf = bytes.indexOf(0x0a, lf + 1);
    }
  }

  #begin(position: number): void {
    if ((this.#line + this.count) % OFFSET_STRIDE === 0) this.table.push(this.#base + position);
    this.count++;
  }
}

function bigEndian(values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 8);
  values.forEach((value, i) => bytes.writeBigUInt64BE(BigInt(value), i * 8));
  return bytes;
}

function openSpool(path: string): number | null {
  try {
    return openOwnFile(path, 'read');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

function newSpool(path: string, offset: number): Spool {
  return {
    fd: openSpool(path),
    size: 0,
    mtimeMs: 0,
    grownAt: 0,
    waitsSince: null,
    seen: offset,
    guard: Buffer.alloc(GUARD),
    guardLength: 0,
  };
}
