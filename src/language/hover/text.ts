import { printable, printableLines } from '../../core/base/printable.ts';

/** Lines of a list before the rest is only counted. */
const MAX_LINES = 10;

/** Text as code in Markdown, whatever it holds. */
export function code(text: string): string {
  const line = printable(text.replace(/\s*[\r\n]+\s*/g, ' '));
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line === '' || longest > 0 || line.trim() !== line ? ' ' : '';
  return fence + pad + line + pad + fence;
}

/** Text of a person, with nothing in it that Markdown would take for its own. */
export function plain(text: string): string {
  return printableLines(text.replace(/\r\n?/g, '\n'))
    .replace(/[\\`*_{}[\]()#+\-.!<>|~&]/g, '\\$&')
    .replace(/\n/g, '  \n');
}

/** A list in Markdown; of a long one the beginning and how many more. Empty for none. */
export function list(lines: readonly string[]): string {
  const shown = lines.slice(0, MAX_LINES);
  const more = lines.length - shown.length;
  const rest = more > 0 ? [`… ${String(more)} more`] : [];
  return [...shown, ...rest].map((line) => `- ${line}`).join('\n');
}
