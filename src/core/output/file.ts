import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tempNameFor } from '../base/atomic.ts';
import { openOwnFile } from '../base/regular-file.ts';

const COPY_CHUNK = 256 * 1024;

/**
 * The file `output/NN_name` under its writer. Normally the writer copies bytes into it. A
 * process that prints to one stream only, faster than we copy, gets its spool itself as the
 * output: a second name for the same file, which costs nothing. It is copied after all when
 * the other stream comes, or when somebody goes on writing to it after the end.
 */
export class OutputFile {
  readonly #path: string;
  readonly #spool: string;
  #fd: number | null;

  /**
   * @param spool the stdout spool.
   * @param size bytes that are committed; what a crash left behind them is cut off.
   * Throws `unsafe-path` when the output is a link or no file, and system errors.
   */
  constructor(path: string, spool: string, size: number) {
    this.#path = path;
    this.#spool = spool;
    if (sameFile(path, spool)) {
      // The bytes behind `size` are the process's own: they are merged where they stand.
      this.#fd = null;
      return;
    }
    this.#fd = openOwnFile(path, 'update');
    ftruncateSync(this.#fd, size);
  }

  /** True while the output is the stdout spool itself. */
  get linked(): boolean {
    return this.#fd === null;
  }

  /** Writes bytes at a position; those of a linked output are there already. */
  write(bytes: Uint8Array, position: number): void {
    if (this.#fd !== null) writeAll(this.#fd, bytes, position);
  }

  /** Makes the stdout spool the output. @returns false where the file system has no hard links. */
  link(): boolean {
    const temp = tempNameFor(this.#path);
    try {
      chmodSync(this.#spool, lstatSync(this.#path).mode & 0o7777);
      linkSync(this.#spool, temp);
      renameSync(temp, this.#path);
    } catch {
      rmSync(temp, { force: true });
      return false;
    }
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    return true;
  }

  /** Makes the output a file of its own again, with the first `size` bytes of the spool. */
  detach(size: number): void {
    if (this.#fd !== null) return;
    const temp = tempNameFor(this.#path);
    const from = openOwnFile(this.#spool, 'read');
    const to = openOwnFile(temp, 'update');
    try {
      const buffer = Buffer.allocUnsafe(COPY_CHUNK);
      for (let at = 0; at < size;) {
        const count = readSync(from, buffer, 0, Math.min(COPY_CHUNK, size - at), at);
        if (count === 0) break;
        writeAll(to, buffer.subarray(0, count), at);
        at += count;
      }
      renameSync(temp, this.#path);
    } catch (error) {
      closeSync(to);
      rmSync(temp, { force: true });
      throw error;
    } finally {
      closeSync(from);
    }
    this.#fd = to;
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
  }
}

/** Writes all of `bytes` at a position. Throws system errors. */
export function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}

function sameFile(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) =>
    lstatSync(path, { bigint: true, throwIfNoEntry: false }),
  );
  if (first?.isFile() !== true || second === undefined) return false;
  return first.ino === second.ino && first.dev === second.dev && first.ino !== 0n;
}
