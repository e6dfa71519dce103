import type { RunInfo } from '../run/types.ts';
import { isActive } from '../status/status.ts';

/** So many are looked at in a turn. A batch may have thousands of pending trials. */
const POLLED = 500;

/** The runs of a store that may change although nobody touches the store itself. */
export class ActiveRuns {
  readonly #runs = new Map<string, RunInfo>();
  #next = 0;

  get size(): number {
    return this.#runs.size;
  }

  /** Notes what the row of a run is now. */
  put(row: RunInfo): void {
    const mayChange = row.status === 'pending' || isActive(row.status);
    if (mayChange && row.metaForm !== 'zip') this.#runs.set(row.id, row);
    else this.#runs.delete(row.id);
  }

  remove(id: string): void {
    this.#runs.delete(id);
  }

  /** Ids of those whose turn it is to be looked at: all of them, or the next of very many. */
  turn(): readonly string[] {
    if (this.#next >= this.#runs.size) this.#next = 0;
    const ids = [...this.#runs.keys()].slice(this.#next, this.#next + POLLED);
    this.#next += ids.length;
    return ids;
  }

  /** Running ones before those that wait to be staged. */
  inOrder(): readonly RunInfo[] {
    const waits = ({ status }: RunInfo): number => Number(status === 'pending');
    return [...this.#runs.values()].sort((a, b) => waits(a) - waits(b));
  }
}
