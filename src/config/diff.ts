import { structuredPatch, type StructuredPatchHunk } from 'diff';

/**
 * The unified diff from one text to another as `log/patched` holds it (gage-format.md 2.7): headers
 * without dates, 3 lines of context, and a marker after a last line without line feed. Empty
 * when the texts are equal.
 */
export function unifiedDiff(path: string, oldText: string, newText: string): string {
  const options = { context: 3 };
  const { hunks } = structuredPatch(path, path, oldText, newText, undefined, undefined, options);
  if (hunks.length === 0) return '';
  return `--- ${path}\n+++ ${path}\n${hunks.map(formatHunk).join('')}`;
}

function formatHunk({
  oldStart,
  oldLines,
  newStart,
  newLines,
  lines,
}: StructuredPatchHunk): string {
  const ranges = `-${formatRange(oldStart, oldLines)} +${formatRange(newStart, newLines)}`;
  return [`@@ ${ranges} @@`, ...lines].map((line) => `${line}\n`).join('');
}

/** As Python and GNU diff write it, which `diff` does not: a single line without its length. */
function formatRange(start: number, length: number): string {
  if (length === 1) return String(start);
  return `${String(length === 0 ? start - 1 : start)},${String(length)}`;
}
