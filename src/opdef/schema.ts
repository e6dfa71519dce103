import * as z from 'zod/mini';
import type { Phase } from '../core/run/types.ts';

/**
 * What a Gage file may hold (gage-format.md 4.1): all that `gage check` accepts, and what only running
 * knows (`summary`, mixed lists in `config`, `rename` as a table). The JSON schema is made of it.
 */
const filled = z.string().check(z.minLength(1));
const commandSchema = z.union([z.string(), z.array(filled)]);
const patterns = z.union([filled, z.array(filled)]);
const keyPatterns = z.union([filled, z.array(filled).check(z.minLength(1))]);

/** A table with an optional value for each phase. */
function perPhase<T extends z.ZodMiniType>(schema: T) {
  const value = z.optional(schema);
  return z.strictObject({
    'stage-sourcecode': value,
    'stage-runtime': value,
    'stage-dependencies': value,
    run: value,
    finalize: value,
  } satisfies Record<Phase, unknown>);
}

export const execSchema = z.union([commandSchema, perPhase(commandSchema)]);
export const progressSchema = z.union([z.string(), perPhase(z.string())]);
export const versionSchema = z.union([
  z.string().check(z.regex(/^\S+$/)),
  z.number(),
  z.bigint(),
  z.null(),
]);

const renames = z.record(z.string(), filled);
const configGroup = z.strictObject({
  keys: keyPatterns,
  description: z.optional(z.string()),
  prefix: z.optional(z.string()),
  'strip-prefix': z.optional(z.string()),
  rename: z.optional(z.union([z.string(), z.array(z.union([filled, renames])), renames])),
});

const dependency = z.strictObject({
  type: z.optional(z.enum(['project-files', 'run-files', 'runs-summary'])),
  description: z.optional(z.string()),
  files: z.optional(patterns),
  link: z.optional(z.boolean()),
  'run-select': z.optional(filled),
  'runs-select': z.optional(filled),
  'summary-filename': z.optional(filled),
});

/** An operation. */
export const operationSchema = z.strictObject({
  description: z.optional(z.string()),
  default: z.optional(z.boolean()),
  version: z.optional(versionSchema),
  exec: z.optional(execSchema),
  progress: z.optional(progressSchema),
  sourcecode: z.optional(z.union([patterns, z.boolean()])),
  config: z.optional(z.union([filled, configGroup, z.array(z.union([filled, configGroup]))])),
  depends: z.optional(z.union([dependency, z.array(dependency)])),
  'output-summary': z.optional(z.union([z.boolean(), z.string()])),
  summary: z.optional(z.strictObject({ filename: z.optional(filled) })),
  listing: z.optional(z.strictObject({ description: z.optional(z.array(filled)) })),
});

/** A Gage file: settings, and operations under every name that begins with no `$`. */
export const gageFileSchema = z.catchall(
  z.object({ '$runs-dir': z.optional(z.string()) }),
  operationSchema,
);
