import { heartbeatMs, writeProgress } from '../meta/process-file.ts';
import { pokeRun } from '../run/run.ts';
import type { Progress, Run } from '../run/types.ts';

/** Progress is published this often at most. Milliseconds. */
const PUBLISH_MS = 500;

/**
 * A function that publishes progress in the run's progress file: the first at once, then the
 * latest twice a second at most. Failures are swallowed; progress is only a hint.
 */
export function publishProgress(run: Pick<Run, 'metaPath'>): (progress: Progress) => void {
  let shown: Progress | null = null;
  let latest: Progress | null = null;
  let timer: NodeJS.Timeout | null = null;
  const publish = (): void => {
    timer = null;
    // Only a live run has progress: nothing is written any more once it is final.
    if (heartbeatMs(run) === null) return;
    if (latest === null || (shown?.percent === latest.percent && shown.text === latest.text))
      return;
    shown = latest;
    try {
      writeProgress(run, latest);
      pokeRun(run);
    } catch {
      return;
    }
    timer = setTimeout(publish, PUBLISH_MS);
    timer.unref();
  };
  return (progress) => {
    latest = progress;
    if (timer === null) publish();
  };
}
