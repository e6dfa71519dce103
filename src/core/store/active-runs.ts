import type { RunInfo } from '../run/types.ts';
import { isActive } from '../status/status.ts';

/** So many are looked at in a turn. A batch may have thousands of pending trials. */
const POLLED = 500;
/** The meta directories of so many are watched. */
const WATCHED = 200;

/** The runs of a store that may change although nobody touches the store itself. */
export class ActiveRuns {
  /** Whether the run is pending, by the name of its meta. */
  readonly #pending = new Map<string, boolean>();
  #next = 0;

  get size(): number {
    return this.#pending.size;
  }

  /** Notes what the row of a run is now. */
  put(name: string, { status, metaForm }: RunInfo): void {
    const isPending = status === 'pending';
    if (metaForm === 'dir' && (isPending || isActive(status))) this.#pending.set(name, isPending);
    else this.#pending.delete(name);
  }

  remove(name: string): void {
    this.#pending.delete(name);
  }

  /** Those whose turn it is to be looked at: all of them, or the next ones of very many. */
  turn(): readonly string[] {
    if (this.#next >= this.#pending.size) this.#next = 0;
    const names = [...this.#pending.keys()].slice(this.#next, this.#next + POLLED);
    this.#next += names.length;
    return names;
  }

  /** Those to watch: running ones before those that wait to be staged. */
  watched(): readonly string[] {
    const names = [...this.#pending].sort(([, a], [, b]) => Number(a) - Number(b));
    return names.slice(0, WATCHED).map(([name]) => name);
  }
}
