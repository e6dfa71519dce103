import { EDITOR_SLICE_MS, Pace } from '../base/pace.ts';
import type { Container, RunInfo } from '../run/types.ts';
import { compareNewestFirst, type MetaName, parseMetaName } from '../status/run-info.ts';
import { readMeta, scanStore } from './scan.ts';

/** Options of {@link listRuns}. */
export interface ListOptions {
  /** Only runs in this container; `any` for all. Default `active`. */
  readonly container?: Container;
  readonly signal?: AbortSignal;
}

/** Names under which the meta of a run may lie, the preferred one first. */
export function metaNamesOf(id: string): MetaName[] {
  return [`${id}.meta.zip`, `${id}.meta`, `${id}.meta.zip.deleted`, `${id}.meta.deleted`]
    .map(parseMetaName)
    .filter((meta) => meta !== null);
}

/** The row of one run by its full id; null when there is none. */
export async function readRunInfo(runsDir: string, id: string): Promise<RunInfo | null> {
  const has = (): boolean => true;
  for (const name of metaNamesOf(id)) {
    const info = await readMeta(runsDir, name, has);
    if (info !== null) return info;
  }
  return null;
}

/**
 * All runs of a store, newest first. A run that cannot be read is a row with status
 * `unreadable`; a store that does not exist has no runs.
 */
export async function listRuns(runsDir: string, options: ListOptions = {}): Promise<RunInfo[]> {
  const { container = 'active', signal } = options;
  const pace = signal === undefined ? undefined : new Pace(signal, EDITOR_SLICE_MS);
  const { rows } = await scanStore(runsDir, pace && { pace });
  const runs = [...rows.values()].filter(
    (info) => container === 'any' || info.container === container,
  );
  return runs.sort(compareNewestFirst);
}
