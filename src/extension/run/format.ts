import { formatFloat, encodeLine, type Json } from '../../core/data/json.ts';

/** `just now`, `5 min ago`, `3 h ago`, `2 days ago`, then the date. Both times in milliseconds. */
export function relativeTime(timeMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - timeMs) / 1000));
  if (seconds < 60) return 'just now';
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  if (days < 7) return days === 1 ? '1 day ago' : `${days} days ago`;
  return localDay(timeMs);
}

/** `40 ms`, `1.4 s`, `12 s`, `3m 12s`, `1h 04m`, `2d 03h`. `ms` in milliseconds. */
export function formatDuration(ms: number): string {
  if (ms < 995) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${pad(whole % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${pad(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${pad(hours % 24)}h`;
}

/** Local date as `2026-11-21`. */
export function localDay(timeMs: number): string {
  const d = new Date(timeMs);
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`;
}

/** Local time as `2026-11-21 14:03:59`. */
export function localTime(timeMs: number): string {
  const d = new Date(timeMs);
  return `${localDay(timeMs)} ${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
}

/** `1 run`, `12 runs`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** A value of a run on one line: texts as they are, numbers as Python shows them. */
export function formatValue(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'string') return oneLine(value);
  if (typeof value === 'number') return formatFloat(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return oneLine(encodeLine(value));
}

/** Text without line breaks, at most 200 characters. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function pad(n: number): string {
  return String(n).padStart(2, '0');
}
