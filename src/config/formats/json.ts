import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { formatFloat } from '../../core/data/json.ts';
import { type DataNode, dataDocument } from './data.ts';
import { type ConfigDocument, type DocumentProblem, lineCounter } from './document.ts';
import { type Scalar, refuse } from './scalar.ts';

/**
 * Reads the configuration of a JSON file, also one with comments and trailing commas. Never
 * throws, unless values are nested thousands deep.
 */
export function parseJsonConfig(text: string): ConfigDocument {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  const problems = errors.slice(0, 1).map((error) => jsonProblem(error, lineCounter(text)));
  return dataDocument(text, root === undefined ? null : dataNode(root, text), problems);
}

/** What is wrong with JSON text. */
export function jsonProblem(
  { error, offset }: ParseError,
  lineOf: (offset: number) => number,
): DocumentProblem {
  const words = printParseErrorCode(error)
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
  const message = `Not understood as JSON (${words}); values near it may be missing`;
  return { line: lineOf(offset), message };
}

function dataNode(node: Node, text: string): DataNode {
  const { type, offset: from, children = [] } = node;
  switch (type) {
    case 'object':
      return { kind: 'table', entries: children.flatMap((property) => entryOf(property, text)) };
    case 'array':
      return { kind: 'list', items: children.map((item) => dataNode(item, text)) };
    case 'property':
      return { kind: 'unread', from, why: 'has no value' };
    default: {
      const to = from + node.length;
      const value = scalarOf(node, text.slice(from, to));
      return { kind: 'scalar', from, to, value, encode: encodeJson };
    }
  }
}

function entryOf(
  { children }: Node,
  text: string,
): { key: string; keyFrom: number; keyTo: number; value: DataNode }[] {
  const [key, value] = children ?? [];
  if (key === undefined || value === undefined) return [];
  return [
    {
      key: String(key.value),
      keyFrom: key.offset,
      keyTo: key.offset + key.length,
      value: dataNode(value, text),
    },
  ];
}

function scalarOf({ type, value }: Node, token: string): Scalar {
  if (type === 'number') return /^-?\d+$/.test(token) ? BigInt(token) : Number(token);
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

function encodeJson(value: Scalar, key: string): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'number') return JSON.stringify(value);
  return Number.isFinite(value)
    ? formatFloat(value)
    : refuse(key, value, 'JSON has no such number');
}
