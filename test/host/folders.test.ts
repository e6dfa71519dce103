import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { waitFor } from '../helpers/temp.ts';
import { hostContext } from './context.ts';
import { answerPicks, api, root, runRows, runTexts, setSetting, untilStatus } from './helpers.ts';

describe('several folders and stores', () => {
  it('shows the operations of each folder', async () => {
    const { operationsTree } = await root();
    const folders = await operationsTree.children(undefined);
    assert.deepEqual(
      folders.map((node) => (node.kind === 'folder' ? node.title : '')),
      ['one', 'two'],
    );
    const [, two] = folders;
    assert.ok(two !== undefined);
    const [operation] = await operationsTree.children(two);
    assert.equal(operation?.kind === 'operation' && operation.name, 'train');
    assert.ok(operation !== undefined && operationsTree.parent(operation) === two);
  });

  it('runs an operation in its own folder, and shows the run in its own store', async () => {
    const { operationsTree } = await root();
    const [, two] = await operationsTree.children(undefined);
    const [operation] = await operationsTree.children(two);
    const made = await vscode.commands.executeCommand<{ id: string; runsDir: string }>(
      'runyard.runOperationNow',
      operation,
    );
    assert.equal(made.runsDir, join(hostContext().workspaceDir, 'two', '.gage', 'runs'));
    await untilStatus(made.id, 'completed');
    // A folder without runs has nothing to say.
    assert.deepEqual(await runTexts(), ['two: 1 run']);
    const [store] = await runRows();
    assert.equal((await runRows(store?.node))[0]?.label, 'train');
  });

  it('asks which Gage file to open', async () => {
    const picks = await answerPicks((items) => items.filter(({ label }) => label === 'two'));
    try {
      await vscode.commands.executeCommand('runyard.openGageFile');
    } finally {
      picks.restore();
    }
    const path = vscode.window.activeTextEditor?.document.uri.fsPath;
    assert.equal(path, join(hostContext().workspaceDir, 'two', 'gage.toml'));
  });

  it('shows more stores by a setting, and no longer when it is taken away', async () => {
    const extra = join(hostContext().sharedDir, 'extra', 'runs');
    mkdirSync(extra, { recursive: true });
    await setSetting('stores', [extra]);
    await waitFor(async () => (await runRows()).length === 2);
    assert.deepEqual((await runTexts()).at(-1), 'extra/runs: 0 runs');
    assert.ok((await (await api()).stores()).includes(extra));
    await setSetting('stores', undefined);
    await waitFor(async () => (await runRows()).length === 1);
  });

  it('goes on with the others when a setting makes no sense', async () => {
    await setSetting('stores', 'not a list');
    assert.equal((await runRows()).length, 1);
    await setSetting('stores', undefined);
  });

  it('forgets what is wrong in a folder that leaves the window', async () => {
    const [, two] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(two !== undefined);
    const other = vscode.Uri.joinPath(two.uri, 'gage.yaml');
    writeFileSync(other.fsPath, 'train:\n  exec: "true"\n');
    await waitFor(() => vscode.languages.getDiagnostics(other).length > 0);
    vscode.workspace.updateWorkspaceFolders(1, 1);
    await waitFor(() => vscode.languages.getDiagnostics(other).length === 0);
  });
});
