import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import * as vscode from 'vscode';
import { PYTHON } from '../../helpers/posix.ts';
import { waitFor } from '../../helpers/temp.ts';
import { answerPicks, api, closeEditors, operationTexts, untilEditor } from '../helpers.ts';
import { fileUri, readWorkspaceFile, show, writeWorkspaceFile } from './helpers.ts';

const { executeCommand } = vscode.commands;

/** What New Gage File makes of the scripts. */
const PROPOSED = `# Operations of this project. Run them from the Runyard view.

[prepare]
description = "Prepare the data"
exec = "sh prepare.sh"

[train]
description = "Train a model"
default = true
exec = "${PYTHON} train.py"
config = "train.py"
`;

const isGageFile = ({ uri }: vscode.TextDocument): boolean =>
  uri.fsPath === fileUri('gage.toml').fsPath;

describe('New Gage File and Add Operation', () => {
  before(async () => {
    await api();
  });

  afterEach(async () => {
    await closeEditors();
    rmSync(fileUri('gage.toml').fsPath, { force: true });
    rmSync(fileUri('sub').fsPath, { recursive: true, force: true });
    await waitFor(async () => (await operationTexts()).length === 0, { what: 'no operations' });
  });

  /** The Gage file as New Gage File makes it, on the disk. */
  async function haveGageFile(): Promise<void> {
    writeWorkspaceFile('gage.toml', PROPOSED);
    await waitFor(async () => (await operationTexts()).length === 2, { what: 'two operations' });
  }

  it('New Gage File proposes the scripts of the project', async () => {
    const done = executeCommand('runyard.createGageFile');
    // The list is there some time after the command has begun.
    await waitFor(
      async () => {
        await executeCommand('workbench.action.acceptSelectedQuickOpenItem');
        return existsSync(fileUri('gage.toml').fsPath);
      },
      { what: 'the Gage file' },
    );
    await done;
    assert.equal(readWorkspaceFile('gage.toml'), PROPOSED);
    await untilEditor('the Gage file', isGageFile);
    await waitFor(async () => (await operationTexts()).length === 2, { what: 'two operations' });
  });

  it('New Gage File opens the one that is there', async () => {
    await haveGageFile();
    await executeCommand('runyard.createGageFile');
    await untilEditor('the Gage file', isGageFile);
    assert.equal(readWorkspaceFile('gage.toml'), PROPOSED);
  });

  it('Add Operation offers what is no operation yet, and adds it at the end', async () => {
    await haveGageFile();
    const picks = await answerPicks((items) => {
      assert.deepEqual(
        items.map(({ label }) => label),
        ['lib.py', '$(terminal) Another command…'],
      );
      return items.slice(0, 1);
    }, 'helper');
    try {
      await executeCommand('runyard.addOperation');
    } finally {
      picks.restore();
    }
    assert.equal(
      readWorkspaceFile('gage.toml'),
      `${PROPOSED}\n[helper]\nexec = "${PYTHON} lib.py"\n`,
    );
    const editor = await untilEditor('the Gage file', isGageFile);
    await waitFor(() => editor.document.lineAt(editor.selection.active.line).text === '[helper]', {
      what: 'the cursor at the new operation',
    });
  });

  it('Add Operation does not save what a person is still writing', async () => {
    await haveGageFile();
    const editor = await show('gage.toml');
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '# mine\n'));
    const picks = await answerPicks((items) => items.slice(-1), 'ls');
    try {
      await executeCommand('runyard.addOperation');
    } finally {
      picks.restore();
    }
    assert.ok(editor.document.isDirty);
    assert.match(editor.document.getText(), /^# mine\n[^]*\n\n\[ls\]\nexec = "ls"\n$/);
  });

  it('Add Operation works on the file that is being edited, in its format', async () => {
    writeWorkspaceFile('sub/gage.yaml', '# keep me\na:\n  exec: "true" # and me\n');
    await show('sub/gage.yaml');
    const picks = await answerPicks(() => undefined, 'ls');
    try {
      await executeCommand('runyard.addOperation');
    } finally {
      picks.restore();
    }
    assert.equal(
      readWorkspaceFile('sub/gage.yaml'),
      '# keep me\na:\n  exec: "true" # and me\n\nls:\n  exec: "ls"\n',
    );
  });
});
