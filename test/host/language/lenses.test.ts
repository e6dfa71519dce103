import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { waitFor } from '../../helpers/temp.ts';
import {
  root,
  resetSettings,
  runOperation,
  setSetting,
  showAllRuns,
  untilEditor,
  untilStatus,
} from '../helpers.ts';
import { fileUri, positionOf, setText, show, writeWorkspaceFile } from './helpers.ts';
import { EVALUATE, GAGE_TOML } from './project.ts';

const { executeCommand } = vscode.commands;

describe('lenses and previews of operations', () => {
  let editor: vscode.TextEditor;

  before(async () => {
    await root();
    editor = await show('gage.toml');
  });

  afterEach(async () => {
    await resetSettings();
    await showAllRuns();
    await executeCommand('workbench.action.closeAllEditors');
    writeWorkspaceFile('evaluate.py', EVALUATE);
    writeWorkspaceFile('data/words.txt', 'a\nb\n');
    editor = await show('gage.toml');
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
    // That of the last run has its parts.
    const always = (await titles()).filter((title) => !title.includes(' · '));
    assert.deepEqual(always, ['$(play) Run', 'Run with…', 'Stage', 'Trials…', 'Preview']);
  });

  it('run the operation, and show its last run', async () => {
    const { line } = positionOf(editor.document, '[train]');
    const find = async (title: RegExp): Promise<vscode.CodeLens | undefined> =>
      (await allLenses()).find(
        ({ command, range }) => range.start.line === line && title.test(command?.title ?? ''),
      );
    const run = await waitFor(() => find(/^\$\(play\) Run$/), { what: 'the lens' });
    const made = await click<{ id: string }>(run);
    await untilStatus(made.id, 'completed');
    const { view } = await root();
    await waitFor(
      async () => {
        const last = await find(/completed · just now/);
        if (last === undefined) return false;
        await executeCommand('runyard.filterRuns', 'nothing like it');
        await click(last);
        return view.selectedRuns.some(({ info }) => info.id === made.id);
      },
      { what: 'the lens of the last run to lead to it' },
    );
  });

  it('tell of a run that fails', async () => {
    writeWorkspaceFile('evaluate.py', 'threshold = 0.5\nraise SystemExit(3)\n');
    const made = await runOperation('train');
    await untilStatus(made.id, 'completed');
    const failed = await runOperation('evaluate');
    await untilStatus(failed.id, 'error');
    await waitFor(
      async () => (await titles()).some((title) => /^\$\(error\) error · exit 3/.test(title)),
      { what: 'the lens' },
    );
  });

  it('are there while the file has errors', async () => {
    await setText(editor.document, `${GAGE_TOML}\n[broken\n`);
    assert.ok((await titles()).includes('Preview'));
  });

  it('go away by a setting', async () => {
    await setSetting('codeLens', false);
    await waitFor(async () => (await allLenses()).length === 0, { what: 'no lens' });
    await setSetting('codeLens', undefined);
    await waitFor(async () => (await allLenses()).length > 0, { what: 'lenses' });
  });

  it('preview what would be staged, and follow the files of the project', async () => {
    await executeCommand('runyard.previewOperation', {
      folder: fileUri('').fsPath,
      operation: 'train',
    });
    const { document } = await untilEditor('the preview', isPreview);
    const untilText = async (condition: (text: string) => boolean): Promise<void> => {
      await waitFor(() => condition(document.getText()), { what: 'the preview to follow' });
    };
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
    await untilText((now) => !now.includes('data/words.txt'));
    writeWorkspaceFile('data/words.txt', 'a\nb\n');
    await untilText((now) => now.includes('data/words.txt'));
    await setText(editor.document, GAGE_TOML.replaceAll('[train]', '[train]\nversion = 777'));
    await editor.document.save();
    await untilText((now) => now.includes('777'));
  });

  it('preview an operation that is gone says so', async () => {
    await executeCommand('runyard.previewOperation', {
      folder: fileUri('').fsPath,
      operation: 'nothing',
    });
    await untilEditor(
      'what is wrong',
      (document) => isPreview(document) && document.getText().includes('No operation "nothing"'),
    );
  });

  function isPreview({ uri }: vscode.TextDocument): boolean {
    return uri.scheme === 'runyard-preview';
  }

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
