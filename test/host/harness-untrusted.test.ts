import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the harness', () => {
  it('opens a workspace in Restricted Mode', () => {
    assert.equal(vscode.workspace.isTrusted, false);
  });
});
