import type { Json } from '../core/json.ts';

/** A value of the configuration: one scalar. */
export type Scalar = null | boolean | string | bigint | number;

/** Replaces the characters `from` (included) to `to` (excluded) of a text with `insert`. */
export interface TextEdit {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** Something in a file that keeps a value out of the configuration. Lines count from 1. */
export interface DocumentProblem {
  readonly line: number;
  readonly message: string;
}

/** The configuration that one file holds, whatever its format. */
export interface ConfigDocument {
  /** Dotted key to value, in the order of the file. */
  readonly values: ReadonlyMap<string, Scalar>;
  readonly problems: readonly DocumentProblem[];
  /**
   * The edits that make the file hold `values`: only literals whose value changes, ordered,
   * not overlapping. Keys that the file does not have are ignored. Throws `bad-config` naming
   * the key when a value does not fit its literal.
   */
  edits(values: ReadonlyMap<string, Json>): readonly TextEdit[];
}

/** Reads one kind of file. `text` has no byte order mark. */
export type ConfigFormat = (text: string) => ConfigDocument;

/** The text with ordered, not overlapping edits made. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let at = 0;
  for (const edit of edits) {
    result += text.slice(at, edit.from) + edit.insert;
    at = edit.to;
  }
  return result + text.slice(at);
}
