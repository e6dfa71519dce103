import { describeError } from '../../core/base/errors.ts';
import { compareCodePoints, formatFloat } from '../../core/data/json.ts';
import { summaryRegExp } from '../../core/life/summary.ts';
import { progressSetting } from '../../core/output/progress.ts';
import { PHASES } from '../../core/run/types.ts';
import { entryOf, valueAt, type GageDocument, type OperationNode } from '../../opdef/document.ts';
import type { EntryNode, TextRange, ValueNode } from '../../opdef/syntax/tree.ts';
import { isDefault } from '../../opdef/table.ts';
import { keyEdits, replaceIn } from '../places/edits.ts';
import { isText } from '../places/patterns-at.ts';
import { literalIn } from '../places/written-text.ts';
import type { Diagnostic } from './diagnostic.ts';

/** The name of an operation (gage-format.md 4.1): an opref cannot hold blanks (gage-format.md 1.5). */
export function checkName(document: GageDocument, entry: EntryNode): Diagnostic[] {
  const { key, keyRange } = entry;
  if (key !== '' && !/\s/.test(key)) return [];
  const better = key.trim().replace(/\s+/g, '-');
  const message =
    better === ''
      ? 'An operation needs a name'
      : `A run of '${key}' cannot be stored: the name of an operation has no blanks. Write '${better}'`;
  const taken = document.operations.some(({ name }) => name === better);
  const fix = {
    kind: 'edit',
    title: `Rename to '${better}'`,
    edits: keyEdits(document, entry, better),
  } as const;
  return [
    {
      code: 'bad-name',
      severity: 'error',
      message,
      range: keyRange,
      ...(better !== '' && !taken && { fixData: [fix] }),
    },
  ];
}

/** A version that runs would carry in another form than it is written (gage-format.md 1.5). */
export function checkVersion(document: GageDocument, operation: OperationNode): Diagnostic[] {
  const node = valueAt(operation.table, 'version');
  if (node?.kind !== 'scalar' || node.value === null) return [];
  const { range } = node;
  const literal = document.text.slice(range.from, range.to);
  const quote = {
    kind: 'edit',
    title: 'Quote the version',
    edits: [{ ...range, insert: literalIn(document.tree.format, literal) }],
  } as const;
  const bad = (message: string, fix: Diagnostic['fixData']): Diagnostic[] => [
    { code: 'bad-version', severity: 'error', message, range, ...(fix && { fixData: fix }) },
  ];
  if (typeof node.value === 'boolean') {
    return bad(`'${literal}' is not a version but true or false: quote it`, [quote]);
  }
  if (isText(node)) {
    if (/^\d{4}-\d\d?-\d\d?/.test(literal)) {
      return bad('A version is a string or a number, not a date: quote it', [quote]);
    }
    if (node.value === '')
      return bad("An empty version: write one, or remove 'version'", undefined);
    if (!/\s/.test(node.value)) return [];
    const better = node.value.trim().replace(/\s+/g, '-');
    if (better === '') return bad('A version cannot be blank', undefined);
    const edit = replaceIn(document, node, 0, node.value.length, better);
    return bad(`A version has no blanks: write '${better}'`, [
      { kind: 'edit', title: `Change to '${better}'`, edits: [edit] },
    ]);
  }
  const read = typeof node.value === 'number' ? formatFloat(node.value) : String(node.value);
  if (read === literal) return [];
  return [
    {
      code: 'bad-version',
      severity: 'warning',
      message: `Runs will have the version '${read}': quote it to keep '${literal}'`,
      range,
      fixData: [quote],
    },
  ];
}

/** An operation without a command to run (gage-format.md 4.4). */
export function checkExec(_document: GageDocument, operation: OperationNode): Diagnostic[] {
  const { name, table, nameRange } = operation;
  const entry = table === null ? null : entryOf(table, 'exec');
  const missing = (range: TextRange, why: string): Diagnostic[] => [
    {
      code: 'missing-exec',
      severity: 'error',
      message: `'${name}' has no command to run: ${why}`,
      range,
      fixData: [{ kind: 'add-exec', operation: name }],
    },
  ];
  if (entry === null) return missing(nameRange, 'add exec');
  const { value } = entry;
  if (value?.kind !== 'table')
    return isEmpty(value) ? missing(entry.keyRange, 'exec is empty') : [];
  const run = entryOf(value, 'run');
  if (run === null) return missing(entry.keyRange, "exec has no phase 'run'");
  return isEmpty(run.value) ? missing(run.keyRange, "its phase 'run' is empty") : [];
}

/** A command that does nothing; what has no value yet is told of as such. */
function isEmpty(value: ValueNode | null): boolean {
  if (value?.kind === 'list') return value.items.length === 0;
  return isText(value) && value.value.trim() === '';
}

/** Names of progress parsers that nobody knows (gage-format.md 2.15). */
export function checkProgress(document: GageDocument, operation: OperationNode): Diagnostic[] {
  const value = operation.opdef.table['progress'];
  return PHASES.flatMap((phase) => {
    const { unknownName } = progressSetting(value, phase);
    const place = typeof value === 'string' ? ['progress'] : ['progress', phase];
    const node = valueAt(operation.table, ...place);
    if (unknownName === null || !isText(node)) return [];
    const edit = replaceIn(document, node, 0, node.value.length, 'tqdm');
    return [
      {
        code: 'unknown-progress',
        severity: 'warning',
        message: `'${unknownName}' is no known progress: Gage fails on it, Runyard ignores it. Write 'tqdm'`,
        range: node.range,
        fixData: [{ kind: 'edit', title: "Change to 'tqdm'", edits: [edit] }],
      },
    ];
  });
}

/** Operations that are marked as the default beside the one that counts (gage-format.md 1.13). */
export function checkDefaults({ operations, path }: GageDocument): Diagnostic[] {
  const marked = operations
    .filter(({ opdef }) => isDefault(opdef.table))
    .sort((a, b) => compareCodePoints(a.name, b.name));
  const [first, ...others] = marked;
  if (first === undefined) return [];
  return others.flatMap(({ table, name }) => {
    const entry = table === null ? null : entryOf(table, 'default');
    if (entry === null) return [];
    return [
      {
        code: 'two-defaults',
        severity: 'warning',
        message: `'${first.name}' is the default already: of several the first by name counts`,
        range: entry.keyRange,
        unnecessary: true,
        related: [
          { path, range: first.nameRange, message: `'${first.name}' is the default operation` },
        ],
        fixData: [
          { kind: 'remove', title: `Remove 'default' of '${name}'`, path: [name, 'default'] },
        ],
      },
    ];
  });
}

/** A pattern for the summary that can find nothing (gage-format.md 2.11). */
export function checkOutputSummary(
  _document: GageDocument,
  operation: OperationNode,
): Diagnostic[] {
  const node = valueAt(operation.table, 'output-summary');
  if (!isText(node) || node.value === '') return [];
  const warning = (message: string): Diagnostic[] => [
    { code: 'summary-no-group', severity: 'warning', message, range: node.range },
  ];
  let groups: number;
  try {
    // With an empty alternative it matches anything, with one member for each group.
    const regex = summaryRegExp(node.value);
    groups = (new RegExp(`${regex.source}|`, regex.flags).exec('')?.length ?? 1) - 1;
  } catch (error) {
    return warning(`Runyard cannot use this pattern: ${describeError(error)}`);
  }
  if (groups > 0) return [];
  return warning('No summary will be found: put parentheses around the part that is JSON, as (.*)');
}
