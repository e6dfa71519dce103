import { ACTIVE } from '../core/run/containers.ts';
import type { CachedRow } from '../core/store/index-cache.ts';
import { scanStore } from '../core/store/scan.ts';

/** A store is looked through this often at most. Milliseconds. */
const PACE_MS = 1_000;

/** Looks for runs that run and that the queue did not start (`waitForRunning`). */
export class OtherRuns {
  readonly #runsDir: string;
  readonly #known = new Map<string, CachedRow>();
  #last: { readonly any: boolean; readonly timeMs: number } | null = null;

  constructor(runsDir: string) {
    this.#runsDir = runsDir;
  }

  /** @param taken the runs of the queue; trials of a batch that the queue started count as such. */
  async anyRuns(taken: ReadonlyMap<string, unknown>): Promise<boolean> {
    if (this.#last?.any === true && Date.now() - this.#last.timeMs < PACE_MS) return true;
    const { rows, fresh } = await scanStore(this.#runsDir, { known: this.#known });
    for (const [name, row] of fresh) this.#known.set(name, row);
    const any = [...rows.values()].some(
      ({ id, status, container, batch }) =>
        status === 'running' &&
        container === ACTIVE &&
        !taken.has(id) &&
        !(batch?.role === 'trial' && taken.has(batch.batch)),
    );
    this.#last = { any, timeMs: Date.now() };
    return any;
  }
}
