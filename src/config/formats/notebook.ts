import { findNodeAtLocation, parseTree, type Node, type ParseError } from 'jsonc-parser';
import type { Json } from '../../core/data/json.ts';
import { LineIndex } from '../../opdef/syntax/lines.ts';
import type { TextEdit } from '../../opdef/syntax/tree.ts';
import {
  type ConfigDocument,
  type ConfigEntry,
  type DocumentProblem,
  lineCounter,
} from './document.ts';
import { pythonOfCell } from './ipython.ts';
import { jsonProblem } from './json.ts';
import { parsePython } from './python.ts';
import type { Scalar } from './scalar.ts';

/**
 * Reads the configuration in the code cells of a Python notebook, each as a Python file of its
 * own (gage-format.md 4.5); lines that are no Python are passed over. Of a name that several cells
 * assign the last cell counts, and only that one is edited, within the strings of the cell's
 * source: every other byte of the notebook stays (gage-format.md 4.6 C10). Never throws, unless values
 * are nested thousands deep.
 */
export function parseNotebook(text: string): ConfigDocument {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors);
  const lineOf = lineCounter(text);
  const problems = errors.slice(0, 1).map((error) => jsonProblem(error, lineOf));
  const language = root === undefined ? null : languageOf(root);
  if (root === undefined || language !== null) {
    const message = `Not read: its language is ${language ?? 'not known'}`;
    return new NotebookDocument([], lineOf, language === null ? problems : [{ line: 1, message }]);
  }
  const cells = findNodeAtLocation(root, ['cells'])?.children ?? [];
  const read = cells.flatMap((cell) => CodeCell.read(cell, text) ?? []);
  return new NotebookDocument(read, lineOf, problems);
}

/** The language of a notebook that is not for Python. */
function languageOf(root: Node): string | null {
  const places = [
    ['metadata', 'language_info', 'name'],
    ['metadata', 'kernelspec', 'language'],
  ];
  const names = places.map((place): unknown => findNodeAtLocation(root, place)?.value);
  const name = names.find((value) => typeof value === 'string');
  return name === undefined || /python/i.test(name) ? null : name;
}

class NotebookDocument implements ConfigDocument {
  readonly values: ReadonlyMap<string, Scalar>;
  readonly entries: ReadonlyMap<string, ConfigEntry>;
  readonly problems: readonly DocumentProblem[];
  readonly #cells: readonly CodeCell[];
  /** The cell that decides each name: the last one. */
  readonly #owners: ReadonlyMap<string, CodeCell>;

  constructor(
    cells: readonly CodeCell[],
    lineOf: (offset: number) => number,
    problems: readonly DocumentProblem[],
  ) {
    this.#cells = cells;
    this.#owners = new Map(
      cells.flatMap((cell) => [...cell.document.values.keys()].map((key) => [nameOf(key), cell])),
    );
    const entries = cells.flatMap((cell) =>
      [...cell.document.entries]
        .filter(([key]) => this.#owners.get(nameOf(key)) === cell)
        .map(([key, entry]) => [key, cell.place(entry, lineOf)] as const),
    );
    this.entries = new Map(entries);
    this.values = new Map(entries.map(([key, { value }]) => [key, value]));
    this.problems = [
      ...problems,
      ...cells.flatMap((cell) =>
        cell.document.problems.map(({ line, message }) => ({
          line: lineOf(cell.lineStart(line)),
          message,
        })),
      ),
    ];
  }

  edits(values: ReadonlyMap<string, Json>): readonly TextEdit[] {
    return this.#cells.flatMap((cell) => {
      const own = [...values].filter(([key]) => this.#owners.get(nameOf(key)) === cell);
      return cell.edits(new Map(own));
    });
  }
}

/** `d` of `d.a.0`. */
function nameOf(key: string): string {
  return key.slice(0, `${key}.`.indexOf('.'));
}

/** One code cell: its Python, and where each character of it stands in the notebook. */
class CodeCell {
  readonly document: ConfigDocument;
  readonly #lines: LineIndex;
  /** Offset in the notebook of each character of the source, and of the end. */
  readonly #starts: readonly number[];
  readonly #ends: readonly number[];
  /** What stands between two lines of the source: nothing, or `",\n    "`. */
  readonly #between: string;

  /** Null for a cell without Python. */
  static read(cell: Node, notebook: string): CodeCell | null {
    const source = findNodeAtLocation(cell, ['source']);
    if (findNodeAtLocation(cell, ['cell_type'])?.value !== 'code' || source === undefined) {
      return null;
    }
    const parts = source.type === 'array' ? (source.children ?? []) : [source];
    if (parts.some(({ type }) => type !== 'string')) return null;
    const text = parts.map(({ value }) => String(value)).join('');
    const python = pythonOfCell(text);
    return python === null ? null : new CodeCell(text, python, parts, notebook);
  }

  private constructor(source: string, python: string, parts: readonly Node[], notebook: string) {
    const starts: number[] = [];
    const ends: number[] = [];
    for (const { offset, length } of parts) {
      const to = offset + length - 1;
      for (let at = offset + 1; at < to;) {
        const next = at + (notebook[at] !== '\\' ? 1 : notebook[at + 1] === 'u' ? 6 : 2);
        starts.push(at);
        ends.push(next);
        at = next;
      }
    }
    const [first, second] = parts;
    this.#between =
      first === undefined || second === undefined
        ? ''
        : notebook.slice(first.offset + first.length - 1, second.offset + 1);
    this.#lines = new LineIndex(source);
    this.#starts = starts;
    this.#ends = ends;
    this.document = parsePython(python);
  }

  /** An entry of this cell with its offsets in the notebook. */
  place(entry: ConfigEntry, lineOf: (offset: number) => number): ConfigEntry {
    const from = this.#startAt(entry.from);
    return {
      value: entry.value,
      from,
      to: this.#endAt(entry.to),
      keyFrom: this.#startAt(entry.keyFrom),
      keyTo: this.#endAt(entry.keyTo),
      line: lineOf(from),
    };
  }

  /** Offset in the notebook of a line of the cell (from 1). */
  lineStart(line: number): number {
    return this.#startAt(this.#lines.offsetAt(line - 1, 0));
  }

  edits(values: ReadonlyMap<string, Json>): readonly TextEdit[] {
    return this.document.edits(values).map(({ from, to, insert }) => ({
      from: this.#startAt(from),
      to: to > from ? this.#endAt(to) : this.#startAt(from),
      insert: this.#encode(insert),
    }));
  }

  /** Text within the strings of the source: a string for each line where the others are so. */
  #encode(text: string): string {
    const lines = text.split('\n').map((line) => JSON.stringify(line).slice(1, -1));
    return lines.join(`\\n${this.#between}`);
  }

  #startAt(index: number): number {
    return this.#starts[index] ?? this.#ends.at(-1) ?? 0;
  }

  #endAt(index: number): number {
    return this.#ends[index - 1] ?? this.#startAt(index);
  }
}
