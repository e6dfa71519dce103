import type { RunInfo } from '../../core/types.ts';

/**
 * True when every word of `filter` is found in the name, operation, label, tags or status of
 * the run, or begins its id. Upper and lower case are the same; no words match everything.
 */
export function matchesFilter(info: RunInfo, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = [info.name, info.opref?.name ?? '', info.label ?? '', info.status, ...info.tags]
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word) || info.id.startsWith(word));
}

/** The words of a filter as {@link matchesFilter} wants them. */
export function filterWords(filter: string): readonly string[] {
  return filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}
