import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunyardError } from '../core/errors.ts';
import { launchSupervisor } from '../core/launch.ts';
import type { Run } from '../core/types.ts';
import type { Context } from './context.ts';

/** What a supervisor is started for. */
export type LaunchAction = Parameters<typeof launchSupervisor>[0]['action'];

/**
 * Path of the supervisor's program: beside the bundle of this command, or in the source when
 * that is what runs. `RUNYARD_SUPERVISOR` names another. Throws `supervisor` when it is missing.
 */
export function supervisorPath(env: NodeJS.ProcessEnv = process.env): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [
    env['RUNYARD_SUPERVISOR'],
    join(here, 'supervisor.cjs'),
    join(here, '..', 'supervisor', 'main.ts'),
  ];
  for (const path of candidates) if (path && existsSync(path)) return path;
  throw new RunyardError('supervisor', `The supervisor is missing beside ${here}`, {
    hint: 'Install Runyard again.',
  });
}

/**
 * Starts a supervisor for a run and waits until the run is staged, when that is part of the
 * action. Shows progress on a terminal. Throws `staging-failed` with what went wrong; aborting
 * `signal` cancels the staging. Resolves to the supervisor's pid.
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
      signal,
      onProgress: ({ phase, done, total }) => progress.show(phase, done, total),
    });
    await staged;
    return pid;
  } finally {
    progress.clear();
  }
}

/** One line on a terminal that is overwritten; nothing elsewhere. */
class ProgressLine {
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
