import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { newFileStream } from '../base/atomic.ts';
import { unsafe } from '../base/regular-file.ts';
import type { Run } from '../run/types.ts';

/**
 * Replaces the meta directory of a final run by `<id>.meta.zip` (gage-format.md 2.12): members stored
 * and sorted, directories included. The zip gets its name only when it is complete and on
 * disk, so that no reader ever sees a part of it; the directory goes after that. It is readable by
 * the owner only when one of its files is.
 * Throws `unsafe-path` for a meta with links or special files, and system errors; the directory is
 * untouched then.
 */
export async function zipMeta(run: Run): Promise<void> {
  const target = `${run.metaPath}.zip`;
  const partial = `${target}.partial`;
  const zip = new ZipFile();
  let readers = 0o666;
  for (const { path, dir } of walk(run.metaPath)) {
    const full = join(run.metaPath, path);
    const { mode, mtime } = statSync(full);
    if (dir) zip.addEmptyDirectory(path, { mode, mtime });
    else {
      if ((mode & 0o044) === 0) readers = 0o600;
      zip.addFile(full, path, { mode, mtime, compress: false });
    }
  }
  zip.end();
  try {
    rmSync(partial, { recursive: true, force: true });
    await pipeline(zip.outputStream, newFileStream(partial, readers));
    renameSync(partial, target);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  const removed = join(run.runsDir, `${run.id}.meta.old`);
  rmSync(removed, { recursive: true, force: true });
  renameSync(run.metaPath, removed);
  rmSync(removed, { recursive: true, force: true });
}

function walk(root: string, prefix = ''): readonly { path: string; dir: boolean }[] {
  return readdirSync(join(root, prefix), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = prefix + entry.name;
      if (entry.isDirectory()) return [{ path, dir: true }, ...walk(root, `${path}/`)];
      if (entry.name.endsWith('.tmp')) return [];
      if (!entry.isFile()) throw unsafe(`${join(root, path)} is no regular file`);
      return [{ path, dir: false }];
    });
}
