import { plural } from '../base/words.ts';
import type { OpRef } from './types.ts';

/** `train kafom-fikud`: how messages name a run. An unreadable one has no operation. */
export function runTitle(run: { readonly opref: OpRef | null; readonly name: string }): string {
  return run.opref === null ? run.name : `${run.opref.name} ${run.name}`;
}

/** How messages name what they are about: the title of a single run, else `3 runs`. */
export function runsTitle(runs: readonly Parameters<typeof runTitle>[0][]): string {
  const [first] = runs;
  return runs.length === 1 && first !== undefined ? runTitle(first) : plural(runs.length, 'run');
}
