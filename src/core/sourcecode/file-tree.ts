import { readdirSync, realpathSync, statSync, type Dirent, type Stats } from 'node:fs';
import { join, sep } from 'node:path';
import { describeError } from '../base/errors.ts';
import { compareCodePoints } from '../data/json.ts';
import { existsBelow, mayDecide } from './sentinel.ts';
import { isTextFile } from './text-detect.ts';

/** A directory with files to choose from, as the selection of files walks it. */
export interface FileTree {
  /** Absolute path. */
  readonly root: string;
  /** The root as a directory of the tree. */
  readonly top: TreeDir;
  /** What a directory holds; links count as what they lead to. Never throws. */
  list(dir: TreeDir): Listing;
}

/** The files and directories of one directory, each sorted by code point. */
export interface Listing {
  readonly files: readonly TreeFile[];
  readonly dirs: readonly TreeDir[];
  /** Why the directory cannot be read; null when it can. */
  readonly problem: string | null;
  /** Whether links are among the entries, also such that lead nowhere. */
  readonly hasLinks: boolean;
  /** Whether some of them do not lead to a directory outside of the tree. */
  readonly hasInnerLinks: boolean;
}

/** What selection asks of a file's status. */
export interface FileStat {
  /** Bytes. */
  readonly size: number;
  readonly mode: number;
}

/** A file, or a link to one. What was asked once is remembered. */
export class TreeFile {
  /** Relative to the root of the tree, `/` as separator. */
  readonly path: string;
  readonly name: string;
  readonly #root: string;
  #stat: FileStat | null | undefined;
  #text: boolean | undefined;

  constructor(root: string, path: string, name: string, stat?: FileStat) {
    this.#root = root;
    this.path = path;
    this.name = name;
    this.#stat = stat;
  }

  /** Of the target, for a link; null for what is gone or out of reach. */
  get stat(): FileStat | null {
    return (this.#stat ??= sizeAndMode(statOrNull(`${this.#root}/${this.path}`)));
  }

  /** Whether it counts as text (gage-format.md 4.3). */
  get isText(): boolean {
    return (this.#text ??= isTextFile(`${this.#root}/${this.path}`));
  }
}

/** Where a link leads: to another place of the tree, or out of it. */
export type LinkKind = 'inside' | 'outside';

/** A directory, or a link to one. What was asked once is remembered. */
export class TreeDir {
  /** Relative to the root of the tree, `/` as separator; empty for the root. */
  readonly path: string;
  readonly name: string;
  /** Null when no link leads here: below a link other events tell of changes, or none do. */
  readonly link: LinkKind | null;
  readonly #full: string;
  readonly #seen = performance.now();
  #id: string | null = null;
  #size: number | null = null;
  #sentinels: Map<string, boolean> | null = null;

  constructor(root: string, path = '', link: LinkKind | null = null) {
    this.#full = join(root, path);
    this.path = path;
    this.link = link;
    this.name = path.slice(path.lastIndexOf('/') + 1);
  }

  /** Device and inode; null when there is no such directory. */
  get id(): string | null {
    return (this.#id ??= identify(this.#full));
  }

  /** Bytes that the directory itself takes; null when there is none. */
  get size(): number | null {
    return (this.#size ??= statOrNull(this.#full)?.size ?? null);
  }

  /** How long ago it was first seen. Milliseconds. */
  get age(): number {
    return performance.now() - this.#seen;
  }

  /** Whether something exists below it: a relative path, or a glob whose `*` skips dot files. */
  holds(sentinel: string): boolean {
    const known = this.#sentinels?.get(sentinel);
    if (known !== undefined) return known;
    const found = existsBelow(this.#full, sentinel);
    (this.#sentinels ??= new Map()).set(sentinel, found);
    return found;
  }

  /**
   * Forgets what may change with `path` below it.
   * @param path relative to this directory.
   * @returns whether it has told any of that.
   */
  forget(path: string): boolean {
    let told = this.#size !== null;
    this.#size = null;
    for (const sentinel of this.#sentinels?.keys() ?? []) {
      if (!mayDecide(path, sentinel)) continue;
      this.#sentinels?.delete(sentinel);
      told = true;
    }
    return told;
  }
}

/** The tree as the disk has it each time. */
export function diskTree(root: string): FileTree {
  return { root, top: new TreeDir(root), list: (dir) => readListing(root, dir) };
}

/** How long is believed what a link that leads out of the project leads to. Milliseconds. */
const OUTSIDE_MS = 30_000;

/**
 * A tree that reads each directory once, when it is asked for, and looks again only where
 * {@link ProjectTree.changed} says so. Nothing tells of changes below a link: one that leads
 * into the tree is followed anew each time, one that leads out of it (to data, which may be
 * large) after a while. Only a sentinel that is reached through a link inside of its directory
 * is not noticed to come and go.
 */
export class ProjectTree implements FileTree {
  readonly root: string;
  readonly #outsideMs: number;
  readonly #known = new WeakMap<TreeDir, KnownListing>();
  #top: TreeDir;
  /** What such a link leads to may change without an event for the path through the link. */
  #sawInnerLinks = false;

  /**
   * @param root absolute path.
   * @param outsideMs how long is believed what a link out of the tree leads to. Milliseconds.
   */
  constructor(root: string, outsideMs = OUTSIDE_MS) {
    this.root = root;
    this.#outsideMs = outsideMs;
    this.#top = new TreeDir(root);
  }

  get top(): TreeDir {
    return this.#top;
  }

  list(dir: TreeDir): Listing {
    const known = dir.link === 'inside' ? undefined : this.#known.get(dir);
    if (known?.current === true) return known.listing;
    const listing = readListing(this.root, dir, known && this.#believed(known.listing));
    this.#sawInnerLinks ||= listing.hasInnerLinks;
    this.#known.set(dir, { listing, current: !listing.hasLinks && listing.problem === null });
    return listing;
  }

  #believed(listing: Listing): Listing {
    const isBelieved = (dir: TreeDir): boolean => dir.link === null || dir.age < this.#outsideMs;
    return { ...listing, dirs: listing.dirs.filter(isBelieved) };
  }

  /**
   * Takes note that a file or directory was created, changed or deleted, or moved from or to
   * here. Costs work for the directories on the way, and one reading of its own directory
   * when that is asked for again.
   * @param path relative to the root, `/` as separator; empty: anything may have changed.
   * @returns false when nothing that the tree has told can be different now.
   */
  changed(path: string): boolean {
    if (path === '') {
      this.#top = new TreeDir(this.root);
      return true;
    }
    let told = this.#sawInnerLinks;
    let dir = this.#top;
    for (let below = path; ;) {
      if (dir.forget(below)) told = true;
      const known = this.#known.get(dir);
      if (known === undefined) return told;
      const slash = below.indexOf('/');
      const name = slash < 0 ? below : below.slice(0, slash);
      const next = slash < 0 ? undefined : known.listing.dirs.find((inner) => inner.name === name);
      if (next === undefined) {
        this.#known.set(dir, { listing: without(known.listing, name), current: false });
        return true;
      }
      below = below.slice(slash + 1);
      dir = next;
    }
  }
}

interface KnownListing {
  readonly listing: Listing;
  /** Whether it may be told again without looking. */
  readonly current: boolean;
}

function without(listing: Listing, name: string): Listing {
  return {
    ...listing,
    files: listing.files.filter((file) => file.name !== name),
    dirs: listing.dirs.filter((dir) => dir.name !== name),
  };
}

/** @param known entries that are still what they were; only links are looked at again. */
function readListing(root: string, dir: TreeDir, known?: Listing): Listing {
  const files: TreeFile[] = [];
  const dirs: TreeDir[] = [];
  let hasLinks = false;
  let hasInnerLinks = false;
  let entries: Dirent[];
  try {
    entries = readdirSync(join(root, dir.path), { withFileTypes: true });
  } catch (error) {
    return { files, dirs, problem: describeError(error), hasLinks, hasInnerLinks };
  }
  const knownFiles = byName(known?.files);
  const knownDirs = byName(known?.dirs);
  for (const entry of entries) {
    const { name } = entry;
    const path = dir.path === '' ? name : `${dir.path}/${name}`;
    if (entry.isFile()) files.push(knownFiles?.get(name) ?? new TreeFile(root, path, name));
    else if (entry.isDirectory()) {
      dirs.push(knownDirs?.get(name) ?? new TreeDir(root, path, dir.link));
    } else if (entry.isSymbolicLink()) {
      hasLinks = true;
      const target = followLink(root, path, knownDirs?.get(name));
      if (target instanceof TreeFile) files.push(target);
      else if (target !== null) dirs.push(target);
      if (!(target instanceof TreeDir) || target.link === 'inside') hasInnerLinks = true;
    }
  }
  files.sort(compareNames);
  dirs.sort(compareNames);
  return { files, dirs, problem: null, hasLinks, hasInnerLinks };
}

/** @param known the directory that the link led to before. */
function followLink(root: string, path: string, known?: TreeDir): TreeDir | TreeFile | null {
  const full = `${root}/${path}`;
  const stat = statOrNull(full);
  if (stat?.isDirectory() === true) {
    const dir = new TreeDir(root, path, leadsInside(root, full) ? 'inside' : 'outside');
    return known?.link === 'outside' && known.id === dir.id ? known : dir;
  }
  if (stat?.isFile() !== true) return null;
  return new TreeFile(root, path, path.slice(path.lastIndexOf('/') + 1), stat);
}

function leadsInside(root: string, path: string): boolean {
  try {
    const real = realpathSync(root);
    return `${realpathSync(path)}${sep}`.startsWith(real.endsWith(sep) ? real : real + sep);
  } catch {
    return true;
  }
}

function compareNames(a: { readonly name: string }, b: { readonly name: string }): number {
  return compareCodePoints(a.name, b.name);
}

function byName<T extends { readonly name: string }>(
  entries: readonly T[] | undefined,
): ReadonlyMap<string, T> | undefined {
  return entries && new Map(entries.map((entry) => [entry.name, entry]));
}

/** Null for what is gone or out of reach, and for a link that leads nowhere or to itself. */
function statOrNull(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

function sizeAndMode(stat: Stats | null): FileStat | null {
  return stat && { size: stat.size, mode: stat.mode };
}

function identify(dir: string): string | null {
  try {
    const stat = statSync(dir, { bigint: true });
    return stat.isDirectory() ? `${String(stat.dev)}:${String(stat.ino)}` : null;
  } catch {
    return null;
  }
}
