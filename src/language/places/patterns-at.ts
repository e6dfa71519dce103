import { PHASES } from '../../core/run/types.ts';
import { valueAt, type GageDocument, type OperationNode } from '../../opdef/document.ts';
import type { ScalarNode, TableNode, TextRange, ValueNode } from '../../opdef/syntax/tree.ts';

/** Keys and list indexes that lead to a value. */
export type ValuePath = readonly (string | number)[];

/** What the text of a value below an operation stands for (gage-format.md 4.1). */
type ValueRole =
  | 'command'
  | 'progress'
  | 'source-pattern'
  | 'config-path'
  | 'depends-file'
  | 'run-file'
  | 'run-select'
  | 'listed-key';

/** A string scalar. */
export interface TextNode extends ScalarNode {
  readonly value: string;
}

/** A text value of an operation, and what it stands for. */
export interface PlacedText {
  readonly operation: OperationNode;
  /** Below the operation. */
  readonly path: ValuePath;
  readonly role: ValueRole;
  readonly node: TextNode;
}

const FORMS: readonly (readonly [ValueRole, RegExp])[] = [
  ['command', new RegExp(`^exec( (${PHASES.join('|')}))?( \\d+)?$`)],
  ['progress', new RegExp(`^progress( (${PHASES.join('|')}))?$`)],
  ['source-pattern', /^sourcecode( \d+)?$/],
  ['config-path', /^config( \d+)?( keys( \d+)?)?$/],
  ['depends-file', /^depends( \d+)? files( \d+)?$/],
  ['run-select', /^depends( \d+)? runs?-select$/],
  ['listed-key', /^listing description \d+$/],
];

/** What a text at a path below an operation stands for; null when it is just a text. */
export function roleIn(table: TableNode | null, path: ValuePath): ValueRole | null {
  const form = path.join(' ');
  const role = FORMS.find(([, regex]) => regex.test(form))?.[0] ?? null;
  if (role !== 'depends-file') return role;
  const dependency = path.slice(0, path.indexOf('files'));
  const isOfRun = valueAt(table, ...dependency, 'run-select') !== null;
  return isOfRun ? 'run-file' : role;
}

/** All text values of an operation that stand for something, in the order of its tables. */
export function textsOf(operation: OperationNode): readonly PlacedText[] {
  const found: PlacedText[] = [];
  const visit = (node: ValueNode | null, path: ValuePath): void => {
    if (node === null) return;
    if (node.kind === 'table') {
      for (const entry of node.entries) visit(entry.value, [...path, entry.key]);
    } else if (node.kind === 'list') {
      node.items.forEach((item, i) => {
        visit(item, [...path, i]);
      });
    } else if (isText(node)) {
      const role = roleIn(operation.table, path);
      if (role !== null) found.push({ operation, path, role, node });
    }
  };
  visit(operation.table, []);
  return found;
}

/** Those of all operations. A value that YAML uses again by its anchor is there once. */
export function textsIn({ operations }: GageDocument): readonly PlacedText[] {
  const byPlace = new Map<number, PlacedText>();
  for (const text of operations.flatMap(textsOf)) {
    const { from } = text.node.range;
    if (!byPlace.has(from)) byPlace.set(from, text);
  }
  return [...byPlace.values()];
}

/** The text value that an offset is in or at the edge of; null when there is none. */
export function textAt(document: GageDocument, offset: number): PlacedText | null {
  return textsIn(document).find(({ node }) => contains(node.range, offset)) ?? null;
}

/** True when an offset is in a range or at one of its ends. */
export function contains(range: TextRange, offset: number): boolean {
  return offset >= range.from && offset <= range.to;
}

/** True for a string scalar. */
export function isText(node: ValueNode | null): node is TextNode {
  return node?.kind === 'scalar' && typeof node.value === 'string';
}

/** The character of a text value that stands at an offset of the document; the inverse of `at`. */
export function indexIn(node: TextNode, offset: number): number {
  let low = 0;
  let high = node.value.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (node.at(middle) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where a part of a text value stands in the document. */
export function rangeIn(node: TextNode, from: number, to: number): TextRange {
  return { from: node.at(from), to: node.at(to) };
}

/** The parts of a config path as indexes into its text (gage-format.md 4.5). */
interface ConfigPathParts {
  readonly excludes: boolean;
  readonly file: TextRange;
  /** Without the `#`; null when the path has none. */
  readonly key: TextRange | null;
}

/** Finds the parts of `["-"] [file-pattern] ["#" key-pattern]`, also of one half typed. */
export function configPathParts(text: string): ConfigPathParts {
  const prefix = text.startsWith('\\-') ? null : /^- */.exec(text);
  const from = prefix?.[0].length ?? 0;
  const hash = text.indexOf('#', from);
  return {
    excludes: prefix !== null,
    file: { from, to: hash === -1 ? text.length : hash },
    key: hash === -1 ? null : { from: hash + 1, to: text.length },
  };
}

/** The words of a command as indexes into its text, quotes left out. */
export function commandWords(command: string): readonly TextRange[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|[^\s"';&|()<>]+/g)].map((match) => {
    const quoted = match[1] ?? match[2];
    const from = match.index + (quoted === undefined ? 0 : 1);
    return { from, to: from + (quoted ?? match[0]).length };
  });
}
