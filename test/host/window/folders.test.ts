import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { waitFor } from '../../helpers/temp.ts';
import { hostContext } from '../harness/context.ts';
import {
  answerPicks,
  api,
  closeEditors,
  root,
  operationTexts,
  resetSettings,
  runRows,
  runTexts,
  setSetting,
  untilEditor,
  untilStatus,
} from '../helpers.ts';
import { makeStore } from '../runs/stores.ts';

/** Opens a folder again that was closed a moment ago. */
async function bringBack({ name, uri }: vscode.WorkspaceFolder): Promise<void> {
  // The editor has done a change of its folders when it is in this file; until then it takes no other.
  const file = vscode.workspace.workspaceFile?.fsPath ?? '';
  const isOpen = (): boolean => readFileSync(file, 'utf8').includes(`/${name}"`);
  await waitFor(() => !isOpen(), { what: `folder ${name} to be closed` });
  await waitFor(
    async () => {
      if (vscode.workspace.workspaceFolders?.length === 1) {
        vscode.workspace.updateWorkspaceFolders(1, 0, { uri });
      }
      return isOpen() && (await operationTexts()).length === 2;
    },
    { what: `folder ${name} to be open`, intervalMs: 200 },
  );
}

describe('several folders and stores', () => {
  before(async () => {
    makeStore(join(hostContext().workspaceDir, 'two', '.gage', 'runs'), 1);
    const { stores } = await root();
    await stores.load();
  });

  afterEach(async () => {
    await resetSettings();
    await waitFor(async () => (await runRows()).length === 1, { what: 'only the one store' });
    await closeEditors();
  });

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
    const [store, ...others] = await runRows();
    assert.deepEqual(others, []);
    assert.equal(store?.label, 'two');
    const shown = (await runRows(store.node)).flatMap(({ node }) =>
      node.kind === 'run' ? [node.info.id] : [],
    );
    assert.ok(shown.includes(made.id));
  });

  it('asks which Gage file to open', async () => {
    const picks = await answerPicks((items) => items.filter(({ label }) => label === 'two'));
    try {
      await vscode.commands.executeCommand('runyard.openGageFile');
    } finally {
      picks.restore();
    }
    const path = join(hostContext().workspaceDir, 'two', 'gage.toml');
    await untilEditor('the Gage file', ({ uri }) => uri.fsPath === path);
  });

  it('shows more stores by a setting, and no longer when it is taken away', async () => {
    const extra = join(hostContext().sharedDir, 'extra', 'runs');
    mkdirSync(extra, { recursive: true });
    await setSetting('stores', [extra]);
    await waitFor(async () => (await runRows()).length === 2, { what: 'the other store' });
    assert.deepEqual((await runTexts()).at(-1), 'extra/runs: 0 runs');
    assert.ok((await (await api()).stores()).includes(extra));
    await setSetting('stores', undefined);
    await waitFor(async () => (await runRows()).length === 1, { what: 'only the one store' });
  });

  it('goes on with the others when a setting makes no sense', async () => {
    const extra = join(hostContext().sharedDir, 'extra', 'runs');
    mkdirSync(extra, { recursive: true });
    await setSetting('stores', [extra]);
    await waitFor(async () => (await runRows()).length === 2, { what: 'the other store' });
    await setSetting('stores', 'not a list');
    await waitFor(async () => (await runRows()).length === 1, { what: 'only the one store' });
  });

  it('forgets what is wrong in a folder that leaves the window', async () => {
    const [, two] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(two !== undefined);
    const other = vscode.Uri.joinPath(two.uri, 'gage.yaml');
    writeFileSync(other.fsPath, 'train:\n  exec: "true"\n');
    try {
      await waitFor(() => vscode.languages.getDiagnostics(other).length > 0, {
        what: 'the second Gage file to be told of',
      });
      vscode.workspace.updateWorkspaceFolders(1, 1);
      await waitFor(() => vscode.languages.getDiagnostics(other).length === 0, {
        what: 'it to be forgotten',
      });
    } finally {
      rmSync(other.fsPath);
      await bringBack(two);
    }
  });
});
