import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  Scalar,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { COLLECTION_KEY } from '../../../core/data/yaml11.ts';
import type { RepairedText } from '../repair.ts';
import { plainNode } from '../strings.ts';
import type {
  EntryNode,
  ListNode,
  ScalarNode,
  SyntaxProblem,
  TableNode,
  TextRange,
  ValueNode,
} from '../tree.ts';
import { yamlOffsets, type YamlStyle } from './strings.ts';
import { yamlSurprise } from './surprise.ts';

/** Deeper than any real file; keeps a hostile one from overflowing the stack. */
const MAX_DEPTH = 100;
/** So many values may aliases stand for in all: each reader of the tree meets them one by one. */
const MAX_ALIASED = 50_000;
/** Where `yes` and `no` mean what they say. */
const BOOLEAN_KEYS: ReadonlySet<string> = new Set([
  'default',
  'sourcecode',
  'output-summary',
  'link',
]);

/** Turns the nodes of a document into those of the tree; the document starts at `base`. */
export class YamlNodes {
  readonly problems: SyntaxProblem[] = [];
  readonly #text: string;
  readonly #document: Document;
  readonly #repaired: RepairedText | null;
  readonly #base: number;
  /** An alias shares the parts of what it stands for. */
  readonly #done = new Map<Node, ValueNode>();
  readonly #sizes = new Map<ValueNode, number>();
  #aliased = 0;
  #depth = 0;

  constructor(text: string, document: Document, repaired: RepairedText | null, base: number) {
    this.#text = text;
    this.#document = document;
    this.#repaired = repaired;
    this.#base = base;
  }

  /** The entries of the document's table; null when it is something else. */
  entries(): readonly EntryNode[] | null {
    const { contents } = this.#document;
    return isMap(contents) ? this.#entries(contents) : null;
  }

  /** The word that is all of the document: a key that has no colon yet. */
  loneKey(): EntryNode | null {
    const { contents } = this.#document;
    if (!isScalar(contents) || contents.source === '') return null;
    const keyRange = this.#range(contents);
    const key = this.#text.slice(keyRange.from, keyRange.to);
    this.#problem('syntax', 'error', 'Expected a colon and a value after the key', keyRange);
    return { key, keyRange, range: keyRange, value: null, alsoAt: [] };
  }

  #value(node: Node): ValueNode {
    const done = this.#done.get(node);
    if (done !== undefined) return done;
    if (this.#depth >= MAX_DEPTH) return this.#tooDeep(node);
    this.#depth++;
    const value = this.#newValue(node);
    this.#depth--;
    this.#done.set(node, value);
    return value;
  }

  #tooDeep(node: Node): ValueNode {
    const range = this.#range(node);
    this.#problem('syntax', 'error', 'Nested too deeply', range);
    return plainNode(range, null);
  }

  #newValue(node: Node): ValueNode {
    if (isMap(node)) return this.#table(node);
    if (isSeq(node)) return this.#list(node);
    if (isScalar(node)) return this.#scalar(node);
    const range = this.#range(node);
    const target = isAlias(node) ? node.resolve(this.#document) : undefined;
    if (target === undefined) return plainNode(range, null);
    if (contains(target, node)) {
      this.#problem('syntax', 'error', 'An alias inside of what it stands for has no end', range);
      return plainNode(range, null);
    }
    const shared = this.#value(target);
    const isFirst = this.#aliased <= MAX_ALIASED;
    this.#aliased += this.#sizeOf(shared);
    if (this.#aliased > MAX_ALIASED) {
      if (isFirst) this.#problem('syntax', 'error', 'Aliases stand for too many values', range);
      return plainNode(range, null);
    }
    return shared.kind === 'scalar' ? plainNode(range, shared.value) : { ...shared, range };
  }

  /** How many values there are below one, each as often as it is met. */
  #sizeOf(value: ValueNode): number {
    const known = this.#sizes.get(value);
    if (known !== undefined) return known;
    const parts =
      value.kind === 'list'
        ? value.items
        : value.kind === 'table'
          ? value.entries.map((entry) => entry.value)
          : [];
    const size = parts.reduce((sum, part) => sum + (part === null ? 0 : this.#sizeOf(part)), 1);
    this.#sizes.set(value, size);
    return size;
  }

  #table(node: YAMLMap): TableNode {
    const entries = this.#entries(node);
    const block = node.flow !== true;
    return { kind: 'table', range: this.#span(node, block, entries), entries, block };
  }

  #list(node: YAMLSeq): ListNode {
    const items = node.items.map((item) => this.#value(toNode(item)));
    const block = node.flow !== true;
    return { kind: 'list', range: this.#span(node, block, items), items, block };
  }

  /** A block ends with its last part; the library counts the space behind it too. */
  #span(node: Node, block: boolean, parts: readonly { readonly range: TextRange }[]): TextRange {
    const range = this.#range(node);
    if (!block) return range;
    const to = parts.reduce((end, part) => Math.max(end, part.range.to), range.from);
    return { from: range.from, to: Math.max(Math.min(to, range.to), range.from) };
  }

  #entries(node: YAMLMap): readonly EntryNode[] {
    const own: EntryNode[] = [];
    const merged: EntryNode[] = [];
    const seen = new Set<string>();
    for (const pair of node.items) {
      if (isMergeKey(pair)) {
        merged.unshift(...this.#mergedEntries(pair));
        continue;
      }
      const entry = this.#entry(pair);
      if (seen.has(entry.key)) {
        const message = `The key "${entry.key}" is already there; the last one counts`;
        this.#problem('duplicate-key', 'warning', message, entry.keyRange);
      }
      seen.add(entry.key);
      own.push(entry);
    }
    // What is merged in never wins over a key of the table, and the last of two keys counts.
    return [...merged, ...own];
  }

  #mergedEntries(pair: Pair): readonly EntryNode[] {
    const value = this.#value(toNode(pair.value));
    const tables = value.kind === 'list' ? value.items : [value];
    return [...tables].reverse().flatMap((table) => (table.kind === 'table' ? table.entries : []));
  }

  #entry(pair: Pair): EntryNode {
    const keyNode = toNode(pair.key);
    const keyRange = this.#range(keyNode);
    const key = this.#key(keyNode, keyRange);
    const before = this.problems.length;
    const end = { from: keyRange.to, to: keyRange.to };
    const value = isNode(pair.value) ? this.#value(pair.value) : plainNode(end, null);
    if (BOOLEAN_KEYS.has(key) && value.kind === 'scalar' && typeof value.value === 'boolean') {
      this.problems.splice(before);
    }
    const to = Math.max(value.range.to, keyRange.to);
    return { key, keyRange, range: { from: keyRange.from, to }, value, alsoAt: [] };
  }

  #key(node: Node, range: TextRange): string {
    const target = isAlias(node) ? node.resolve(this.#document) : node;
    if (!isScalar(target)) {
      this.#problem('syntax', 'error', COLLECTION_KEY, range);
      return this.#text.slice(range.from, range.to);
    }
    if (target === node) this.#checkSurprise(target, range);
    return isPlain(target.value) ? String(target.value ?? '') : '';
  }

  #scalar(node: Scalar): ScalarNode {
    const range = this.#range(node);
    this.#checkSurprise(node, range);
    const { value } = node;
    if (typeof value !== 'string') return plainNode(range, isPlain(value) ? value : null);
    return this.#string(node, range, value);
  }

  #string(node: Scalar, range: TextRange, value: string): ScalarNode {
    const style = STYLES.get(node.type ?? '') ?? 'plain';
    const quote = style === 'single' || style === 'double' ? 1 : 0;
    const raw = this.#text.slice(range.from + quote, range.to - quote);
    const content = { from: Math.min(range.from + quote, range.to), to: range.to };
    if (raw === value) {
      const at = (index: number): number =>
        content.from + Math.min(Math.max(index, 0), value.length);
      return { kind: 'scalar', range, value, at };
    }
    const at = (index: number): number => {
      const offsets = this.#offsets(range, content, value, style);
      return offsets[Math.min(Math.max(index, 0), value.length)] ?? range.to;
    };
    return { kind: 'scalar', range, value, at };
  }

  #offsets(
    range: TextRange,
    content: TextRange,
    value: string,
    style: YamlStyle,
  ): readonly number[] {
    const text = this.#text;
    if (style !== 'block') {
      const quoted = style !== 'plain' && /["']/.test(text.charAt(range.to - 1));
      const to = quoted ? range.to - 1 : range.to;
      return yamlOffsets(text, { from: content.from, to }, value, style, 0);
    }
    const end = text.indexOf('\n', range.from);
    const header = end === -1 ? range.to : Math.min(end + 1, range.to);
    const lines = text.slice(header, range.to).split('\n');
    const indent = lines.find((line) => /[^ \r]/.test(line))?.search(/[^ ]/) ?? 0;
    return yamlOffsets(text, { from: header, to: range.to }, value, style, indent);
  }

  #checkSurprise(node: Scalar, range: TextRange): void {
    if (node.type !== Scalar.PLAIN || node.tag !== undefined || !isPlain(node.value)) return;
    const message = yamlSurprise(node.source ?? '', node.value);
    if (message !== null) this.#problem('yaml-surprise', 'warning', message, range);
  }

  #problem(
    code: SyntaxProblem['code'],
    severity: SyntaxProblem['severity'],
    message: string,
    range: TextRange,
  ): void {
    this.problems.push({ code, severity, message, range });
  }

  #range(node: Node): TextRange {
    const [from, to] = node.range ?? [0, 0];
    return { from: this.offset(from), to: this.offset(to) };
  }

  /** Offset in the text of an offset in the document. */
  offset(offset: number): number {
    const own = this.#repaired === null ? offset : this.#repaired.toOriginal(offset);
    return Math.min(this.#base + own, this.#text.length);
  }
}

const STYLES: ReadonlyMap<string, YamlStyle> = new Map([
  [Scalar.QUOTE_SINGLE, 'single'],
  [Scalar.QUOTE_DOUBLE, 'double'],
  [Scalar.BLOCK_LITERAL, 'block'],
  [Scalar.BLOCK_FOLDED, 'block'],
]);

function isPlain(value: unknown): value is ScalarNode['value'] {
  return value === null || ['string', 'boolean', 'bigint', 'number'].includes(typeof value);
}

/** True for `<<`, which takes over the keys of other tables. */
export function isMergeKey({ key }: Pair): boolean {
  if (!isScalar(key) || key.type !== Scalar.PLAIN) return false;
  return key.value === '<<' || typeof key.value === 'symbol';
}

/** True when `node` is in the tree below `root`. */
function contains(root: Node, node: Node): boolean {
  if (root === node) return true;
  if (!isMap(root) && !isSeq(root)) return false;
  return root.items.some((item) =>
    isPair(item)
      ? contains(toNode(item.key), node) || contains(toNode(item.value), node)
      : contains(toNode(item), node),
  );
}

function toNode(value: unknown): Node {
  if (isMap(value) || isSeq(value) || isScalar(value) || isAlias(value)) return value;
  return new Scalar(null);
}
