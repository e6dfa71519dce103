import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { waitFor } from '../helpers/temp.ts';
import { answerDialogs, api, operationTexts, root, runRows, runTexts } from './helpers.ts';

describe('a store with broken runs', () => {
  it('shows every run, the broken ones with their reason', async () => {
    const texts = await runTexts();
    const good = texts.filter((text) => text.startsWith('train'));
    const broken = texts.filter((text) => text.includes('unreadable'));
    assert.equal(good.length, 3, texts.join('\n'));
    assert.equal(broken.length, 4, texts.join('\n'));
    for (const text of broken) assert.match(text, /unreadable · \S+/);
  });

  it('keeps broken runs from being opened, not from being deleted', async () => {
    const rows = await runRows();
    const broken = rows.filter(({ contextValue }) => contextValue.includes('unreadable'));
    for (const { icon, contextValue } of broken) {
      assert.equal(icon, 'warning');
      assert.match(contextValue, /^canDelete run unreadable$/);
    }
    const dialogs = await answerDialogs(() => undefined);
    try {
      const nodes = broken.map(({ node }) => node);
      await vscode.commands.executeCommand('runyard.delete', nodes[0], nodes);
      assert.deepEqual(dialogs.messages, ['Deleted 4 runs.']);
      await waitFor(async () => (await runTexts()).includes('Deleted: 4 runs'));
    } finally {
      dialogs.restore();
    }
  });

  it('shows what is left of a run whose files are broken', async () => {
    const { runsTree } = await root();
    for (const { node } of await runRows()) {
      if (node.kind !== 'run') continue;
      const sections = await runTexts(node);
      assert.ok(sections.some((text) => text.startsWith('Attributes')));
      await runsTree.resolve(new vscode.TreeItem('x'), node);
    }
  });

  it('shows a broken Gage file as one row that opens it', async () => {
    const texts = await operationTexts();
    assert.equal(texts.length, 1, texts.join('\n'));
    const { operationsTree } = await root();
    const [node] = await operationsTree.children(undefined);
    assert.ok(node?.kind === 'problem');
    await vscode.commands.executeCommand('runyard.openOperation', node);
    const editor = vscode.window.activeTextEditor;
    assert.match(editor?.document.fileName ?? '', /gage\.toml$/);
    assert.equal(editor?.selection.active.line, 1);
  });

  it('says in a message why an operation cannot be run', async () => {
    const dialogs = await answerDialogs(() => undefined);
    try {
      await vscode.commands.executeCommand('runyard.runOperation');
      assert.equal(dialogs.messages.length, 1);
      assert.match(dialogs.messages[0] ?? '', /gage\.toml/);
      assert.equal((await (await api()).listRuns()).length, 3);
    } finally {
      dialogs.restore();
    }
  });

  it('takes a Gage file that was mended', async () => {
    const uri = vscode.Uri.joinPath(
      vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file('/'),
      'gage.toml',
    );
    const { projects } = await root();
    const changed = new Promise<void>((resolve) => {
      const subscription = projects.onDidChange(() => {
        subscription.dispose();
        resolve();
      });
    });
    await vscode.workspace.fs.writeFile(uri, Buffer.from('[mended]\nexec = "true"\n'));
    await changed;
    assert.deepEqual(await operationTexts(), ['mended']);
  });
});
