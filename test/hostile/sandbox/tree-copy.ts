import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A directory as it was received, to begin anew with after it was changed. */
export class TreeCopy {
  readonly #dir: string;
  readonly #copy: string;
  #stamp: string;

  /** @param copy where it is kept. */
  constructor(dir: string, copy: string) {
    this.#dir = dir;
    this.#copy = copy;
    replaceContent(dir, copy);
    this.#stamp = stampOf(dir);
  }

  /** Brings it back when something in it is not as it was. */
  restore(): void {
    if (stampOf(this.#dir) === this.#stamp) return;
    replaceContent(this.#copy, this.#dir);
    this.#stamp = stampOf(this.#dir);
  }
}

/**
 * Makes one directory like another, with modes and times. `cp` knows pipes, sockets and files with
 * holes.
 */
export function replaceContent(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  execFileSync('sh', ['-c', 'find "$2" -mindepth 1 -delete && cp -a "$1/." "$2"', 'sh', from, to]);
}

/** Changes with each entry below a directory. */
function stampOf(dir: string): string {
  const stamps: string[] = [];
  const visit = (path: string): void => {
    const stats = lstatSync(path);
    stamps.push([path, stats.ino, stats.mtimeMs, stats.mode, stats.size].join(' '));
    if (!stats.isDirectory()) return;
    for (const name of readdirSync(path)) visit(join(path, name));
  };
  visit(dir);
  return stamps.join('\n');
}
