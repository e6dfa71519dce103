import { parse, TomlError } from 'smol-toml';
import { nestsTooDeeply } from '../../../core/data/depth.ts';
import { LineIndex } from '../lines.ts';
import type { SyntaxProblem, SyntaxTree, TableNode } from '../tree.ts';
import {
  lastEntry,
  newEntry,
  TomlValues,
  type KeyPart,
  type OpenEntry,
  type OpenList,
  type OpenTable,
} from './values.ts';

/**
 * Reads TOML into a tree (gage-format.md 1.3). Whether the text is right, smol-toml decides, which reads
 * it for running too; where it is not, each fault is told by the reading here.
 */
export function parseTomlSyntax(text: string): SyntaxTree {
  if (nestsTooDeeply(text)) {
    const { root } = parseTomlSyntax('');
    return { format: 'toml', text, root, problems: [problem('Nested too deeply', 0, text.length)] };
  }
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const fault = faultOf(text, start);
  const reader = new TomlReader(text, start, fault === null);
  const root = reader.read();
  return { format: 'toml', text, root, problems: problemsOf(fault, reader.problems) };
}

function problemsOf(
  fault: SyntaxProblem | null,
  found: readonly SyntaxProblem[],
): readonly SyntaxProblem[] {
  if (fault === null) return [];
  return found.length > 0 ? found : [fault];
}

/** What smol-toml says first against the text; null when it reads it. */
function faultOf(text: string, start: number): SyntaxProblem | null {
  try {
    parse(text.slice(start), { integersAsBigInt: true });
    return null;
  } catch (error) {
    if (!(error instanceof TomlError)) return problem('Nested too deeply', 0, text.length);
    const reason = (error.message.split('\n')[0] ?? '').replace('Invalid TOML document: ', '');
    const lines = new LineIndex(text);
    const line = error.line - 1;
    const shift = line === 0 ? start : 0;
    const from = lines.offsetAt(line, error.column - 1 + shift);
    const message = reason.charAt(0).toUpperCase() + reason.slice(1);
    return problem(message, from, Math.max(from, lines.lineEnd(line)));
  }
}

function problem(message: string, from: number, to: number): SyntaxProblem {
  return { code: 'syntax', severity: 'error', message, range: { from, to } };
}

/** Reads headers and pairs, and merges what is said of one table in several places. */
class TomlReader {
  readonly #in: TomlValues;
  readonly #root: OpenTable;
  /** Tables with a header of their own, or written in braces: they cannot have another. */
  readonly #defined = new Set<OpenTable>();
  /** What grows with each pair: the tables of the last header and what holds them. */
  #open: (OpenTable | OpenEntry | OpenList)[] = [];
  #table: OpenTable;

  constructor(text: string, start: number, isValid: boolean) {
    this.#in = new TomlValues(text, start, isValid);
    const range = { from: start, to: text.length };
    this.#root = { kind: 'table', range, entries: [], block: true };
    this.#table = this.#root;
  }

  get problems(): readonly SyntaxProblem[] {
    return this.#in.problems;
  }

  read(): TableNode {
    const source = this.#in;
    for (;;) {
      source.skipLines();
      if (source.peek() === '') return this.#root;
      if (source.peek() === '[') this.#header();
      else source.pair(this.#table, false);
      for (const { range } of this.#open) range.to = Math.max(range.to, source.at);
      this.#endLine();
    }
  }

  #endLine(): void {
    const source = this.#in;
    source.skipBlanks();
    if (source.atLineEnd() || source.peek() === '#') return;
    const from = source.at;
    const rest = source.take(/[^\r\n#]*/y).trimEnd();
    source.at = Math.max(source.at, from + 1);
    source.problem('Expected the end of the line', from, from + Math.max(1, rest.length));
  }

  #header(): void {
    const source = this.#in;
    const from = source.at;
    const isArray = source.text.startsWith('[[', from);
    const closing = isArray ? ']]' : ']';
    source.at += closing.length;
    const parts = source.keyPath();
    if (parts.length === 0) source.problem('Expected a name after the bracket', from, source.at);
    const end = source.at;
    source.skipBlanks();
    if (source.text.startsWith(closing, source.at)) {
      source.at += closing.length;
    } else {
      source.problem(`The header is not closed: expected ${closing}`, from, end);
      source.at = source.peek() === ']' ? source.at + 1 : end;
    }
    this.#table = this.#enter(parts, from, isArray);
  }

  /** The table that a header opens; for a header without a name one that belongs to nothing. */
  #enter(parts: readonly KeyPart[], from: number, isArray: boolean): OpenTable {
    this.#open = [];
    let table: OpenTable = parts.length === 0 ? this.#newTable(from) : this.#root;
    for (const [i, part] of parts.entries()) {
      const isLast = i === parts.length - 1;
      table = this.#step(table, part, from, isLast, isLast && isArray);
      this.#open.push(table);
    }
    return table;
  }

  #step(
    parent: OpenTable,
    part: KeyPart,
    from: number,
    isLast: boolean,
    isArray: boolean,
  ): OpenTable {
    const old = lastEntry(parent, part.key);
    const value = old?.value ?? null;
    if (old !== undefined && value?.kind === 'list' && value.block) {
      const last = value.items.at(-1);
      if (isLast !== isArray) this.#in.duplicate(part);
      const table = isArray || last?.kind !== 'table' ? this.#newTable(from) : last;
      if (table !== last) value.items.push(table);
      this.#continue(old, part, value);
      return table;
    }
    if (old !== undefined && value?.kind === 'table' && !isArray) {
      if (isLast && this.#defined.has(value)) this.#in.duplicate(part);
      if (isLast) this.#defined.add(value);
      this.#continue(old, part);
      return value;
    }
    if (old !== undefined) this.#in.duplicate(part);
    const table = this.#newTable(from);
    if (isLast) this.#defined.add(table);
    const list: OpenList | null = isArray
      ? { kind: 'list', range: { from, to: from }, items: [table], block: true }
      : null;
    const entry = newEntry(part, from, from, list ?? table);
    parent.entries.push(entry);
    this.#open.push(entry, ...(list === null ? [] : [list]));
    return table;
  }

  #continue(entry: OpenEntry, part: KeyPart, list?: OpenList): void {
    entry.alsoAt.push(part.range);
    this.#open.push(entry, ...(list === undefined ? [] : [list]));
  }

  #newTable(from: number): OpenTable {
    return { kind: 'table', range: { from, to: from }, entries: [], block: true };
  }
}
