import type { RunStatus } from '../../core/run/types.ts';

/** Text for people: tables, colours, times. Everything here is pure. */

/** How a piece of text is shown on a terminal that has colours. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue';
const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
};

/** Wraps text in a colour, or does nothing. */
export type Paint = (style: Style | null, text: string) => string;

/** @param colours whether the text goes to a terminal that shows them. */
export function painter(colours: boolean): Paint {
  return (style, text) => {
    if (!colours || style === null || text === '') return text;
    const [on, off] = CODES[style];
    return `\u001b[${String(on)}m${text}\u001b[${String(off)}m`;
  };
}

/** Colour of a status, the same in every view. */
export function statusStyle(status: RunStatus): Style | null {
  switch (status) {
    case 'completed':
      return 'green';
    case 'error':
    case 'unreadable':
      return 'red';
    case 'running':
      return 'blue';
    case 'lost':
      return 'yellow';
    case 'terminated':
    case 'unknown':
    case 'pending':
      return 'dim';
    case 'staged':
    case 'queued':
      return null;
  }
}

/** One cell of a table. */
export interface Cell {
  readonly text: string;
  readonly style?: Style | null;
}

/**
 * A table with aligned columns, two spaces between them, without a space at the end of a line.
 * @param width characters of a line; the last column is cut to fit, Infinity never cuts.
 * @param right indexes of the columns that are aligned to the right.
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
  options: { readonly width?: number; readonly right?: ReadonlySet<number> } = {},
): string {
  const { width = Infinity, right = new Set<number>() } = options;
  const lines = [head.map((text): Cell => ({ text, style: 'bold' })), ...rows].map((row) =>
    row.map((cell) => ({ ...cell, text: printable(cell.text) })),
  );
  const widths = head.map((_, i) => Math.max(...lines.map((row) => row[i]?.text.length ?? 0)));
  const before = widths.slice(0, -1).reduce((sum, w) => sum + w + 2, 0);
  const last = Math.max(8, width - before);
  return lines
    .map((row) => {
      const cells = row.map((cell, i) => {
        const text = i === row.length - 1 ? shorten(cell.text, last) : cell.text;
        const space = ' '.repeat(Math.max(0, (widths[i] ?? 0) - text.length));
        const painted = paint(cell.style ?? null, text);
        if (right.has(i)) return space + painted;
        return i === row.length - 1 ? painted : painted + space;
      });
      return `${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}

/** Cuts text to `width` characters, with an ellipsis. */
export function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/**
 * Text that cannot change the terminal: control characters become visible. Labels and names
 * come from files that anybody may have written.
 */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) => {
    const code = c.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
  });
}

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `3 minutes ago`. @param timeUs epoch microseconds. @param nowMs epoch milliseconds. */
export function relativeTime(timeUs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - timeUs / 1000) / 1000);
  if (seconds < -60) return 'in the future';
  if (seconds < 10) return 'just now';
  for (const [name, size] of UNITS) {
    if (seconds >= size) {
      const count = Math.floor(seconds / size);
      return `${String(count)} ${name}${count === 1 ? '' : 's'} ago`;
    }
  }
  return `${String(seconds)} seconds ago`;
}

/** `1h 02m`, `3m 05s`, `12.3s`, `450ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${String(Math.max(0, Math.round(ms)))}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`;
  const two = (n: number): string => String(n).padStart(2, '0');
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))}m ${two(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  return `${String(Math.floor(minutes / 60))}h ${two(minutes % 60)}m`;
}

/** Local date and time to the second. @param timeUs epoch microseconds. */
export function formatTime(timeUs: number): string {
  const date = new Date(timeUs / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
