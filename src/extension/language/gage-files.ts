import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { LineIndex } from '../../opdef/syntax/lines.ts';
import type { TextEdit, TextRange } from '../../opdef/syntax/tree.ts';

/** The name of a Gage file says what it is, whatever language a person has chosen for it. */
export const GAGE_FILES: vscode.DocumentSelector = {
  scheme: 'file',
  pattern: '**/gage.{toml,yaml,json}',
};

/** The scheme of previews of operations. */
export const PREVIEW_SCHEME = 'runyard-preview';

/** True for the place of a Gage file on the disk. */
export function isGageUri(uri: vscode.Uri): boolean {
  return uri.scheme === 'file' && /^gage\.(?:toml|yaml|json)$/.test(basename(uri.fsPath));
}

/** The project that a Gage file belongs to by its place (gage-format.md 1.3). Absolute paths. */
export function projectDirOf(gageFile: string): string {
  const dir = dirname(gageFile);
  return basename(dir) === '.gage' ? dirname(dir) : dir;
}

/** A range of offsets as the editor has it. */
export function toRange(lines: LineIndex, { from, to }: TextRange): vscode.Range {
  const start = lines.positionAt(from);
  const end = lines.positionAt(to);
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

/** Edits of a text as the editor has them. */
export function toTextEdits(lines: LineIndex, edits: readonly TextEdit[]): vscode.TextEdit[] {
  return edits.map((edit) => vscode.TextEdit.replace(toRange(lines, edit), edit.insert));
}

/** A signal that follows a token. */
export function signalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
