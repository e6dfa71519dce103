import * as z from 'zod/mini';
import { isJsonObject, type Json, type JsonObject } from '../../core/data/json.ts';
import { isRunId } from '../../core/run/names.ts';
import { RUN_STATUSES } from '../../core/run/types.ts';

/** Of the files below; a batch with another one is not ours to change. */
export const RECORD_VERSION = 1;

/** `batch.json` of a batch. */
export const BatchSchema = z.object({
  role: z.literal('batch'),
  version: z.literal(RECORD_VERSION),
  operation: z.string(),
  planned: z.number(),
  objective: z.nullable(
    z.object({ metric: z.string(), direction: z.enum(['minimize', 'maximize']) }),
  ),
  optimizer: z.string(),
  seed: z.nullable(z.number()),
  maxTrials: z.nullable(z.number()),
  slots: z.number().check(z.positive()),
  needed: z.boolean(),
  failFast: z.boolean(),
  stageTrials: z.boolean(),
  label: z.nullable(z.string()),
  tags: z.array(z.string()),
  varying: z.array(z.string()),
  flags: z.array(z.string()),
  files: z.array(z.string()),
});

const json = z.custom<Json>();
const object = z.custom<JsonObject>(isJsonObject);
const DimensionSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum(['uniform', 'loguniform']),
    type: z.enum(['int', 'float']),
    low: z.number(),
    high: z.number(),
    initial: z.nullable(z.number()),
  }),
  z.object({ kind: z.literal('choice'), values: z.array(json) }),
  z.object({ kind: z.literal('fixed'), value: json }),
]);

/** `proto.json`; values as exact as {@link Json} holds them. */
export const ProtoSchema = z.object({
  opref: z.object({ ns: z.string(), name: z.string(), version: z.nullable(z.string()) }),
  opdef: z.object({ name: z.string(), table: object }),
  cmd: z.object({
    command: z.union([z.string(), z.array(z.string())]),
    env: z.record(z.string(), z.string()),
  }),
  config: object,
  projectDir: z.string(),
  space: z.record(z.string(), DimensionSchema),
});

/** `trials.json`, exact too. */
export const TrialsSchema = z.object({
  trials: z.array(
    z.object({
      // It becomes a part of paths.
      id: z.string().check(z.refine(isRunId)),
      index: z.bigint(),
      flags: object,
      label: z.string(),
      text: z.string(),
      made: z.boolean(),
      skipped: z.nullable(
        z.object({
          seen: z.enum([...RUN_STATUSES, 'equal']),
          expected: z.literal('staged'),
          run: z.optional(z.string()),
        }),
      ),
    }),
  ),
});
