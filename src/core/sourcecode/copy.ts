import { createHash, hash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { openNew } from '../base/atomic.ts';
import { RunyardError, hasErrno } from '../base/errors.ts';
import type { Pace } from '../base/pace.ts';
import { openRegular } from '../base/regular-file.ts';

/** Files up to this size are read in one piece. Bytes. */
const SMALL_FILE = 1 << 20;
/** What is read at once of larger files. Bytes. */
const CHUNK = 4 << 20;

/** A file to copy, see `SelectedFile`. */
export interface CopySource {
  /** Relative path, `/` as separator. */
  readonly path: string;
  /** Bytes; only a hint, the file may have grown. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
}

/** Options of {@link FileCopier}. */
export interface CopyOptions {
  /** Clear the write bits at once, when nobody will change the copies. */
  readonly readOnly?: boolean;
}

/**
 * Copies files from one tree to another: parents are created, content and permission bits are
 * copied, links are followed, existing files are replaced (gage-format.md 4.2). Computes the SHA-256
 * of what it writes on the way, so that nothing is read twice.
 */
export class FileCopier {
  readonly #from: string;
  readonly #to: string;
  readonly #readOnly: boolean;
  readonly #dirs = new Set<string>();
  readonly #buffer = Buffer.allocUnsafe(SMALL_FILE + 1);
  #chunk: Buffer | null = null;
  /** Whether the file system may share blocks of files; unknown until the first try. */
  #mayClone = true;
  /** Mode bits that the umask (or a default ACL) takes from new files; null before the first. */
  #masked: number | null = null;

  constructor(fromDir: string, toDir: string, options: CopyOptions = {}) {
    this.#from = fromDir;
    this.#to = toDir;
    this.#readOnly = options.readOnly === true;
  }

  /**
   * Copies one file.
   * @returns the SHA-256 of the copy in hex, or null when the source no longer exists.
   * Throws `staging-failed` that names the file.
   */
  async copy(file: CopySource, pace: Pace): Promise<string | null> {
    const target = `${this.#to}/${file.path}`;
    const mode = this.#readOnly ? file.mode & ~0o222 : file.mode;
    try {
      const source = openOrNull(`${this.#from}/${file.path}`);
      if (source === null) return null;
      try {
        this.#makeParent(target);
        if (file.size > SMALL_FILE && this.#mayClone && this.#clone(file.path, target, mode)) {
          return await hashFile(target, pace);
        }
        return await this.#copyOpen(source, target, mode, pace);
      } finally {
        closeSync(source);
      }
    } catch (error) {
      if (!(error instanceof RunyardError) && !hasSyscall(error)) throw error;
      throw new RunyardError('staging-failed', `Cannot copy '${file.path}': ${error.message}`, {
        hint: `Make the file readable, or leave it out with the source code pattern "-${file.path}".`,
        cause: error,
      });
    }
  }

  async #copyOpen(source: number, target: string, mode: number, pace: Pace): Promise<string> {
    const size = fill(source, this.#buffer);
    const fd = this.#create(target, mode);
    try {
      const first = this.#buffer.subarray(0, size);
      writeAll(fd, first);
      if (size < this.#buffer.length) return hash('sha256', first);
      const digest = createHash('sha256').update(first);
      const chunk = (this.#chunk ??= Buffer.allocUnsafe(CHUNK));
      for (let n = fill(source, chunk); n > 0; n = fill(source, chunk)) {
        writeAll(fd, chunk.subarray(0, n));
        digest.update(chunk.subarray(0, n));
        if (pace.due()) await pace.rest();
      }
      return digest.digest('hex');
    } finally {
      closeSync(fd);
    }
  }

  /** Copies by sharing blocks. False when this file system cannot. */
  #clone(path: string, target: string, mode: number): boolean {
    rmSync(target, { force: true });
    try {
      copyFileSync(
        join(this.#from, path),
        target,
        constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL,
      );
    } catch {
      this.#mayClone = false;
      return false;
    }
    chmodSync(target, mode);
    return true;
  }

  /** Opens a new file for writing, with exactly the permission bits `mode`. */
  #create(target: string, mode: number): number {
    const fd = this.#openNew(target, this.#masked === null ? 0o777 : mode);
    const first = this.#masked === null;
    this.#masked ??= 0o777 & ~fstatSync(fd).mode;
    if (first || (mode & (this.#masked | ~0o777)) !== 0) fchmodSync(fd, mode);
    return fd;
  }

  #openNew(target: string, mode: number): number {
    try {
      return openNew(target, { mode });
    } catch (error) {
      if (!hasErrno(error, 'EEXIST')) throw error;
      // What an interrupted staging left behind; it may be read-only.
      rmSync(target, { force: true });
      return openNew(target, { mode });
    }
  }

  #makeParent(target: string): void {
    const parent = target.slice(0, target.lastIndexOf('/'));
    if (this.#dirs.has(parent)) return;
    mkdirSync(parent, { recursive: true });
    this.#dirs.add(parent);
  }
}

/** SHA-256 of a file's content in hex; follows links. Throws `unreadable` for what is no file, and system errors. */
export async function hashFile(path: string, pace: Pace): Promise<string> {
  const fd = openRegular(path);
  try {
    const { size } = fstatSync(fd);
    if (size < SMALL_FILE) {
      const content = Buffer.allocUnsafe(size + 1);
      const n = fill(fd, content);
      // A full buffer means that the file grew since: then read it in chunks.
      if (n <= size) return hash('sha256', content.subarray(0, n));
    }
    const digest = createHash('sha256');
    const chunk = Buffer.allocUnsafe(CHUNK);
    let position = 0;
    for (;;) {
      const n = readSync(fd, chunk, 0, chunk.length, position);
      if (n === 0) return digest.digest('hex');
      digest.update(chunk.subarray(0, n));
      position += n;
      if (pace.due()) await pace.rest();
    }
  } finally {
    closeSync(fd);
  }
}

function openOrNull(path: string): number | null {
  try {
    return openRegular(path);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

function hasSyscall(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

/** Reads on until the buffer is full or the file ends. Returns the number of bytes. */
function fill(fd: number, buffer: Buffer): number {
  let length = 0;
  while (length < buffer.length) {
    const n = readSync(fd, buffer, length, buffer.length - length, null);
    if (n === 0) break;
    length += n;
  }
  return length;
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}
