import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasErrno } from '../base/errors.ts';
import { localTime, two } from '../base/time-text.ts';
import type { Run } from './types.ts';

/**
 * Appends one record to `log/runner` (gage-format.md 2.4): local time with its offset, a blank, the
 * message. A message of several lines makes a record of several lines. One write per record,
 * so that records of two processes never mix.
 */
export function appendRunnerLog(
  run: Pick<Run, 'metaPath'>,
  message: string,
  at = new Date(),
): void {
  const path = join(run.metaPath, 'log', 'runner');
  const record = `${formatLogTime(at)} ${message}\n`;
  try {
    appendFileSync(path, record);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    // Only below an existing run: a deleted run must not be made anew by a late record.
    mkdirSync(dirname(path));
    appendFileSync(path, record);
  }
}

/** `YYYY-MM-DDTHH:MM:SS±hhmm` in local time. */
export function formatLogTime(at: Date): string {
  const offset = -at.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  const minutes = Math.abs(offset);
  return `${localTime(at.getTime()).replace(' ', 'T')}${sign}${two(Math.trunc(minutes / 60))}${two(minutes % 60)}`;
}
