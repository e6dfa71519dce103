import type { Json, JsonObject } from '../core/data/json.ts';
import type { OpDef } from '../core/run/types.ts';
import { formatOfGageFile, parseSyntax } from './parse.ts';
import { LineIndex } from './syntax/lines.ts';
import type {
  EntryNode,
  GageFormat,
  ScalarNode,
  SyntaxTree,
  TableNode,
  TextRange,
  ValueNode,
} from './syntax/tree.ts';

/** An operation where it stands in a Gage file. */
export interface OperationNode {
  readonly name: string;
  readonly entry: EntryNode;
  /** The name as first written, quotes included. */
  readonly nameRange: TextRange;
  /** From its first to its last character. */
  readonly range: TextRange;
  /** Null where it has no table: a half-typed name, or another value. */
  readonly table: TableNode | null;
  /** The values of what parses; of a key given twice the last one counts. */
  readonly opdef: OpDef;
}

/** A Gage file in an editor: text, structure, operations. Made anew for every text. */
export interface GageDocument {
  readonly path: string;
  readonly format: GageFormat;
  readonly text: string;
  readonly tree: SyntaxTree;
  readonly lines: LineIndex;
  /** In the order of the text. A name given twice is there twice. */
  readonly operations: readonly OperationNode[];
  /** The keys that begin with `$`. */
  readonly settings: readonly EntryNode[];
}

/**
 * Reads the text of a Gage file; never throws. A path that is none of a Gage file counts as TOML.
 * @param previous The document of an earlier text of the same file, for speed.
 */
export function parseGageDocument(
  path: string,
  text: string,
  previous?: GageDocument,
): GageDocument {
  const format = formatOfGageFile(path) ?? 'toml';
  const reusable = previous?.format === format ? previous.tree : undefined;
  const tree = parseSyntax(format, text, reusable);
  const operations: OperationNode[] = [];
  const settings: EntryNode[] = [];
  for (const entry of tree.root.entries) {
    if (entry.key.startsWith('$')) settings.push(entry);
    else operations.push(toOperation(entry));
  }
  return { path, format, text, tree, lines: new LineIndex(text), operations, settings };
}

/** The value below `node` along keys and indices; null when there is none. */
export function valueAt(
  node: ValueNode | null,
  ...path: readonly (string | number)[]
): ValueNode | null {
  let value = node;
  for (const part of path) {
    if (typeof part === 'number')
      value = (value?.kind === 'list' ? value.items[part] : null) ?? null;
    else value = entryOf(value, part)?.value ?? null;
  }
  return value;
}

/** The entry of a key in a table; the last one where the key is given twice. */
export function entryOf(table: ValueNode | null, key: string): EntryNode | null {
  if (table?.kind !== 'table') return null;
  return table.entries.findLast((entry) => entry.key === key) ?? null;
}

/** Where the last part of a path stands that the text has: a key, or an item of a list. */
export function rangeAt({ tree }: GageDocument, path: readonly (string | number)[]): TextRange {
  let node: ValueNode | null = tree.root;
  let range: TextRange = { from: tree.root.range.from, to: tree.root.range.from };
  for (const part of path) {
    const entry: EntryNode | null = typeof part === 'string' ? entryOf(node, part) : null;
    const next: ValueNode | null = valueAt(node, part);
    range = entry?.keyRange ?? next?.range ?? range;
    node = next;
  }
  return range;
}

/** The value as the reader of Gage files gives it. Keys that have no value yet are left out. */
export function jsonOfNode(node: ValueNode): Json {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(jsonOfNode);
    case 'table':
      return toJsonObject(node);
  }
}

/** A string as it stands, or the strings of a list; other values are left out. */
export function stringsOf(node: ValueNode | null): readonly ScalarNode[] {
  const items = node?.kind === 'list' ? node.items : node === null ? [] : [node];
  return items.filter(
    (item): item is ScalarNode => item.kind === 'scalar' && typeof item.value === 'string',
  );
}

function toOperation(entry: EntryNode): OperationNode {
  const table = entry.value?.kind === 'table' ? entry.value : null;
  let values: JsonObject | null = null;
  return {
    name: entry.key,
    entry,
    nameRange: entry.keyRange,
    range: entry.range,
    table,
    get opdef(): OpDef {
      values ??= table === null ? {} : toJsonObject(table);
      return { name: entry.key, table: values };
    },
  };
}

function toJsonObject(table: TableNode): JsonObject {
  const values = new Map<string, Json>();
  for (const { key, value } of table.entries) {
    if (value !== null) values.set(key, jsonOfNode(value));
  }
  // fromEntries defines own properties, so that a key `__proto__` is only a key.
  return Object.fromEntries(values);
}
