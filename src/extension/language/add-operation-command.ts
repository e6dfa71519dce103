import * as vscode from 'vscode';
import { diskTree } from '../../core/sourcecode/file-tree.ts';
import { addOperationEdit } from '../../language/new/gage-file.ts';
import { findScripts, type NewOperation } from '../../language/new/scripts.ts';
import { parseGageDocument, type GageDocument } from '../../opdef/document.ts';
import { findGageFile } from '../../opdef/gagefile.ts';
import type { Projects } from '../stores/projects.ts';
import { chooseFolder } from './choose-folder.ts';
import { isGageUri, projectDirOf, toRange, toTextEdits } from './gage-files.ts';
import { createGageFile } from './new-gage-file-command.ts';

/**
 * Asks for a script or a command and a name, adds the operation to the Gage file and shows it.
 * A project without a Gage file gets one.
 */
export async function addOperation(projects: Projects): Promise<void> {
  const path = await gageFileOf(projects);
  if (path === null) return;
  if (path === '') {
    await createGageFile(projects);
    return;
  }
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(path));
  const before = parseGageDocument(path, document.getText());
  const operation = await ask(before);
  if (operation === null) return;
  await add(document, operation);
}

/** The Gage file that is being edited, or that of a folder; '' when it has none, null for no. */
async function gageFileOf(projects: Projects): Promise<string | null> {
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active !== undefined && isGageUri(active)) return active.fsPath;
  const chosen = await chooseFolder(projects, 'Where to add an operation');
  if (chosen === null) return null;
  const { projectDir, commandDir } = chosen.project;
  return findGageFile(projectDir ?? commandDir) ?? '';
}

async function ask(document: GageDocument): Promise<NewOperation | null> {
  const names = document.operations.map(({ name }) => name);
  const used = JSON.stringify(document.operations.map(({ opdef }) => opdef.table['exec'] ?? null));
  const scripts = findScripts(diskTree(projectDirOf(document.path)));
  const command = { label: '$(terminal) Another command…', alwaysShow: true, script: null };
  const items = scripts
    .filter(({ path }) => !used.includes(path))
    .map((script) => ({
      label: script.path,
      description: script.exec,
      ...(script.description === null ? {} : { detail: script.description }),
      script,
    }));
  const chosen =
    items.length === 0
      ? command
      : await vscode.window.showQuickPick([...items, command], {
          title: 'Add Operation',
          placeHolder: 'Choose what it runs',
          matchOnDescription: true,
        });
  if (chosen === undefined) return null;
  const base = chosen.script ?? (await askCommand());
  if (base === null) return null;
  const name = await askName(base.name, names);
  return name === null ? null : { ...base, name };
}

async function askCommand(): Promise<NewOperation | null> {
  const exec = await vscode.window.showInputBox({
    title: 'Add Operation',
    prompt: 'The command that it runs',
    placeHolder: 'python3 train.py',
    validateInput: (text) => (text.trim() === '' ? 'A command is needed' : null),
  });
  if (exec === undefined) return null;
  const word = /([\w-]+)(?:\.\w+)?\s*$/.exec(exec)?.[1] ?? 'run';
  return { name: word, description: null, exec: exec.trim(), config: null };
}

async function askName(proposed: string, names: readonly string[]): Promise<string | null> {
  const name = await vscode.window.showInputBox({
    title: 'Add Operation',
    prompt: 'The name of the operation',
    value: proposed,
    validateInput: (text) => nameProblem(text, names),
  });
  return name ?? null;
}

function nameProblem(name: string, names: readonly string[]): string | null {
  if (name === '') return 'A name is needed';
  if (/\s/.test(name)) return 'A name holds no white space';
  if (name.startsWith('$')) return 'A name that begins with $ is a setting';
  return names.includes(name) ? `There is an operation ${name} already` : null;
}

async function add(document: vscode.TextDocument, operation: NewOperation): Promise<void> {
  const wasSaved = !document.isDirty;
  const before = parseGageDocument(document.uri.fsPath, document.getText());
  const edit = new vscode.WorkspaceEdit();
  edit.set(document.uri, toTextEdits(before.lines, [addOperationEdit(before, operation)]));
  await vscode.workspace.applyEdit(edit);
  if (wasSaved) await document.save();
  const after = parseGageDocument(document.uri.fsPath, document.getText());
  const added = after.operations.find(({ name }) => name === operation.name);
  const editor = await vscode.window.showTextDocument(document);
  if (added === undefined) return;
  const range = toRange(after.lines, added.range);
  editor.selection = new vscode.Selection(range.start, range.start);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
