import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Setting } from '../catalogue/setting.ts';

/** What lies outside the store, by path: kind, mode, time and content. */
export type Snapshot = ReadonlyMap<string, string>;

/** Ours in a home: a token, a cache. What else is in a home stays as it is. */
const PRIVATE = /^home\/(?:\.config|\.cache|\.local\/share|\.local\/state)\/runyard(?:\/|$)/;

/** Directories on the way to what is ours: that something is made in them is not their change. */
const PRIVATE_PARENTS = /^home(?:\/\.config|\/\.cache|\/\.local(?:\/share|\/state)?)?$/;

/** So many paths of a kind are named. */
const SHOWN = 3;

/**
 * Everything of a world but its store, its canaries, its temporary files and what is
 * ours in the home.
 */
export function takeSnapshot({ root, store, executed }: Setting): Snapshot {
  const found = new Map<string, string>();
  const visit = (path: string): void => {
    const name = relative(root, path);
    if (path === store || path === executed || name === 'tmp' || PRIVATE.test(name)) return;
    const stats = lstatSync(path);
    const about = [String(stats.mode), String(stats.mtimeMs)];
    if (stats.isDirectory()) {
      found.set(name, PRIVATE_PARENTS.test(name) ? 'directory' : about.join(' '));
      for (const entry of readdirSync(path)) visit(join(path, entry));
      return;
    }
    if (stats.isSymbolicLink()) about.push(readlinkSync(path));
    // Of a huge one its size and time tell enough.
    else if (stats.isFile() && stats.size < 1024 * 1024) about.push(digest(path));
    found.set(name, [...about, String(stats.size)].join(' '));
  };
  for (const entry of readdirSync(root)) visit(join(root, entry));
  return found;
}

/** What changed between two looks, one sentence each. */
export function changes(before: Snapshot, after: Snapshot): readonly string[] {
  const gone = [...before.keys()].filter((path) => !after.has(path));
  const made = [...after.keys()].filter((path) => !before.has(path));
  const changed = [...after]
    .filter(([path, about]) => before.has(path) && before.get(path) !== about)
    .map(([path]) => path);
  return [
    ...some('removed', topmost(gone)),
    ...some('made', topmost(made)),
    ...some('changed', changed),
  ];
}

/** Nobody reads more than a few. */
function some(what: string, paths: readonly string[]): readonly string[] {
  if (paths.length === 0) return [];
  const rest = paths.length > SHOWN ? ` and ${String(paths.length - SHOWN)} more` : '';
  return [`${what} ${paths.slice(0, SHOWN).join(', ')}${rest}`];
}

/** Of a tree its root says enough. */
function topmost(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`)));
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
