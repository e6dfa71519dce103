import type { Json } from '../../core/data/json.ts';
import { LineIndex } from '../../opdef/syntax/lines.ts';
import type { TextEdit, TextRange } from '../../opdef/syntax/tree.ts';
import { fitValue, sameScalar, type Scalar } from './scalar.ts';

/** Where a value stands in its file. Offsets count in the text without byte order mark. */
export interface ConfigEntry extends TextRange {
  readonly value: Scalar;
  /** The name as written; an item of a list has none, so that it is the literal itself. */
  readonly keyFrom: number;
  readonly keyTo: number;
  /** Line of the literal, from 1. */
  readonly line: number;
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
  /** The literal of each key; of a key that is given twice, the one that counts. */
  readonly entries: ReadonlyMap<string, ConfigEntry>;
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

/** A literal that a format found, and how it writes another value in its place. */
export interface Literal extends TextRange {
  /** Dotted. */
  readonly key: string;
  readonly value: Scalar;
  readonly keyFrom: number;
  readonly keyTo: number;
  /** The text of a new value of fitting type, in the style of this literal. Throws `bad-config`. */
  readonly encode: (value: Scalar) => string;
}

/** A document whose values are literals of their own: each is edited where it stands. */
export class LiteralDocument implements ConfigDocument {
  readonly values: ReadonlyMap<string, Scalar>;
  readonly entries: ReadonlyMap<string, ConfigEntry>;
  readonly problems: readonly DocumentProblem[];
  readonly #literals: ReadonlyMap<string, Literal>;

  /** Of literals with the same key the last counts, and the others become problems. */
  constructor(text: string, literals: readonly Literal[], problems: readonly DocumentProblem[]) {
    const lineOf = lineCounter(text);
    const byKey = new Map<string, Literal>();
    const doubles: DocumentProblem[] = [];
    for (const literal of literals) {
      if (byKey.has(literal.key)) doubles.push(twiceProblem(literal.key, lineOf(literal.from)));
      byKey.set(literal.key, literal);
    }
    this.#literals = byKey;
    this.problems = [...problems, ...doubles].sort((a, b) => a.line - b.line);
    this.values = new Map([...byKey].map(([key, { value }]) => [key, value]));
    this.entries = new Map(
      [...byKey].map(([key, { value, from, to, keyFrom, keyTo }]) => [
        key,
        { value, from, to, keyFrom, keyTo, line: lineOf(from) },
      ]),
    );
  }

  edits(values: ReadonlyMap<string, Json>): readonly TextEdit[] {
    return editLiterals(this.#literals.values(), values);
  }
}

/** The problem of a key that stands twice in a file. */
function twiceProblem(key: string, line: number): DocumentProblem {
  return { line, message: `"${key}" has two values, the last counts` };
}

/** The edits that give literals with different keys the values wanted, ordered. */
export function editLiterals(
  literals: Iterable<Literal>,
  values: ReadonlyMap<string, Json>,
): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  for (const { key, value: current, from, to, encode } of literals) {
    const wanted = values.get(key);
    if (wanted === undefined) continue;
    const value = fitValue(key, wanted, current);
    if (!sameScalar(value, current)) edits.push({ from, to, insert: encode(value) });
  }
  return edits.sort((a, b) => a.from - b.from);
}

/** The first end of line of a text; a line feed when it has none. */
export function endOfLine(text: string): string {
  return /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
}

/** A function from an offset of the text to its line, from 1. */
export function lineCounter(text: string): (offset: number) => number {
  const lines = new LineIndex(text);
  return (offset) => lines.positionAt(offset).line + 1;
}
