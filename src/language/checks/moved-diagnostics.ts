import type { Diagnostic } from './diagnostic.ts';

/**
 * Diagnostics of a text that was edited, at their places in the new text. Those that the edit
 * touched are left out.
 */
export function movedBy(
  before: string,
  after: string,
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let same = 0;
  while (
    same < most - start &&
    before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)
  ) {
    same++;
  }
  const end = before.length - same;
  const shift = after.length - before.length;
  return diagnostics.flatMap((one) => {
    const { from, to } = one.range;
    if (to <= start) return [one];
    return from >= end ? [{ ...one, range: { from: from + shift, to: to + shift } }] : [];
  });
}
