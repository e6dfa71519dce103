import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import * as vscode from 'vscode';
import { waitFor } from '../../helpers/temp.ts';
import { api } from '../helpers.ts';
import {
  fileUri,
  readWorkspaceFile,
  setText,
  show,
  underlined,
  untilUnderlined,
  writeWorkspaceFile,
} from './helpers.ts';
import { GAGE_TOML } from './project.ts';

/** Waits until nothing is said of a file. */
async function untilForgotten(uri: vscode.Uri): Promise<void> {
  await waitFor(() => underlined(uri).length === 0, { what: `${uri.fsPath} to be forgotten` });
}

describe('diagnostics of a Gage file', () => {
  let editor: vscode.TextEditor;

  before(async () => {
    await api();
    editor = await show('gage.toml');
  });

  afterEach(async () => {
    rmSync(fileUri('gage.yaml').fsPath, { force: true });
    editor = await show('gage.toml');
    await setText(editor.document, GAGE_TOML);
    await untilUnderlined(editor.document, []);
  });

  it('has nothing to say of one that is right', async () => {
    await untilUnderlined(editor.document, []);
  });

  it('underlines mistakes while they are typed, in text that is not saved', async () => {
    await setText(
      editor.document,
      GAGE_TOML.replace('config = ["train', 'confg = ["train').replace(
        'default = true',
        'default = "yes"',
      ),
    );
    await untilUnderlined(editor.document, ['unknown-key: confg', 'wrong-type: "yes"']);
    assert.equal(readWorkspaceFile('gage.toml'), GAGE_TOML);
    const [first] = vscode.languages.getDiagnostics(editor.document.uri);
    assert.equal(first?.source, 'Runyard');
    const { code } = first;
    assert.ok(typeof code === 'object' && code.target.scheme === 'runyard-docs');
    const section = await vscode.workspace.openTextDocument(code.target);
    assert.ok(section.getText().startsWith(`# ${code.value}\n`));
    const linked = code.target.with({ path: '/where.md' });
    assert.match(
      (await vscode.workspace.openTextDocument(linked)).getText(),
      /^# Selecting runs\n/,
    );
  });

  it('underlines what breaks the syntax, and keeps the rest', async () => {
    await setText(editor.document, `${GAGE_TOML}\n[broken\nexec = 1\n`);
    await waitFor(() => underlined(editor.document.uri).some((one) => one.startsWith('syntax')), {
      what: 'the broken line to be underlined',
    });
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      editor.document.uri,
    );
    assert.deepEqual(
      symbols.slice(0, 2).map(({ name }) => name),
      ['train', 'evaluate'],
    );
  });

  it('follows the files of the project: a script that is renamed is missed', async () => {
    renameSync(fileUri('train.py').fsPath, fileUri('renamed.py').fsPath);
    try {
      await untilUnderlined(editor.document, [
        'command-not-found: train.py',
        'config-file-missing: train.py',
        'config-file-missing: train.py',
        'pattern-matches-nothing: train.py',
      ]);
    } finally {
      renameSync(fileUri('renamed.py').fsPath, fileUri('train.py').fsPath);
    }
    await untilUnderlined(editor.document, []);
  });

  it('follows what is in the files: a key that is gone', async () => {
    const text = readWorkspaceFile('train.py');
    writeWorkspaceFile('train.py', text.replaceAll('lr', 'rate'));
    try {
      await untilUnderlined(editor.document, ['config-key-missing: lr']);
    } finally {
      writeWorkspaceFile('train.py', text);
    }
  });

  it('looks again when it is saved at what the editor was told not to watch', async () => {
    const files = vscode.workspace.getConfiguration('files');
    const { Global } = vscode.ConfigurationTarget;
    await files.update('watcherExclude', { '**/data/**': true }, Global);
    try {
      const later = GAGE_TOML.replace('"data/*"', '"data/later.txt"');
      await setText(editor.document, later);
      await editor.document.save();
      await untilUnderlined(editor.document, ['pattern-matches-nothing: data/later.txt']);
      writeWorkspaceFile('data/later.txt', 'now\n');
      await setText(editor.document, `${later}# again\n`);
      await editor.document.save();
      await untilUnderlined(editor.document, []);
    } finally {
      rmSync(fileUri('data/later.txt').fsPath, { force: true });
      await setText(editor.document, GAGE_TOML);
      await editor.document.save();
      await files.update('watcherExclude', undefined, Global);
    }
  });

  it('fades a second Gage file, which nobody opened, and forgets it when it is gone', async () => {
    const other = fileUri('gage.yaml');
    writeWorkspaceFile('gage.yaml', 'other:\n  exec: "true"\n');
    const only = await waitFor(
      () =>
        vscode.languages.getDiagnostics(other).find(({ message }) => /gage\.toml/.test(message)),
      { what: 'the second file to be told of' },
    );
    assert.equal(only.relatedInformation?.[0]?.location.uri.fsPath, fileUri('gage.toml').fsPath);
    await vscode.workspace.fs.delete(other);
    await untilForgotten(other);
  });

  it('forgets a Gage file that was edited, closed and deleted', async () => {
    writeWorkspaceFile('gage.yaml', 'other:\n  exec: 1\n');
    const other = fileUri('gage.yaml');
    await show('gage.yaml');
    await waitFor(() => underlined(other).some((one) => one.startsWith('wrong-type')), {
      what: 'the mistake to be underlined',
    });
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    rmSync(other.fsPath);
    await untilForgotten(other);
  });

  it('looks at a Gage file on the disk again when its editor is closed', async () => {
    await setText(editor.document, GAGE_TOML.replace('default = true', 'default = 1'));
    await untilUnderlined(editor.document, ['wrong-type: 1']);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await untilForgotten(fileUri('gage.toml'));
  });

  it('is the only one to say something, whatever the format', async () => {
    const texts = {
      'gage.json': '{\n  // a comment\n  "a": { "exec": 1, "nothing": 2 }\n}\n',
      'gage.yaml': 'a:\n  exec: 1\n  nothing: 2\n',
    };
    for (const [name, text] of Object.entries(texts)) {
      writeWorkspaceFile(`other/${name}`, text);
      const { document } = await show(`other/${name}`);
      await waitFor(() => underlined(document.uri).length >= 2, {
        what: `the mistakes in ${name} to be underlined`,
      });
      const all = vscode.languages.getDiagnostics(document.uri);
      assert.deepEqual([...new Set(all.map(({ source }) => source))], ['Runyard'], name);
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
      await vscode.workspace.fs.delete(document.uri);
    }
  });
});
