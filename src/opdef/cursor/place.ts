import type { OperationNode } from '../document.ts';
import type { NodePath } from '../syntax/locate.ts';
import type { EntryNode, TextRange, ValueNode } from '../syntax/tree.ts';

/** What the cursor is in, also where the text is broken. */
export interface CursorContext {
  /** `header`: in the brackets of TOML; `other`: a comment, behind a value, … */
  readonly place: 'key' | 'value' | 'header' | 'other';
  /** Of the table for a key and for a header; of the value for a value. */
  readonly path: NodePath;
  /** What completion replaces: the key, or the content of the string so far. */
  readonly word: TextRange;
  /** The quotes around the value or key already; empty for none. */
  readonly quote: string;
  readonly node: ValueNode | EntryNode | null;
  readonly operation: OperationNode | null;
  /** The space at the start of the line. */
  readonly indent: string;
}

/** What place, path, word, quote and node are; the rest is the same everywhere. */
export type Place = Omit<CursorContext, 'operation' | 'indent'>;
