import { readTrials } from '../../../batch/record/record.ts';
import { runName } from '../../../core/run/ids.ts';
import type { DependencyNode, RunNode } from '../model/nodes.ts';

/** So many trials that were left out are shown. */
const MAX_ROWS = 50;

/**
 * Rows for the trials of a batch that an equal run made needless, and that have no run of their
 * own: a click reveals the equal one. Throws `unreadable` for a batch that cannot be read.
 */
export function leftOutOf(batch: RunNode): readonly DependencyNode[] {
  const { info } = batch;
  return readTrials(info)
    .filter(({ skipped, made }) => skipped?.seen === 'equal' && !made)
    .slice(0, MAX_ROWS)
    .map(({ id, index, text, skipped }): DependencyNode => {
      const equal = skipped?.run;
      return {
        kind: 'dependency',
        key: `${batch.key}|left out|${id}`,
        run: batch,
        title: `${String(index)} ${text}`,
        facts: equal === undefined ? 'not needed' : `not needed: equal to ${runName(equal)}`,
        target: equal === undefined ? null : { runsDir: info.runsDir, id: equal },
        children: [],
      };
    });
}
