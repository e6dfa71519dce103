import type { RunInfo } from '../run/types.ts';

/**
 * Runs that `spec` means, in list order (gage-format.md 5.1): an index from 1, a slice `a:b`, or the
 * beginning of an id or a name.
 */
export function findRuns(runs: readonly RunInfo[], spec: string): RunInfo[] {
  if (/^\d+$/.test(spec)) {
    const index = Number(spec);
    if (index >= 1 && index <= runs.length) return runs.slice(index - 1, index);
  }
  const slice = /^(-?\d*):(-?\d*)$/.exec(spec);
  if (slice !== null) {
    const [, first = '', last = ''] = slice;
    const start = first === '' ? 0 : Number(first) > 0 ? Number(first) - 1 : Number(first);
    return last === '' ? runs.slice(start) : runs.slice(start, Number(last));
  }
  return runs.filter((run) => run.id.startsWith(spec) || run.name.startsWith(spec));
}
