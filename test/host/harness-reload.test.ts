import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { hostContext } from './context.ts';

describe('the harness', () => {
  it('gives a new extension host on the same workspace', () => {
    const note = join(hostContext().sharedDir, 'note');
    const before = readFileSync(note, 'utf8');
    assert.notEqual(before, String(process.pid));
    assert.equal(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath, hostContext().workspaceDir);
    writeFileSync(note, String(process.pid));
  });
});
