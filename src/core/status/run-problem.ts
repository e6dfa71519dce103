import { lstatSync, readdirSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { misplaced } from '../base/regular-file.ts';

/**
 * What lies in the place of something else in a run: a link, a pipe, a device. Such a run is shown, and
 * nothing in it is changed (design.md, "What a store may do").
 */

/** Directories of a meta, and of our own part of it; what else is in them are files. */
const META_DIRS: ReadonlySet<string> = new Set(['proc', 'sys', 'log', 'output', 'runyard']);
const OWN_DIRS: ReadonlySet<string> = new Set(['spool', 'offsets', 'attempts']);
const NO_DIRS: ReadonlySet<string> = new Set();
/** Where files are written while a run lives. */
const LIVE_DIRS = ['proc', 'log', 'output', 'runyard/spool', 'runyard/offsets'];

/** The entries of a run in its store that are no directories although they should be. */
export function placesProblem(
  runsDir: string,
  names: readonly string[],
  has: (name: string) => boolean,
): string | null {
  for (const name of names) {
    if (!has(name)) continue;
    const stats = lstatSync(join(runsDir, name), { throwIfNoEntry: false });
    if (stats !== undefined && !stats.isDirectory()) return misplaced(name, stats, 'directory');
  }
  return null;
}

/** What is wrong with the entries of a meta directory. */
export function metaProblem(entries: readonly Dirent[]): string | null {
  return entriesProblem(entries, META_DIRS, '');
}

/** What is wrong with the entries of `runyard` in a meta directory. */
export function ownProblem(metaPath: string): string | null {
  return entriesProblem(entriesOf(join(metaPath, 'runyard')), OWN_DIRS, 'runyard/');
}

/** What is wrong with the files that are written while the run lives. */
export function liveProblem(metaPath: string): string | null {
  for (const dir of LIVE_DIRS) {
    const problem = entriesProblem(entriesOf(join(metaPath, dir)), NO_DIRS, `${dir}/`);
    if (problem !== null) return problem;
  }
  return null;
}

function entriesProblem(
  entries: readonly Dirent[],
  dirs: ReadonlySet<string>,
  prefix: string,
): string | null {
  for (const entry of entries) {
    if (entry.isFile() ? !dirs.has(entry.name) : entry.isDirectory()) continue;
    return misplaced(prefix + entry.name, entry, dirs.has(entry.name) ? 'directory' : 'file');
  }
  return null;
}

function entriesOf(dir: string): readonly Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    // Not there, or no directory: then the directory above says so.
    return [];
  }
}
