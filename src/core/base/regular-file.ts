import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  statSync,
  writeSync,
  type Dirent,
  type Stats,
} from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { RunyardError, hasErrno } from './errors.ts';

/**
 * Files that anybody may have put where they lie: a pipe that never answers, a device, a link to
 * one, a file that fills the memory. Every file of a store, a project or a Guild home is opened
 * here and nowhere else (design.md, "What a store may do"). Reading goes through links to regular
 * files; changing follows none.
 */

/** Whole files above this are not read into memory unless their reader says so. Bytes. */
export const SMALL_FILE_BYTES = 16 * 1024 * 1024;

/** Lists of files and outputs that are read whole. Bytes. */
export const LARGE_FILE_BYTES = 64 * 1024 * 1024;

/** A file that a row of a listing is made of is a line or two, and never above this. Bytes. */
export const ROW_FILE_BYTES = 64 * 1024;

/** Nothing waits: a pipe answers at once that it is none of ours. Windows has no such flags. */
const NONBLOCK = flag('O_NONBLOCK');
const NOFOLLOW = flag('O_NOFOLLOW');

const ACCESS = {
  read: constants.O_RDONLY,
  update: constants.O_RDWR | constants.O_CREAT,
  append: constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT,
} as const;

const scratch = Buffer.allocUnsafe(64 * 1024);

/**
 * Text of a small file; null when it does not exist.
 * @param maxBytes above this the file is refused.
 * Throws `unreadable` for what is no regular file or is too large, and the system's error when it
 * cannot be read.
 */
export function readSmallFile(path: string, maxBytes = SMALL_FILE_BYTES): string | null {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? null : readWhole(path, stats, maxBytes).toString('utf8');
  } catch (error) {
    // It went while we looked, or a part of its path is no directory.
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/**
 * Content of a file. The buffer is the caller's.
 * @param maxBytes above this the file is refused.
 * Throws `unreadable` for what is no regular file or is too large, and the system's error, `ENOENT`
 * too.
 */
export function readRegularFile(path: string, maxBytes = SMALL_FILE_BYTES): Buffer {
  return readWhole(path, statSync(path), maxBytes);
}

/** As {@link readRegularFile}, as text. */
export function readRegularText(path: string, maxBytes = SMALL_FILE_BYTES): string {
  return readRegularFile(path, maxBytes).toString('utf8');
}

/**
 * Opens a regular file for reading, through links.
 * @returns its descriptor, which the caller closes.
 * Throws `unreadable` for what is no regular file, and the system's error.
 */
export function openRegular(path: string): number {
  requireRegular(path, statSync(path));
  return openSync(path, constants.O_RDONLY | NONBLOCK);
}

/** As {@link openRegular}, without blocking. */
export async function openRegularHandle(path: string): Promise<FileHandle> {
  requireRegular(path, await stat(path));
  return await open(path, constants.O_RDONLY | NONBLOCK);
}

/**
 * Opens a file that nobody but us makes: as it is, created when it does not exist, unless it is only
 * read. No link is followed.
 * @param how `read`, `update` to read and write anywhere, `append` to write at the end.
 * Throws `unsafe-path` for a link and whatever else is no regular file, and the system's error.
 */
export function openOwnFile(path: string, how: keyof typeof ACCESS, mode = 0o666): number {
  const before = lstatSync(path, { throwIfNoEntry: false });
  if (before !== undefined) requireOwnFile(path, before);
  const fd = openSync(path, ACCESS[how] | NOFOLLOW | NONBLOCK, mode);
  try {
    requireOwnFile(path, fstatSync(fd));
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return fd;
}

/** Appends to a file that nobody but us makes, in one write. Throws as {@link openOwnFile}. */
export function appendOwnFile(path: string, text: string): void {
  const fd = openOwnFile(path, 'append');
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

/** Throws `unsafe-path` for what is no regular file: a link, a directory, a pipe, a device. */
function requireOwnFile(path: string, stats: Stats): void {
  if (!stats.isFile()) throw unsafe(`${path} is ${kindOf(stats)}`);
}

/** The error for a place that is not what it should be; `problem` says what it is. */
export function unsafe(problem: string): RunyardError {
  return new RunyardError('unsafe-path', `${problem}: nothing is changed there`, {
    hint: 'Remove it, when you know what it is.',
  });
}

/** What tells one kind of file from another: `Stats`, or an entry of a directory. */
export type FileKind = Pick<
  Dirent,
  'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isFIFO' | 'isSocket'
>;

/** What lies somewhere, with its article, for sentences. */
export function kindOf(stats: FileKind): string {
  if (stats.isSymbolicLink()) return 'a link';
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isFile() ? 'a file' : 'a device';
}

/** The sentence for something in the place of something else. */
export function misplaced(name: string, kind: FileKind, expected: 'directory' | 'file'): string {
  return `${name} is ${kindOf(kind)} where a ${expected} should be`;
}

/** Throws `unreadable` for what is no regular file. */
function requireRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw new RunyardError('unreadable', `${path} is ${kindOf(stats)}, not a file`);
}

function readWhole(path: string, stats: Stats, maxBytes: number): Buffer {
  requireRegular(path, stats);
  if (stats.size > maxBytes) throw tooLarge(path, maxBytes);
  const fd = openSync(path, constants.O_RDONLY | NONBLOCK);
  try {
    return readAll(path, fd, maxBytes);
  } finally {
    closeSync(fd);
  }
}

/** A file may grow after its size was asked for: what is read counts. */
function readAll(path: string, fd: number, maxBytes: number): Buffer {
  const count = readSync(fd, scratch, 0, scratch.length, null);
  if (count < scratch.length && count <= maxBytes) return Buffer.from(scratch.subarray(0, count));
  const parts = [Buffer.from(scratch.subarray(0, count))];
  for (let total = count; ;) {
    if (total > maxBytes) throw tooLarge(path, maxBytes);
    const part = Buffer.allocUnsafe(Math.min(1024 * 1024, maxBytes + 1));
    const more = readSync(fd, part, 0, part.length, null);
    if (more === 0) return Buffer.concat(parts);
    parts.push(part.subarray(0, more));
    total += more;
  }
}

/** `unreadable`, for a file that is larger than its reader takes. */
export function tooLarge(path: string, maxBytes: number): RunyardError {
  const [size, unit] =
    maxBytes >= 1 << 20
      ? [maxBytes >> 20, 'MB']
      : maxBytes >= 1024
        ? [maxBytes >> 10, 'kB']
        : [maxBytes, 'bytes'];
  return new RunyardError('unreadable', `${path} is larger than ${String(size)} ${unit}`);
}

function flag(name: 'O_NONBLOCK' | 'O_NOFOLLOW'): number {
  return (constants as Readonly<Record<string, number | undefined>>)[name] ?? 0;
}
