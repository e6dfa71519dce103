import { relative } from 'node:path';
import * as vscode from 'vscode';
import { RunyardError } from '../../core/base/errors.ts';
import { findGageFile } from '../../opdef/gagefile.ts';
import type { Project } from '../../opdef/project.ts';
import { isDefault, opDescription } from '../../opdef/table.ts';
import type { CommandHandlers } from '../base/command-ids.ts';
import { isRecord, type Targets } from '../run/targets.ts';
import type { Projects } from '../stores/projects.ts';
import { launchRun, runAgain, runWithForm, type RunParts } from './run-with-form.ts';

/** Python's own installer for Windows knows no python3, other systems often no python. */
const PYTHON = process.platform === 'win32' ? 'python' : 'python3';

/** What these commands need. */
export interface OperationCommandParts extends RunParts {
  readonly projects: Projects;
  readonly targets: Targets;
}

type Handled =
  | 'runyard.runOperation'
  | 'runyard.stageOperation'
  | 'runyard.runOperationNow'
  | 'runyard.stageOperationNow'
  | 'runyard.runAgain'
  | 'runyard.openOperation'
  | 'runyard.openGageFile';

/** Commands on operations and Gage files. */
export function operationCommands(parts: OperationCommandParts): Pick<CommandHandlers, Handled> {
  const choose = async (args: readonly unknown[], start: boolean): Promise<Chosen | null> => {
    // First of all: the Gage file may be what is being edited.
    await vscode.workspace.saveAll(false);
    return await chooseOperation(parts.projects, args, start ? 'Run operation' : 'Stage operation');
  };
  const now = async (args: readonly unknown[], start: boolean): Promise<unknown> => {
    const chosen = await choose(args, start);
    return chosen === null ? undefined : await launchRun(parts, { ...chosen, start });
  };
  const withForm = async (args: readonly unknown[], start: boolean): Promise<unknown> => {
    // Told everything already, by a lens or another extension.
    if (isRecord(args[0]) && typeof args[0]['operation'] === 'string') return now(args, start);
    const chosen = await choose(args, start);
    return chosen === null ? undefined : await runWithForm(parts, { ...chosen, start });
  };
  return {
    'runyard.runOperation': (...args) => withForm(args, true),
    'runyard.stageOperation': (...args) => withForm(args, false),
    'runyard.runOperationNow': (...args) => now(args, true),
    'runyard.stageOperationNow': (...args) => now(args, false),
    'runyard.runAgain': async (...args) => {
      const [info] = await parts.targets.find(args, {
        action: 'canRunAgain',
        title: 'Run again with changes',
        many: false,
      });
      return info === undefined ? undefined : await runAgain(parts, info);
    },
    'runyard.openOperation': (...args) => openOperation(parts, args),
    'runyard.openGageFile': () => openOperation(parts, []),
  };
}

/** An operation of a project. */
interface Chosen {
  readonly project: Project;
  readonly operation: string;
}

/** The operation of a row or of `{folder, operation}`, or the one that the person chooses. */
export async function chooseOperation(
  projects: Projects,
  args: readonly unknown[],
  title: string,
): Promise<Chosen | null> {
  const [arg] = args;
  const all = await projects.read();
  if (isRecord(arg)) {
    const folder = arg['folder'] instanceof vscode.Uri ? arg['folder'].fsPath : arg['folder'];
    const operation = arg['operation'] ?? arg['name'];
    const found =
      all.find((one) => one.folder.uri.fsPath === folder) ??
      (all.length === 1 ? all[0] : undefined);
    if (found !== undefined && typeof operation === 'string')
      return { project: found.project, operation };
  }
  const items = all.flatMap(({ folder, project }) =>
    (project.gageFile?.operations ?? []).map((op) => ({
      project,
      operation: op.name,
      isDefault: isDefault(op.table),
      label: op.name,
      description: [isDefault(op.table) ? 'default' : null, all.length > 1 ? folder.name : null]
        .filter((part) => part !== null)
        .join(' · '),
      detail: opDescription(op.table) ?? '',
    })),
  );
  if (items.length === 0) throw whyNone(all.map(({ project }) => project));
  items.sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: 'Choose an operation',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen ?? null;
}

function whyNone(projects: readonly Project[]): RunyardError {
  const problem = projects.find((project) => project.problem !== null)?.problem;
  if (problem !== undefined && problem !== null) return problem;
  const file = projects.find((project) => project.gageFile !== null)?.gageFile;
  if (file !== undefined && file !== null) {
    return new RunyardError('no-operation', `${file.path} defines no operations`, {
      hint: `Add a table with an exec, for example [train] with exec = "${PYTHON} train.py".`,
    });
  }
  return new RunyardError('no-gage-file', 'There is no Gage file in this window', {
    hint: 'Create one with “Runyard: New Gage File…”.',
  });
}

/** Opens the Gage file at an operation or at a problem. */
async function openOperation(
  { projects }: OperationCommandParts,
  args: readonly unknown[],
): Promise<void> {
  const [arg] = args;
  const node = isRecord(arg) ? arg : {};
  const path =
    typeof node['gageFile'] === 'string' ? node['gageFile'] : await chooseGageFile(projects);
  if (path === null) return;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(path));
  const line =
    typeof node['line'] === 'number'
      ? node['line'] - 1
      : typeof node['name'] === 'string'
        ? await operationLine(document, node['name'])
        : 0;
  const column = typeof node['column'] === 'number' ? node['column'] - 1 : 0;
  const at = new vscode.Position(Math.max(0, line), Math.max(0, column));
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at) });
}

/** Line (from 0) of an operation, also in a file with errors; 0 when it is not there. */
async function operationLine(document: vscode.TextDocument, name: string): Promise<number> {
  // The grammars load with the first file.
  const { parseGageDocument } = await import('../../opdef/document.ts');
  const { operations, lines } = parseGageDocument(document.uri.fsPath, document.getText());
  const operation = operations.find((one) => one.name === name);
  return operation === undefined ? 0 : lines.positionAt(operation.nameRange.from).line;
}

/** The Gage file of the window, or the one that the person chooses of several; null for none. */
async function chooseGageFile(projects: Projects): Promise<string | null> {
  const items = (await projects.read()).flatMap(({ folder, project }) => {
    const path = findGageFile(project.projectDir ?? project.commandDir);
    if (path === null) return [];
    return [{ label: folder.name, description: relative(folder.uri.fsPath, path), path }];
  });
  const [only] = items;
  if (only === undefined) throw whyNone([]);
  if (items.length === 1) return only.path;
  const title = 'Open Gage File';
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: 'Choose a folder',
  });
  return chosen?.path ?? null;
}
