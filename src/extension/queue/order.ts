import type { QueueEntry } from '../../queue/queue.ts';

/**
 * The priorities that move a run of the queue by one place, up or down, and leave the order of
 * the others as it is. Few entries change: the run itself, and those that would tie with it.
 * @param entries in the order in which they start.
 * @returns new priorities by id; none when the run is at that end already, or not waiting.
 */
export function movedPriorities(
  entries: readonly Pick<QueueEntry, 'id' | 'priority'>[],
  id: string,
  by: -1 | 1,
): ReadonlyMap<string, number> {
  const at = entries.findIndex((entry) => entry.id === id);
  const moved = entries[at];
  const other = entries[at + by];
  if (moved === undefined || other === undefined) return new Map();
  const order = [...entries];
  order[at] = other;
  order[at + by] = moved;
  const place = new Map(entries.map((entry, i) => [entry.id, i]));
  const placeOf = (entry: { readonly id: string }): number => place.get(entry.id) ?? 0;
  const changed = new Map<string, number>();
  let below: { readonly entry: (typeof order)[number]; readonly priority: number } | null = null;
  for (const entry of order.reverse()) {
    // Who goes down must let the other pass; who goes up takes no more than it needs.
    const own = entry === moved ? Math.min(moved.priority, other.priority) : entry.priority;
    const priority: number = below === null ? own : Math.max(own, needed(entry, below));
    if (priority !== entry.priority) changed.set(entry.id, priority);
    below = { entry, priority };
  }
  return changed;

  /** The least priority with which an entry starts before the one below it. */
  function needed(
    entry: (typeof order)[number],
    next: { readonly entry: (typeof order)[number]; readonly priority: number },
  ): number {
    // Of the same priority the earlier staged goes first, which the old order tells only then.
    const tellsTime = entry.priority === next.entry.priority;
    return tellsTime && placeOf(entry) < placeOf(next.entry) ? next.priority : next.priority + 1;
  }
}

/** What a person typed for the slots of a queue. */
interface SlotsInput {
  readonly slots: number;
  /** What each slot has; none when only a number was given. */
  readonly resources: readonly (readonly string[])[];
}

/**
 * Understands `4`, or what each slot has: `gpu:0, gpu:1 ssd`; a dash for a slot with nothing.
 * @returns a sentence that says what is wrong with the text when it cannot be understood.
 */
export function parseSlots(text: string): SlotsInput | string {
  const trimmed = text.trim();
  if (/^\d+$/.test(trimmed)) {
    const slots = Number(trimmed);
    return slots >= 1 && slots <= 1000
      ? { slots, resources: [] }
      : 'Give a number of slots from 1 to 1000. To start nothing, pause the queue.';
  }
  const parts = trimmed.split(',').map((part) => part.trim());
  if (trimmed === '' || parts.some((part) => part === '')) {
    return 'Give a number of slots, or what each of them has: gpu:0, gpu:1';
  }
  if (parts.some((part) => /^-?\d/.test(part))) return 'Give a whole number of at least 1.';
  const resources = parts.map((part) => (part === '-' ? [] : part.split(/\s+/)));
  return { slots: resources.length, resources };
}

/** The text that {@link parseSlots} understands as these slots. */
export function formatSlots({ slots, resources }: SlotsInput): string {
  if (resources.every((tags) => tags.length === 0)) return String(slots);
  return Array.from({ length: slots }, (_, i) => {
    const tags = resources[i] ?? [];
    return tags.length === 0 ? '-' : tags.join(' ');
  }).join(', ');
}
