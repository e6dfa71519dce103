import { statSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RunyardError } from '../../core/base/errors.ts';
import { openMeta, type MetaReader } from '../../core/meta/meta.ts';
import type { RunInfo } from '../../core/run/types.ts';
import type { RunFilePlace } from './uri.ts';

/** What is known of a file or directory of a run. Times in epoch milliseconds. */
export interface RunFileStat {
  readonly directory: boolean;
  readonly size: number;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
}

/**
 * Looks at a file or directory of a run, in its run directory or in its meta directory or zip.
 * @returns null when there is none.
 */
export async function statRunFile(info: RunInfo, place: RunFilePlace): Promise<RunFileStat | null> {
  const real = realPath(info, place);
  if (real !== null) {
    const found = await stat(real).catch(nullWhenAbsent);
    if (found === null) return null;
    const { size, ctimeMs, mtimeMs } = found;
    return { directory: found.isDirectory(), size, ctimeMs, mtimeMs };
  }
  const { ctimeMs, mtimeMs } = statSync(info.metaPath);
  return await withZip(info, async (zip) => {
    const entries = await zip.entries();
    const entry = entries.find(({ path }) => path === place.path);
    if (entry !== undefined) return { directory: false, size: entry.size, ctimeMs, mtimeMs };
    const prefix = place.path === '' ? '' : `${place.path}/`;
    const directory = entries.some(({ path }) => path.startsWith(prefix));
    return directory ? { directory, size: 0, ctimeMs, mtimeMs } : null;
  });
}

/** The bytes of a file of a run; null when there is none. Throws `unreadable` for a broken zip. */
export async function readRunFile(info: RunInfo, place: RunFilePlace): Promise<Uint8Array | null> {
  const real = realPath(info, place);
  if (real !== null) return await readFile(real).catch(nullWhenAbsent);
  return await withZip(info, (zip) => zip.read(place.path));
}

/** Names in a directory of a run; null when there is none. */
export async function listRunFiles(
  info: RunInfo,
  place: RunFilePlace,
): Promise<readonly { readonly name: string; readonly directory: boolean }[] | null> {
  const real = realPath(info, place);
  if (real !== null) {
    const entries = await readdir(real, { withFileTypes: true }).catch(nullWhenAbsent);
    return entries?.map((entry) => ({ name: entry.name, directory: entry.isDirectory() })) ?? null;
  }
  return await withZip(info, async (zip) => {
    const prefix = place.path === '' ? '' : `${place.path}/`;
    const found = new Map<string, boolean>();
    for (const { path } of await zip.entries()) {
      if (!path.startsWith(prefix)) continue;
      const [name = '', ...deeper] = path.slice(prefix.length).split('/');
      found.set(name, deeper.length > 0);
    }
    return found.size === 0 ? null : [...found].map(([name, directory]) => ({ name, directory }));
  });
}

/** Path on disk of a place; null when it is inside a zip. */
export function realPath(info: RunInfo, place: RunFilePlace): string | null {
  if (place.kind === 'meta' && info.metaForm === 'zip') return null;
  const root = place.kind === 'files' ? info.runDir : info.metaPath;
  return join(root, ...place.path.split('/'));
}

async function withZip<T>(info: RunInfo, use: (zip: MetaReader) => Promise<T>): Promise<T> {
  const zip = await openMeta(info.metaPath, 'zip');
  try {
    return await use(zip);
  } finally {
    zip.close();
  }
}

function nullWhenAbsent(error: unknown): null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  throw new RunyardError('io', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
