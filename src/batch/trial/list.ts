import type { Run } from '../../core/run/types.ts';
import { replaceTrials, writeTrials, type TrialRecord } from '../record/record.ts';

/** What many trials become is written together, this often. Milliseconds. */
const SAVE_MS = 250;

/** The trials of a running batch: in memory, and in its `trials.json`. */
export class TrialList {
  readonly #batch: Run;
  readonly #trials: TrialRecord[];
  readonly #places: Map<string, number>;
  #timer: NodeJS.Timeout | null = null;

  constructor(batch: Run, trials: readonly TrialRecord[]) {
    this.#batch = batch;
    this.#trials = [...trials];
    this.#places = new Map(trials.map(({ id }, place) => [id, place]));
  }

  /** By index. */
  get all(): readonly TrialRecord[] {
    return this.#trials;
  }

  /** Adds trials, recorded before this returns: their runs can be made. */
  add(trials: readonly TrialRecord[]): void {
    for (const trial of trials) this.#places.set(trial.id, this.#trials.push(trial) - 1);
    replaceTrials(this.#batch, this.#trials);
  }

  /** Changes what is recorded of a trial, soon. */
  update(id: string, change: Partial<Pick<TrialRecord, 'made' | 'skipped'>>): void {
    const place = this.#places.get(id);
    const trial = place === undefined ? undefined : this.#trials[place];
    if (place === undefined || trial === undefined) return;
    this.#trials[place] = { ...trial, ...change };
    this.#timer ??= setTimeout(() => {
      this.#saveLater();
    }, SAVE_MS);
  }

  /** Writes what is not written yet. Throws system errors. */
  save(): void {
    if (this.#timer === null) return;
    writeTrials(this.#batch, this.#trials);
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  #saveLater(): void {
    try {
      this.save();
    } catch {
      // A full disk: the trials go on, and the next change tries again.
      this.#timer = null;
    }
  }
}
