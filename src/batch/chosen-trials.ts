import { rmSync } from 'node:fs';
import * as z from 'zod/mini';
import { writeFileAtomic } from '../core/base/atomic.ts';
import { readJsonFile } from '../core/data/json-file.ts';
import { runyardPath } from '../core/run/run.ts';
import type { Run } from '../core/run/types.ts';
import { requireRunyardDir } from './record/own-dir.ts';

/**
 * Name of the file, below `<id>.meta/runyard/`, with the trials that a restart is about. Batches
 * that exist have it under this name.
 */
const CHOSEN_FILE = 'selection.json';

const ChosenSchema = z.object({ version: z.literal(1), trials: z.array(z.string()) });

/**
 * The trials that a batch runs when it is started the next time, by id; null for all that are
 * staged or not made, and then a search gives further ones. A file that cannot be understood
 * chooses nothing in particular.
 */
export function readChosenTrials(batch: Pick<Run, 'metaPath'>): ReadonlySet<string> | null {
  const chosen = readJsonFile(runyardPath(batch, CHOSEN_FILE), ChosenSchema);
  return chosen && new Set(chosen.trials);
}

/**
 * Says which trials a batch runs when it is started the next time; null for all. Throws
 * `unsafe-path` when the directory is a link.
 */
export function writeChosenTrials(
  batch: Pick<Run, 'metaPath'>,
  trials: readonly string[] | null,
): void {
  requireRunyardDir(batch);
  const path = runyardPath(batch, CHOSEN_FILE);
  if (trials === null) rmSync(path, { force: true });
  else writeFileAtomic(path, `${JSON.stringify({ version: 1, trials })}\n`);
}
