import type { Disposable } from '../../../core/base/events.ts';
import { EDITOR_SLICE_MS, Pace } from '../../../core/base/pace.ts';
import type { RunInfo } from '../../../core/run/types.ts';
import { compareNewestFirst } from '../../../core/status/run-info.ts';
import { RunValuesCache } from '../../../core/status/run-values.ts';
import { readValues } from '../../run/read.ts';
import { RunFilter } from './filter.ts';
import type { Dirty, RunsModel } from './model.ts';

/** The rows of the filter before stay this long while the first runs are read. Milliseconds. */
const FIRST_MS = 150;
/** Runs that come or go because time passes are looked for this often. Milliseconds. */
const TIME_MS = 30_000;

interface Reading {
  readonly queue: RunInfo[];
  readonly stop: AbortController;
}

/**
 * The filter of a model: reads the files of runs in the background where it needs them, newest
 * first, and puts runs in as they are found to match.
 */
export class ViewFilter implements Disposable {
  readonly #model: RunsModel;
  readonly #shown: (dirty: Dirty) => void;
  readonly #values = new RunValuesCache(readValues);
  /** The model follows it as soon as there is something to show. */
  #wanted = RunFilter.all;
  #reading: Reading | null = null;
  #timer: NodeJS.Timeout | null = null;
  #consideredMs = 0;

  /** @param shown is told what to show anew, and is called when reading begins and ends. */
  constructor(model: RunsModel, shown: (dirty: Dirty) => void) {
    this.#model = model;
    this.#shown = shown;
  }

  /** What was asked for last. */
  get wanted(): RunFilter {
    return this.#wanted;
  }

  get text(): string {
    return this.#wanted.text;
  }

  /** Values of runs that have been read. */
  get values(): RunValuesCache {
    return this.#values;
  }

  /** Whether files of runs are being read. */
  get isReading(): boolean {
    return this.#reading !== null;
  }

  set(filter: RunFilter): void {
    this.#stop();
    this.#wanted = filter;
    this.#consideredMs = Date.now();
    if (!filter.readsFiles) {
      this.#take();
      return;
    }
    this.#timer = setTimeout(() => this.#take(), FIRST_MS);
    this.readAll();
  }

  /** Reads what the filter needs of all runs, after stores came or were read anew. */
  readAll(): void {
    this.read([...this.#model.allRuns()].sort(compareNewestFirst));
  }

  /** Reads what the filter needs of runs that are new or changed. */
  read(runs: readonly RunInfo[]): void {
    if (!this.#wanted.readsFiles || runs.length === 0) return;
    if (this.#reading !== null) {
      this.#reading.queue.push(...runs);
      return;
    }
    this.#reading = { queue: [...runs], stop: new AbortController() };
    void this.#work(this.#wanted, this.#reading);
    this.#shown(NOTHING);
  }

  /** Looks again at runs when the filter asks for the time. */
  tick(): void {
    if (!this.#wanted.dependsOnTime || Date.now() - this.#consideredMs < TIME_MS) return;
    this.#consideredMs = Date.now();
    if (this.#wanted.readsFiles) this.readAll();
    else this.#shown(this.#model.reconsider(this.#model.allRuns()));
  }

  dispose(): void {
    this.#stop();
  }

  /** Ends when all is read, or when another filter is set. */
  async #work(filter: RunFilter, { queue, stop }: Reading): Promise<void> {
    const pace = new Pace(undefined, EDITOR_SLICE_MS);
    let changed: RunInfo[] = [];
    // More runs may come while these are read.
    for (const info of queue) {
      if (await filter.judge(info, this.#values)) changed.push(info);
      if (stop.signal.aborted) return;
      if (!pace.due()) continue;
      this.#found(changed);
      changed = [];
      await pace.rest();
    }
    if (stop.signal.aborted) return;
    this.#reading = null;
    this.#found(changed);
    this.#take();
    this.#shown(NOTHING);
  }

  #found(changed: readonly RunInfo[]): void {
    // Until the model has taken the filter over it asks about all runs then.
    if (this.#model.filter === this.#wanted && changed.length > 0) {
      this.#shown(this.#model.reconsider(changed));
    }
  }

  /** The model takes over what was asked for. */
  #take(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#model.filter === this.#wanted) return;
    this.#model.setFilter(this.#wanted);
    this.#shown(EVERYTHING);
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#reading?.stop.abort();
    this.#reading = null;
  }
}

const NOTHING: Dirty = new Set();
const EVERYTHING: Dirty = new Set([null]);
