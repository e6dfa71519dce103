import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { hasErrno } from '../base/errors.ts';
import { ROW_FILE_BYTES } from '../base/regular-file.ts';
import { readJsonFileIfAny } from '../data/json-file.ts';

/** An archive of a store (gage-format.md 1.10). */
export interface Archive {
  readonly id: string;
  readonly name: string;
  /** Epoch milliseconds. */
  readonly dateMs: number;
}

const ArchiveSchema = z.object({ id: z.string(), name: z.string(), date: z.number() });

/** Archives that exist in a store, by name. A definition that cannot be read is passed over. */
export function listArchives(runsDir: string): Archive[] {
  const root = join(runsDir, '.archives');
  return namesIn(root)
    .map((id) => readArchive(join(root, id), id))
    .filter((archive) => archive !== null)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The archive with this id or name, or null. */
export function findArchive(runsDir: string, idOrName: string): Archive | null {
  const archives = listArchives(runsDir);
  return (
    archives.find((archive) => archive.id === idOrName) ??
    archives.find((archive) => archive.name === idOrName) ??
    null
  );
}

/** The newest entry of an archive's directory decides: a definition, or its end. */
function readArchive(dir: string, id: string): Archive | null {
  for (const name of namesIn(dir).sort().reverse()) {
    if (name.endsWith('.deleted')) return null;
    if (!name.endsWith('.json')) continue;
    const archive = readJsonFileIfAny(join(dir, name), ArchiveSchema, ROW_FILE_BYTES);
    return archive && { id, name: archive.name, dateMs: archive.date * 1000 };
  }
  return null;
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
