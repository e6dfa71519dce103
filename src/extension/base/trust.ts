import * as vscode from 'vscode';
import { RunyardError } from '../../core/base/errors.ts';

/**
 * Throws in a workspace that is not trusted. Menus disable what executes or changes something
 * there, this makes sure.
 */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new RunyardError(
    'bad-request',
    'Runyard does not execute or change anything in an untrusted workspace',
    { hint: 'Trust the workspace (command “Workspaces: Manage Workspace Trust”) and try again.' },
  );
}
