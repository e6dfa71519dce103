import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { Handover, hostContext, inPhase } from './context.ts';

/** The pid of the extension host that was killed. */
const extensionHost = new Handover<number>('extension-host');

inPhase('first window', () => {
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

  after(() => {
    extensionHost.give(process.pid);
  });
});

inPhase('after crash', () => {
  it('gives a new extension host on the same workspace', () => {
    assert.notEqual(extensionHost.take(), process.pid);
    assert.equal(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath, hostContext().workspaceDir);
  });
});
