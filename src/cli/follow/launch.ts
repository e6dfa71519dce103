import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunyardError } from '../../core/base/errors.ts';
import type { LaunchAction } from '../../core/launch/launch-messages.ts';
import { launchSupervisor } from '../../core/launch/launch.ts';
import type { Run } from '../../core/run/types.ts';
import type { Context } from '../base/context.ts';
import { terminal } from '../base/terminal.ts';

/** Progress is shown at most this often. */
const PROGRESS_MS = 100;

/**
 * Path of the supervisor's program: beside the bundle of this command, or in the source when
 * that is what runs. `RUNYARD_SUPERVISOR` names another. Throws `supervisor` when it is missing.
 */
export function supervisorPath(env: NodeJS.ProcessEnv = process.env): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [
    env['RUNYARD_SUPERVISOR'],
    join(here, 'supervisor.cjs'),
    join(here, '..', '..', 'supervisor', 'main.ts'),
  ];
  for (const path of candidates) if (path && existsSync(path)) return path;
  throw new RunyardError('supervisor', `The supervisor is missing beside ${here}`, {
    hint: 'Install Runyard again.',
  });
}

/**
 * Starts a supervisor for a run and waits until the run is staged, when that is part of the
 * action, or until the supervisor has it. Shows progress on a terminal; aborting `signal`
 * cancels the staging.
 * @param allowed whether it may be executed: it was made just now, or a person was asked.
 * Throws what the supervisor reports: `staging-failed`, `claimed`, `wrong-status` and others.
 * @returns the supervisor's pid; it goes on by itself.
 */
export async function launch(
  context: Context,
  run: Run,
  action: LaunchAction,
  signal: AbortSignal,
  allowed: boolean,
): Promise<number> {
  const { projectDir, commandDir } = await context.project();
  return await withProgress(async (onProgress) => {
    const { pid, staged } = await launchSupervisor({
      supervisorPath: supervisorPath(),
      run,
      action,
      projectDir: projectDir ?? commandDir,
      parentDir: process.cwd(),
      signal,
      onProgress,
      allowed,
    });
    const outcome = await staged;
    if (!outcome.ok) throw outcome.error;
    return pid;
  });
}

/** Exit code of the hook that made staging fail; null for other errors. */
export function hookExitCode(error: unknown): number | null {
  if (!(error instanceof RunyardError) || error.code !== 'staging-failed') return null;
  const { cause } = error;
  if (typeof cause !== 'object' || cause === null || !('exitCode' in cause)) return null;
  return typeof cause.exitCode === 'number' && cause.exitCode !== 0 ? cause.exitCode : null;
}

/** Shows how many of the files are done. */
export type ShowProgress = (progress: { phase: string; done: number; total: number }) => void;

/** Does `work`, whose progress is one line on a terminal that is overwritten; nothing elsewhere. */
export async function withProgress<T>(work: (show: ShowProgress) => Promise<T>): Promise<T> {
  let lastMs = 0;
  try {
    return await work(({ phase, done, total }) => {
      const now = Date.now();
      if (!terminal.showsProgress || now - lastMs < PROGRESS_MS) return;
      lastMs = now;
      terminal.progress(`${phase}: ${String(done)} of ${String(total)} files`);
    });
  } finally {
    if (lastMs > 0) terminal.progress(null);
  }
}
