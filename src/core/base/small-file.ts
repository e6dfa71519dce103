import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { hasErrno } from './errors.ts';

const scratch = Buffer.allocUnsafe(64 * 1024);

/**
 * A small text file in three system calls; null when it does not exist, or has more than
 * `maxBytes`. Throws the system's error when it cannot be read.
 */
export function readSmallFile(path: string, maxBytes = Infinity): string | null {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
  try {
    const count = readSync(fd, scratch, 0, scratch.length, null);
    if (count < scratch.length) return scratch.toString('utf8', 0, count);
    if (fstatSync(fd).size > maxBytes) return null;
    return Buffer.concat([scratch.subarray(0, count), readFileSync(fd)]).toString();
  } finally {
    closeSync(fd);
  }
}
