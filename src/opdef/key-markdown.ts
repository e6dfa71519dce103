import { parse } from 'smol-toml';
import { stringify } from 'yaml';
import type { KeyDoc } from './keys.ts';
import type { GageFormat } from './syntax/tree.ts';

/** What a key does, with an example in the format of the file, as Markdown. */
export function keyMarkdown({ summary, example }: KeyDoc, format: GageFormat): string {
  return `${summary}\n\n\`\`\`${FENCES[format]}\n${exampleIn(example, format)}\n\`\`\``;
}

/** With the comments that Gage allows in JSON. */
const FENCES: Readonly<Record<GageFormat, string>> = { toml: 'toml', yaml: 'yaml', json: 'jsonc' };

/** An example of the documentation, which is TOML, in another format. */
function exampleIn(example: string, format: GageFormat): string {
  if (format === 'toml') return example;
  const forms = example.split('\n# or\n').map((form) => parse(form));
  if (format === 'yaml') {
    return forms.map((form) => stringify(form, { version: '1.1' }).trimEnd()).join('\n# or\n');
  }
  return forms.map(jsonLines).join('\n// or\n');
}

/** The keys as they stand in the object of an operation. */
function jsonLines(table: object): string {
  return JSON.stringify(table, null, 2)
    .split('\n')
    .slice(1, -1)
    .map((line) => line.slice(2))
    .join('\n');
}
