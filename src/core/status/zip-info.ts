import { lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RunyardError, describeError, hasErrno } from '../base/errors.ts';
import { ROW_FILE_BYTES, SMALL_FILE_BYTES, misplaced } from '../base/regular-file.ts';
import { BATCH_FILE, parseBatchRole } from '../meta/batch-file.ts';
import { openMeta } from '../meta/meta.ts';
import { isRunId } from '../run/names.ts';
import { decodeOpRef } from '../run/opref.ts';
import type { RunInfo, RunTimestamps } from '../run/types.ts';
import { NO_MARKS, type RunMarks } from './marks.ts';
import type { MetaName } from './meta-name.ts';
import {
  DOCUMENT_BYTES,
  buildInfo,
  entriesBeside,
  strangerInfo,
  toTimestamp,
  unreadableInfo,
  withProblem,
} from './row.ts';
import { placesProblem } from './run-problem.ts';
import { deriveStatus } from './status.ts';

/** As `readInfo` for a zip. A file that only shows something of the run, and is too large, is none. */
export async function readZipInfo(
  runsDir: string,
  meta: MetaName,
  has: (name: string) => boolean = () => true,
  marks: RunMarks = NO_MARKS,
): Promise<RunInfo | null> {
  if (!isRunId(meta.id)) return strangerInfo(runsDir, meta);
  const metaPath = join(runsDir, meta.name);
  try {
    statSync(metaPath);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null;
    return unreadableInfo(runsDir, meta, error);
  }
  try {
    const zip = await openMeta(metaPath, 'zip');
    try {
      const text = async (name: string): Promise<string | null> =>
        (await zip.read(name, ROW_FILE_BYTES))?.toString() ?? null;
      const stamps: RunTimestamps = {
        initialized: toTimestamp(await text('initialized')),
        staged: toTimestamp(await text('staged')),
        started: toTimestamp(await text('started')),
        stopped: toTimestamp(await text('stopped')),
      };
      const opref = await text('opref');
      if (opref === null) throw new RunyardError('not-a-run', 'The file opref is missing');
      const status = deriveStatus({
        exit: await text('proc/exit'),
        lock: null,
        initialized: stamps.initialized !== null,
        staged: stamps.staged !== null,
        started: stamps.started !== null,
        process: null,
        heartbeatMs: null,
        belongs: () => 'no',
      });
      let problem =
        placesProblem(runsDir, entriesBeside(meta), has) ??
        zipProblem(metaPath, meta.name) ??
        marks.problemOf(meta.id);
      const document = async (name: string, maxBytes: number): Promise<string | null> => {
        try {
          return (await zip.read(name, maxBytes))?.toString() ?? null;
        } catch (error) {
          problem ??= describeError(error);
          return null;
        }
      };
      const summary = await document('summary.json', SMALL_FILE_BYTES);
      const batch = parseBatchRole(await document(`runyard/${BATCH_FILE}`, DOCUMENT_BYTES));
      return buildInfo(runsDir, meta, has, {
        id: meta.id,
        opref: decodeOpRef(opref),
        derived: withProblem(status, problem),
        summary,
        timestampsUs: stamps,
        progress: null,
        batch,
      });
    } finally {
      zip.close();
    }
  } catch (error) {
    return unreadableInfo(runsDir, meta, error);
  }
}

function zipProblem(path: string, name: string): string | null {
  const stats = lstatSync(path);
  return stats.isFile() ? null : misplaced(name, stats, 'file');
}
