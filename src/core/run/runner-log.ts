import { join } from 'node:path';
import { hasErrno } from '../base/errors.ts';
import { appendOwnFile } from '../base/regular-file.ts';
import { localTime, two } from '../base/time-text.ts';
import { makeMetaDir, requireMetaDir } from './own-dirs.ts';
import type { Run } from './types.ts';

/**
 * Appends one record to `log/runner` (gage-format.md 2.4): local time with its offset, a blank, the
 * message. A message of several lines makes a record of several lines. One write per record,
 * so that records of two processes never mix. Throws `unsafe-path` when the log is a link, or a
 * directory on the way to it, and system errors.
 */
export function appendRunnerLog(
  run: Pick<Run, 'metaPath'>,
  message: string,
  at = new Date(),
): void {
  const path = join(requireMetaDir(run, 'log'), 'runner');
  const record = `${formatLogTime(at)} ${message}\n`;
  try {
    appendOwnFile(path, record);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    // Only below an existing run: a deleted run must not be made anew by a late record.
    makeMetaDir(run, 'log');
    appendOwnFile(path, record);
  }
}

/** `YYYY-MM-DDTHH:MM:SS±hhmm` in local time. */
export function formatLogTime(at: Date): string {
  const offset = -at.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  const minutes = Math.abs(offset);
  return `${localTime(at.getTime()).replace(' ', 'T')}${sign}${two(Math.trunc(minutes / 60))}${two(minutes % 60)}`;
}
