import { join } from 'node:path';
import * as vscode from 'vscode';
import { readRegularText } from '../../core/base/regular-file.ts';
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
export function docsText(extensionDir: string, { path }: vscode.Uri): string {
  const code = path.replace(/^\/|\.md$/g, '');
  if (PAGES.has(code)) return readRegularText(join(extensionDir, 'docs', `${code}.md`));
  const page = readRegularText(docsPath(extensionDir));
  return sectionOf(page, code) ?? `There is no section about \`${code}\`.\n`;
}
