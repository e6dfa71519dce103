import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROW_FILE_BYTES, readRegularText } from '../base/regular-file.ts';
import { runyardPath } from '../run/run.ts';
import type { RunInfo } from '../run/types.ts';

/** Below `<id>.meta/runyard/`: one numbered directory for each former attempt of a run. */
export const ATTEMPTS_DIR = 'attempts';

/** A former attempt of a run that was restarted in place. */
export interface Attempt {
  /** From 1, oldest first. */
  readonly number: number;
  /** Its directory, laid out as a meta directory, with its files in `files/`. */
  readonly dir: string;
  readonly exitCode: number;
  /** Epoch microseconds; null where the file is absent or unreadable. */
  readonly startedUs: number | null;
  readonly stoppedUs: number | null;
}

/** The former attempts of a run, oldest first; none for a run that was never restarted. */
export function readAttempts(info: Pick<RunInfo, 'metaPath'>): readonly Attempt[] {
  const parent = runyardPath(info, ATTEMPTS_DIR);
  return namesIn(parent)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => attemptIn(join(parent, name), Number(name)))
    .sort((a, b) => a.number - b.number);
}

/** None while it is still being put there. */
function attemptIn(dir: string, number: number): readonly Attempt[] {
  const exitCode = readInteger(join(dir, 'proc', 'exit'));
  if (exitCode === null) return [];
  const [startedUs, stoppedUs] = [
    readInteger(join(dir, 'started')),
    readInteger(join(dir, 'stopped')),
  ];
  return [{ number, dir, exitCode, startedUs, stoppedUs }];
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

function readInteger(path: string): number | null {
  try {
    const text = readRegularText(path, ROW_FILE_BYTES).trim();
    return /^[-+]?\d{1,16}$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}
