import { plainNode, stringNode } from '../strings.ts';
import type { EntryNode, ListNode, ScalarNode, SyntaxProblem, TextRange } from '../tree.ts';
import { closingQuotes, literalFault, readTomlLiteral, readTomlPiece } from './literals.ts';

/** A table while it is being read; what is handed out is the readonly `TableNode`. */
export interface OpenTable {
  readonly kind: 'table';
  readonly range: { from: number; to: number };
  readonly entries: OpenEntry[];
  readonly block: boolean;
}

export interface OpenEntry extends EntryNode {
  readonly range: { from: number; to: number };
  value: OpenValue | null;
  readonly alsoAt: TextRange[];
}

export interface OpenList extends ListNode {
  readonly range: { from: number; to: number };
  readonly items: OpenValue[];
}

type OpenValue = OpenTable | OpenList | ScalarNode;

/** One part of a dotted key. */
export interface KeyPart {
  readonly key: string;
  readonly range: TextRange;
}

/** Deeper than any real file; keeps a hostile one from overflowing the stack. */
const MAX_DEPTH = 100;
const BARE_KEY = /[^\s=.[\]{}"'#,]+/y;
const BLANKS = /[ \t]*/y;
const BLANKS_AND_LINES = /(?:[ \t\r\n]+|#[^\n]*)*/y;
const LITERAL = /[^\r\n#]*/y;
const NESTED_LITERAL = /[^\r\n#,\]}]*/y;
const STATEMENT =
  /[ \t]*(?:\[\[?[ \t]*[\w.$"'-]*[ \t]*\]?\]?[ \t]*(?:#.*)?(?:\r?\n|$)|[\w.$"'-]+[ \t]*=)/my;
const HEADER = /[ \t]*\[\[?[ \t]*[\w.$"'-]*[ \t]*\]?\]?[ \t]*(?:#.*)?(?:\r?\n|$)/my;

/**
 * Reads keys and values of TOML at a place that moves forward. Broken text gives what can be
 * told, and a problem: a string ends with its line, a bracket before the next statement.
 */
export class TomlValues {
  readonly text: string;
  readonly problems: SyntaxProblem[] = [];
  at: number;
  /** In a text known to be right, a line in brackets is never the next statement. */
  readonly #isValid: boolean;
  #depth = 0;

  constructor(text: string, start: number, isValid: boolean) {
    this.text = text;
    this.at = start;
    this.#isValid = isValid;
  }

  problem(message: string, from: number, to: number, code: SyntaxProblem['code'] = 'syntax'): void {
    const range = { from, to: Math.max(to, from) };
    this.problems.push({ code, severity: 'error', message, range });
  }

  peek(): string {
    return this.text[this.at] ?? '';
  }

  skipBlanks(): void {
    this.take(BLANKS);
  }

  /** Spaces, line ends and comments. */
  skipLines(): void {
    this.take(BLANKS_AND_LINES);
  }

  take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  atLineEnd(): boolean {
    const c = this.peek();
    return c === '' || c === '\n' || (c === '\r' && this.text[this.at + 1] === '\n');
  }

  /** A key, dotted or not; empty when there is none. */
  keyPath(): readonly KeyPart[] {
    const parts: KeyPart[] = [];
    for (;;) {
      this.skipBlanks();
      const part = this.#keyPart();
      if (part === null) {
        if (parts.length > 0) this.problem('Expected a name after the dot', this.at - 1, this.at);
        return parts;
      }
      parts.push(part);
      const end = this.at;
      this.skipBlanks();
      if (this.peek() !== '.') {
        this.at = end;
        return parts;
      }
      this.at++;
    }
  }

  /** The value at this place; null when there is none. `nested`: in brackets or braces. */
  value(nested: boolean): OpenValue | null {
    const c = this.peek();
    if (c === '"' || c === "'") return this.#string();
    if (c !== '[' && c !== '{') return this.#literal(nested);
    if (this.#depth >= MAX_DEPTH) {
      this.problem('Nested too deeply', this.at, this.at + 1);
      this.at = this.text.length;
      return null;
    }
    this.#depth++;
    const value = c === '[' ? this.#list() : this.#inlineTable();
    this.#depth--;
    return value;
  }

  #keyPart(): KeyPart | null {
    const from = this.at;
    const c = this.peek();
    if (c === '"' || c === "'") {
      const node = this.#string();
      return { key: String(node.value), range: node.range };
    }
    const key = this.take(BARE_KEY);
    if (key === '') return null;
    if (!/^[\w-]+$/.test(key)) {
      this.problem(`The key ${key} needs quotes: "${key}"`, from, this.at);
    }
    return { key, range: { from, to: this.at } };
  }

  #list(): OpenList {
    const from = this.at++;
    const items: OpenValue[] = [];
    let end = this.at;
    for (let needsComma = false; ;) {
      const next = this.#nextInside(STATEMENT);
      if (next === ']') {
        end = ++this.at;
        break;
      }
      if (next === '' || next === '}') {
        this.problem('This [ is not closed: expected ]', from, from + 1);
        end = this.#blanksEnd(end);
        break;
      }
      if (next === ',') {
        if (!needsComma) this.problem('Expected a value before the comma', this.at, this.at + 1);
        needsComma = false;
        end = ++this.at;
        continue;
      }
      if (needsComma) this.problem('Expected a comma between the values', this.at, this.at + 1);
      const item = this.value(true);
      if (item !== null) items.push(item);
      else if (this.peek() !== '') this.problem('Expected a value', this.at, ++this.at);
      needsComma = true;
      end = this.at;
    }
    this.at = end;
    return { kind: 'list', range: { from, to: end }, items, block: false };
  }

  /** What is not closed goes on to where the next part would be typed. */
  #blanksEnd(end: number): number {
    this.at = end;
    this.skipBlanks();
    return this.at;
  }

  #inlineTable(): OpenTable {
    const from = this.at++;
    const table: OpenTable = {
      kind: 'table',
      range: { from, to: from },
      entries: [],
      block: false,
    };
    let end = this.at;
    for (let needsComma = false; ;) {
      const next = this.#nextInside(needsComma ? STATEMENT : HEADER);
      if (next === '}') {
        end = ++this.at;
        break;
      }
      if (next === '' || next === ']') {
        this.problem('This { is not closed: expected }', from, from + 1);
        end = this.#blanksEnd(end);
        break;
      }
      if (next === ',') {
        if (!needsComma) this.problem('Expected a key before the comma', this.at, this.at + 1);
        needsComma = false;
        end = ++this.at;
        continue;
      }
      if (needsComma) this.problem('Expected a comma between the keys', this.at, this.at + 1);
      this.pair(table, true);
      needsComma = true;
      end = this.at;
    }
    this.at = end;
    table.range.to = end;
    return table;
  }

  /** `key = value` into a table. Always moves forward. */
  pair(table: OpenTable, nested: boolean): void {
    const from = this.at;
    const parts = this.keyPath();
    if (parts.length === 0) {
      const to = Math.max(this.at, from + 1);
      this.take(nested ? NESTED_LITERAL : LITERAL);
      this.at = Math.max(this.at, to);
      this.problem('Expected a key', from, this.at);
      return;
    }
    const keyEnd = this.at;
    this.skipBlanks();
    let value: OpenValue | null = null;
    if (this.peek() === '=') {
      const sign = this.at++;
      this.skipBlanks();
      value = this.value(nested);
      if (value === null) {
        this.at = sign + 1;
        this.problem('Expected a value after =', from, sign + 1);
      }
    } else {
      this.at = keyEnd;
      this.problem('Expected = and a value after the key', from, keyEnd);
      this.take(nested ? NESTED_LITERAL : LITERAL);
    }
    this.#insert(table, parts, from, value);
  }

  /** Puts a value under a dotted key, through tables that the key makes. */
  #insert(
    table: OpenTable,
    parts: readonly KeyPart[],
    from: number,
    value: OpenValue | null,
  ): void {
    const to = value === null ? this.at : value.range.to;
    let at = table;
    for (const [i, part] of parts.entries()) {
      const old = lastEntry(at, part.key);
      if (i === parts.length - 1) {
        // `exec.` below `exec.run = …`: the next key of a table, not another value for it.
        if (value === null && old?.value?.kind === 'table') {
          old.alsoAt.push(part.range);
          return;
        }
        if (old !== undefined) this.duplicate(part);
        at.entries.push(newEntry(part, from, to, value));
        return;
      }
      if (old?.value?.kind === 'table') {
        old.alsoAt.push(part.range);
        old.range.to = Math.max(old.range.to, to);
        old.value.range.to = Math.max(old.value.range.to, to);
        at = old.value;
      } else {
        if (old !== undefined) this.duplicate(part);
        const range = { from: parts[i + 1]?.range.from ?? from, to };
        const inner: OpenTable = { kind: 'table', range, entries: [], block: true };
        at.entries.push(newEntry(part, from, to, inner));
        at = inner;
      }
    }
  }

  duplicate(part: KeyPart): void {
    const { from, to } = part.range;
    this.problem(`The key "${part.key}" is already there`, from, to, 'duplicate-key');
  }

  /** The next character that counts in brackets; empty where they cannot go on. */
  #nextInside(statement: RegExp): string {
    for (;;) {
      this.skipBlanks();
      if (this.peek() === '#') this.take(/[^\n]*/y);
      if (!this.atLineEnd()) return this.peek();
      if (this.peek() === '') return '';
      this.at += this.peek() === '\r' ? 2 : 1;
      if (this.#isValid) continue;
      statement.lastIndex = this.at;
      if (statement.test(this.text)) return '';
    }
  }

  #literal(nested: boolean): ScalarNode | null {
    const from = this.at;
    const raw = this.take(nested ? NESTED_LITERAL : LITERAL).trimEnd();
    this.at = from + raw.length;
    if (raw === '') return null;
    const value = readTomlLiteral(raw);
    if (value !== undefined) return plainNode({ from, to: this.at }, value);
    this.problem(literalFault(raw), from, this.at);
    return plainNode({ from, to: this.at }, raw);
  }

  #string(): ScalarNode {
    const from = this.at;
    const quote = this.peek();
    const triple = quote.repeat(3);
    if (this.text.startsWith(triple, from)) return this.#longString(from, triple);
    const body =
      quote === '"' ? /(?:[^"\\\r\n]|\\[^\r\n]|\r(?!\n))*\\?/y : /(?:[^'\r\n]|\r(?!\n))*/y;
    this.at++;
    this.take(body);
    const content = { from: from + 1, to: this.at };
    if (this.peek() === quote) this.at++;
    else this.problem(`The string is not closed: expected ${quote}`, from, this.at);
    return this.#stringNode(from, content, quote === '"');
  }

  #longString(from: number, triple: string): ScalarNode {
    let start = from + 3;
    if (this.text.startsWith('\r\n', start)) start += 2;
    else if (this.text[start] === '\n') start++;
    let end = closingQuotes(this.text, start, triple);
    if (end === -1) {
      const next = this.text.slice(start).search(/\r?\n\[/);
      end = next === -1 ? this.text.length : start + next;
      this.problem(`The string is not closed: expected ${triple}`, from, from + 3);
      this.at = end;
    } else {
      this.at = end + 3;
    }
    return this.#stringNode(from, { from: start, to: end }, triple === '"""');
  }

  #stringNode(from: number, content: TextRange, escapes: boolean): ScalarNode {
    const range = { from, to: this.at };
    const isPlain = !escapes || !this.text.slice(content.from, content.to).includes('\\');
    if (!isPlain) this.#checkEscapes(content);
    return stringNode(this.text, range, content, isPlain ? null : readTomlPiece);
  }

  #checkEscapes({ from, to }: TextRange): void {
    for (let at = from; at < to;) {
      const { value, length } = readTomlPiece(this.text, at, to);
      if (value === '\\' && length === 1) {
        this.problem('This backslash starts no escape; write \\\\', at, Math.min(at + 2, to));
      }
      at += Math.max(1, length);
    }
  }
}

export function newEntry(
  part: KeyPart,
  from: number,
  to: number,
  value: OpenValue | null,
): OpenEntry {
  return { key: part.key, keyRange: part.range, range: { from, to }, value, alsoAt: [] };
}

/** The entry that counts where a key is given twice. */
export function lastEntry(table: OpenTable, key: string): OpenEntry | undefined {
  return table.entries.findLast((entry) => entry.key === key);
}
