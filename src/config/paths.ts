import { RunyardError } from '../core/base/errors.ts';
import { type Json, type JsonObject, isJsonArray, isJsonObject } from '../core/data/json.ts';
import { type PatternRule, globToRegExp, parsePattern } from '../core/sourcecode/patterns.ts';
import { type KeyNaming, PLAIN_NAMING, parseNaming } from './names.ts';

/** One config path: which files it selects or removes, and which of their keys (gage-format.md 4.5). */
export interface ConfigPath {
  /** Null for a path that names only keys (`#lr`). */
  readonly file: PatternRule | null;
  /** Null for a path that names no keys (`train.py#`). */
  readonly key: RegExp | null;
  readonly excludesKeys: boolean;
}

/** Paths that are read together; `#key` paths hold for all files of their group. */
export type ConfigGroup = readonly ConfigPath[];

/** A config group with what its table says about it. */
export interface ConfigTable {
  readonly paths: ConfigGroup;
  readonly naming: KeyNaming;
  readonly description: string | null;
}

/**
 * The config groups of an operation (gage-format.md 4.5): a path or a list of paths is one group, so
 * is a table with `keys`; in a mixed list every item is a group of its own.
 * Throws `bad-gage-file` when `config` is something else, `bad-pattern` on a broken path.
 */
export function configTables(table: JsonObject): readonly ConfigTable[] {
  const value = table['config'] ?? null;
  if (value === null) return [];
  if (isJsonArray(value)) {
    if (value.length === 0) return [];
    if (value.some((item) => typeof item !== 'string')) return value.map(parseTable);
  }
  return [parseTable(value)];
}

function parseTable(value: Json): ConfigTable {
  if (!isJsonObject(value)) {
    return { paths: parsePaths(value), naming: PLAIN_NAMING, description: null };
  }
  const { description } = value;
  return {
    paths: parsePaths(value['keys'] ?? null),
    naming: parseNaming(value),
    description: typeof description === 'string' ? description : null,
  };
}

function parsePaths(value: Json): ConfigGroup {
  const items = isJsonArray(value) ? value : [value];
  return items.map((item) => {
    if (typeof item === 'string') return parsePath(item);
    throw new RunyardError(
      'bad-gage-file',
      '"config" must be a path, a list of paths, or tables with "keys"',
    );
  });
}

/**
 * Parses `["-"] [file-pattern] ["#" key-pattern]` (gage-format.md 4.5). A file alone stands for its
 * top-level keys; `-file#key` still selects the file and removes only the key.
 * Throws `bad-pattern`.
 */
export function parsePath(source: string): ConfigPath {
  const escaped = source.startsWith('\\-');
  const prefix = escaped ? null : /^- */.exec(source);
  const excludes = prefix !== null;
  const spec = escaped ? source.slice(1) : source.slice(prefix?.[0].length ?? 0);
  const hash = spec.indexOf('#');
  const filePart = hash === -1 ? spec : spec.slice(0, hash);
  const keyPart = hash === -1 ? null : spec.slice(hash + 1);
  if (filePart === '' && !keyPart) {
    throw new RunyardError('bad-pattern', `Config path "${source}" names no file and no key`);
  }
  const key = keyPart ?? (excludes ? '' : '*');
  return {
    file: filePart === '' ? null : parseFilePattern(filePart, excludes && !keyPart),
    key: key === '' ? null : globToRegExp(key, '.'),
    excludesKeys: excludes,
  };
}

function parseFilePattern(pattern: string, exclude: boolean): PatternRule {
  if (exclude) return parsePattern(`-${pattern}`);
  return parsePattern(pattern.startsWith('-') ? `\\${pattern}` : pattern);
}

/**
 * The keys of one file that a group selects: named by any path, and removed by none. A key in
 * `file#key` counts only for the files of that path: Gage lets it leak into the others.
 * @param pathApplies Whether the file part of a path matches the file.
 */
export function matchingKeys(
  group: ConfigGroup,
  keys: Iterable<string>,
  pathApplies: (rule: PatternRule) => boolean,
): readonly string[] {
  const applicable = group.filter(({ file }) => file === null || pathApplies(file));
  const matches = (key: string, excludes: boolean): boolean =>
    applicable.some((path) => path.excludesKeys === excludes && path.key?.test(key) === true);
  return [...keys].filter((key) => matches(key, false) && !matches(key, true));
}
