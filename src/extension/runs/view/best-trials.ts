import { bestTrial, objectiveValue } from '../../../batch/search/objective.ts';
import type { Disposable } from '../../../core/base/events.ts';
import type { Pace } from '../../../core/base/pace.ts';
import { brief } from '../../../core/data/value-text.ts';
import { heartbeatMs } from '../../../core/meta/process-file.ts';
import type { Objective, RunInfo, RunStatus } from '../../../core/run/types.ts';
import { readValues } from '../../run/read.ts';
import type { BestTrial, RunNode } from '../model/nodes.ts';
import { FillLater } from './fill-later.ts';

/** Batches are shown first, and their best trial a moment later. Milliseconds. */
const DELAY_MS = 200;
/** A run with a heartbeat older than this has nobody any more who could give it a summary. Milliseconds. */
const ENDING_MS = 30_000;
/** Digits of a value in a row. */
const DIGITS = 6;

/** A trial that has ended, and what it reached. */
interface Judged {
  readonly id: string;
  readonly index: number;
  readonly status: RunStatus;
  readonly value: number | null;
  readonly text: string;
  /** When it ended: a restarted one is read again. */
  readonly stoppedUs: number | null;
}

/**
 * Finds the best trial of batches whose rows are shown and that have an objective. The result
 * of each trial is read once, when it has completed.
 */
export class BestTrials implements Disposable {
  readonly #trialsOf: (batch: RunNode) => readonly RunInfo[];
  readonly #nodeOf: (batch: RunNode, id: string) => RunNode | null;
  readonly #changed: (nodes: readonly RunNode[]) => void;
  readonly #judged = new WeakMap<RunNode, Map<string, Judged>>();
  readonly #later = new FillLater<RunNode>(async (batches, pace) => {
    for (const batch of batches) await this.#look(batch, pace);
  }, DELAY_MS);

  /** @param changed is told of nodes whose rows read otherwise now. */
  constructor(
    trialsOf: (batch: RunNode) => readonly RunInfo[],
    nodeOf: (batch: RunNode, id: string) => RunNode | null,
    changed: (nodes: readonly RunNode[]) => void,
  ) {
    this.#trialsOf = trialsOf;
    this.#nodeOf = nodeOf;
    this.#changed = changed;
  }

  /** Asks for the best trial of a batch whose row is shown. */
  want(batch: RunNode): void {
    if (objectiveOf(batch) !== null) this.#later.want(batch);
  }

  /** What a trial of a batch reached, `loss=0.12`; null when that is not known (yet). */
  resultOf(batch: RunNode, trial: RunInfo): string | null {
    const objective = objectiveOf(batch);
    const value = this.#judged.get(batch)?.get(trial.id)?.value ?? null;
    return objective === null || value === null || trial.status !== 'completed'
      ? null
      : resultText(objective, value);
  }

  dispose(): void {
    this.#later.dispose();
  }

  async #look(batch: RunNode, pace: Pace): Promise<void> {
    const objective = objectiveOf(batch);
    if (objective === null) return;
    const before = this.#judged.get(batch) ?? new Map<string, Judged>();
    const now = new Map<string, Judged>();
    let isNew = false;
    for (const info of this.#trialsOf(batch)) {
      if (info.status !== 'completed' || info.batch?.role !== 'trial') continue;
      const known = before.get(info.id);
      const stoppedUs = info.timestampsUs.stopped;
      if (known?.stoppedUs === stoppedUs) {
        now.set(info.id, known);
        continue;
      }
      if (pace.due()) await pace.rest();
      // The exit is known before the summary is there.
      const isEnding = Date.now() - (heartbeatMs(info) ?? 0) < ENDING_MS;
      const value = await objectiveValue(info, objective, readValues).catch(() => null);
      const { index, text } = info.batch;
      if (value === null && isEnding) {
        this.#later.want(batch);
        continue;
      }
      isNew = true;
      now.set(info.id, { id: info.id, index, text, status: info.status, value, stoppedUs });
    }
    this.#judged.set(batch, now);
    const changed = this.#setBest(
      batch,
      bestOf(bestTrial([...now.values()], objective), objective),
    );
    // The rows of its trials are drawn anew with its own.
    if (isNew || changed.length > 0) this.#changed([batch, ...changed]);
  }

  /** @returns the trials that were, or are now, the best. */
  #setBest(batch: RunNode, best: BestTrial | null): readonly RunNode[] {
    const old = batch.best ?? null;
    if (old?.id === best?.id && old?.result === best?.result) return [];
    batch.best = best;
    return [old, best].flatMap((one) => {
      const node = one === null ? null : this.#nodeOf(batch, one.id);
      if (node === null) return [];
      node.isBest = one === best;
      return [node];
    });
  }
}

function objectiveOf({ info }: RunNode): Objective | null {
  return info.batch?.role === 'batch' ? info.batch.objective : null;
}

function bestOf(trial: Judged | null, objective: Objective): BestTrial | null {
  if (trial === null) return null;
  const { id, text, value } = trial;
  return value === null ? null : { id, text, result: resultText(objective, value) };
}

function resultText({ metric }: Objective, value: number): string {
  return `${metric}=${brief(Number(value.toPrecision(DIGITS)))}`;
}
