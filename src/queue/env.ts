import { hostname } from 'node:os';
import * as z from 'zod/mini';
import { userEnv } from '../core/phase/command.ts';

/**
 * What decides which interpreter and which libraries a command means. Only these are recorded,
 * never all variables: those may hold secrets, and whoever can read the store can read its queue.
 */
const NAMES: readonly string[] = [
  'PATH',
  'VIRTUAL_ENV',
  'CONDA_PREFIX',
  'CONDA_DEFAULT_ENV',
  'PYENV_VERSION',
  'PYTHONHOME',
  'PYTHONPATH',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'DYLD_FALLBACK_LIBRARY_PATH',
  'R_LIBS',
  'R_LIBS_USER',
  'JULIA_PROJECT',
  'JULIA_LOAD_PATH',
  'JULIA_DEPOT_PATH',
];

export const RecordedEnvSchema = z.object({
  /** Paths mean something on the host they are of. */
  host: z.string(),
  /** Of {@link NAMES} those that were set. */
  values: z.record(z.string(), z.string()),
});
/** Part of the environment of whoever queued a run. */
export type RecordedEnv = z.infer<typeof RecordedEnvSchema>;

/** Records what a run that is started here and now would see. @param base default: our own. */
export function recordEnv(
  base: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): RecordedEnv {
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(userEnv(base, platform))) {
    const name = fold(key, platform);
    if (NAMES.includes(name)) values[name] = value;
  }
  return { host: hostname(), values };
}

/**
 * `base` with what was recorded: of the recorded variables none comes from `base`. What another
 * host recorded is left aside, as is what an older version did not record.
 */
export function withRecordedEnv(
  base: NodeJS.ProcessEnv,
  recorded: RecordedEnv | null,
  platform: NodeJS.Platform = process.platform,
): NodeJS.ProcessEnv {
  if (recorded?.host !== hostname()) return base;
  const env: NodeJS.ProcessEnv = {};
  for (const [key, value] of Object.entries(base)) {
    if (!NAMES.includes(fold(key, platform))) env[key] = value;
  }
  for (const name of NAMES) {
    const value = recorded.values[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** Windows has `Path` and means `PATH`. */
function fold(name: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? name.toUpperCase() : name;
}
