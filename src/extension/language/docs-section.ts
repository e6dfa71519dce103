/** The section of a Markdown page below the heading `code`; null when it has none. */
export function sectionOf(page: string, code: string): string | null {
  const lines = page.split('\n');
  const from = lines.findIndex((line) => /^#+ `([\w-]+)`$/.exec(line)?.[1] === code);
  if (from < 0) return null;
  const end = lines.findIndex((line, i) => i > from && line.startsWith('#'));
  const text = lines.slice(from + 1, end < 0 ? undefined : end).join('\n');
  return `# ${code}\n${text}`;
}
