/** Times and durations for people, the same in a terminal and in a view; all in milliseconds. */

/** `just now`, `5 min ago`, `3 h ago`, `2 days ago`, then the local date. */
export function relativeTime(timeMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - timeMs) / 1000));
  if (seconds < 60) return 'just now';
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${String(hours)} h ago`;
  const days = Math.floor(hours / 24);
  if (days < 7) return days === 1 ? '1 day ago' : `${String(days)} days ago`;
  return localDay(timeMs);
}

/** `40 ms`, `1.4 s`, `12 s`, `3m 12s`, `1h 04m`, `2d 03h`. */
export function formatDuration(ms: number): string {
  if (ms < 995) return `${String(Math.max(0, Math.round(ms)))} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${String(whole)} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${String(minutes)}m ${two(whole % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${String(hours)}h ${two(minutes % 60)}m`;
  return `${String(Math.floor(hours / 24))}d ${two(hours % 24)}h`;
}

/** Local date as `2026-11-21`. */
export function localDay(timeMs: number): string {
  const date = new Date(timeMs);
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
}

/** Local date and time as `2026-11-21 14:03:59`. */
export function localTime(timeMs: number): string {
  return `${localDay(timeMs)} ${localClock(timeMs)}`;
}

/** Local time of day as `14:03:59`. */
export function localClock(timeMs: number): string {
  const date = new Date(timeMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}

/** `07`: a part of a date or a time. */
export function two(n: number): string {
  return String(n).padStart(2, '0');
}
