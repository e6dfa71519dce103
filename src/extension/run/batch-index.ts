import type { RunInfo, RunStatus } from '../../core/run/types.ts';

/** How many trials of a batch there are, by status. Deleted and archived ones do not count. */
export interface BatchTally {
  readonly total: number;
  readonly byStatus: ReadonlyMap<RunStatus, number>;
}

interface BatchEntry {
  /** Ids of all trials that are known, wherever they are. */
  readonly trials: Set<string>;
  total: number;
  readonly byStatus: Map<RunStatus, number>;
}

/** Which trials belong to which batch of a store, kept up to date one run at a time. */
export class BatchIndex {
  readonly #batches = new Map<string, BatchEntry>();

  /** Takes in that a run is `after` what was `before`; undefined where there is or was none. */
  change(before: RunInfo | undefined, after: RunInfo | undefined): void {
    const from = batchIdOf(before);
    const to = batchIdOf(after);
    if (before !== undefined && from !== null) this.#take(from, before, -1);
    if (after !== undefined && to !== null) this.#take(to, after, 1);
    if (before !== undefined && from !== null && from !== to) {
      const entry = this.#batches.get(from);
      entry?.trials.delete(before.id);
      if (entry?.trials.size === 0) this.#batches.delete(from);
    }
  }

  /** Ids of the trials of a batch; empty for every other run. */
  trials(batchId: string): ReadonlySet<string> {
    return this.#batches.get(batchId)?.trials ?? NONE;
  }

  /** null for a batch without trials, and for every other run. */
  tally(batchId: string): BatchTally | null {
    return this.#batches.get(batchId) ?? null;
  }

  clear(): void {
    this.#batches.clear();
  }

  #take(batchId: string, trial: RunInfo, by: 1 | -1): void {
    let entry = this.#batches.get(batchId);
    if (entry === undefined) {
      entry = { trials: new Set(), total: 0, byStatus: new Map() };
      this.#batches.set(batchId, entry);
    }
    entry.trials.add(trial.id);
    if (trial.container !== 'active') return;
    entry.total += by;
    entry.byStatus.set(trial.status, (entry.byStatus.get(trial.status) ?? 0) + by);
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Counts trials. */
export function tallyOf(trials: Iterable<RunInfo>): BatchTally {
  const byStatus = new Map<RunStatus, number>();
  let total = 0;
  for (const { container, status } of trials) {
    if (container !== 'active') continue;
    total++;
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  }
  return { total, byStatus };
}

/** Id of the batch of a trial; null for every other run. */
export function batchIdOf(info: RunInfo | undefined): string | null {
  return info?.batch?.role === 'trial' ? info.batch.batch : null;
}

/** Trials in the order of their batch. */
export function compareTrials(a: RunInfo, b: RunInfo): number {
  return indexOf(a) - indexOf(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function indexOf({ batch }: RunInfo): number {
  return batch?.role === 'trial' ? batch.index : Infinity;
}
