import {
  entryOf,
  jsonOfNode,
  valueAt,
  type GageDocument,
  type OperationNode,
} from '../../opdef/document.ts';
import { OP_KEYS } from '../../opdef/keys.ts';
import { nearestName } from '../../opdef/suggest.ts';
import type { EntryNode } from '../../opdef/syntax/tree.ts';
import type { TableIssue } from '../../opdef/table.ts';
import { keyEdits } from '../places/edits.ts';
import type { Diagnostic, FixData } from './diagnostic.ts';

/** Keys and values of an operation that the schema of Gage files refuses (gage-format.md 4.1). */
export function checkTable(
  document: GageDocument,
  operation: OperationNode,
  issues: readonly TableIssue[],
): Diagnostic[] {
  return issues.map((issue) => tableIssue(document, operation, issue));
}

function tableIssue(
  document: GageDocument,
  operation: OperationNode,
  { path, code, message, near }: TableIssue,
): Diagnostic {
  const entry = entryAt(operation, path);
  const node = valueAt(operation.table, ...path);
  const isKey = code === 'unknown-key' || code === 'unknown-phase';
  const range = isKey ? entry?.keyRange : (node?.range ?? entry?.keyRange);
  const fixData: FixData[] = [];
  if (isKey && entry !== null && near !== undefined && !siblings(operation, path).includes(near)) {
    const edits = keyEdits(document, entry, near);
    fixData.push({ kind: 'edit', title: `Change to '${near}'`, edits });
  }
  return {
    code,
    severity: 'error',
    message,
    range: range ?? operation.nameRange,
    ...(fixData.length > 0 && { fixData }),
  };
}

function entryAt({ table }: OperationNode, path: TableIssue['path']): EntryNode | null {
  const key = path.at(-1);
  const parent = path.length === 1 ? table : valueAt(table, ...path.slice(0, -1));
  return parent?.kind === 'table' && typeof key === 'string' ? entryOf(parent, key) : null;
}

/** The keys that stand beside the one at a path. */
function siblings({ table }: OperationNode, path: TableIssue['path']): readonly string[] {
  const parent = path.length === 1 ? table : valueAt(table, ...path.slice(0, -1));
  return parent?.kind === 'table' ? parent.entries.map(({ key }) => key) : [];
}

/** `$…` keys and what is no operation at the top of a Gage file (gage-format.md 4.1). */
export function checkTop(document: GageDocument): Diagnostic[] {
  return document.tree.root.entries.flatMap((entry) => {
    if (entry.key.startsWith('$')) return checkSetting(document, entry);
    return entry.value === null || entry.value.kind === 'table' ? [] : [noOperation(entry)];
  });
}

function checkSetting(document: GageDocument, entry: EntryNode): Diagnostic[] {
  const { key, keyRange, value } = entry;
  if (key === RUNS_DIR) {
    if (value === null || typeof jsonOfNode(value) === 'string') return [];
    const message = `'${RUNS_DIR}' must be a string: the directory of the runs`;
    return [{ code: 'wrong-type', severity: 'error', message, range: value.range }];
  }
  const taken = document.settings.some((other) => other.key === RUNS_DIR);
  const near = taken ? null : nearestName(key, [RUNS_DIR]);
  const hint = near === null ? `known: ${RUNS_DIR}` : `did you mean '${near}'?`;
  return [
    {
      code: 'unknown-key',
      severity: 'error',
      message: `Gage has no setting '${key}' (${hint})`,
      range: keyRange,
      ...(near !== null && {
        fixData: [
          { kind: 'edit', title: `Change to '${near}'`, edits: keyEdits(document, entry, near) },
        ],
      }),
    },
  ];
}

const RUNS_DIR = '$runs-dir';

function noOperation({ key, keyRange }: EntryNode): Diagnostic {
  const known = OP_KEYS.some((doc) => doc.key === key);
  return {
    code: 'wrong-type',
    severity: 'error',
    message: known
      ? `'${key}' belongs into an operation: write the name of the operation above it`
      : `Operation '${key}' must be a table with keys such as exec`,
    range: keyRange,
  };
}
