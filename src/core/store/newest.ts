import { join } from 'node:path';
import { ROW_FILE_BYTES, readSmallFile } from '../base/regular-file.ts';
import { ACTIVE, TRASH, containerOf } from '../run/containers.ts';
import type { Container, RunInfo } from '../run/types.ts';
import { toTimestamp } from '../status/row.ts';
import { compareNewestFirst, runTimestamp, type MetaName } from '../status/run-info.ts';
import { listStore, readMeta } from './scan.ts';

/** The beginning of a listing. */
export interface NewestRuns {
  /** At most as many as asked for, newest first. */
  readonly runs: readonly RunInfo[];
  /** How many runs the listing has in all; one that is just being made may be counted. */
  readonly total: number;
}

/**
 * The newest runs of a container, as the first rows of `listRuns`, without reading the others:
 * of those only the time is looked at, which is one small file instead of ten. A store that
 * does not exist has no runs. Throws when the store cannot be listed.
 */
export async function newestRuns(
  runsDir: string,
  container: Container,
  limit: number,
): Promise<NewestRuns> {
  const { names, metas } = listStore(runsDir);
  const has = (name: string): boolean => names.has(name);
  const dated: { meta: MetaName; time: number; info: RunInfo | null }[] = [];
  for (const meta of metas) {
    if (placeOf(runsDir, meta, has) !== container) continue;
    // A zip says nothing before it is opened.
    const info = meta.form === 'zip' ? await readMeta(runsDir, meta, has) : null;
    const time = info === null ? timeOf(join(runsDir, meta.name)) : runTimestamp(info);
    dated.push({ meta, time, info });
  }
  dated.sort((a, b) => b.time - a.time || (a.meta.id < b.meta.id ? -1 : 1));
  const runs: RunInfo[] = [];
  let sure = 0;
  for (const { meta, time, info } of dated) {
    if (sure >= limit) break;
    const row = info ?? (await readMeta(runsDir, meta, has));
    if (row === null) continue;
    runs.push(row);
    // A row that turns out to be older (a broken one has no time) may not belong here.
    if (runTimestamp(row) >= time) sure++;
  }
  return { runs: runs.sort(compareNewestFirst).slice(0, limit), total: dated.length };
}

function placeOf(runsDir: string, meta: MetaName, has: (name: string) => boolean): Container {
  if (meta.legacyDeleted) return TRASH;
  return has(`${meta.id}.move`) ? containerOf(runsDir, meta.id) : ACTIVE;
}

/** What `runTimestamp` says of the run in this directory; 0 when it has none. */
function timeOf(metaPath: string): number {
  for (const name of ['started', 'staged', 'initialized']) {
    const time = toTimestamp(readText(`${metaPath}/${name}`));
    if (time !== null) return time;
  }
  return 0;
}

function readText(path: string): string | null {
  try {
    return readSmallFile(path, ROW_FILE_BYTES);
  } catch {
    // Absent, or broken: then the row says so when it is read.
    return null;
  }
}
