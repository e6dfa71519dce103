import { idOfEntry } from '../run/names.ts';
import type { MetaForm } from '../run/types.ts';

/** A name in a store that is the meta of a run (gage-format.md 1.7). */
export interface MetaName {
  readonly id: string;
  readonly form: MetaForm;
  /** File name of the meta in the store. */
  readonly name: string;
  /** Soft-deleted by renaming, as Gage 0.1.2 does. */
  readonly legacyDeleted: boolean;
}

const META = /^\.meta(\.zip)?(\.deleted)?$/;

/** What kind of meta `name` is, or null when it is something else. */
export function parseMetaName(name: string): MetaName | null {
  const id = idOfEntry(name);
  const match = id === null ? null : META.exec(name.slice(id.length));
  if (id === null || match === null) return null;
  return {
    id,
    form: match[1] === undefined ? 'dir' : 'zip',
    name,
    legacyDeleted: match[2] !== undefined,
  };
}
