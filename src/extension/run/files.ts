import { lstatSync, statSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { RunyardError } from '../../core/base/errors.ts';
import { formatBytes } from '../../core/base/format-bytes.ts';
import { kindOf, openRegularHandle } from '../../core/base/regular-file.ts';
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

/** A larger file is opened as it lies on the disk, not as a document of a run. Bytes. */
export const MAX_RUN_FILE = 64_000_000;

/**
 * Looks at a file or directory of a run, in its run directory or in its meta directory or zip.
 * @returns null when there is none. Throws `unsafe-path` for a link that leads out of the run,
 * `unreadable` for what is neither file nor directory.
 */
export async function statRunFile(info: RunInfo, place: RunFilePlace): Promise<RunFileStat | null> {
  if (pathOf(info, place) !== null) {
    const real = await realPath(info, place);
    const found = real === null ? null : await stat(real).catch(nullWhenAbsent);
    if (found === null) return null;
    if (!found.isFile() && !found.isDirectory()) {
      throw new RunyardError('unreadable', `${place.path} is ${kindOf(found)}, not a file`);
    }
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

/**
 * The bytes of a file of a run; null when there is none. Throws `unsafe-path` for a link that leads
 * out of the run, `unreadable` for a broken zip, for what is no file, and above
 * {@link MAX_RUN_FILE}.
 */
export async function readRunFile(info: RunInfo, place: RunFilePlace): Promise<Uint8Array | null> {
  if (pathOf(info, place) === null) return await withZip(info, (zip) => zip.read(place.path));
  const real = await realPath(info, place);
  return real === null ? null : await readWhole(real).catch(nullWhenAbsent);
}

/**
 * Names in a directory of a run; null when there is none. Throws `unsafe-path` for a link that
 * leads out of the run.
 */
export async function listRunFiles(
  info: RunInfo,
  place: RunFilePlace,
): Promise<readonly { readonly name: string; readonly directory: boolean }[] | null> {
  if (pathOf(info, place) !== null) {
    const real = await realPath(info, place);
    if (real === null) return null;
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

/**
 * Where a place really lies on disk; null when it is inside a zip, or nothing is there.
 * Throws `unsafe-path` for a link that leads out of the directories of the run: whoever wrote the
 * run does not choose which other files are shown as its own (design.md, "What a store may do").
 */
export async function realPath(info: RunInfo, place: RunFilePlace): Promise<string | null> {
  const path = pathOf(info, place);
  const real = path === null ? null : await realpath(path).catch(nullWhenAbsent);
  if (real === null) return null;
  for (const root of dirsOf(info)) {
    const dir = await realpath(root).catch(nullWhenAbsent);
    if (dir !== null && `${real}${sep}`.startsWith(`${dir}${sep}`)) return real;
  }
  const what = place.path === '' ? `Run ${info.name}` : place.path;
  throw new RunyardError('unsafe-path', `${what} is a link out of the run, to ${real}`, {
    hint: 'Open that file itself, when you know what it is.',
  });
}

/** Path of a place by name; null when it is inside a zip. */
function pathOf(info: RunInfo, place: RunFilePlace): string | null {
  if (place.kind === 'meta' && info.metaForm === 'zip') return null;
  const root = place.kind === 'files' ? info.runDir : info.metaPath;
  return join(root, ...place.path.split('/'));
}

/** The directories of a run that are there, and no links to others. */
function dirsOf({ id, runDir, metaPath }: RunInfo): readonly string[] {
  return [runDir, metaPath, join(dirname(metaPath), `${id}.user`)].filter(
    (dir) => lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() === true,
  );
}

async function readWhole(path: string): Promise<Uint8Array> {
  const file = await openRegularHandle(path);
  try {
    const { size } = await file.stat();
    if (size > MAX_RUN_FILE) {
      const most = formatBytes(MAX_RUN_FILE);
      const message = `${path} has ${formatBytes(size)}; documents of runs have at most ${most}`;
      throw new RunyardError('unreadable', message);
    }
    // What is written meanwhile comes with the next reading.
    const bytes = new Uint8Array(size);
    let done = 0;
    while (done < size) {
      const { bytesRead } = await file.read(bytes, done, size - done, done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } finally {
    await file.close();
  }
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
  if (error instanceof RunyardError) throw error;
  throw new RunyardError('io', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
