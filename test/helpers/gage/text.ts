import type { TestContext } from 'node:test';
import { LanguageProject } from '../../../src/language/places/project.ts';
import { parseGageDocument, type GageDocument } from '../../../src/opdef/document.ts';
import type { GageFormat, TextEdit, TextRange } from '../../../src/opdef/syntax/tree.ts';
import { tempDir, writeTree, type TreeEntry } from '../temp.ts';

/** The same Gage file in the three formats; `|` stands where the cursor is. */
export type InFormats = Readonly<Record<GageFormat, string>>;

export const FORMATS: readonly GageFormat[] = ['toml', 'yaml', 'json'];

/** A Gage file in an editor with the cursor in it. */
export interface EditedFile {
  readonly document: GageDocument;
  readonly offset: number;
}

/** Takes the first `|` (or `mark`) out of a text and puts the cursor there. */
export function withCursor(format: GageFormat, marked: string, mark = '|'): EditedFile {
  const offset = marked.indexOf(mark);
  if (offset === -1) throw new Error(`No cursor in ${marked}`);
  const text = marked.slice(0, offset) + marked.slice(offset + mark.length);
  return { document: parseGageDocument(`/project/gage.${format}`, text), offset };
}

/** A real project with these files. */
export function languageProject(
  t: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, TreeEntry>>,
): LanguageProject {
  return new LanguageProject(writeTree(tempDir(t), files), { env: {} });
}

/** An environment in which these programs are found, and no others, whatever the machine has. */
export function envWith(
  t: Pick<TestContext, 'after'>,
  ...programs: readonly string[]
): { readonly PATH: string } {
  const names = programs.map((name) => (process.platform === 'win32' ? `${name}.exe` : name));
  const files = names.map((name) => [name, { data: '', mode: 0o755 }] as const);
  return { PATH: writeTree(tempDir(t), Object.fromEntries(files)) };
}

/** The part of a text in a range. */
export function textOf(document: GageDocument, { from, to }: TextRange): string {
  return document.text.slice(from, to);
}

/** The text with edits made, which may come in any order but do not overlap. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  const sorted = [...edits].sort((a, b) => b.from - a.from);
  return sorted.reduce(
    (now, { from, to, insert }) => now.slice(0, from) + insert + now.slice(to),
    text,
  );
}
