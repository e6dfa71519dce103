import * as vscode from 'vscode';
import { writeFileAtomic } from '../../core/base/atomic.ts';
import { diskTree } from '../../core/sourcecode/file-tree.ts';
import { newGageFile, STARTER } from '../../language/new/gage-file.ts';
import { findScripts, type Script } from '../../language/new/scripts.ts';
import { findGageFile } from '../../opdef/gagefile.ts';
import type { GageFormat } from '../../opdef/syntax/tree.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { Projects } from '../stores/projects.ts';
import { chooseFolder } from './choose-folder.ts';

const FORMATS: readonly GageFormat[] = ['toml', 'yaml', 'json'];

/**
 * Writes a first Gage file with operations for the scripts that the person chooses, and opens
 * it; opens the one that is there already.
 */
export async function createGageFile(projects: Projects): Promise<void> {
  const chosen = await chooseFolder(projects, 'Where to create the Gage file');
  if (chosen === null) return;
  const dir = chosen.folder.uri.fsPath;
  const path = findGageFile(dir) ?? (await create(dir));
  if (path === null) return;
  await vscode.window.showTextDocument(vscode.Uri.file(path));
  await projects.read();
}

/** @returns null when the person has changed their mind. */
async function create(dir: string): Promise<string | null> {
  const scripts = findScripts(diskTree(dir));
  const picked = scripts.length === 0 ? { format: FORMATS[0], scripts } : await pick(scripts);
  if (picked === null) return null;
  const { format = 'toml' } = picked;
  const operations = picked.scripts.length === 0 ? [STARTER] : picked.scripts;
  const path = vscode.Uri.joinPath(vscode.Uri.file(dir), `gage.${format}`).fsPath;
  writeFileAtomic(path, newGageFile(format, operations));
  return path;
}

interface Picked {
  readonly format: GageFormat;
  readonly scripts: readonly Script[];
}

interface ScriptItem extends vscode.QuickPickItem {
  readonly script: Script;
}

/** Asks which scripts become operations. The buttons of the list choose the format. */
async function pick(scripts: readonly Script[]): Promise<Picked | null> {
  const own = new DisposableStore();
  const list = own.add(vscode.window.createQuickPick<ScriptItem>());
  let format: GageFormat = 'toml';
  const setFormat = (wanted: GageFormat): void => {
    format = wanted;
    list.title = `New Gage File: gage.${wanted}`;
    list.buttons = FORMATS.filter((one) => one !== wanted).map((one) => ({
      iconPath: new vscode.ThemeIcon('file-code'),
      tooltip: `Write ${one.toUpperCase()}`,
    }));
  };
  setFormat(format);
  list.placeholder = 'Choose the scripts that become operations';
  list.canSelectMany = true;
  list.ignoreFocusOut = true;
  list.matchOnDescription = true;
  list.items = scripts.map((script) => ({
    label: script.name,
    description: script.exec,
    ...(script.description === null ? {} : { detail: script.description }),
    script,
  }));
  list.selectedItems = list.items.filter(({ script }) => script.runs);
  try {
    return await new Promise((resolve) => {
      own.add(
        list.onDidTriggerButton(({ tooltip }) => {
          setFormat(FORMATS.find((one) => tooltip?.endsWith(one.toUpperCase())) ?? format);
        }),
      );
      own.add(
        list.onDidAccept(() => {
          resolve({ format, scripts: list.selectedItems.map(({ script }) => script) });
        }),
      );
      own.add(list.onDidHide(() => resolve(null)));
      list.show();
    });
  } finally {
    own.dispose();
  }
}
