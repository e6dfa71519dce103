import { closeSync, fstatSync } from 'node:fs';
import type { Entry, ZipFile } from 'yauzl';
import { RunyardError } from '../base/errors.ts';
import { openRegular } from '../base/regular-file.ts';

/** A zip that is open, and how many bytes it has. */
export interface OpenZip {
  readonly zip: ZipFile;
  /** Bytes. */
  readonly size: number;
}

/** A meta with more files than this is none. */
const MAX_ENTRIES = 100_000;
/** Longer names fit no file system. Bytes. */
const MAX_NAME = 4096;
/** What a zip says of its files is kept in memory while it is open. Bytes. */
const MAX_DIRECTORY = 64 * 1024 * 1024;

/**
 * Opens a zip that anybody may have made. A file in it never gives more bytes than it declares. The
 * caller closes it.
 * Throws `unreadable` for what is no file and no zip, and for one with too many files; system errors.
 */
export async function openZip(path: string): Promise<OpenZip> {
  // Loaded on first use: most stores hold no zips.
  const yauzl = await import('yauzl');
  const fd = openRegular(path);
  const { size } = fstatSync(fd);
  let zip: ZipFile;
  try {
    zip = await yauzl.fromFdPromise(fd, { autoClose: false, lazyEntries: true });
  } catch (cause) {
    closeSync(fd);
    throw new RunyardError('unreadable', `Not a usable zip (${String(size)} bytes)`, { cause });
  }
  if (zip.entryCount <= MAX_ENTRIES) return { zip, size };
  zip.close();
  throw new RunyardError('unreadable', `The zip has more than ${String(MAX_ENTRIES)} files`);
}

/** The entries of a zip in their order. Throws `unreadable` for names that no meta has. */
export async function* entriesOf({ zip }: OpenZip): AsyncGenerator<Entry> {
  let directory = 0;
  for await (const entry of zip.eachEntry()) {
    directory += entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
    if (entry.fileNameLength > MAX_NAME || directory > MAX_DIRECTORY) {
      throw new RunyardError('unreadable', 'The zip has names or notes that are far too long');
    }
    yield entry;
  }
}
