import { stat, type FileHandle } from 'node:fs/promises';
import { hasErrno } from '../base/errors.ts';
import { openRegularHandle } from '../base/regular-file.ts';
import { committedSize } from './spool-commit.ts';

/** Random access to bytes that may still grow. */
export interface ByteSource {
  /** Bytes that are there now; 0 when the file does not exist (yet). */
  size(): Promise<number>;
  /** Up to `length` bytes from `position`; fewer only at the end. The result is the caller's. */
  read(position: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Bytes in memory, for members of a zip. */
export class BufferSource implements ByteSource {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  size(): Promise<number> {
    return Promise.resolve(this.#bytes.length);
  }

  read(position: number, length: number): Promise<Buffer> {
    return Promise.resolve(this.#bytes.subarray(position, position + length));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A file that may not exist yet, and may be replaced by another of the same name. */
export class FileSource implements ByteSource {
  readonly #path: string;
  #handle: FileHandle | null = null;
  #inode: bigint | null = null;
  #closed = false;

  constructor(path: string) {
    this.#path = path;
  }

  async size(): Promise<number> {
    try {
      const { size, ino } = await stat(this.#path, { bigint: true });
      if (this.#handle !== null && ino !== this.#inode) await this.#drop();
      return Number(size);
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
      // Finalized into a zip, or deleted, while we read: what is open can still be read.
      return this.#handle === null ? 0 : (await this.#handle.stat()).size;
    }
  }

  async read(position: number, length: number): Promise<Buffer> {
    const handle = await this.#opened();
    if (handle === null || length <= 0) return Buffer.alloc(0);
    const buffer = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#drop();
  }

  async #opened(): Promise<FileHandle | null> {
    if (this.#handle !== null || this.#closed) return this.#handle;
    try {
      const handle = await openRegularHandle(this.#path);
      this.#inode = (await handle.stat({ bigint: true })).ino;
      this.#handle = handle;
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
    return this.#handle;
  }

  async #drop(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}

/** An output under its writer: what is not committed yet may still change, so it is not shown. */
export class CommittedSource extends FileSource {
  readonly #commit: string;

  /** @param commit path of the writer's commit record; without one, all of the file counts. */
  constructor(path: string, commit: string) {
    super(path);
    this.#commit = commit;
  }

  override async size(): Promise<number> {
    // The record first: it goes away when the output is complete.
    const committed = committedSize(this.#commit);
    return Math.min(await super.size(), committed ?? Infinity);
  }
}
