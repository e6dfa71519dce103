import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { api, closeEditors } from '../helpers.ts';
import { setText, show, untilUnderlined } from './helpers.ts';

describe('a Gage file in an untrusted workspace', () => {
  before(async () => {
    await api();
  });

  afterEach(closeEditors);

  it('is looked at like any other', async () => {
    const editor = await show('gage.toml');
    await setText(editor.document, '[a]\nexec = "true"\nsourcode = false\n');
    await untilUnderlined(editor.document, ['unknown-key: sourcode']);
  });

  it('offers a preview and nothing that executes', async () => {
    const { document } = await show('gage.toml');
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
      100,
    );
    const titles = new Set(lenses.map(({ command }) => command?.title ?? ''));
    assert.ok(titles.has('Preview'));
    for (const title of titles) assert.doesNotMatch(title, /Run|Stage/);
  });
});
