import { EDITOR_SLICE_MS, Pace } from '../../../core/base/pace.ts';
import type { RunInfo } from '../../../core/run/types.ts';
import { compareNewestFirst } from '../../../core/status/run-info.ts';
import {
  VALUE_PARTS,
  type ValuePart,
  type RunValuesCache,
} from '../../../core/status/run-values.ts';
import type { KnownValues } from '../../../where/complete.ts';
import { STATUS_ORDER } from '../model/nodes.ts';

/** Names of keys are looked for in this many of the newest runs. */
const MAX_READ = 300;

/** What the rows of runs hold, most frequent first: names to complete a filter with. */
export function rowValues(runs: Iterable<RunInfo>): KnownValues {
  const operations = new Map<string, number>();
  const labels = new Map<string, number>();
  const tags = new Map<string, number>();
  const statuses = new Set<string>();
  for (const { opref, status, label, tags: own } of runs) {
    if (opref !== null) count(operations, opref.name);
    if (label !== null) count(labels, label);
    for (const tag of own) count(tags, tag);
    statuses.add(status);
  }
  return {
    operations: byCount(operations),
    statuses: STATUS_ORDER.filter((status) => statuses.has(status)),
    labels: byCount(labels),
    tags: byCount(tags),
    config: [],
    metrics: [],
    attributes: [],
  };
}

/**
 * The names of config keys, metrics and attributes in the newest runs, read in slices.
 * Rejects with the signal's reason.
 */
export async function valueNames(
  runs: Iterable<RunInfo>,
  values: RunValuesCache,
  signal: AbortSignal,
): Promise<Pick<KnownValues, ValuePart>> {
  const pace = new Pace(signal, EDITOR_SLICE_MS);
  const names = {
    config: new Set<string>(),
    metrics: new Set<string>(),
    attributes: new Set<string>(),
  };
  for (const info of [...runs].sort(compareNewestFirst).slice(0, MAX_READ)) {
    if (pace.due()) await pace.rest();
    const found = await values.read(info);
    for (const part of VALUE_PARTS) {
      for (const name of Object.keys(found[part])) names[part].add(name);
    }
  }
  const sorted = (set: ReadonlySet<string>): string[] => [...set].sort();
  return {
    config: sorted(names.config),
    metrics: sorted(names.metrics),
    // The row has them: `label` and `tag`.
    attributes: sorted(names.attributes).filter((name) => name !== 'label' && name !== 'tags'),
  };
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function byCount(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
}
