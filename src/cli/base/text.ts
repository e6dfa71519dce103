import { styleText } from 'node:util';
import stringWidth from 'string-width';
import { printable, printableLines } from '../../core/base/printable.ts';
import type { RunStatus } from '../../core/run/types.ts';

/** Text for people: tables, colours, times. Everything here is pure. */

export { printable };

/** How a piece of text is shown on a terminal that has colours. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue';

/** Marks text for {@link withColours}, or does nothing. */
export type Paint = (style: Style | null, text: string) => string;

const STYLES: readonly Style[] = ['bold', 'dim', 'red', 'green', 'yellow', 'blue'];
/** Noncharacters begin and end what is painted: `printable` lets none through from a file. */
const FIRST_MARK = 0xfdd0;
const END_MARK = '\ufddf';
const PAINTED = /([\ufdd0-\ufdde][^\ufdd0-\ufddf]*\ufddf)/;

/** @param colours whether the text goes to a terminal that shows them. */
export function painter(colours: boolean): Paint {
  return (style, text) => {
    if (!colours || style === null || text === '') return text;
    return String.fromCharCode(FIRST_MARK + STYLES.indexOf(style)) + printable(text) + END_MARK;
  };
}

/** Text for the terminal: what is painted in its colour, and nothing else that controls it. */
export function withColours(text: string): string {
  const parts = text.split(PAINTED).map((part, i) => {
    if (i % 2 === 0) return printableLines(part);
    const style = STYLES[part.charCodeAt(0) - FIRST_MARK];
    const inner = printableLines(part.slice(1, -1));
    return style === undefined ? inner : styleText(style, inner, { validateStream: false });
  });
  return parts.join('');
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
 * @param width columns of a line; the last column is cut to fit, Infinity never cuts.
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
  const widths = head.map((_, i) =>
    lines.reduce((most, row) => Math.max(most, stringWidth(row[i]?.text ?? '')), 0),
  );
  const before = widths.slice(0, -1).reduce((sum, w) => sum + w + 2, 0);
  const last = Math.max(8, width - before);
  return lines
    .map((row) => {
      const cells = row.map((cell, i) => {
        const text = i === row.length - 1 ? shorten(cell.text, last) : cell.text;
        const space = spaceTo(widths[i] ?? 0, text);
        const painted = paint(cell.style ?? null, text);
        if (right.has(i)) return space + painted;
        return i === row.length - 1 ? painted : painted + space;
      });
      return `${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}

/** What `text` lacks of `width` columns, as blanks. */
export function spaceTo(width: number, text: string): string {
  return ' '.repeat(Math.max(0, width - stringWidth(text)));
}

/** Cuts text to `width` columns of a terminal, with an ellipsis. */
export function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let used = 1;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += stringWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}
