import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { waitFor } from '../../helpers/temp.ts';
import { api } from '../helpers.ts';
import { fileUri, underlined } from '../language/helpers.ts';

describe('a window that was opened just now', () => {
  it('reads nothing until somebody looks, and then checks the Gage file that nobody opened', async () => {
    const { testing } = await api();
    assert.ok(testing !== undefined);
    assert.equal(testing.loaded, false, 'nothing is loaded before it is used');
    const { stores } = await testing.root();
    assert.equal(testing.loaded, true);
    assert.deepEqual(stores.entries, [], 'and no store is looked at before a view shows it');

    // The editor itself may have its settings open.
    const open = vscode.workspace.textDocuments.map(({ fileName }) => fileName);
    assert.ok(!open.some((name) => name.includes('gage.')), open.join(', '));
    await vscode.commands.executeCommand('runyard.operations.focus');
    await waitFor(() => underlined(fileUri('gage.toml')).some((one) => one.startsWith('syntax')), {
      what: 'the mistake in the Gage file',
    });
  });
});
