import { RunyardError } from '../../core/base/errors.ts';
import { parseDepends } from '../../depends/parse.ts';
import {
  entryOf,
  stringsOf,
  jsonOfNode,
  valueAt,
  type GageDocument,
  type OperationNode,
} from '../../opdef/document.ts';
import { nearestName } from '../../opdef/suggest.ts';
import type { TextRange, ValueNode } from '../../opdef/syntax/tree.ts';
import { parseWhere } from '../../where/parser.ts';
import { mentionsOf, type OperationMention } from '../navigation/references.ts';
import { editMentions } from '../navigation/rename.ts';
import { isText, rangeIn, type TextNode } from '../places/patterns-at.ts';
import type { Diagnostic, NodePath } from './diagnostic.ts';
import { checkEqualPatterns, checkPattern, patternText } from './patterns.ts';

/** The dependencies of an operation and their paths from the root of the document. */
function dependencies({ name, table }: OperationNode): readonly (readonly [ValueNode, NodePath])[] {
  const value = valueAt(table, 'depends');
  if (value === null) return [];
  if (value.kind !== 'list') return [[value, [name, 'depends']]];
  return value.items.map((item, i) => [item, [name, 'depends', i]]);
}

/** What is wrong with the dependencies of an operation whatever the project holds (gage-format.md 4.7). */
export function checkDepends(document: GageDocument, operation: OperationNode): Diagnostic[] {
  return dependencies(operation).flatMap(([value, path]) => {
    if (value.kind !== 'table') return [];
    const nodes = stringsOf(valueAt(value, 'files')).filter(isText);
    const patterns = nodes.flatMap((node) => checkPattern(patternText(document, node)));
    const broken = patterns.some(({ severity }) => severity === 'error');
    return [
      ...(broken ? [] : checkShape(value)),
      ...patterns,
      ...checkEqualPatterns(document, nodes, [...path, 'files']),
      ...selectsOf(value).flatMap(checkSelect),
    ];
  });
}

/** A dependency that resolving would refuse. */
function checkShape(value: ValueNode): Diagnostic[] {
  try {
    parseDepends({ depends: jsonOfNode(value) });
    return [];
  } catch (error) {
    if (!(error instanceof RunyardError)) throw error;
    const what = error.message.replace(/^"depends" /, '');
    const message = `The dependency ${what}`;
    return [{ code: 'depends-shape', severity: 'error', message, range: faultyPart(value, what) }];
  }
}

/** The value that a message names, else the beginning of the table. */
function faultyPart(value: ValueNode, message: string): TextRange {
  if (value.kind === 'table') {
    const key = message.includes('unknown type') ? 'type' : /"([\w-]+)"/.exec(message)?.[1];
    const entry = key === undefined ? null : entryOf(value, key);
    if (entry !== null) return entry.value?.range ?? entry.keyRange;
    const [first] = value.entries;
    if (first !== undefined && value.block) return first.keyRange;
  }
  return value.range;
}

function selectsOf(value: ValueNode): readonly TextNode[] {
  return ['run-select', 'runs-select'].map((key) => valueAt(value, key)).filter(isText);
}

function checkSelect(node: TextNode): Diagnostic[] {
  const parsed = parseWhere(node.value);
  if (parsed.ok) return [];
  // At the end there is nothing to mark: the last character stands for it.
  const from = Math.min(parsed.from, Math.max(0, node.value.length - 1));
  const range = rangeIn(node, from, Math.max(parsed.to, from + 1));
  return [{ code: 'run-select-syntax', severity: 'error', message: parsed.message, range }];
}

/**
 * Operations that dependencies name and that do not exist.
 * @param known names of the operations of the project's Gage files.
 */
export function checkDependsOperations(
  document: GageDocument,
  operation: OperationNode,
  known: ReadonlySet<string>,
): readonly Diagnostic[] {
  const nodes = dependencies(operation).flatMap(([value]) => selectsOf(value));
  return nodes.flatMap((node) =>
    mentionsOf(node)
      .filter(({ name }) => !known.has(name))
      .flatMap((mention) => unknownOperation(document, mention, known)),
  );
}

function unknownOperation(
  document: GageDocument,
  mention: OperationMention,
  known: ReadonlySet<string>,
): readonly Diagnostic[] {
  const { name, range, alone } = mention;
  const near = nearestName(name, known);
  // A run, or the label of one, may be called so.
  if (alone && near === null) return [];
  const hint = near === null ? '' : `. Did you mean '${near}'?`;
  return [
    {
      code: 'depends-unknown-operation',
      severity: alone ? 'information' : 'warning',
      message: `No operation is called '${name}'${hint}`,
      range,
      ...(near !== null && {
        fixData: [
          {
            kind: 'edit',
            title: `Change to '${near}'`,
            edits: editMentions(document, [mention], near),
          },
        ],
      }),
    },
  ];
}
