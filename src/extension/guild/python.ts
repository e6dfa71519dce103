import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod/mini';

/** What the Python extension tells of the chosen interpreter, if it tells anything. */
const ChosenSchema = z.object({ path: z.string() });

interface Environments {
  getActiveEnvironmentPath(folder: vscode.Uri | undefined): unknown;
}

/**
 * Path of the Python interpreter of a folder: the one chosen in the Python extension when that is
 * at work, else the one of its setting; null when neither names a file.
 */
export function pythonOf(folder: vscode.WorkspaceFolder | undefined): string | null {
  const api: unknown = vscode.extensions.getExtension('ms-python.python')?.exports;
  if (hasEnvironments(api)) {
    const chosen = ChosenSchema.safeParse(api.environments.getActiveEnvironmentPath(folder?.uri));
    if (chosen.success && isAbsolute(chosen.data.path)) return chosen.data.path;
  }
  const set = vscode.workspace
    .getConfiguration('python', folder?.uri)
    .get<unknown>('defaultInterpreterPath');
  return typeof set === 'string' && isAbsolute(set) ? set : null;
}

function hasEnvironments(api: unknown): api is { readonly environments: Environments } {
  if (typeof api !== 'object' || api === null || !('environments' in api)) return false;
  const { environments } = api;
  return (
    typeof environments === 'object' &&
    environments !== null &&
    'getActiveEnvironmentPath' in environments &&
    typeof environments.getActiveEnvironmentPath === 'function'
  );
}
