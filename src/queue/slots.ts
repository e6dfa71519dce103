/**
 * Which run may use which slot. A run asks for resources by name; a slot has some. `gpu` asks
 * for any GPU, `gpu:1` for that one; every other name must be the same on both sides.
 */

const GPU = 'gpu:';

/** The resources that tags of a run ask for: `gpu:1`, `gpu`, and `resource:NAME`. */
export function resourcesOfTags(tags: readonly string[]): readonly string[] {
  const named = 'resource:';
  return tags.flatMap((tag) => {
    if (tag === 'gpu' || tag.startsWith(GPU)) return [tag];
    return tag.startsWith(named) && tag.length > named.length ? [tag.slice(named.length)] : [];
  });
}

/** Slots from 1 to `slots` with what each has. */
export function slotTags(
  slots: number,
  resources: readonly (readonly string[])[],
): ReadonlyMap<number, readonly string[]> {
  return new Map(Array.from({ length: slots }, (_, i) => [i + 1, resources[i] ?? []]));
}

/**
 * The slot for a run that wants these resources, or null: of those that have all of them the one
 * that has the least, so that rare resources stay free for who needs them.
 */
export function chooseSlot(
  free: ReadonlyMap<number, readonly string[]>,
  wanted: readonly string[],
): number | null {
  let best: number | null = null;
  let least = Infinity;
  for (const [slot, tags] of free) {
    if (tags.length >= least || missing(tags, wanted).length > 0) continue;
    best = slot;
    least = tags.length;
  }
  return best;
}

/** Why no slot, free or not, can ever take the run; null when one can. */
export function blockedReason(
  all: ReadonlyMap<number, readonly string[]>,
  wanted: readonly string[],
): string | null {
  if (chooseSlot(all, wanted) !== null) return null;
  return `No slot of the queue has ${wanted.join(' and ')}`;
}

/**
 * Value of `CUDA_VISIBLE_DEVICES` for a run in a slot: the GPUs that it names, else all that the
 * slot has; null for a slot without any.
 */
export function visibleDevices(tags: readonly string[], wanted: readonly string[]): string | null {
  const has = tags.filter((tag) => tag.startsWith(GPU));
  const named = has.filter((tag) => wanted.includes(tag));
  const chosen = named.length > 0 ? named : has;
  return chosen.length === 0 ? null : chosen.map((tag) => tag.slice(GPU.length)).join(',');
}

function missing(tags: readonly string[], wanted: readonly string[]): readonly string[] {
  return wanted.filter((name) =>
    name === 'gpu' ? !tags.some((tag) => tag.startsWith(GPU)) : !tags.includes(name),
  );
}
