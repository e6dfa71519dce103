import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { waitFor } from '../../helpers/temp.ts';
import { hostContext } from '../harness/context.ts';

/** The URI of a file of the workspace. */
export function fileUri(name: string): vscode.Uri {
  return vscode.Uri.file(join(hostContext().workspaceDir, name));
}

/** Writes a file of the workspace, past the editor, and the directories above it. */
export function writeWorkspaceFile(name: string, text: string): void {
  mkdirSync(dirname(fileUri(name).fsPath), { recursive: true });
  writeFileSync(fileUri(name).fsPath, text);
}

export function readWorkspaceFile(name: string): string {
  return readFileSync(fileUri(name).fsPath, 'utf8');
}

/** Opens a file of the workspace in an editor. */
export async function show(name: string): Promise<vscode.TextEditor> {
  return await vscode.window.showTextDocument(fileUri(name), { preview: false });
}

/** Replaces the text of an open document, without saving it. */
export async function setText(document: vscode.TextDocument, text: string): Promise<void> {
  if (document.getText() === text) return;
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

/** Where a text begins in a document, plus some characters. */
export function positionOf(document: vscode.TextDocument, text: string, plus = 0): vscode.Position {
  const at = document.getText().indexOf(text);
  assert.notEqual(at, -1, `${text} is not in ${document.fileName}`);
  return document.positionAt(at + plus);
}

/** Codes and texts of what is underlined in a file, sorted. */
export function underlined(uri: vscode.Uri, document?: vscode.TextDocument): string[] {
  return vscode.languages
    .getDiagnostics(uri)
    .map((one) => {
      const code = typeof one.code === 'object' ? one.code.value : one.code;
      return `${String(code)}: ${document?.getText(one.range) ?? ''}`;
    })
    .sort();
}

/** Waits for what is underlined in a file. */
export async function untilUnderlined(
  document: vscode.TextDocument,
  expected: readonly string[],
): Promise<void> {
  await waitFor(
    () => {
      assert.deepEqual(underlined(document.uri, document), [...expected].sort());
      return true;
    },
    { what: 'what is underlined' },
  );
}

/** What a completion list holds. */
export async function completionLabels(
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<readonly string[]> {
  return (await completions(document, position)).map(({ label }) =>
    typeof label === 'string' ? label : label.label,
  );
}

/** The proposals of Runyard at a position. */
export async function completions(
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<readonly vscode.CompletionItem[]> {
  const list = await vscode.commands.executeCommand<vscode.CompletionList>(
    'vscode.executeCompletionItemProvider',
    document.uri,
    position,
  );
  return list.items;
}
