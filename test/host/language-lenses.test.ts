import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { waitFor } from '../helpers/temp.ts';
import { root, runOperation, setSetting, untilStatus } from './helpers.ts';
import { fileUri, setText, show, writeWorkspaceFile } from './language-helpers.ts';
import { GAGE_TOML } from './language-project.ts';

const { executeCommand } = vscode.commands;

describe('lenses and previews of operations', () => {
  let editor: vscode.TextEditor;

  before(async () => {
    await root();
    editor = await show('gage.toml');
  });

  after(async () => {
    await setText(editor.document, GAGE_TOML);
    await editor.document.save();
  });

  it('are above each operation', async () => {
    const lenses = await allLenses();
    const lines = [...new Set(lenses.map(({ range }) => range.start.line))];
    assert.deepEqual(
      lines.map((line) => editor.document.lineAt(line).text),
      ['[train]', '[evaluate]'],
    );
    assert.deepEqual(await titles(), ['$(play) Run', 'Run with…', 'Stage', 'Trials…', 'Preview']);
  });

  it('run the operation, and show its last run', async () => {
    const [run] = (await allLenses()).filter(({ command }) => command?.title === '$(play) Run');
    assert.ok(run !== undefined);
    const made = await click<{ id: string }>(run);
    await untilStatus(made.id, 'completed');
    const last = await waitFor(async () =>
      (await allLenses()).find(({ command }) => /completed · just now/.test(command?.title ?? '')),
    );
    assert.equal(last.range.start.line, 3);
    await executeCommand('runyard.filterRuns', 'nothing like it');
    await click(last);
    const { view } = await root();
    await waitFor(() => view.selectedRuns.some(({ info }) => info.id === made.id));
  });

  it('tell of a run that fails', async () => {
    writeWorkspaceFile('evaluate.py', 'threshold = 0.5\nraise SystemExit(3)\n');
    const made = await runOperation('train');
    await untilStatus(made.id, 'completed');
    const failed = await runOperation('evaluate');
    await untilStatus(failed.id, 'error');
    await waitFor(async () =>
      (await titles()).some((title) => /^\$\(error\) error · exit 3/.test(title)),
    );
  });

  it('are there while the file has errors', async () => {
    await setText(editor.document, `${GAGE_TOML}\n[broken\n`);
    assert.ok((await titles()).includes('Preview'));
    await setText(editor.document, GAGE_TOML);
  });

  it('go away by a setting', async () => {
    await setSetting('codeLens', false);
    await waitFor(async () => (await allLenses()).length === 0);
    await setSetting('codeLens', undefined);
    await waitFor(async () => (await allLenses()).length > 0);
  });

  it('preview what would be staged, and follow the files of the project', async () => {
    await executeCommand('runyard.previewOperation', {
      folder: fileUri('').fsPath,
      operation: 'train',
    });
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.scheme, 'runyard-preview');
    const text = document.getText();
    for (const part of ['python3 train.py', 'lr', '0.1', 'data/words.txt']) {
      assert.ok(text.includes(part), part);
    }
    const links = await executeCommand<vscode.DocumentLink[]>(
      'vscode.executeLinkProvider',
      document.uri,
    );
    assert.ok(links.some(({ target }) => target?.fsPath === fileUri('data/words.txt').fsPath));
    await vscode.workspace.fs.delete(fileUri('data/words.txt'));
    await waitFor(() => !document.getText().includes('data/words.txt'));
    writeWorkspaceFile('data/words.txt', 'a\nb\n');
    await waitFor(() => document.getText().includes('data/words.txt'));
    await setText(editor.document, GAGE_TOML.replaceAll('[train]', '[train]\nversion = 7'));
    await editor.document.save();
    await waitFor(() => document.getText().includes('7'));
    await executeCommand('workbench.action.closeActiveEditor');
  });

  it('preview an operation that is gone says so', async () => {
    await executeCommand('runyard.previewOperation', {
      folder: fileUri('').fsPath,
      operation: 'nothing',
    });
    assert.match(
      vscode.window.activeTextEditor?.document.getText() ?? '',
      /No operation "nothing"/,
    );
    await executeCommand('workbench.action.closeActiveEditor');
  });

  async function click<T>({ command }: vscode.CodeLens): Promise<T> {
    const args: readonly unknown[] = command?.arguments ?? [];
    return await executeCommand<T>(command?.command ?? '', ...args);
  }

  async function allLenses(): Promise<vscode.CodeLens[]> {
    return await executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      editor.document.uri,
      100,
    );
  }

  /** What the lenses say, each once. */
  async function titles(): Promise<string[]> {
    return [...new Set((await allLenses()).map(({ command }) => command?.title ?? ''))];
  }
});
