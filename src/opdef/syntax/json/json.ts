import {
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
  type ParseOptions,
} from 'jsonc-parser';
import { parseJson } from '../../../core/data/json.ts';
import { RepairedText } from '../repair.ts';
import { plainNode, readJsonPiece, stringNode } from '../strings.ts';
import type {
  EntryNode,
  ScalarNode,
  SyntaxProblem,
  SyntaxTree,
  TableNode,
  TextRange,
  ValueNode,
} from '../tree.ts';
import { repairJson } from './repair.ts';

/** Deeper than any real file; keeps a hostile one from overflowing the stack. */
const MAX_DEPTH = 100;
const OPTIONS: ParseOptions = { disallowComments: true, allowTrailingComma: false };

/** Reads JSON with `//` lines into a tree (gage-format.md 1.3). */
export function parseJsonSyntax(text: string): SyntaxTree {
  const { root, repaired, errors, problems } = readTree(blankComments(text));
  const builder = new TreeBuilder(text, repaired);
  const table = builder.root(root);
  const told = errors.filter((error, i) => !isEcho(error, errors[i - 1]));
  const found = [...problems, ...told.map((error) => problemOf(error, repaired, text))];
  return { format: 'json', text, root: table, problems: [...found, ...builder.problems] };
}

interface Reading {
  readonly root: Node | undefined;
  readonly repaired: RepairedText;
  readonly errors: readonly ParseError[];
  readonly problems: readonly SyntaxProblem[];
}

/** Where the library refuses what Python reads, `parseJson` decides: it reads for running too. */
function readTree(text: string): Reading {
  const plain = readRepaired(new RepairedText(text, []), []);
  if (plain.errors.length === 0) return plain;
  const fault = faultOf(text);
  if (fault === null) {
    const root = readRepaired(new RepairedText(replaceWords(text), []), []);
    return { ...root, errors: [] };
  }
  const { repaired, problems } = repairJson(text);
  const reading = readRepaired(repaired, problems);
  const isTold = problems.length + reading.errors.length > 0;
  return isTold ? reading : { ...reading, problems: [fault] };
}

function readRepaired(repaired: RepairedText, problems: readonly SyntaxProblem[]): Reading {
  const errors: ParseError[] = [];
  try {
    return { root: parseTree(repaired.text, errors, OPTIONS), repaired, errors, problems };
  } catch {
    // Nested deeper than the stack.
    const range = { from: 0, to: repaired.text.length };
    const fault = syntaxProblem('Nested too deeply', range);
    return { root: undefined, repaired, errors: [], problems: [...problems, fault] };
  }
}

class TreeBuilder {
  readonly problems: SyntaxProblem[] = [];
  readonly #text: string;
  readonly #repaired: RepairedText;
  #depth = 0;

  constructor(text: string, repaired: RepairedText) {
    this.#text = text;
    this.#repaired = repaired;
  }

  root(node: Node | undefined): TableNode {
    const value = node === undefined ? null : this.#value(node);
    if (value?.kind === 'table') return value;
    const range = { from: 0, to: this.#text.length };
    if (value !== null) {
      this.problems.push(syntaxProblem('A Gage file holds an object with operations', value.range));
    }
    return { kind: 'table', range, entries: [], block: false };
  }

  /** Null for what only the repair put in. */
  #value(node: Node): ValueNode | null {
    const range = this.#range(node);
    if (range.to === range.from) return null;
    if (this.#depth >= MAX_DEPTH) {
      this.problems.push(syntaxProblem('Nested too deeply', range));
      return null;
    }
    this.#depth++;
    const value = this.#newValue(node, range);
    this.#depth--;
    return value;
  }

  #newValue(node: Node, range: TextRange): ValueNode {
    const children = node.children ?? [];
    switch (node.type) {
      case 'object':
        return { kind: 'table', range, entries: this.#entries(children), block: false };
      case 'array': {
        const items = children.map((child) => this.#value(child)).filter((item) => item !== null);
        return { kind: 'list', range, items, block: false };
      }
      case 'string':
        return this.#string(range);
      case 'number':
        return plainNode(range, readNumber(this.#text.slice(range.from, range.to)));
      case 'boolean':
        return plainNode(range, node.value === true);
      default:
        return plainNode(range, null);
    }
  }

  #entries(properties: readonly Node[]): readonly EntryNode[] {
    const seen = new Set<string>();
    return properties.flatMap((property) => {
      const [name, node] = property.children ?? [];
      if (name === undefined) return [];
      const keyRange = this.#range(name);
      const key = String(this.#string(keyRange).value);
      if (seen.has(key)) this.problems.push(duplicate(key, keyRange));
      seen.add(key);
      const value = node === undefined ? null : this.#value(node);
      const end = value?.range.to ?? this.#colonEnd(property, keyRange.to);
      return [{ key, keyRange, range: { from: keyRange.from, to: end }, value, alsoAt: [] }];
    });
  }

  #colonEnd(property: Node, keyEnd: number): number {
    const colon = property.colonOffset;
    if (colon === undefined || colon < 0) return keyEnd;
    const at = this.#repaired.toOriginal(colon);
    return this.#text[at] === ':' ? at + 1 : keyEnd;
  }

  #string(range: TextRange): ScalarNode {
    const { from, to } = range;
    // A key that the repair put quotes around has none of its own.
    const open = this.#text[from] === '"' ? 1 : 0;
    const raw = this.#text.slice(from + open, to);
    const body = /^(?:[^"\\]|\\[^])*/.exec(raw)?.[0] ?? raw;
    const content = { from: from + open, to: from + open + body.length };
    return stringNode(this.#text, range, content, body.includes('\\') ? readJsonPiece : null);
  }

  #range(node: Node): TextRange {
    return {
      from: this.#repaired.toOriginal(node.offset),
      to: this.#repaired.toOriginal(node.offset + node.length),
    };
  }
}

/** Lines that Gage drops become blank; every offset stays. */
function blankComments(text: string): string {
  const source = text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text;
  if (!source.includes('//')) return source;
  return source
    .split('\n')
    .map((line) => (line.trimStart().startsWith('//') ? line.replace(/[^\r]/g, ' ') : line))
    .join('\n');
}

/** Python reads `NaN` and `Infinity`; digits stand in for them, as long. */
function replaceWords(text: string): string {
  if (!/NaN|Infinity/.test(text)) return text;
  return text.replace(/"(?:[^"\\]|\\[^])*"|-?(?:NaN|Infinity)/g, (found) =>
    found.startsWith('"') ? found : '1'.repeat(found.length),
  );
}

function readNumber(raw: string): bigint | number {
  return /^-?\d+$/.test(raw) ? BigInt(raw) : Number(raw);
}

function faultOf(text: string): SyntaxProblem | null {
  try {
    parseJson(text);
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const range = { from: 0, to: text.length };
    return syntaxProblem(message.replace(/ at line \d+, column \d+$/, ''), range);
  }
}

/** One fault may make the library complain of its place twice, and of the value that is not one. */
function isEcho(error: ParseError, before: ParseError | undefined): boolean {
  if (before === undefined) return false;
  const isNoValue = printParseErrorCode(error.error) === 'ValueExpected';
  const isAfterSymbol = printParseErrorCode(before.error) === 'InvalidSymbol';
  return error.offset === before.offset || (isNoValue && isAfterSymbol);
}

function problemOf(error: ParseError, repaired: RepairedText, text: string): SyntaxProblem {
  const from = Math.min(repaired.toOriginal(error.offset), text.length);
  const to = Math.min(repaired.toOriginal(error.offset + error.length), text.length);
  const words = printParseErrorCode(error.error);
  const comma = /,\s*$/.exec(text.slice(0, from))?.index;
  if (comma !== undefined && /^[\]}]/.test(text.slice(from, to)) && /^(?:Prop|Value)/.test(words)) {
    const message = `Expected no comma before ${text.charAt(from)}`;
    return syntaxProblem(message, { from: comma, to: comma + 1 });
  }
  return syntaxProblem(MESSAGES.get(words) ?? words, { from, to });
}

function syntaxProblem(message: string, range: TextRange): SyntaxProblem {
  return { code: 'syntax', severity: 'error', message, range };
}

function duplicate(key: string, range: TextRange): SyntaxProblem {
  const message = `The key "${key}" is already there; the last one counts`;
  return { code: 'duplicate-key', severity: 'warning', message, range };
}

const MESSAGES: ReadonlyMap<string, string> = new Map([
  [
    'InvalidSymbol',
    'Not a value of JSON: a string needs double quotes, true, false and null small letters',
  ],
  ['InvalidNumberFormat', 'Not a number'],
  ['PropertyNameExpected', 'Expected a key in double quotes'],
  ['ValueExpected', 'Expected a value'],
  ['ColonExpected', 'Expected a colon after the key'],
  ['CommaExpected', 'Expected a comma'],
  ['CloseBraceExpected', 'Expected }'],
  ['CloseBracketExpected', 'Expected ]'],
  ['EndOfFileExpected', 'Expected the end of the file'],
  ['InvalidCommentToken', 'Only lines that start with // are comments here'],
  ['UnexpectedEndOfComment', 'The comment is not closed, and comments must be lines of their own'],
  ['UnexpectedEndOfString', 'The string is not closed: expected "'],
  ['UnexpectedEndOfNumber', 'Not a number'],
  ['InvalidUnicode', 'Not an escape: \\u needs four hexadecimal digits'],
  ['InvalidEscapeCharacter', 'This backslash starts no escape; write \\\\'],
  ['InvalidCharacter', 'A control character in a string must be escaped'],
]);
