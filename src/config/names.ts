import { RunyardError } from '../core/base/errors.ts';
import { type Json, type JsonObject, isJsonArray, isJsonObject } from '../core/data/json.ts';

/** How a config group names the keys of its files in a run. Made by {@link parseNaming}. */
export interface KeyNaming {
  readonly stripPrefix: string;
  /** In order; a text is the new name of the only key of the group. */
  readonly rename: readonly Rename[] | string;
  readonly prefix: string;
}

/** A new name for a key, or for the first part of keys when `from` ends with a dot. */
interface Rename {
  readonly from: string;
  readonly to: string;
}

/** Leaves every key as it is. */
export const PLAIN_NAMING: KeyNaming = { stripPrefix: '', rename: [], prefix: '' };

/**
 * The naming of a config table: `strip-prefix`, then `rename`, then `prefix`. A prefix that ends
 * with a letter or digit stands for whole parts of a key (`prefix = "train"` makes `train.lr`),
 * any other is text (`train_` makes `train_lr`). `rename` is `old=new` or `old new`, a list of
 * those, a table of old to new, or the new name alone for a group that selects one key; an old
 * name that ends with a dot is the beginning of names (`model.train.=train.`).
 * Throws `bad-gage-file`.
 */
export function parseNaming(table: JsonObject): KeyNaming {
  return {
    stripPrefix: prefixOf(table, 'strip-prefix'),
    rename: renameOf(table['rename'] ?? null),
    prefix: prefixOf(table, 'prefix'),
  };
}

function prefixOf(table: JsonObject, name: string): string {
  const value = table[name] ?? '';
  if (typeof value !== 'string') {
    throw new RunyardError('bad-gage-file', `"${name}" of a config table must be text`);
  }
  return /[\p{L}\p{N}]$/u.test(value) ? `${value}.` : value;
}

function renameOf(value: Json): KeyNaming['rename'] {
  if (value === null || value === '') return [];
  if (typeof value === 'string' && !/[=\s]/.test(value.trim())) return value.trim();
  return (isJsonArray(value) ? value : [value]).flatMap(renamesIn);
}

function renamesIn(item: Json): readonly Rename[] {
  if (typeof item === 'string') {
    const [, from, to] = /^\s*([^=\s]+)(?:\s*=\s*|\s+)(\S+)\s*$/.exec(item) ?? [];
    if (from !== undefined && to !== undefined) return [{ from, to }];
  }
  if (isJsonObject(item)) {
    const texts = Object.entries(item).flatMap(([from, to]) =>
      typeof to === 'string' && from !== '' && to !== '' ? [{ from, to }] : [],
    );
    if (texts.length === Object.keys(item).length) return texts;
  }
  throw new RunyardError('bad-gage-file', '"rename" of a config table is not understood', {
    hint: 'Write rename = "old=new", a list of those, or a table of old to new names.',
  });
}

/** Names that a run uses for the keys of a group. */
export interface NamedKeys {
  /** Name in the run by key in the file. */
  readonly names: ReadonlyMap<string, string>;
  /** Sentences: what of the naming does not apply. */
  readonly problems: readonly string[];
}

/** The names in a run of all keys that a group selects, whatever their files. */
export function nameKeys(naming: KeyNaming, keys: ReadonlySet<string>): NamedKeys {
  const { stripPrefix, prefix } = naming;
  const stripped = [...keys].map((key) => {
    const strips = key.startsWith(stripPrefix) && key.length > stripPrefix.length;
    return [key, strips ? key.slice(stripPrefix.length) : key] as const;
  });
  const known = [...new Set(stripped.map(([, name]) => name))];
  const { renames, problems } = applicableRenames(naming.rename, known);
  const names = stripped.map(([key, name]) => [key, prefix + renamed(name, renames)] as const);
  return { names: new Map(names), problems };
}

function renamed(name: string, renames: readonly Rename[]): string {
  const rename = renames.find((candidate) => appliesTo(candidate, name));
  return rename === undefined ? name : rename.to + name.slice(rename.from.length);
}

function appliesTo({ from }: Rename, name: string): boolean {
  return from.endsWith('.') ? name.startsWith(from) : name === from;
}

function applicableRenames(
  rename: KeyNaming['rename'],
  known: readonly string[],
): { readonly renames: readonly Rename[]; readonly problems: readonly string[] } {
  if (typeof rename !== 'string') {
    const unused = rename.filter((item) => !known.some((name) => appliesTo(item, name)));
    return {
      renames: rename,
      problems: unused.map(({ from }) => `There is no key "${from}" to rename`),
    };
  }
  const [only, ...others] = known;
  if (only !== undefined && others.length === 0) {
    return { renames: [{ from: only, to: rename }], problems: [] };
  }
  const count = known.length === 0 ? 'no key' : `${String(known.length)} keys`;
  const problem = `rename = "${rename}" needs exactly one key, but the group selects ${count}; write "old=new"`;
  return { renames: [], problems: [problem] };
}
