import type { Duration, Instant } from './ast.ts';

/** Microseconds of a unit of time, by every way to write it. */
const UNITS: ReadonlyMap<string, number> = new Map(
  (
    [
      ['ms millisecond milliseconds', 1e3],
      ['s sec secs second seconds', 1e6],
      ['m min mins minute minutes', 60e6],
      ['h hr hrs hour hours', 3_600e6],
      ['d day days', 86_400e6],
      ['w week weeks', 7 * 86_400e6],
      ['month months', 30 * 86_400e6],
      ['y year years', 365 * 86_400e6],
    ] as const
  ).flatMap(([names, us]) => names.split(' ').map((name) => [name, us] as const)),
);

const COMPACT = /(\d+(?:\.\d+)?)([a-z]+)/gy;
const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[-+]\d\d:?\d\d)?)?$/;

/** Microseconds of a unit such as `h` or `days`, or null. A month has 30 days, a year 365. */
export function unitUs(word: string): number | null {
  return UNITS.get(word) ?? null;
}

/** `90s`, `1h30m` as a length of time, or null for other text. */
export function readDuration(text: string): Duration | null {
  let us = 0;
  COMPACT.lastIndex = 0;
  while (COMPACT.lastIndex < text.length) {
    const match = COMPACT.exec(text);
    const unit = match === null ? undefined : UNITS.get(match[2] ?? '');
    if (match === null || unit === undefined) return null;
    us += Number(match[1]) * unit;
  }
  return text === '' ? null : { kind: 'duration', us };
}

/**
 * `2026-11-01`, `2026-11-01T10:00`, `2026-11-01 10:00:30.5+02:00` as a time, local when it has
 * no zone; a day is that whole day. Null for other text, and for a day that does not exist.
 */
export function readTime(text: string): Instant | null {
  const match = DATE.exec(text);
  if (match === null) return null;
  const parts: readonly (string | undefined)[] = match;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const exists = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day && month <= 12;
  if (!exists || day === 0 || hour > 23 || minute > 59 || second > 59) return null;
  if (parts[4] === undefined) return dayOf(new Date(year, month - 1, day));
  const fraction = Math.round(Number(`0.${parts[7] ?? '0'}`) * 1e6);
  const offset = zoneMinutes(parts[8]);
  const ms =
    offset === null
      ? new Date(year, month - 1, day, hour, minute, second).getTime()
      : Date.UTC(year, month - 1, day, hour, minute, second) - offset * 60_000;
  return instant(ms * 1000 + fraction);
}

/** A moment. @param us epoch microseconds. */
export function instant(us: number): Instant {
  return { kind: 'time', us, endUs: us };
}

/** The local day that a moment is in, `days` days later. */
export function dayOf(moment: Date, days = 0): Instant {
  const at = (more: number): number =>
    new Date(moment.getFullYear(), moment.getMonth(), moment.getDate() + days + more).getTime();
  return { kind: 'time', us: at(0) * 1000, endUs: at(1) * 1000 };
}

/** Minutes east of Greenwich, or null for no zone. */
function zoneMinutes(zone: string | undefined): number | null {
  if (zone === undefined) return null;
  if (zone === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return zone.startsWith('-') ? -minutes : minutes;
}
