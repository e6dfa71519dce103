import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { waitFor } from '../../helpers/temp.ts';
import {
  answerDialogs,
  api,
  closeEditors,
  root,
  operationTexts,
  runRows,
  runTexts,
  untilEditor,
} from '../helpers.ts';
import { readWorkspaceFile, writeWorkspaceFile } from '../language/helpers.ts';

const unreadable = async (): Promise<number> =>
  (await runTexts()).filter((text) => text.includes('unreadable')).length;

describe('a store with broken runs', () => {
  before(async () => {
    // The index of the window before knows only the good ones.
    await (await root()).stores.load();
  });

  afterEach(closeEditors);

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
    assert.equal(broken.length, 4);
    const dialogs = await answerDialogs(() => 'Undo');
    try {
      const nodes = broken.map(({ node }) => node);
      await vscode.commands.executeCommand('runyard.delete', nodes[0], nodes);
      assert.deepEqual(dialogs.messages, ['Deleted 4 runs.']);
      await waitFor(async () => (await unreadable()) === 4, { what: 'the runs to be back' });
    } finally {
      dialogs.restore();
    }
  });

  it('shows what is left of a run whose files are broken', async () => {
    const { runsTree } = await root();
    for (const { node, contextValue } of await runRows()) {
      if (node.kind !== 'run' || contextValue.includes('unreadable')) continue;
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
    const editor = await untilEditor('the Gage file', ({ fileName }) =>
      fileName.endsWith('gage.toml'),
    );
    await waitFor(() => editor.selection.active.line === 1, { what: 'the cursor at the mistake' });
  });

  it('says in a message why an operation cannot be run', async () => {
    const before = (await (await api()).listRuns()).length;
    const dialogs = await answerDialogs(() => undefined);
    try {
      await vscode.commands.executeCommand('runyard.runOperation');
      assert.equal(dialogs.messages.length, 1);
      assert.match(dialogs.messages[0] ?? '', /gage\.toml/);
      assert.equal((await (await api()).listRuns()).length, before);
    } finally {
      dialogs.restore();
    }
  });

  it('takes a Gage file that was mended', async () => {
    const broken = readWorkspaceFile('gage.toml');
    const { projects } = await root();
    await projects.read();
    try {
      writeWorkspaceFile('gage.toml', '[mended]\nexec = "true"\n');
      await waitFor(async () => (await operationTexts()).join() === 'mended', {
        what: 'the operation of the mended file',
      });
    } finally {
      writeWorkspaceFile('gage.toml', broken);
    }
    await waitFor(async () => (await operationTexts()).join() !== 'mended', {
      what: 'the broken file to be read again',
    });
  });
});
