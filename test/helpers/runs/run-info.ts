import { runName } from '../../../src/core/run/ids.ts';
import type { RunInfo } from '../../../src/core/run/types.ts';

/** Number `n` as a run id. */
export function idOf(n: number): string {
  return `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
}

/** A row of a completed run, 10 s long, that started `n` minutes after noon of 2026-11-20 (UTC). */
export function runInfo(n: number, changes: Partial<RunInfo> = {}): RunInfo {
  const id = idOf(n);
  const started = (Date.UTC(2026, 10, 20, 12) + n * 60_000) * 1000;
  return {
    id,
    name: runName(id),
    opref: { ns: 'proj', name: 'train', version: null },
    status: 'completed',
    reason: null,
    needsRecovery: false,
    label: null,
    tags: [],
    container: 'active',
    metaForm: 'dir',
    runsDir: '/runs',
    runDir: `/runs/${id}`,
    metaPath: `/runs/${id}.meta`,
    exitCode: 0,
    timestampsUs: { initialized: started, staged: started, started, stopped: started + 10_000_000 },
    phase: null,
    progress: null,
    batch: null,
    ...changes,
  };
}
