import * as vscode from 'vscode';
import type { OpDef } from '../../core/run/types.ts';
import { findGageFile } from '../../opdef/gagefile.ts';
import { isDefault, opCommand, opDescription, opVersion } from '../../opdef/table.ts';
import type { ContextKeySetter } from '../base/context-keys.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { TreeSource } from '../base/lazy-tree.ts';
import { treeItemOf } from '../base/tree-item.ts';
import type { FolderProject, Projects } from '../stores/projects.ts';
import { operationRow, type OperationNode, type OperationsNode, type ProblemNode } from './rows.ts';

/** The Operations view: the operations of the Gage file of each folder. */
export class OperationsTree implements TreeSource<OperationsNode>, vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #projects: Projects;
  readonly #keys: ContextKeySetter;
  readonly #changed = this.#own.add(
    new vscode.EventEmitter<readonly OperationsNode[] | undefined>(),
  );
  #roots: readonly OperationsNode[] | null = null;
  readonly #parents = new Map<OperationsNode, OperationsNode>();

  constructor(projects: Projects, keys: ContextKeySetter) {
    this.#projects = projects;
    this.#keys = keys;
    this.#own.add(
      projects.onDidChange(() => {
        this.#build();
        this.#changed.fire(undefined);
      }),
    );
  }

  readonly onDidChange = this.#changed.event;

  async children(node: OperationsNode | undefined): Promise<readonly OperationsNode[]> {
    if (node !== undefined) return node.kind === 'folder' ? node.children : [];
    if (this.#roots === null) {
      await this.#projects.read();
      this.#build();
    }
    return this.#roots ?? [];
  }

  item(node: OperationsNode): vscode.TreeItem {
    return treeItemOf(operationRow(node), node);
  }

  parent(node: OperationsNode): OperationsNode | undefined {
    return this.#parents.get(node);
  }

  resolve(item: vscode.TreeItem): Promise<vscode.TreeItem> {
    return Promise.resolve(item);
  }

  dispose(): void {
    this.#own.dispose();
  }

  #build(): void {
    const folders = this.#projects.all;
    this.#parents.clear();
    const [only] = folders;
    if (folders.length === 1 && only !== undefined) this.#roots = nodesOf(only);
    else {
      this.#roots = folders.map((one) => ({
        kind: 'folder',
        key: `folder|${one.folder.uri.fsPath}`,
        title: one.folder.name,
        path: one.project.projectDir ?? one.folder.uri.fsPath,
        children: nodesOf(one),
      }));
      for (const root of this.#roots) {
        if (root.kind === 'folder')
          for (const child of root.children) this.#parents.set(child, root);
      }
    }
    if (folders.length > 0) this.#keys.set('runyard.project', stateOf(folders));
  }
}

/** Operations of one folder in the order of the file, then what is wrong with the file. */
function nodesOf({ folder, project }: FolderProject): readonly OperationsNode[] {
  const path = folder.uri.fsPath;
  const { gageFile, problem } = project;
  if (problem !== null) {
    const file = findGageFile(project.projectDir ?? project.commandDir);
    return [problemNode(path, 0, file, problem.message, null, null)];
  }
  if (gageFile === null) return [];
  return [
    ...gageFile.operations.map((op) =>
      operationNode(path, gageFile.path, op, project.projectDir ?? path),
    ),
    ...gageFile.problems.map((one, i) =>
      problemNode(path, i, gageFile.path, one.message, one.line ?? null, one.column ?? null),
    ),
  ];
}

function operationNode(
  folder: string,
  gageFile: string,
  op: OpDef,
  projectDir: string,
): OperationNode {
  return {
    kind: 'operation',
    key: `operation|${folder}|${op.name}`,
    folder,
    name: op.name,
    description: opDescription(op.table),
    isDefault: isDefault(op.table),
    version: orNull(() => opVersion(op.table)),
    command: orNull(() => {
      const command = opCommand(op, projectDir);
      return typeof command === 'string' ? command : command.join(' ');
    }),
    gageFile,
  };
}

/** What is wrong with an operation is told in a row of its own, and when it is run. */
function orNull<T>(get: () => T): T | null {
  try {
    return get();
  } catch {
    return null;
  }
}

function problemNode(
  folder: string,
  index: number,
  gageFile: string | null,
  message: string,
  line: number | null,
  column: number | null,
): ProblemNode {
  // `path:line:column: what` is how loading names the place.
  const place = gageFile === null ? null : /^:(\d+):(\d+): /.exec(message.replace(gageFile, ''));
  const text =
    gageFile === null ? message : message.replace(gageFile, '').replace(/^(?::\d+:\d+)?: /, '');
  return {
    kind: 'problem',
    key: `problem|${folder}|${index}`,
    message: text,
    gageFile,
    line: line ?? (place?.[1] === undefined ? null : Number(place[1])),
    column: column ?? (place?.[2] === undefined ? null : Number(place[2])),
  };
}

function stateOf(
  folders: readonly FolderProject[],
): 'noGageFile' | 'noOperations' | 'broken' | 'ready' {
  if (folders.some(({ project }) => (project.gageFile?.operations.length ?? 0) > 0)) return 'ready';
  if (folders.some(({ project }) => project.problem !== null)) return 'broken';
  return folders.some(({ project }) => project.gageFile !== null) ? 'noOperations' : 'noGageFile';
}
