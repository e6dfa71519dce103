import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { RunyardError } from '../../core/base/errors.ts';
import { findGageFile } from '../../opdef/gagefile.ts';
import type { CommandHandlers } from '../base/command-ids.ts';
import { chooseOperation } from '../operations/commands.ts';
import { isRecord } from '../run/targets.ts';
import type { RunsTree } from '../runs/view/tree.ts';
import type { RunsView } from '../runs/view/view.ts';
import type { Projects } from '../stores/projects.ts';
import type { Stores } from '../stores/stores.ts';
import { docsPath } from './docs.ts';

/** What these commands need. */
interface LanguageCommandParts {
  readonly projects: Projects;
  readonly stores: Stores;
  readonly tree: RunsTree;
  readonly view: RunsView;
  /** Directory of the installed extension. */
  readonly extensionDir: string;
}

/** How long the editor takes to draw rows. Milliseconds. */
const REDRAW_MS = 250;

type Handled =
  | 'runyard.createGageFile'
  | 'runyard.addOperation'
  | 'runyard.previewOperation'
  | 'runyard.revealRun'
  | 'runyard.openDocs';

/** Commands around writing Gage files. What writes them is loaded when it is used. */
export function languageCommands(parts: LanguageCommandParts): Pick<CommandHandlers, Handled> {
  return {
    'runyard.createGageFile': async () => {
      const { createGageFile } = await import('./new-gage-file-command.ts');
      await createGageFile(parts.projects);
    },
    'runyard.addOperation': async () => {
      const { addOperation } = await import('./add-operation-command.ts');
      await addOperation(parts.projects);
    },
    'runyard.previewOperation': (...args) => previewOperation(parts, args),
    'runyard.revealRun': (arg) => revealRun(parts, arg),
    'runyard.openDocs': () =>
      vscode.commands.executeCommand(
        'markdown.showPreview',
        vscode.Uri.file(docsPath(parts.extensionDir)),
      ),
  };
}

async function previewOperation(
  { projects }: LanguageCommandParts,
  args: readonly unknown[],
): Promise<void> {
  const chosen = await chooseOperation(projects, args, 'Preview operation');
  if (chosen === null) return;
  const { previewUri } = await import('./preview-documents.ts');
  const { operation, project } = chosen;
  // What would be staged is what is on the disk.
  const path = findGageFile(project.projectDir ?? project.commandDir);
  for (const document of vscode.workspace.textDocuments) {
    if (document.isDirty && document.uri.fsPath === path) await document.save();
  }
  const uri = previewUri({ folder: project.commandDir, operation });
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Active });
}

/** Shows a run, given as `{runsDir, id}`, in the Runs view. */
async function revealRun(parts: LanguageCommandParts, arg: unknown): Promise<void> {
  const { stores, tree, view } = parts;
  const { runsDir, id } = isRecord(arg) ? arg : {};
  if (typeof runsDir !== 'string' || typeof id !== 'string') {
    throw new RunyardError('bad-request', 'Choose a run in the Runs view');
  }
  await stores.load();
  await vscode.commands.executeCommand('runyard.runs.focus');
  const node = tree.node(runsDir, id);
  if (node === null) throw new RunyardError('no-run', `There is no run ${id} any more`);
  if (!tree.model.isShown(node)) view.setFilter('');
  // The editor forgets to select a row that it draws anew at that moment: ask again.
  for (let attempt = 0; attempt < 5; attempt++) {
    await view.reveal(node, true);
    if (view.selectedRuns.includes(node)) return;
    await sleep(REDRAW_MS);
  }
}
