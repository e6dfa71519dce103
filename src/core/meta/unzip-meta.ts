import { lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { newFileStream } from '../base/atomic.ts';
import { RunyardError, describeError } from '../base/errors.ts';
import type { Run } from '../run/types.ts';
import { entriesOf, openZip } from './open-zip.ts';

/** Name of the directory, behind the id, that a meta is unpacked into: no reader takes it for one. */
export const UNPACKING = '.meta.unpacking';

/** So much is unpacked of any zip. Bytes. */
const ALWAYS = 16 * 1024 * 1024;
/** And so many times its size, as long as that is not above {@link MAX_PACKED}. */
const MAX_RATIO = 100;
/** More is only unpacked of what is hardly packed. Bytes. */
const MAX_PACKED = 4 * 1024 ** 3;

/**
 * Replaces the zipped meta of a run by a directory (the reverse of gage-format.md 2.12). The directory
 * gets its name only when it is complete and on disk, and the zip goes after that; until then
 * it is preferred. The caller holds the run's claim.
 * @returns the run in directory form; the same when it had that already.
 * Throws `unreadable` when the zip is broken or holds far more than it is large, and system errors;
 * the zip is untouched then.
 */
export async function unzipMeta(run: Run): Promise<Run> {
  const metaPath = join(run.runsDir, `${run.id}.meta`);
  const zipPath = `${metaPath}.zip`;
  const unzipped: Run = { ...run, metaPath, metaForm: 'dir' };
  if (lstatSync(zipPath, { throwIfNoEntry: false }) === undefined) return unzipped;
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
  const opened = await openZip(zipPath);
  const { zip } = opened;
  let total = 0;
  try {
    for await (const entry of entriesOf(opened)) {
      total += entry.uncompressedSize;
      if (isTooMuch(total, opened.size)) throw new Error('it holds far more than it is large');
      // The reader of zips refuses names that leave their directory.
      const path = join(to, entry.fileName);
      mkdirSync(entry.fileName.endsWith('/') ? path : dirname(path), { recursive: true });
      if (entry.fileName.endsWith('/')) continue;
      const mode = (entry.externalFileAttributes >>> 16) & 0o777 || 0o444;
      await pipeline(await zip.openReadStreamPromise(entry), newFileStream(path, mode));
    }
  } finally {
    zip.close();
  }
}

/** No zip of a meta is packed so well: neither Gage nor we compress anything. */
function isTooMuch(bytes: number, zipBytes: number): boolean {
  return bytes > 2 * zipBytes && bytes > Math.min(MAX_PACKED, ALWAYS + MAX_RATIO * zipBytes);
}
