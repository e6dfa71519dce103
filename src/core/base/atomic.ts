import {
  chmodSync,
  closeSync,
  createWriteStream,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
  type WriteStream,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { hasErrno } from './errors.ts';

let counter = 0;

/** Opens a file that must not exist yet, so that no link is followed. The caller closes it. */
export function openNew(path: string, options: { mode?: number; append?: boolean } = {}): number {
  return openSync(path, options.append === true ? 'ax' : 'wx', options.mode ?? 0o666);
}

/** A stream into a file that must not exist yet, on the disk when it has ended. */
export function newFileStream(path: string, mode = 0o666): WriteStream {
  return createWriteStream(path, { flags: 'wx', mode, flush: true });
}

/** Options of the atomic writes. */
export interface WriteOptions {
  /** Mode bits of the new file before the umask; default 0o666. */
  readonly mode?: number;
  /** Flush to the disk before the file gets its name (default: no, a crash of the machine may lose it). */
  readonly sync?: boolean;
}

/** A name for a temporary file beside `path` that no other process and no reader uses. */
export function tempNameFor(path: string): string {
  counter++;
  return join(dirname(path), `.${basename(path)}.${String(process.pid)}-${String(counter)}.tmp`);
}

/**
 * Writes a whole file so that a reader sees the old content or the new, never a part
 * (gage-format.md 3.3 rule 2): a temporary name in the same directory, then a rename.
 */
export function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): void {
  const temp = writeTemp(path, data, options);
  try {
    renameRetrying(temp, path);
  } catch (error) {
    rmSync(temp, { force: true });
    throw error;
  }
}

/**
 * Creates a file with its content in one atomic step that fails when the name is taken.
 * Holds on NFS too, where `open(O_EXCL)` may not: a hard link to a finished file.
 * @returns false when `path` existed.
 */
export function createFileExclusive(
  path: string,
  data: string,
  options: WriteOptions = {},
): boolean {
  const temp = writeTemp(path, data, options);
  try {
    linkSync(temp, path);
    return true;
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return false;
    if (hasErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) {
      // A file system without hard links: exclusive creation is the next best thing.
      return createWithFlag(path, data, options);
    }
    throw error;
  } finally {
    rmSync(temp, { force: true });
  }
}

function createWithFlag(path: string, data: string, options: WriteOptions): boolean {
  try {
    writeNew(path, data, options);
    return true;
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

function writeTemp(path: string, data: string | Uint8Array, options: WriteOptions): string {
  const temp = tempNameFor(path);
  try {
    writeNew(temp, data, options);
  } catch (error) {
    rmSync(temp, { force: true });
    throw error;
  }
  return temp;
}

function writeNew(path: string, data: string | Uint8Array, options: WriteOptions): void {
  const fd = openNew(path, options);
  try {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    let done = 0;
    while (done < bytes.length) done += writeSync(fd, bytes, done);
    if (options.sync === true) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Windows refuses to replace a file while somebody reads it: try again for a moment. */
function renameRetrying(from: string, to: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      if (
        process.platform !== 'win32' ||
        attempt >= 20 ||
        !hasErrno(error, 'EPERM', 'EBUSY', 'EACCES')
      ) {
        throw error;
      }
      // A read-only file cannot be replaced there either.
      if (existsSync(to)) chmodSync(to, 0o666);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
