let last = 0;

/**
 * Epoch microseconds, strictly increasing within this process (gage-format.md 2.1). The wall clock
 * gives milliseconds; the fraction comes from the monotonic clock.
 */
export function nextTimestampUs(): number {
  const now = Math.trunc((performance.timeOrigin + performance.now()) * 1000);
  // A process that slept or was corrected by NTP drifts from its origin: trust the wall clock then.
  const wall = Date.now() * 1000;
  const best = Math.abs(now - wall) < 5_000 ? now : wall;
  last = Math.max(best, last + 1);
  return last;
}
