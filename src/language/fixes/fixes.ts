import { parsePattern } from '../../core/sourcecode/patterns.ts';
import { valueAt, entryOf, type GageDocument, type OperationNode } from '../../opdef/document.ts';
import type { TextEdit } from '../../opdef/syntax/tree.ts';
import type { Diagnostic, FixData } from '../checks/diagnostic.ts';
import type { LanguageProject } from '../places/project.ts';
import { literalIn } from '../places/written-text.ts';
import { addEntry, addPatterns, removeAt } from './structure.ts';

/** A change that mends a diagnostic. */
export interface Fix {
  readonly title: string;
  /** In the Gage file, not overlapping. */
  readonly edits: readonly TextEdit[];
  /** A file that is made, relative to the project. */
  readonly createFile?: { readonly path: string; readonly text: string };
  /** The one to take without asking, when there is only one such. */
  readonly preferred?: boolean;
}

/**
 * The fixes of a diagnostic of this document, the likeliest first.
 * @param project proposes what only the files of the project can tell.
 */
export function fixesFor(
  document: GageDocument,
  diagnostic: Diagnostic,
  project?: LanguageProject,
): readonly Fix[] {
  const fixes = (diagnostic.fixData ?? []).flatMap((data) => makeFix(document, data, project));
  return fixes.map((fix, i) => (i === 0 ? { ...fix, preferred: true } : fix));
}

function makeFix(
  document: GageDocument,
  data: FixData,
  project: LanguageProject | undefined,
): readonly Fix[] {
  switch (data.kind) {
    case 'edit':
      return [{ title: data.title, edits: data.edits }];
    case 'create-file': {
      const { path, text } = data;
      return [{ title: `Create '${path}'`, edits: [], createFile: { path, text } }];
    }
    case 'remove':
      return withEdits(data.title, removeAt(document, data.path));
    case 'exclude': {
      const patterns = data.files.map(excludePattern);
      const title = `Exclude with ${patterns.map((pattern) => `'${pattern}'`).join(', ')}`;
      const operation = operationOf(document, data.operation);
      return operation === null ? [] : withEdits(title, addPatterns(document, operation, patterns));
    }
    case 'add-exec': {
      const operation = operationOf(document, data.operation);
      return operation === null ? [] : addExec(document, operation, project);
    }
  }
}

function withEdits(title: string, edits: readonly TextEdit[]): readonly Fix[] {
  return edits.length === 0 ? [] : [{ title, edits }];
}

function operationOf({ operations }: GageDocument, name: string): OperationNode | null {
  return operations.findLast((operation) => operation.name === name) ?? null;
}

/** The pattern that excludes one file: in quotes when its name has what shells take apart. */
function excludePattern(path: string): string {
  const plain = `-${path}`;
  try {
    if (parsePattern(plain).glob === path) return plain;
  } catch {
    // Needs quotes too.
  }
  return `-"${path.replace(/["\\]/g, '\\$&')}"`;
}

function addExec(
  document: GageDocument,
  operation: OperationNode,
  project: LanguageProject | undefined,
): readonly Fix[] {
  const command = literalIn(document.tree.format, likelyCommand(operation.name, project));
  const { table } = operation;
  const exec = table === null ? null : entryOf(table, 'exec');
  if (exec === null) {
    return withEdits('Add exec', addEntry(document, operation, 'exec', command));
  }
  const run = valueAt(exec.value, 'run');
  const empty = exec.value?.kind === 'table' ? run : exec.value;
  if (empty !== null)
    return [{ title: 'Add a command', edits: [{ ...empty.range, insert: command }] }];
  if (exec.value?.kind !== 'table') return [];
  const phases = { ...operation, entry: exec, table: exec.value };
  return withEdits("Add the phase 'run'", addEntry(document, phases, 'run', command));
}

/** What runs the script with the name of the operation. */
function likelyCommand(name: string, project: LanguageProject | undefined): string {
  const scripts = [
    [`${name}.sh`, 'sh'],
    [`${name}.R`, 'Rscript'],
    [`${name}.jl`, 'julia'],
  ] as const;
  const script = scripts.find(([path]) => project?.exists(path) === true);
  if (script !== undefined) return `${script[1]} ${script[0]}`;
  const python = project?.commandExists('python3') === false ? 'python' : 'python3';
  const file = `${name}.py`;
  return `${python} ${/^[\w./-]+$/.test(file) ? file : 'main.py'}`;
}
