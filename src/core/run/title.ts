import type { OpRef } from './types.ts';

/** `train kafom-fikud`: how messages name a run. An unreadable one has no operation. */
export function runTitle(run: { readonly opref: OpRef | null; readonly name: string }): string {
  return run.opref === null ? run.name : `${run.opref.name} ${run.name}`;
}
