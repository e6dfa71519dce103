import type { RunInfo } from '../../core/run/types.ts';
import type { BatchRecord, TrialRecord } from '../record/record.ts';
import type { ObservedTrial, TrialSource } from '../record/types.ts';
import type { TrialList } from '../trial/list.ts';
import { newTrial } from '../trial/trial.ts';
import { objectiveValue } from './objective.ts';

/** A sequential search: the next trials depend on how the earlier ones went. */
export class Search {
  readonly #record: BatchRecord;
  readonly #source: TrialSource;
  readonly #list: TrialList;
  readonly #isActive: (id: string) => boolean;
  readonly #ended = new Map<string, ObservedTrial>();

  constructor(
    record: BatchRecord,
    source: TrialSource,
    list: TrialList,
    isActive: (id: string) => boolean,
  ) {
    this.#record = record;
    this.#source = source;
    this.#list = list;
    this.#isActive = isActive;
  }

  /** How many trials it has in the end. */
  get most(): number {
    return this.#record.maxTrials ?? Infinity;
  }

  /** Notes what a trial that has ended came to. */
  async note({ id, index, flags }: TrialRecord, info: RunInfo): Promise<void> {
    const { objective } = this.#record;
    const value = objective === null ? null : await objectiveValue(info, objective);
    this.#ended.set(id, { id, index, flags, status: info.status, value });
  }

  /**
   * Asks for the next trials, at most `free`. None when the search is over.
   * Throws what the source throws.
   */
  async ask(free: number, signal: AbortSignal): Promise<readonly TrialRecord[]> {
    const known = this.#list.all.length;
    const count = Math.min(free, this.most - known);
    if (count < 1) return [];
    const observed = this.#list.all.map((trial) => this.#observe(trial));
    const answers = await this.#source.next(count, observed, signal);
    return answers.slice(0, count).map((flags, i) => newTrial(this.#record, flags, known + 1 + i));
  }

  #observe({ id, index, flags }: TrialRecord): ObservedTrial {
    const status = this.#isActive(id) ? 'running' : 'staged';
    return this.#ended.get(id) ?? { id, index, flags, status, value: null };
  }
}
