import * as z from 'zod/mini';

/** What a supervisor is to do with a run. */
export type LaunchAction = 'stage' | 'stage+start' | 'start' | 'recover';

/** What a supervisor is told, as JSON in its first argument. */
export const SupervisorTaskSchema = z.object({
  action: z.enum(['stage', 'stage+start', 'start', 'recover']),
  runsDir: z.string(),
  id: z.string(),
  /** Absolute; needed to stage. */
  projectDir: z.optional(z.string()),
  parentDir: z.optional(z.string()),
  /** Between SIGTERM and SIGKILL when no request says otherwise. Milliseconds. */
  graceMs: z.optional(z.number()),
  format: z.optional(z.enum(['universal', 'head'])),
  exclude: z.optional(z.array(z.string())),
  force: z.optional(z.boolean()),
});
export type SupervisorTask = z.infer<typeof SupervisorTaskSchema>;

/** What a supervisor tells whoever started it, as long as they listen. */
export const SupervisorMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), pid: z.number() }),
  z.object({ type: z.literal('progress'), phase: z.string(), done: z.number(), total: z.number() }),
  z.object({ type: z.literal('staged') }),
  /** `pid` is null when the program could not be started. */
  z.object({ type: z.literal('started'), pid: z.nullable(z.number()) }),
  z.object({
    type: z.literal('failed'),
    code: z.string(),
    message: z.string(),
    hint: z.optional(z.string()),
    exitCode: z.optional(z.number()),
  }),
  /** `exitCode` is null when nobody can know it. */
  z.object({ type: z.literal('ended'), exitCode: z.nullable(z.number()) }),
]);
export type SupervisorMessage = z.infer<typeof SupervisorMessageSchema>;
/** What the launcher may ask for while it listens. */
export const LauncherMessageSchema = z.object({ type: z.literal('cancel') });
export type LauncherMessage = z.infer<typeof LauncherMessageSchema>;
