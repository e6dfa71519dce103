import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { waitFor } from '../../helpers/temp.ts';
import { hostContext } from '../harness/context.ts';
import { answerDialogs, closeEditors, operationTexts, runRows, untilEditor } from '../helpers.ts';

describe('a folder without a Gage file', () => {
  afterEach(async () => {
    await closeEditors();
    rmSync(join(hostContext().workspaceDir, 'gage.toml'), { force: true });
    await waitFor(async () => (await operationTexts()).length === 0, { what: 'no operations' });
  });

  it('has no operations and no runs', async () => {
    assert.deepEqual(await operationTexts(), []);
    assert.deepEqual(await runRows(), []);
  });

  it('says what to do when an operation is to be run', async () => {
    const dialogs = await answerDialogs(() => undefined);
    try {
      await vscode.commands.executeCommand('runyard.runOperation');
      assert.match(dialogs.messages.join(), /no Gage file.*New Gage File/);
    } finally {
      dialogs.restore();
    }
  });

  it('New Gage File makes one, opens it, and its operation appears', async () => {
    await vscode.commands.executeCommand('runyard.createGageFile');
    assert.ok(existsSync(join(hostContext().workspaceDir, 'gage.toml')));
    await untilEditor('the Gage file', (document) => /\[train\]/.test(document.getText()));
    await waitFor(async () => (await operationTexts()).length === 1, { what: 'the operation' });
    assert.deepEqual(await operationTexts(), ['train: default · Train the model']);
    assert.deepEqual(await runRows(), []);
  });

  it('notices a Gage file that is written by hand', async () => {
    const uri = vscode.Uri.file(join(hostContext().workspaceDir, 'gage.toml'));
    await vscode.workspace.fs.writeFile(uri, Buffer.from('[mine]\nexec = "true"\n'));
    await waitFor(async () => (await operationTexts())[0] === 'mine', { what: 'the operation' });
    await vscode.workspace.fs.delete(uri);
    await waitFor(async () => (await operationTexts()).length === 0, { what: 'no operations' });
  });
});
