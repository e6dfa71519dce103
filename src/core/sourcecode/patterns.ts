import { RunyardError } from '../base/errors.ts';
import type { Json, JsonObject } from '../data/json.ts';

/** The patterns that select source files when an operation names none (gage-format.md 4.2). */
export const DEFAULT_SOURCE_PATTERNS: readonly string[] = [
  '**/* text size<100000 max-matches=500',
  '-**/.* dir',
  '-**/* dir sentinel=bin/activate',
  '-**/* dir sentinel=.nocopy',
  '-summary.json',
];

/** What kind of entry a rule is about; null: files of any kind. */
type PatternType = 'dir' | 'text' | 'binary' | null;

/** One parsed pattern: the glob and its options (gage-format.md 4.2). */
export interface PatternRule {
  /** The pattern as written. */
  readonly source: string;
  /** True when a match selects, false when it excludes. */
  readonly include: boolean;
  readonly glob: string;
  /** Tests a whole relative path with `/` as separator. */
  readonly regex: RegExp;
  readonly type: PatternType;
  /** Bytes, exclusive. With both limits a file matches when either holds. */
  readonly sizeLessThan: number | null;
  readonly sizeGreaterThan: number | null;
  /** How many entries the rule may match before it stops to match. */
  readonly maxMatches: number | null;
  /** Glob that must exist below the directory; for `dir` rules. Empty: none. */
  readonly sentinel: string;
}

/**
 * The source patterns of an operation: absent, null and true mean the defaults, false and `[]`
 * nothing, a list with at least one include exactly itself, and a list of excludes the
 * defaults followed by the list (gage-format.md 4.2).
 * @param table the operation's table from the Gage file.
 * Throws `bad-gage-file` when `sourcecode` is something else.
 */
export function sourcecodePatterns(table: JsonObject): readonly string[] {
  const value = table['sourcecode'];
  if (value === undefined || value === null || value === true) return DEFAULT_SOURCE_PATTERNS;
  if (value === false) return [];
  const patterns = patternList(value);
  if (patterns.length === 0 || patterns.some((p) => !p.startsWith('-'))) return patterns;
  return [...DEFAULT_SOURCE_PATTERNS, ...patterns];
}

function patternList(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  const items: readonly unknown[] = Array.isArray(value) ? value : [null];
  const texts = items.filter((item) => typeof item === 'string');
  if (texts.length === items.length) return texts;
  throw new RunyardError(
    'bad-gage-file',
    "'sourcecode' must be a pattern, a list of patterns, true or false",
  );
}

/** Parses patterns in order. Throws `bad-pattern` that names the broken one. */
export function parsePatterns(patterns: readonly string[]): readonly PatternRule[] {
  return patterns.map(parsePattern);
}

/**
 * Parses one pattern: `["\-" escape | "-" SP*] glob (SP option)*`, split into words like a
 * POSIX shell does. Unknown options are ignored, as in Gage. Throws `bad-pattern`.
 */
export function parsePattern(source: string): PatternRule {
  const { spec, include } = splitExclude(source);
  const [glob, ...options] = splitWords(spec);
  if (glob === undefined) {
    throw new RunyardError('bad-pattern', `Pattern '${source}' is empty`);
  }
  const { lessThan, greaterThan } = sizeOptions(options);
  return {
    source,
    include,
    glob,
    regex: globToRegExp(glob),
    type: TYPES.find((type) => options.includes(type)) ?? null,
    sizeLessThan: lessThan,
    sizeGreaterThan: greaterThan,
    maxMatches: numberOption(options, MAX_MATCHES),
    sentinel: options.find((o) => o.startsWith(SENTINEL))?.slice(SENTINEL.length) ?? '',
  };
}

/** The first type in this order wins when a pattern names several. */
const TYPES = ['dir', 'text', 'binary'] as const;
const SIZE = /^size([<>])(\d+)$/;
const MAX_MATCHES = /^max-matches=(\d+)$/;
const SENTINEL = 'sentinel=';

function splitExclude(source: string): { readonly spec: string; readonly include: boolean } {
  if (source.startsWith('\\-')) return { spec: source.slice(1), include: true };
  const prefix = /^- */.exec(source);
  return prefix === null
    ? { spec: source, include: true }
    : { spec: source.slice(prefix[0].length), include: false };
}

function sizeOptions(options: readonly string[]): {
  readonly lessThan: number | null;
  readonly greaterThan: number | null;
} {
  let lessThan: number | null = null;
  let greaterThan: number | null = null;
  for (const option of options) {
    const match = SIZE.exec(option);
    if (match?.[1] === '<') lessThan = Number(match[2]);
    else if (match?.[1] === '>') greaterThan = Number(match[2]);
  }
  return { lessThan, greaterThan };
}

function numberOption(options: readonly string[], form: RegExp): number | null {
  for (const option of options) {
    const digits = form.exec(option)?.[1];
    if (digits !== undefined) return Number(digits);
  }
  return null;
}

/**
 * A glob as a regular expression that is anchored at both ends (gage-format.md 4.2):
 * `**` with or without a separator is zero or more whole parents, `*` and `?` stay within one
 * part (`?` is zero or one character), everything else is literal.
 * @param separator `/` for paths, `.` for config keys.
 */
export function globToRegExp(glob: string, separator: '/' | '.' = '/'): RegExp {
  const sep = escapeRegExp(separator);
  let source = '';
  let at = 0;
  for (const match of glob.matchAll(separator === '/' ? /\*\*\/?|\*|\?/g : /\*\*\.?|\*|\?/g)) {
    source += escapeRegExp(glob.slice(at, match.index));
    at = match.index + match[0].length;
    // Gage says `(?:.+/)*`. One repetition describes the same paths, since `.` matches the
    // separator too, and does not take exponential time on deep paths.
    if (match[0] === '*') source += `[^${sep}]*`;
    else if (match[0] === '?') source += `[^${sep}]?`;
    else source += `(?:[^\\n]+${sep})?`;
  }
  return new RegExp(`^${source}${escapeRegExp(glob.slice(at))}$`, 'u');
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/**
 * A test whether a path below a directory can match a glob at all. It only says no when that
 * is sure; a walk uses it to skip directories that no include reaches. The test takes the
 * relative path of the directory, `/` as separator.
 */
export function reachesBelow(glob: string): (dir: string) => boolean {
  const stars = glob.indexOf('**');
  // Parts before the first `**` stand for exactly one directory each.
  const fixed = (stars < 0 ? glob : glob.slice(0, stars))
    .split('/')
    .slice(0, -1)
    .map((part) => globToRegExp(part));
  return (dir) => {
    const names = dir.split('/');
    if (stars < 0 && names.length > fixed.length) return false;
    return fixed.every((part, i) => {
      const name = names[i];
      return name === undefined || part.test(name);
    });
  };
}

/** A word of a line and where it stands in it, quotes included. UTF-16 units. */
export interface PlacedWord {
  /** Without quotes and escapes. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** The words of {@link placedWords} without their places. */
export function splitWords(line: string): readonly string[] {
  return placedWords(line).map(({ text }) => text);
}

/**
 * Splits a line into words like a POSIX shell (Python's `shlex.split`): single quotes keep
 * everything, double quotes allow `\"` and `\\`, a backslash elsewhere keeps the next
 * character. Throws `bad-pattern` on an open quote or a final backslash.
 */
export function placedWords(line: string): readonly PlacedWord[] {
  const words: PlacedWord[] = [];
  let word: string | null = null;
  let from = 0;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i);
    if (word === null) from = i;
    if (c === '\\' && quote !== "'") {
      if (++i >= line.length) {
        throw new RunyardError('bad-pattern', `Pattern '${line}' ends with a backslash`);
      }
      const next = line.charAt(i);
      const escapes = quote === '' || next === '"' || next === '\\';
      word = (word ?? '') + (escapes ? next : c + next);
    } else if (quote !== '') {
      if (c === quote) quote = '';
      else word = (word ?? '') + c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= '';
    } else if (' \t\r\n'.includes(c)) {
      if (word !== null) words.push({ text: word, from, to: i });
      word = null;
    } else {
      word = (word ?? '') + c;
    }
  }
  if (quote !== '') {
    throw new RunyardError('bad-pattern', `Pattern '${line}' has no closing quotation mark`);
  }
  if (word !== null) words.push({ text: word, from, to: line.length });
  return words;
}
