import {
  type ConfigDocument,
  type DocumentProblem,
  type Literal,
  LiteralDocument,
  lineCounter,
} from './document.ts';
import type { Scalar } from './scalar.ts';

/** A value of a file that holds data and nothing else: JSON, YAML, TOML. */
export type DataNode = DataTable | DataList | DataScalar | UnreadNode;

interface DataTable {
  readonly kind: 'table';
  readonly entries: readonly DataEntry[];
}

export interface DataEntry {
  readonly key: string;
  readonly keyFrom: number;
  readonly keyTo: number;
  readonly value: DataNode;
}

interface DataList {
  readonly kind: 'list';
  readonly items: readonly DataNode[];
}

interface DataScalar {
  readonly kind: 'scalar';
  readonly from: number;
  readonly to: number;
  readonly value: Scalar;
  /** The text of a new value of fitting type. Throws `bad-config` naming `key`. */
  readonly encode: (value: Scalar, key: string) => string;
}

/** A value that cannot be one of the configuration. */
interface UnreadNode {
  readonly kind: 'unread';
  readonly from: number;
  /** Follows the key in a sentence: `is an alias`. */
  readonly why: string;
}

/** A document of the scalars in a data file, with dotted keys: `a.b`, `list.0`. */
export function dataDocument(
  text: string,
  root: DataNode | null,
  problems: readonly DocumentProblem[],
): ConfigDocument {
  const collector = new Collector(lineCounter(text));
  if (root !== null) collector.collect(root, '', null);
  return new LiteralDocument(text, collector.literals, [...problems, ...collector.problems]);
}

class Collector {
  readonly literals: Literal[] = [];
  readonly problems: DocumentProblem[] = [];
  readonly #lineOf: (offset: number) => number;

  constructor(lineOf: (offset: number) => number) {
    this.#lineOf = lineOf;
  }

  collect(node: DataNode, key: string, entry: DataEntry | null): void {
    switch (node.kind) {
      case 'table':
        this.#collectTable(node, key);
        break;
      case 'list':
        node.items.forEach((item, i) => this.collect(item, joinKey(key, String(i)), null));
        break;
      case 'unread':
        this.#report(node.from, key === '' ? `The file ${node.why}` : `"${key}" ${node.why}`);
        break;
      case 'scalar': {
        // A file that is one value has no key for it.
        if (key === '') return;
        const { from, to, value } = node;
        const { keyFrom, keyTo } = entry ?? { keyFrom: from, keyTo: to };
        const encode = (wanted: Scalar): string => node.encode(wanted, key);
        this.literals.push({ key, value, from, to, keyFrom, keyTo, encode });
      }
    }
  }

  #collectTable({ entries }: DataTable, key: string): void {
    const last = new Map(entries.map((entry) => [entry.key, entry]));
    for (const entry of entries) {
      const inner = joinKey(key, entry.key);
      if (last.get(entry.key) === entry) this.collect(entry.value, inner, entry);
      else this.#report(entry.keyFrom, `"${inner}" is given twice, the last counts`);
    }
  }

  #report(at: number, message: string): void {
    this.problems.push({ line: this.#lineOf(at), message });
  }
}

function joinKey(outer: string, inner: string): string {
  return outer === '' ? inner : `${outer}.${inner}`;
}
