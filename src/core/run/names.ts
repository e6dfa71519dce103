import { RunyardError } from '../base/errors.ts';

/**
 * The names of a store (gage-format.md 1.7), in one place: which names are ids, and which entries
 * belong to a run. Nothing else in a store is ever changed.
 */

/** Entries of a run beside its run directory, `<id>` itself; the metas first. */
const SUFFIXES = [
  '.meta',
  '.meta.zip',
  '.meta.zip.partial',
  '.meta.old',
  '.meta.unpacking',
  '.user',
  '.move',
  '.project',
] as const;

const LEGACY_DELETED = '.deleted';

const ENTRY =
  /^(.+?)(?:\.meta(?:\.zip(?:\.partial)?|\.old|\.unpacking)?|\.user|\.move|\.project)?(?:\.deleted)?$/s;

/**
 * True for what can be the id of a run. Ids come from names on disk and out of JSON that anybody
 * may have written, and become parts of paths: no separator, no dot, no blank.
 */
export function isRunId(id: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_-]{0,127}$/.test(id);
}

/** Throws `bad-request` for what is no id. @returns the id. */
export function requireRunId(id: string): string {
  if (isRunId(id)) return id;
  throw new RunyardError('bad-request', `${JSON.stringify(id)} is not the id of a run`);
}

/**
 * The id that an entry of a store has in its name; null for an entry of no run. It need not be one that
 * {@link isRunId} takes: a meta of any name is shown.
 */
export function idOfEntry(name: string): string | null {
  const id = ENTRY.exec(name)?.[1];
  if (id === undefined || id.startsWith('.')) return null;
  return id === name && !isRunId(id) ? null : id;
}

/**
 * Every name that an entry of run `id` can have in its store, with those that Gage 0.1.2 gives to
 * deleted runs. The metas come first: who removes a run leaves files without a run behind when it
 * is killed, and never a run without files.
 */
export function entryNamesOf(id: string): readonly string[] {
  const names = [...SUFFIXES.map((suffix) => id + suffix), id];
  return names.flatMap((name) => [name, name + LEGACY_DELETED]);
}
