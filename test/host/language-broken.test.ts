import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { waitFor } from '../helpers/temp.ts';
import { fileUri, underlined } from './language-helpers.ts';

describe('a Gage file that nobody has opened', () => {
  it('is checked as soon as somebody looks at the operations', async () => {
    // The editor itself may have its settings open.
    const open = vscode.workspace.textDocuments.map(({ fileName }) => fileName);
    assert.ok(!open.some((name) => name.includes('gage.')), open.join(', '));
    await vscode.commands.executeCommand('runyard.operations.focus');
    await waitFor(() => underlined(fileUri('gage.toml')).some((one) => one.startsWith('syntax')));
  });
});
