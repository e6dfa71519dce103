import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrno } from './errors.ts';
import { misplaced, unsafe } from './regular-file.ts';

/**
 * Why nothing may be created, changed or removed in a directory of ours: one of `path` is a link or
 * no directory. Null when all is well, also where nothing is yet.
 * @param root is trusted to be what it is. @param parts names below it, outermost first.
 */
export function ownDirProblem(root: string, ...parts: readonly string[]): string | null {
  let at = root;
  for (const part of parts) {
    at = join(at, part);
    const stats = lstatSync(at, { throwIfNoEntry: false });
    if (stats === undefined) return null;
    if (!stats.isDirectory()) return misplaced(at, stats, 'directory');
  }
  return null;
}

/** Throws `unsafe-path` where {@link ownDirProblem} finds something. @returns the directory. */
export function requireOwnDir(root: string, ...parts: readonly string[]): string {
  const problem = ownDirProblem(root, ...parts);
  if (problem === null) return join(root, ...parts);
  throw unsafe(problem);
}

/**
 * Makes the directories below `root` that are missing, one by one, and follows no link.
 * @returns the innermost. Throws `unsafe-path` as {@link requireOwnDir}, and system errors: also
 * `ENOENT` when `root` does not exist.
 */
export function makeOwnDir(root: string, ...parts: readonly string[]): string {
  for (let depth = 1; depth <= parts.length; depth++) {
    const level = parts.slice(0, depth);
    requireOwnDir(root, ...level);
    try {
      mkdirSync(join(root, ...level));
    } catch (error) {
      if (!hasErrno(error, 'EEXIST')) throw error;
      requireOwnDir(root, ...level);
    }
  }
  return join(root, ...parts);
}
