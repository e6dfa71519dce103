import { equalityKey } from '../../core/data/json.ts';
import type { RunInfo } from '../../core/run/types.ts';
import type { BatchRecord, TrialRecord } from '../record/record.ts';
import { configOf } from './trial.ts';

/** Trials of a batch with the same configuration: `needed` runs them until one has completed. */
export class EqualTrials {
  readonly #record: BatchRecord;
  /** Id of the first one that has completed, by configuration. */
  readonly #completed = new Map<string, string>();
  /** The end of the last one that was taken up, by configuration. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(record: BatchRecord) {
    this.#record = record;
  }

  /** Does the work for a trial when that for all equal ones which came before has ended. */
  async inTurn<T>(trial: TrialRecord, work: () => Promise<T>): Promise<T> {
    if (!this.#record.needed) return await work();
    const key = this.#keyOf(trial);
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work);
    this.#turns.set(
      key,
      turn.catch(() => undefined),
    );
    return await turn;
  }

  /** Notes how a trial ended. */
  note(trial: TrialRecord, { status }: Pick<RunInfo, 'status'>): void {
    if (!this.#record.needed || status !== 'completed') return;
    const key = this.#keyOf(trial);
    if (!this.#completed.has(key)) this.#completed.set(key, trial.id);
  }

  /** Id of the equal trial that makes this one needless; null when it is needed. */
  completed(trial: TrialRecord): string | null {
    return this.#record.needed ? (this.#completed.get(this.#keyOf(trial)) ?? null) : null;
  }

  #keyOf({ flags }: TrialRecord): string {
    return equalityKey(configOf(this.#record, flags));
  }
}
