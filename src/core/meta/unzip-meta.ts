import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RunyardError, describeError } from '../base/errors.ts';
import type { Run } from '../run/types.ts';

/** Name of the directory, behind the id, that a meta is unpacked into: no reader takes it for one. */
export const UNPACKING = '.meta.unpacking';

/**
 * Replaces the zipped meta of a run by a directory (the reverse of gage-format.md 2.12). The directory
 * gets its name only when it is complete and on disk, and the zip goes after that; until then
 * it is preferred. The caller holds the run's claim.
 * @returns the run in directory form; the same when it had that already.
 * Throws `unreadable` when the zip is broken, and system errors; the zip is untouched then.
 */
export async function unzipMeta(run: Run): Promise<Run> {
  const metaPath = join(run.runsDir, `${run.id}.meta`);
  const zipPath = `${metaPath}.zip`;
  const unzipped: Run = { ...run, metaPath, metaForm: 'dir' };
  if (!existsSync(zipPath)) return unzipped;
  const partial = join(run.runsDir, run.id + UNPACKING);
  rmSync(partial, { recursive: true, force: true });
  await extract(zipPath, partial);
  // What an interrupted zip left behind: the zip is complete.
  rmSync(metaPath, { recursive: true, force: true });
  renameSync(partial, metaPath);
  rmSync(zipPath);
  return unzipped;
}

async function extract(zipPath: string, to: string): Promise<void> {
  try {
    await extractEntries(zipPath, to);
  } catch (error) {
    rmSync(to, { recursive: true, force: true });
    throw new RunyardError('unreadable', `${zipPath} cannot be unpacked: ${describeError(error)}`, {
      cause: error,
    });
  }
}

async function extractEntries(zipPath: string, to: string): Promise<void> {
  // Loaded only for a store that has zips.
  const yauzl = await import('yauzl');
  const zip = await yauzl.openPromise(zipPath, { autoClose: false, lazyEntries: true });
  try {
    for await (const entry of zip.eachEntry()) {
      // The reader of zips refuses names that leave their directory.
      const path = join(to, entry.fileName);
      mkdirSync(entry.fileName.endsWith('/') ? path : dirname(path), { recursive: true });
      if (entry.fileName.endsWith('/')) continue;
      const mode = (entry.externalFileAttributes >>> 16) & 0o777 || 0o444;
      await pipeline(
        await zip.openReadStreamPromise(entry),
        createWriteStream(path, { flags: 'wx', mode, flush: true }),
      );
    }
  } finally {
    zip.close();
  }
}
