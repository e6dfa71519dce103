import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from 'yauzl';
import { RunyardError, hasErrno } from '../base/errors.ts';
import {
  LARGE_FILE_BYTES,
  SMALL_FILE_BYTES,
  readRegularFile,
  tooLarge,
} from '../base/regular-file.ts';
import { type JsonObject, parseObject } from '../data/json.ts';
import type { MetaForm, RunInfo } from '../run/types.ts';
import { entriesOf, openZip, type OpenZip } from './open-zip.ts';

/** The output of a zipped run is read whole. Bytes. */
const MAX_OUTPUT = 256 * 1024 * 1024;

/** One entry of a meta directory or zip. */
interface MetaEntry {
  /** Path below the meta directory, `/` as separator. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Read access to the meta files of a run, the same for a directory and a zip (gage-format.md 2.12).
 * Close it when done.
 */
export interface MetaReader {
  /** All files, sorted by path. */
  entries(): Promise<readonly MetaEntry[]>;
  /**
   * Whole content of a file; null when it does not exist.
   * @param maxBytes a larger one is refused; by default 16 MB, and more for lists of files and output.
   * Rejects with `unreadable` also for what is no regular file, and `bad-request` for a path that is
   * none.
   */
  read(path: string, maxBytes?: number): Promise<Buffer | null>;
  close(): void;
}

/** Opens the meta of a run. Throws `unreadable` with the reason when a zip is broken. */
export async function openMeta(metaPath: string, form: MetaForm): Promise<MetaReader> {
  return form === 'dir' ? new DirMeta(metaPath) : await openZipMeta(metaPath);
}

/**
 * The objects in JSON files of a run's meta, by path. Those that are missing or broken are left
 * out; all of them when the meta cannot be opened.
 */
export async function readMetaObjects(
  { metaPath, metaForm }: Pick<RunInfo, 'metaPath' | 'metaForm'>,
  paths: readonly string[],
): Promise<Readonly<Record<string, JsonObject>>> {
  const objects: Record<string, JsonObject> = {};
  let meta: MetaReader;
  try {
    meta = await openMeta(metaPath, metaForm);
  } catch {
    // The row of the run says that it cannot be read.
    return objects;
  }
  try {
    for (const path of paths) {
      const text = await readTextIfAny(meta, path);
      if (text !== null) objects[path] = parseObject(text);
    }
  } finally {
    meta.close();
  }
  return objects;
}

/** Text of a file of a meta; null when it is missing, or cannot be read. */
export async function readTextIfAny(meta: MetaReader, path: string): Promise<string | null> {
  try {
    return (await meta.read(path))?.toString() ?? null;
  } catch {
    return null;
  }
}

/** So much is read of a file of a meta at once, unless its reader says so. */
function limitOf(path: string): number {
  if (path.startsWith('output/')) return MAX_OUTPUT;
  return path === 'manifest' || path === 'log/files' ? LARGE_FILE_BYTES : SMALL_FILE_BYTES;
}

class DirMeta implements MetaReader {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  entries(): Promise<readonly MetaEntry[]> {
    const found: MetaEntry[] = [];
    const visit = (dir: string, prefix: string): void => {
      for (const entry of readdirSync(dir, { withFileTypes: true })) {
        const path = prefix + entry.name;
        if (entry.isDirectory()) visit(join(dir, entry.name), `${path}/`);
        else if (entry.isFile() && !entry.name.endsWith('.tmp')) {
          try {
            found.push({ path, size: statSync(join(dir, entry.name)).size });
          } catch (error) {
            if (!hasErrno(error, 'ENOENT')) throw error;
          }
        }
      }
    };
    visit(this.#root, '');
    return Promise.resolve(found.sort((a, b) => (a.path < b.path ? -1 : 1)));
  }

  read(path: string, maxBytes = limitOf(path)): Promise<Buffer | null> {
    try {
      return Promise.resolve(readRegularFile(this.#at(path), maxBytes));
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return Promise.resolve(null);
      return Promise.reject(error instanceof RunyardError ? error : unreadable(path, error));
    }
  }

  close(): void {
    // Nothing is held open.
  }

  #at(path: string): string {
    return join(this.#root, ...safeParts(path));
  }
}

async function openZipMeta(zipPath: string): Promise<MetaReader> {
  let opened: OpenZip | null = null;
  try {
    opened = await openZip(zipPath);
    const entries = new Map<string, Entry>();
    for await (const entry of entriesOf(opened)) {
      if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
    }
    return new ZipMeta(opened, entries);
  } catch (error) {
    opened?.zip.close();
    throw error instanceof RunyardError ? error : unreadable(zipPath, error);
  }
}

class ZipMeta implements MetaReader {
  readonly #opened: OpenZip;
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(opened: OpenZip, entries: ReadonlyMap<string, Entry>) {
    this.#opened = opened;
    this.#entries = entries;
  }

  entries(): Promise<readonly MetaEntry[]> {
    const list = [...this.#entries.values()].map((entry) => ({
      path: entry.fileName,
      size: entry.uncompressedSize,
    }));
    return Promise.resolve(list.sort((a, b) => (a.path < b.path ? -1 : 1)));
  }

  async read(path: string, maxBytes = limitOf(path)): Promise<Buffer | null> {
    const entry = this.#entries.get(path);
    if (entry === undefined) return null;
    if (entry.uncompressedSize > maxBytes) throw tooLarge(path, maxBytes);
    try {
      return await this.#content(entry);
    } catch (error) {
      throw unreadable(path, error);
    }
  }

  close(): void {
    this.#opened.zip.close();
  }

  /** A zip gives exactly as many bytes as an entry declares, or fails. */
  async #content(entry: Entry): Promise<Buffer> {
    const bytes = Buffer.alloc(entry.uncompressedSize);
    let size = 0;
    for await (const chunk of await this.#opened.zip.openReadStreamPromise(entry)) {
      size += (chunk as Buffer).copy(bytes, size);
    }
    return bytes;
  }
}

/** Refuses names that would leave the meta directory. */
function safeParts(path: string): readonly string[] {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\\'))) {
    throw new RunyardError('bad-request', `'${path}' is not a path inside a run`);
  }
  return parts;
}

function unreadable(path: string, cause: unknown): RunyardError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new RunyardError('unreadable', `Cannot read ${path}: ${why}`, { cause });
}
