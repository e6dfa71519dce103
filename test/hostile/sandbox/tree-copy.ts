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
    empty(copy);
    copyContent(dir, copy);
    this.#stamp = stampOf(dir);
  }

  /** Brings it back when something in it is not as it was. */
  restore(): void {
    if (stampOf(this.#dir) === this.#stamp) return;
    empty(this.#dir);
    copyContent(this.#copy, this.#dir);
    this.#stamp = stampOf(this.#dir);
  }
}

/** `cp` knows pipes, sockets and files with holes. */
function copyContent(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  execFileSync('cp', ['-a', `${from}/.`, to]);
}

function empty(dir: string): void {
  mkdirSync(dir, { recursive: true });
  execFileSync('find', [dir, '-mindepth', '1', '-delete']);
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
