import type { Span } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { literalValue, withTimeOfDay } from './literals.ts';
import type { Term } from './resolve.ts';
import { unitUs } from './time.ts';

/**
 * A word without quotes that was taken from the cursor, with the words behind it that belong to
 * the same value: `2 days`, `1 hour 30 minutes ago`, `2026-11-01 10:00`.
 */
export function readWord(cursor: Cursor, text: string, { from, to }: Span): Term {
  const first = literalValue(text);
  if (first === undefined) return { kind: 'word', text, from, to };
  let us = lengthOf(cursor, first);
  if (us !== null) {
    for (let more = takeLength(cursor); more !== null; more = takeLength(cursor)) us += more;
    if (cursor.takeWord('ago')) return { kind: 'ago', us, from, to: cursor.end };
  }
  const exact =
    us === null && cursor.token.kind === 'word' && withTimeOfDay(text, cursor.token.text);
  if (exact) cursor.next();
  const value = us === null ? exact || first : ({ kind: 'duration', us } as const);
  const source = cursor.text.slice(from, cursor.end);
  return { kind: 'literal', value, source, from, to: cursor.end };
}

/** Microseconds of a value that is a length of time, or a number with a unit behind it. */
function lengthOf(cursor: Cursor, value: ReturnType<typeof literalValue>): number | null {
  if (typeof value === 'object') return value?.kind === 'duration' ? value.us : null;
  if (typeof value !== 'bigint' && typeof value !== 'number') return null;
  const us = takeUnit(cursor);
  return us === null ? null : Number(value) * us;
}

/** Another `30 minutes` or `30m`. */
function takeLength(cursor: Cursor): number | null {
  if (cursor.token.kind !== 'word') return null;
  const value = literalValue(cursor.next().text);
  const us = lengthOf(cursor, value);
  if (us === null) cursor.back();
  return us;
}

function takeUnit(cursor: Cursor): number | null {
  const us = cursor.token.kind === 'word' ? unitUs(cursor.token.text) : null;
  if (us === null) return null;
  cursor.next();
  // `lr == 1 d == 2`: a key, not days.
  const isKey =
    cursor.compareOp() !== null || cursor.isOp('=~', '!~') || cursor.isWord('in', 'not-in');
  if (isKey) cursor.back();
  return isKey ? null : us;
}
