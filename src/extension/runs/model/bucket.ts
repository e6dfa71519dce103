import { localDay } from '../../../core/base/time-text.ts';
import type { RunInfo } from '../../../core/run/types.ts';
import { compareNewestFirst, runTimestamp } from '../../../core/status/run-info.ts';
import type { GroupBy } from '../../base/context-keys.ts';
import { compareTrials } from '../../run/batch-index.ts';
import { STATUS_ORDER, type RangeNode } from './nodes.ts';
import { SortedRuns } from './sorted-runs.ts';

/** Where a run is shown. */
export interface Place {
  readonly container: string;
  /** '' when not grouped. */
  readonly group: string;
  /** The batch whose node it is below; null for a row of the list itself. */
  readonly batch: string | null;
}

/** Runs that are shown below one node: a whole store, a group, a container, or a batch. */
export interface Bucket extends Place {
  readonly key: string;
  readonly storeKey: string;
  readonly runs: SortedRuns;
  /** Rows that are shown before the list is paged. */
  limit: number;
}

/** Rows of one page. */
export const PAGE = 200;

/** Rows that "Show more" adds up to; what is left comes in ranges. */
export const MAX_ROWS = 400;

/** Range nodes beside each other. With the rows above that stays at 500 siblings. */
const MAX_RANGES = 100;

/** @param runs in any order. */
export function makeBucket(storeKey: string, place: Place, runs: readonly RunInfo[] = []): Bucket {
  const order = place.batch === null ? compareNewestFirst : compareTrials;
  return {
    key: bucketKey(storeKey, place),
    storeKey,
    container: place.container,
    group: place.group,
    batch: place.batch,
    runs: new SortedRuns(runs, order),
    limit: PAGE,
  };
}

export function bucketKey(storeKey: string, { container, group, batch }: Place): string {
  return batch === null ? `${storeKey}|${container}|${group}` : `${storeKey}|trials|${batch}`;
}

/** The group of a run: only active runs are grouped. A batch is with the runs of its operation. */
export function groupOf(info: RunInfo, groupBy: GroupBy): string {
  if (info.container !== 'active') return '';
  switch (groupBy) {
    case 'none':
      return '';
    case 'operation':
      return info.batch?.role === 'batch' ? info.batch.operation : (info.opref?.name ?? '');
    case 'status':
      return info.status;
    case 'day': {
      const us = runTimestamp(info);
      return us === 0 ? '' : localDay(us / 1000);
    }
  }
}

/** Order of the groups: names by letter, statuses the most urgent first, days the latest first. */
export function compareGroups(groupBy: GroupBy, a: string, b: string): number {
  if (groupBy === 'status') return statusRank(a) - statusRank(b);
  if (groupBy === 'day') return a < b ? 1 : a > b ? -1 : 0;
  return a.localeCompare(b);
}

/** Ranges `[from, to)` that split `count` rows after the first `start` ones, at most 100 of them. */
export function rangesOf(
  start: number,
  count: number,
): readonly { from: number; to: number; size: number }[] {
  let size = PAGE;
  while ((count - start) / size > MAX_RANGES) size *= MAX_RANGES;
  const ranges: { from: number; to: number; size: number }[] = [];
  for (let from = start; from < count; from += size) {
    ranges.push({ from, to: Math.min(count, from + size), size });
  }
  return ranges;
}

/** Ranges inside a range; empty when its rows fit one page. */
export function subRanges(range: RangeNode): readonly { from: number; to: number; size: number }[] {
  return range.size <= PAGE
    ? []
    : rangesOf(0, range.to - range.from).map(({ from, to, size }) => ({
        from: from + range.from,
        to: to + range.from,
        size,
      }));
}

function statusRank(status: string): number {
  const rank = STATUS_ORDER.findIndex((known) => known === status);
  return rank < 0 ? STATUS_ORDER.length : rank;
}

/** Whether a list is of the trials below a batch. */
export function isTrials(bucket: Bucket | null): boolean {
  return bucket !== null && bucket.batch !== null;
}
