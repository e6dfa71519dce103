import type { Row } from '../base/row.ts';

/** Nodes of the Operations view. */
export type OperationsNode = FolderRowNode | OperationNode | ProblemNode;

/** A folder of the window, shown when there are several. */
interface FolderRowNode {
  readonly kind: 'folder';
  readonly key: string;
  readonly title: string;
  readonly path: string;
  readonly children: readonly OperationsNode[];
}

export interface OperationNode {
  readonly kind: 'operation';
  readonly key: string;
  /** Path of the folder of the window. */
  readonly folder: string;
  readonly name: string;
  readonly description: string | null;
  readonly isDefault: boolean;
  readonly version: string | null;
  readonly command: string | null;
  readonly gageFile: string;
}

/** Something wrong in a Gage file. Line and column count from 1. */
export interface ProblemNode {
  readonly kind: 'problem';
  readonly key: string;
  readonly message: string;
  readonly gageFile: string | null;
  readonly line: number | null;
  readonly column: number | null;
}

/** The row of any node of the Operations view. Pure. */
export function operationRow(node: OperationsNode): Row {
  switch (node.kind) {
    case 'folder':
      return {
        id: node.key,
        label: node.title,
        icon: { id: 'root-folder' },
        state: 'expanded',
        contextValue: 'folder',
        tooltip: node.path,
      };
    case 'operation': {
      const parts = [
        node.isDefault ? 'default' : null,
        node.version === null ? null : `v${node.version}`,
        node.description,
      ].filter((part) => part !== null);
      const description = parts.join(' · ').replace(/\s+/g, ' ');
      return {
        id: node.key,
        label: node.name,
        description,
        icon: { id: node.isDefault ? 'star-full' : 'symbol-method' },
        state: 'leaf',
        contextValue: node.isDefault ? 'default operation' : 'operation',
        accessibility: `Operation ${node.name}${description === '' ? '' : `, ${description}`}`,
        command: { id: 'runyard.openOperation', title: 'Go to Operation', withNode: true },
        tooltip: [node.name, node.description, node.command]
          .filter((part) => part !== null)
          .join('\n\n'),
      };
    }
    case 'problem':
      return {
        id: node.key,
        label: node.message,
        icon: { id: 'error', color: 'list.errorForeground' },
        state: 'leaf',
        contextValue: 'problem',
        accessibility: `Problem in the Gage file: ${node.message}`,
        tooltip: node.message,
        ...(node.gageFile === null
          ? {}
          : { command: { id: 'runyard.openOperation', title: 'Open Gage File', withNode: true } }),
      };
  }
}
