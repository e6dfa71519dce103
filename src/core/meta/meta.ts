import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Entry, ZipFile } from 'yauzl';
import { RunyardError, hasErrno } from '../base/errors.ts';
import { type JsonObject, parseObject } from '../data/json.ts';
import type { MetaForm, RunInfo } from '../run/types.ts';

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
  /** Whole content of a file; null when it does not exist. */
  read(path: string): Promise<Buffer | null>;
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
  try {
    const meta = await openMeta(metaPath, metaForm);
    try {
      for (const path of paths) {
        const bytes = await meta.read(path);
        if (bytes !== null) objects[path] = parseObject(bytes.toString());
      }
    } finally {
      meta.close();
    }
  } catch {
    // The row of the run says that it cannot be read.
  }
  return objects;
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

  read(path: string): Promise<Buffer | null> {
    try {
      return Promise.resolve(readFileSync(this.#at(path)));
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return Promise.resolve(null);
      return Promise.reject(unreadable(path, error));
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
  // Loaded on first use: most stores hold no zips.
  const yauzl = await import('yauzl');
  const size = statOrUnreadable(zipPath);
  const zip = await yauzl
    .openPromise(zipPath, { autoClose: false, lazyEntries: true })
    .catch((error: unknown) => {
      throw new RunyardError('unreadable', `Not a usable zip (${String(size)} bytes)`, {
        cause: error,
      });
    });
  try {
    const entries = new Map<string, Entry>();
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
    }
    return new ZipMeta(zip, entries);
  } catch (error) {
    zip.close();
    throw unreadable(zipPath, error);
  }
}

class ZipMeta implements MetaReader {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#zip = zip;
    this.#entries = entries;
  }

  entries(): Promise<readonly MetaEntry[]> {
    const list = [...this.#entries.values()].map((entry) => ({
      path: entry.fileName,
      size: entry.uncompressedSize,
    }));
    return Promise.resolve(list.sort((a, b) => (a.path < b.path ? -1 : 1)));
  }

  async read(path: string): Promise<Buffer | null> {
    const entry = this.#entries.get(path);
    return entry === undefined ? null : await collect(await this.#open(entry));
  }

  close(): void {
    this.#zip.close();
  }

  #open(entry: Entry): Promise<Readable> {
    return this.#zip.openReadStreamPromise(entry);
  }
}

async function collect(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of stream) parts.push(chunk as Buffer);
  return Buffer.concat(parts);
}

/** Refuses names that would leave the meta directory. */
function safeParts(path: string): readonly string[] {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\\'))) {
    throw new RunyardError('bad-request', `'${path}' is not a path inside a run`);
  }
  return parts;
}

function statOrUnreadable(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): RunyardError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new RunyardError('unreadable', `Cannot read ${path}: ${why}`, { cause });
}
