import { plural } from '../../../core/base/words.ts';
import type { RunCounts } from '../model/store-state.ts';

/** What goes on in the stores of a window. */
interface Activity {
  /** `3 running, 7 queued`. */
  readonly short: string;
  /** In whole words, for who listens. */
  readonly long: string;
  /** Nothing runs yet. */
  readonly isWaiting: boolean;
}

/** What runs and what waits; null when nothing does. */
export function activityText({
  running,
  queued,
  batches,
}: Pick<RunCounts, 'running' | 'queued' | 'batches'>): Activity | null {
  const short: string[] = [];
  const long: string[] = [];
  if (running > 0) {
    short.push(`${running.toLocaleString('en')} running`);
    long.push(`${plural(running, 'run')} running`);
  } else if (batches > 0) {
    // Between two trials, or while the first is made.
    short.push(plural(batches, 'batch', 'batches'));
    long.push(`${plural(batches, 'batch', 'batches')} running`);
  }
  if (queued > 0) {
    short.push(`${queued.toLocaleString('en')} queued`);
    long.push(`${plural(queued, 'run')} queued`);
  }
  if (short.length === 0) return null;
  return {
    short: short.join(', '),
    long: long.join(', '),
    isWaiting: running === 0 && batches === 0,
  };
}
