import { extname } from 'node:path';
import { compareCodePoints } from '../../core/data/json.ts';
import type { FileTree } from '../../core/sourcecode/file-tree.ts';
import { splitWords } from '../../core/sourcecode/patterns.ts';
import type { TextRange } from '../../opdef/syntax/tree.ts';
import type { TypedText } from '../places/written-text.ts';
import { completionOf, type Candidate, type Completion } from './item.ts';

/** Names in one directory of the project. */
interface DirNames {
  readonly files: readonly string[];
  readonly dirs: readonly string[];
}

/** Lists one directory by its relative path (`''`: the project); empty when there is none. */
export type ListDir = (dir: string) => DirNames;

/** Lists directories of a tree; only those on the way are read. */
export function dirLister(tree: FileTree): ListDir {
  return (path) => {
    let dir = tree.top;
    for (const name of path.split('/').filter((part) => part !== '')) {
      const next = tree.list(dir).dirs.find((entry) => entry.name === name);
      if (next === undefined) return { files: [], dirs: [] };
      dir = next;
    }
    const { files, dirs } = tree.list(dir);
    return { files: files.map(({ name }) => name), dirs: dirs.map(({ name }) => name) };
  };
}

/** What may be proposed in one directory. */
interface PathOptions {
  /** Which files are proposed, by path; absent: all. */
  readonly accepts?: (path: string) => boolean;
  /** Propose globs for the kinds of files that are there. */
  readonly globs: boolean;
  /** The pattern takes files out. */
  readonly excludes?: boolean;
  /** How a name is written in this place. */
  readonly escape?: (name: string) => string;
}

/** More names than this in one directory are narrowed by what is typed already. */
const MANY = 1000;

/** The part of a path between separators that an index is in. */
interface Segment extends TextRange {
  /** What stands before it, up to and with the last `/`. */
  readonly head: string;
  /** What is typed of it before the cursor. */
  readonly start: string;
}

/**
 * Completes the path that begins at `from` of a text, one directory at a time.
 * @param from index of its first character; the cursor is at or after it.
 */
export function pathCompletions(
  typed: TypedText,
  from: number,
  list: ListDir,
  options: PathOptions,
): readonly Completion[] {
  const segment = segmentAt(typed, from);
  return pathCandidates(segment, list, options).map((candidate) =>
    completionOf(typed, segment, candidate),
  );
}

/** Completes a source pattern: `["-"] glob (SP option)*` (gage-format.md 4.2). */
export function patternCompletions(
  typed: TypedText,
  list: ListDir,
  accepts?: (path: string) => boolean,
): readonly Completion[] {
  const prefix = /^(?:\\-|- *)/.exec(typed.content)?.[0] ?? '';
  if (typed.before.length < prefix.length) return [];
  const excludes = prefix.startsWith('-');
  const words = openWords(typed.before.slice(prefix.length));
  if (words.length > 1) return optionCompletions(typed, words);
  return pathCompletions(typed, prefix.length, list, {
    globs: true,
    excludes,
    escape: escapeWord,
    ...(accepts === undefined ? {} : { accepts }),
  });
}

function segmentAt({ content, before }: TypedText, from: number): Segment {
  const path = before.slice(from);
  const start = from + path.lastIndexOf('/') + 1;
  const rest = /^(?:\\.|[^\s/#\\])*/.exec(content.slice(before.length))?.[0] ?? '';
  return {
    from: start,
    to: before.length + rest.length,
    head: content.slice(from, start),
    start: before.slice(start),
  };
}

function pathCandidates(
  segment: Segment,
  list: ListDir,
  options: PathOptions,
): readonly Candidate[] {
  const {
    globs,
    excludes = false,
    escape = (name: string) => name,
    accepts = () => true,
  } = options;
  const dir = unescapeWord(segment.head);
  // Below a glob there is no one directory to list: what is at its root tells the kinds of files.
  const glob = /[*?]/.test(dir);
  const { files, dirs } = list(glob ? plainHead(dir) : dir.replace(/\/$/, ''));
  const accepted = files.filter((name) => accepts(glob ? name : dir + name));
  const patterns = globs ? globCandidates(accepted, dir) : [];
  if (glob) return patterns;
  return [
    ...narrow(accepted, segment.start).map((name): Candidate => fileCandidate(escape(name))),
    ...narrow(dirs, segment.start).flatMap((name) =>
      dirCandidates(escape(name), globs && excludes),
    ),
    ...patterns,
  ];
}

function fileCandidate(name: string): Candidate {
  return { label: name, kind: 'file', sortText: sortName('1', name) };
}

function dirCandidates(name: string, excludes: boolean): readonly Candidate[] {
  const folder: Candidate = {
    label: `${name}/`,
    kind: 'folder',
    sortText: sortName('2', name),
    open: true,
  };
  if (!excludes) return [folder];
  const detail = 'the directory with all that is in it';
  return [{ label: `${name} dir`, kind: 'folder', detail, sortText: sortName('2', name) }, folder];
}

/** Globs for the kinds of files in a directory; below one that has `**` already without a second. */
function globCandidates(files: readonly string[], dir: string): readonly Candidate[] {
  const deep = dir.includes('**');
  const kinds = [...new Set(files.map((name) => extname(name)).filter((ext) => ext !== ''))];
  const sorted = kinds.sort(compareCodePoints).map((ext) => `*${ext}`);
  const below = (glob: string): Candidate => ({
    label: `**/${glob}`,
    kind: 'value',
    detail: glob === '*' ? 'all files, at any depth' : `all ${glob} files, at any depth`,
    sortText: sortName('4', glob),
  });
  const here = (glob: string): Candidate => ({
    label: glob,
    kind: 'value',
    detail: glob === '*' ? 'all files' : `all ${glob} files`,
    sortText: sortName('3', glob),
  });
  const all = [...sorted, '*'];
  return deep ? all.map(here) : [...all.map(here), ...all.map(below)];
}

const OPTIONS: readonly (readonly [name: string, detail: string])[] = [
  ['dir', 'about directories: whether they are entered'],
  ['text', 'only text files'],
  ['binary', 'only files that are not text'],
  ['size<', 'only files of fewer bytes'],
  ['size>', 'only files of more bytes'],
  ['max-matches=', 'how many files at most'],
  ['sentinel=', 'only directories that hold this file (with dir)'],
];
const TYPES: readonly string[] = ['dir', 'text', 'binary'];

function optionCompletions(typed: TypedText, words: readonly string[]): readonly Completion[] {
  const given = words.slice(1, -1);
  const start = words.at(-1) ?? '';
  if (/[=<>]/.test(start)) return [];
  const rest = /^[^\s]*/.exec(typed.content.slice(typed.before.length))?.[0] ?? '';
  const slot = {
    from: typed.before.length - start.length,
    to: typed.before.length + rest.length,
  };
  const typeGiven = given.some((word) => TYPES.includes(word));
  return OPTIONS.filter(([name]) => {
    if (TYPES.includes(name)) return !typeGiven;
    if (name === 'sentinel=' && typeGiven && !given.includes('dir')) return false;
    return !given.some((word) => word.startsWith(name));
  }).map(([name, detail], i) =>
    completionOf(typed, slot, { label: name, kind: 'option', detail, sortText: String(i) }),
  );
}

/** The words of a pattern before the cursor; the last is the one being typed, maybe empty. */
function openWords(text: string): readonly string[] {
  const words = [...text.matchAll(/(?:\\.|"[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s"'])+/g)].map(([w]) => w);
  return words.length === 0 || /(?:^|[^\\])\s$/.test(text) ? [...words, ''] : words;
}

/** A name as one word of a pattern, which is split like a shell does. */
function escapeWord(name: string): string {
  return name.replace(/[\s"'\\]/g, '\\$&');
}

function unescapeWord(text: string): string {
  try {
    return splitWords(text)[0] ?? '';
  } catch {
    return text;
  }
}

/** The directories of a glob before its first part with a wildcard. */
function plainHead(dir: string): string {
  const parts = dir.split('/');
  return parts
    .slice(
      0,
      parts.findIndex((part) => /[*?]/.test(part)),
    )
    .join('/');
}

/** Hidden names come after the others. */
function sortName(group: string, name: string): string {
  return `${group}${name.startsWith('.') ? '~' : ''}${name}`;
}

/** All names, or of very many those that hold the typed letters in their order. */
function narrow(names: readonly string[], start: string): readonly string[] {
  if (names.length <= MANY) return names;
  const letters = start.toLowerCase();
  const matching = names.filter((name) => {
    let at = 0;
    for (const char of name.toLowerCase()) if (char === letters[at]) at++;
    return at === letters.length;
  });
  return matching.slice(0, MANY);
}
