/** Lines of context around a change. */
const CONTEXT = 3;
/** Beyond this many changed lines the exact smallest diff is not worth its memory. */
const MAX_EDITS = 2000;

/** Lines `oldFrom..oldTo` were replaced by `newFrom..newTo` (from 0, ends excluded). */
interface Change {
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/**
 * The unified diff from one text to another as `log/patched` holds it (gage-format.md 2.7): headers
 * without dates, 3 lines of context, and a marker after a last line without line feed. Empty
 * when the texts are equal.
 */
export function unifiedDiff(path: string, oldText: string, newText: string): string {
  const oldLines = splitLines(oldText);
  const newLines = splitLines(newText);
  const hunks = groupChanges(findChanges(oldLines, newLines));
  if (hunks.length === 0) return '';
  const body = hunks.map((changes) => formatHunk(changes, oldLines, newLines));
  return `--- ${path}\n+++ ${path}\n${body.join('')}`;
}

/** Lines with their line feeds. */
function splitLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function findChanges(a: readonly string[], b: readonly string[]): readonly Change[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let aEnd = a.length;
  let bEnd = b.length;
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  if (start === aEnd && start === bEnd) return [];
  const pairs = commonLines(a.slice(start, aEnd), b.slice(start, bEnd));
  const changes: Change[] = [];
  let oldFrom = start;
  let newFrom = start;
  for (const [i, j] of [...pairs, [aEnd - start, bEnd - start] as const]) {
    const oldTo = start + i;
    const newTo = start + j;
    if (oldFrom < oldTo || newFrom < newTo) changes.push({ oldFrom, oldTo, newFrom, newTo });
    oldFrom = oldTo + 1;
    newFrom = newTo + 1;
  }
  return changes;
}

/** Pairs of equal lines of a longest common subsequence (Myers 1986), in order. */
function commonLines(
  a: readonly string[],
  b: readonly string[],
): readonly (readonly [number, number])[] {
  const trace: Map<number, number>[] = [];
  let reach = new Map<number, number>([[1, 0]]);
  for (let d = 0; d <= Math.min(a.length + b.length, MAX_EDITS); d++) {
    trace.push(reach);
    const next = new Map(reach);
    for (let k = -d; k <= d; k += 2) {
      let x = stepDown(reach, k, d) ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      next.set(k, x);
      if (x >= a.length && x - k >= b.length) return backtrack(trace, a.length, b.length);
    }
    reach = next;
  }
  return [];
}

function stepDown(reach: ReadonlyMap<number, number>, k: number, d: number): boolean {
  return k === -d || (k !== d && (reach.get(k - 1) ?? 0) < (reach.get(k + 1) ?? 0));
}

function backtrack(
  trace: readonly ReadonlyMap<number, number>[],
  aLength: number,
  bLength: number,
): readonly (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  let x = aLength;
  let y = bLength;
  for (let d = trace.length - 1; d >= 0; d--) {
    const reach: ReadonlyMap<number, number> = trace[d] ?? new Map<number, number>();
    const k = x - y;
    const previousK = stepDown(reach, k, d) ? k + 1 : k - 1;
    const previousX = reach.get(previousK) ?? 0;
    const previousY = previousX - previousK;
    while (x > Math.max(previousX, 0) && y > Math.max(previousY, 0)) {
      x--;
      y--;
      pairs.push([x, y]);
    }
    x = previousX;
    y = previousY;
  }
  return pairs.reverse();
}

/** Changes whose contexts touch share a hunk. */
function groupChanges(changes: readonly Change[]): readonly (readonly Change[])[] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group !== undefined && last !== undefined && change.oldFrom - last.oldTo <= 2 * CONTEXT) {
      group.push(change);
    } else {
      groups.push([change]);
    }
  }
  return groups;
}

function formatHunk(
  changes: readonly Change[],
  oldLines: readonly string[],
  newLines: readonly string[],
): string {
  const first = changes[0];
  const last = changes.at(-1);
  if (first === undefined || last === undefined) return '';
  const before = Math.min(CONTEXT, first.oldFrom);
  const after = Math.min(CONTEXT, oldLines.length - last.oldTo);
  const oldFrom = first.oldFrom - before;
  const newFrom = first.newFrom - before;
  const oldRange = formatRange(oldFrom, last.oldTo + after);
  const newRange = formatRange(newFrom, last.newTo + after);
  let text = `@@ -${oldRange} +${newRange} @@\n`;
  let at = oldFrom;
  for (const change of changes) {
    text += formatLines(' ', oldLines.slice(at, change.oldFrom));
    text += formatLines('-', oldLines.slice(change.oldFrom, change.oldTo));
    text += formatLines('+', newLines.slice(change.newFrom, change.newTo));
    at = change.oldTo;
  }
  return text + formatLines(' ', oldLines.slice(at, at + after));
}

function formatRange(from: number, to: number): string {
  const length = to - from;
  if (length === 1) return String(from + 1);
  return `${String(length === 0 ? from : from + 1)},${String(length)}`;
}

function formatLines(mark: string, lines: readonly string[]): string {
  return lines
    .map((line) =>
      line.endsWith('\n') ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`,
    )
    .join('');
}
