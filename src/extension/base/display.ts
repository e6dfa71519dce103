import { printable, printableLines } from '../../core/base/printable.ts';
import type { Row } from './row.ts';

/**
 * Names, labels and reasons come from files that anybody may have written. In one place each, they
 * become text that says what it is: in rows, in messages, and in lists to choose from.
 */

/** A row without characters that turn, hide or break its text. Its id stays. */
export function displayedRow(row: Row): Row {
  return {
    ...row,
    label: printable(row.label),
    ...(row.description !== undefined && { description: printable(row.description) }),
    ...(row.accessibility !== undefined && { accessibility: printable(row.accessibility) }),
    ...(row.tooltip !== undefined && { tooltip: printableLines(row.tooltip) }),
  };
}

/** Text of a message: also, no name in it becomes a link, which could run a command. */
export function messageText(text: string): string {
  return printableLines(text).replace(/\](?=\()/g, '] ');
}

/** An item of a list to choose from. What else it carries stays as it is. */
export function displayedItem<
  T extends { readonly label: string; readonly description?: string; readonly detail?: string },
>(item: T): T {
  return {
    ...item,
    label: printable(item.label),
    ...(item.description !== undefined && { description: printable(item.description) }),
    ...(item.detail !== undefined && { detail: printable(item.detail) }),
  };
}
