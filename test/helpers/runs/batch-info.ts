import type { RunInfo, RunStatus } from '../../../src/core/run/types.ts';
import { idOf, runInfo } from './run-info.ts';

const objective = { metric: 'loss', direction: 'minimize' } as const;

/** The row of a batch of eight trials, run number 1. */
export function batch(changes: Partial<RunInfo> = {}): RunInfo {
  return runInfo(1, {
    opref: { ns: 'proj', name: 'train+', version: null },
    batch: { role: 'batch', operation: 'train', planned: 8, objective },
    ...changes,
  });
}

/** The rows of the first trials of {@link batch}. */
export function trials(...statuses: readonly RunStatus[]): readonly RunInfo[] {
  return statuses.map((status, i) =>
    runInfo(10 + i, {
      status,
      batch: { role: 'trial', batch: idOf(1), index: i + 1, text: `lr=0.${String(i + 1)}` },
    }),
  );
}

/** What makes a row that of a run that runs. */
export const running = {
  status: 'running',
  exitCode: null,
  timestampsUs: { ...runInfo(1).timestampsUs, stopped: null },
} as const;
