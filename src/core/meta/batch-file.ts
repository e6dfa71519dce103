import * as z from 'zod/mini';
import { parseJsonAs, readJsonFileIfAny } from '../data/json-file.ts';
import { runyardPath } from '../run/run.ts';
import type { BatchRole, Run } from '../run/types.ts';

/** Name of the file, below `<id>.meta/runyard/`, that says what a run has to do with a batch. */
export const BATCH_FILE = 'batch.json';

/** What a row needs of `batch.json`; a batch holds more there, see `src/batch/record.ts`. */
export const RoleSchema: z.ZodMiniType<BatchRole> = z.discriminatedUnion('role', [
  z.object({
    role: z.literal('batch'),
    operation: z.string(),
    planned: z.number(),
    objective: z.nullable(
      z.object({ metric: z.string(), direction: z.enum(['minimize', 'maximize']) }),
    ),
  }),
  z.object({
    role: z.literal('trial'),
    batch: z.string(),
    index: z.number(),
    text: z.string(),
  }),
]);

/** The part of a run in a batch, from the text of its `batch.json`; null when it has none. */
export function parseBatchRole(text: string | null): BatchRole | null {
  return parseJsonAs(text, RoleSchema);
}

/** True for a run that is a batch. */
export function isBatch(run: Pick<Run, 'metaPath'>): boolean {
  return readBatchRole(run)?.role === 'batch';
}

/** The part of a run in a batch, read from its meta directory; null when it has none. */
export function readBatchRole(run: Pick<Run, 'metaPath'>): BatchRole | null {
  return readJsonFileIfAny(runyardPath(run, BATCH_FILE), RoleSchema);
}
