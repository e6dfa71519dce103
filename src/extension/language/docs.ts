import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { sectionOf } from './docs-section.ts';

/** The scheme of sections of the documentation, which open as a page. */
export const DOCS_SCHEME = 'runyard-docs';

/** The page about Gage files in the installed extension. */
export function docsPath(extensionDir: string): string {
  return join(extensionDir, 'docs', 'opdef.md');
}

/** Where the code of a diagnostic leads: a link of a marker may open documents, not commands. */
export function docsUri(code: string): vscode.Uri {
  return vscode.Uri.from({ scheme: DOCS_SCHEME, path: `/${code}.md` });
}

/** Pages that sections link to: they open whole. */
const PAGES: ReadonlySet<string> = new Set(['opdef', 'where']);

/** The section that a {@link docsUri} stands for, or the page that one of them links to. */
export async function docsText(extensionDir: string, { path }: vscode.Uri): Promise<string> {
  const code = path.replace(/^\/|\.md$/g, '');
  if (PAGES.has(code)) return await readFile(join(extensionDir, 'docs', `${code}.md`), 'utf8');
  const page = await readFile(docsPath(extensionDir), 'utf8');
  return sectionOf(page, code) ?? `There is no section about \`${code}\`.\n`;
}
