import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunyardError } from '../../core/base/errors.ts';
import type { LaunchAction } from '../../core/launch/launch-messages.ts';
import { launchSupervisor } from '../../core/launch/launch.ts';
import type { Run } from '../../core/run/types.ts';
import type { Context } from '../base/context.ts';

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
 * Throws what the supervisor reports: `staging-failed`, `claimed`, `wrong-status` and others.
 * @returns the supervisor's pid; it goes on by itself.
 */
export async function launch(
  context: Context,
  run: Run,
  action: LaunchAction,
  signal: AbortSignal,
): Promise<number> {
  const { projectDir, commandDir } = await context.project();
  const progress = new ProgressLine();
  try {
    const { pid, staged } = await launchSupervisor({
      supervisorPath: supervisorPath(),
      run,
      action,
      projectDir: projectDir ?? commandDir,
      parentDir: process.cwd(),
      signal,
      onProgress: ({ phase, done, total }) => {
        progress.show(phase, done, total);
      },
    });
    const outcome = await staged;
    if (!outcome.ok) throw outcome.error;
    return pid;
  } finally {
    progress.clear();
  }
}

/** Exit code of the hook that made staging fail; null for other errors. */
export function hookExitCode(error: unknown): number | null {
  if (!(error instanceof RunyardError) || error.code !== 'staging-failed') return null;
  const { cause } = error;
  if (typeof cause !== 'object' || cause === null || !('exitCode' in cause)) return null;
  return typeof cause.exitCode === 'number' && cause.exitCode !== 0 ? cause.exitCode : null;
}

/** One line on a terminal that is overwritten; nothing elsewhere. */
export class ProgressLine {
  #shown = false;
  #lastMs = 0;

  show(phase: string, done: number, total: number): void {
    const now = Date.now();
    if (!process.stderr.isTTY || now - this.#lastMs < 100) return;
    this.#lastMs = now;
    this.#shown = true;
    process.stderr.write(`\r\u001b[K${phase}: ${String(done)} of ${String(total)} files`);
  }

  clear(): void {
    if (this.#shown) process.stderr.write('\r\u001b[K');
    this.#shown = false;
  }
}
