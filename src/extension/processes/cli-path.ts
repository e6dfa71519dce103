import { chmodSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import * as vscode from 'vscode';
import { writeFileAtomic } from '../../core/base/atomic.ts';
import { readSmallFile } from '../../core/base/regular-file.ts';
import { cliScripts } from './cli-scripts.ts';

/**
 * Puts the `runyard` command on the PATH of integrated terminals: a small script in the
 * extension's storage, which runs the bundled command with the Node of the editor.
 */
export function putCliOnPath(context: vscode.ExtensionContext, enabled: boolean): void {
  const collection = context.environmentVariableCollection;
  if (!enabled) {
    collection.clear();
    return;
  }
  const dir = join(context.globalStorageUri.fsPath, 'bin');
  const cli = vscode.Uri.joinPath(context.extensionUri, 'dist', 'cli.js').fsPath;
  mkdirSync(dir, { recursive: true });
  const { sh, cmd } = cliScripts(process.execPath, cli);
  writeWhenOther(join(dir, 'runyard'), sh);
  if (process.platform === 'win32') writeWhenOther(join(dir, 'runyard.cmd'), cmd);
  collection.description = 'Adds the `runyard` command to the PATH';
  collection.prepend('PATH', `${dir}${delimiter}`);
}

function writeWhenOther(path: string, text: string): void {
  try {
    if (readSmallFile(path) === text) return;
  } catch {
    // Something else is there: it is replaced.
  }
  writeFileAtomic(path, text);
  chmodSync(path, 0o755);
}
