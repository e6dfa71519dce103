import * as vscode from 'vscode';
import { RunyardError } from '../../core/base/errors.ts';
import type { FolderProject, Projects } from '../stores/projects.ts';

/**
 * The folder that a command works in: the only one, or the one
 * that the person chooses; null when they have changed their mind. Throws `no-gage-file` when
 * no folder is open.
 */
export async function chooseFolder(
  projects: Projects,
  placeHolder: string,
): Promise<FolderProject | null> {
  const all = await projects.read();
  const [only] = all;
  if (only === undefined) {
    throw new RunyardError('no-gage-file', 'There is no folder open', {
      hint: 'Open a folder first.',
    });
  }
  if (all.length === 1) return only;
  const chosen = await vscode.window.showWorkspaceFolderPick({ placeHolder });
  return all.find(({ folder }) => folder.uri.toString() === chosen?.uri.toString()) ?? null;
}
