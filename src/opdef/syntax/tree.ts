/** The formats of a Gage file (gage-format.md 1.3). */
export type GageFormat = 'toml' | 'yaml' | 'json';

/** A part of a text: offsets in UTF-16 units, the end excluded. */
export interface TextRange {
  readonly from: number;
  readonly to: number;
}

/** Replaces a part of a text. */
export interface TextEdit extends TextRange {
  readonly insert: string;
}

/** A value as it stands in the text, the same for the three formats. */
export type ValueNode = TableNode | ListNode | ScalarNode;

/**
 * A table. In TOML it may be written in several places (`[train]`, `[train.exec]`,
 * `train.version = 1`): its entries are those of all of them, in the order of the text.
 */
export interface TableNode {
  readonly kind: 'table';
  /** From the first to the last character that belongs to it. */
  readonly range: TextRange;
  readonly entries: readonly EntryNode[];
  /** False for `{…}`, and for every table of JSON. */
  readonly block: boolean;
}

/** One key of a table with its value. */
export interface EntryNode {
  /** As the format's reader gives it, without quotes and escapes. */
  readonly key: string;
  /** The key as written, quotes included. */
  readonly keyRange: TextRange;
  /** From the key (for a TOML table: its header) to the end of the value. */
  readonly range: TextRange;
  /** Null where the text has none yet (`exec =`). */
  readonly value: ValueNode | null;
  /** Other places that name the same key again as part of it (TOML headers, dotted keys). */
  readonly alsoAt: readonly TextRange[];
}

export interface ListNode {
  readonly kind: 'list';
  readonly range: TextRange;
  readonly items: readonly ValueNode[];
  readonly block: boolean;
}

/** A value without parts. Dates are strings (ISO), as the loader gives them. */
export interface ScalarNode {
  readonly kind: 'scalar';
  /** The literal as written, quotes included. */
  readonly range: TextRange;
  readonly value: null | boolean | string | bigint | number;
  /**
   * Offset in the text of character `index` of a string value; `index` may be its length. Exact
   * through escapes and folded lines.
   */
  at(index: number): number;
}

/** Something wrong with the text itself. */
export interface SyntaxProblem {
  readonly code: 'syntax' | 'duplicate-key' | 'yaml-surprise';
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly range: TextRange;
}

/** A Gage file as text with structure. Parsing never throws: what parses is there. */
export interface SyntaxTree {
  readonly format: GageFormat;
  /** With a byte order mark, if it has one: offsets are those of the editor. */
  readonly text: string;
  readonly root: TableNode;
  readonly problems: readonly SyntaxProblem[];
}
