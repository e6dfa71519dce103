import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { hostContext } from './context.ts';

describe('the harness', () => {
  it('opens the workspace in a real, trusted VS Code', () => {
    const context = hostContext();
    assert.equal(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath, context.workspaceDir);
    assert.equal(vscode.workspace.isTrusted, true);
    assert.match(vscode.version, /^1\.1\d\d/);
  });

  it('has the extension of this repository', () => {
    const extension = vscode.extensions.getExtension('runyard.runyard');
    assert.equal(extension?.extensionPath, hostContext().extensionDir);
  });

  it('applies the settings of the session', () => {
    assert.deepEqual(vscode.workspace.getConfiguration('editor').get('rulers'), [77]);
  });

  it('leaves a note for the next phase', () => {
    writeFileSync(join(hostContext().sharedDir, 'note'), String(process.pid));
  });
});
