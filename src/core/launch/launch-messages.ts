import * as z from 'zod/mini';

/** What a supervisor is to do with a run. */
export type LaunchAction = 'stage' | 'stage+start' | 'start' | 'recover' | 'batch';

/** What a supervisor is told, as JSON in its first argument. */
export const SupervisorTaskSchema = z.object({
  action: z.enum(['stage', 'stage+start', 'start', 'recover', 'batch']),
  runsDir: z.string(),
  id: z.string(),
  /** Absolute; needed to stage. */
  projectDir: z.optional(z.string()),
  /** A copy of the selected source code that is taken instead of the project's. */
  sourceDir: z.optional(z.string()),
  parentDir: z.optional(z.string()),
  /** Between SIGTERM and SIGKILL when no request says otherwise. Milliseconds. */
  graceMs: z.optional(z.number()),
  format: z.optional(z.enum(['universal', 'head'])),
  exclude: z.optional(z.array(z.string())),
  force: z.optional(z.boolean()),
  /** The run was made just now, or a person wants it executed: see `mayExecute`. */
  allowed: z.optional(z.boolean()),
});
export type SupervisorTask = z.infer<typeof SupervisorTaskSchema>;

/**
 * What a worker is told instead: it looks after one run after the other, each in a task that
 * comes as a message, and ends when whoever started it has gone.
 */
export const WorkerTaskSchema = z.object({
  action: z.literal('serve'),
  runsDir: z.string(),
  /** The batch whose trials it is given, for people who look at the list of processes. */
  id: z.string(),
});
export type WorkerTask = z.infer<typeof WorkerTaskSchema>;

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
  /** A worker has done its task, well or not, and waits for the next. */
  z.object({ type: z.literal('idle') }),
]);
export type SupervisorMessage = z.infer<typeof SupervisorMessageSchema>;

/** What the launcher may ask for while it listens. */
export const LauncherMessageSchema = z.discriminatedUnion('type', [
  /** Break off the staging, or end the run. A worker: when it still looks after run `id`. */
  z.object({ type: z.literal('cancel'), id: z.optional(z.string()) }),
  /** To a worker that is idle. */
  z.object({ type: z.literal('task'), task: SupervisorTaskSchema }),
]);
export type LauncherMessage = z.infer<typeof LauncherMessageSchema>;
