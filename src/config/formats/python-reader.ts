import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { type DocumentProblem, lineCounter } from './document.ts';
import { type StringStyle, decodeNumber, decodeString } from './python-literals.ts';
import type { Scalar } from './scalar.ts';

/** One literal below an assigned name: `.0` of `l = [1, 2]`, the empty path of `x = 1`. */
export interface Part {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  /** The key of a dict; null for anything else. */
  readonly keyNode: SyntaxNode | null;
  readonly value: Scalar;
  readonly style: StringStyle | null;
}

/** A part without its place. */
type ScalarPart = Omit<Part, 'path' | 'keyNode'>;

/** Where in an assigned value the reader is. */
interface Place {
  readonly name: string;
  readonly path: string;
  readonly keyNode: SyntaxNode | null;
}

/** A module-level assignment with a value that can be read: `a = b = [1, 2]`. */
export interface Assignment {
  readonly targets: readonly Target[];
  readonly from: number;
  readonly to: number;
  readonly parts: readonly Part[];
}

export interface Target {
  /** Null when the target is not a plain name. */
  readonly name: string | null;
  readonly from: number;
  readonly to: number;
}

const NAMES: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ['True', true],
  ['False', false],
  ['None', null],
]);

/** `5.` and `5.e-3`: Python floats that the grammar takes for attributes of a number. */
const DOT_FLOAT = /^([-+]?)\s*(\d(?:_?\d)*\.(?:[eE][-+]?\d(?:_?\d)*)?)(?=\s*(?:#.*)?$)/;

/** So much of a value is in a message. Characters. */
const MAX_QUOTED = 60;

/** Finds the assignments of a Python module that give names literals. */
export class PythonReader {
  readonly problems: DocumentProblem[] = [];
  readonly #text: string;
  readonly #lineOf: (offset: number) => number;

  constructor(text: string) {
    this.#text = text;
    this.#lineOf = lineCounter(text);
  }

  readModule(): readonly Assignment[] {
    const module = parser.parse(this.#text).topNode;
    this.#reportSyntaxError(module);
    const assignments: Assignment[] = [];
    for (const statement of children(module)) {
      if (this.#isIndented(statement)) continue;
      const simple = statement.name === 'StatementGroup' ? children(statement) : [statement];
      for (const node of simple) {
        const assignment = node.name === 'AssignStatement' ? this.#readAssignment(node) : null;
        if (assignment !== null) assignments.push(assignment);
      }
    }
    return assignments;
  }

  /**
   * True for a statement that the grammar lost from its block (it does not know every form of
   * `with`): what is indented is never a statement of the module.
   */
  #isIndented({ from }: SyntaxNode): boolean {
    return /(?:^|[\r\n])[ \t]+$/.test(this.#text.slice(Math.max(0, from - 200), from));
  }

  #report(at: number, message: string): void {
    this.problems.push({ line: this.#lineOf(at), message });
  }

  /** `target = … = value`; null when the value is not a literal, or the statement has tuples. */
  #readAssignment(statement: SyntaxNode): Assignment | null {
    const nodes = children(statement).filter((node) => node.name !== 'TypeDef');
    const targets: Target[] = [];
    for (let i = 0; i < nodes.length - 1; i += 2) {
      const target = nodes[i];
      if (target === undefined || nodes[i + 1]?.name !== 'AssignOp') return null;
      const plain = unwrap(target);
      const name = plain.name === 'VariableName' ? this.#textOf(plain) : null;
      targets.push({ name, from: target.from, to: target.to });
    }
    const value = nodes.at(-1);
    // An even number of parts ends with an operator or the comma of a tuple.
    if (value === undefined || nodes.length % 2 === 0 || targets.length === 0) return null;
    const parts: Part[] = [];
    const label = targets.find(({ name }) => name !== null)?.name;
    if (label === undefined || label === null) return null;
    if (!this.#readValue(value, { name: label, path: '', keyNode: null }, parts)) return null;
    return { targets, from: value.from, to: value.to, parts };
  }

  /** Collects the literals of an expression. False when it is no literal at all. */
  #readValue(outer: SyntaxNode, at: Place, into: Part[]): boolean {
    const node = unwrap(outer);
    if (node.name === 'ArrayExpression') return this.#readList(node, at, into);
    if (node.name === 'DictionaryExpression') return this.#readDict(node, at, into);
    const literal = this.#readScalar(node, at.name + at.path);
    if (literal === null) return false;
    into.push({ ...literal, path: at.path, keyNode: at.keyNode });
    return true;
  }

  #readList(node: SyntaxNode, at: Place, into: Part[]): boolean {
    let index = 0;
    let starred = false;
    for (const item of children(node)) {
      if (item.type.isError) return false;
      if (item.name === '*') starred = true;
      else if (item.name === ',') {
        index++;
        starred = false;
      } else if (item.name !== '[' && item.name !== ']' && !starred) {
        this.#readValue(item, below(at, String(index), null), into);
      }
    }
    return true;
  }

  #readDict(node: SyntaxNode, at: Place, into: Part[]): boolean {
    let key: SyntaxNode | null = null;
    let isValue = false;
    for (const item of children(node)) {
      if (item.type.isError) return false;
      if (item.name === ':') isValue = true;
      else if (item.name === ',' || item.name === '{' || item.name === '}' || item.name === '**') {
        key = null;
        isValue = false;
      } else if (!isValue) key = item;
      else {
        const text = key === null ? undefined : this.#stringOf(unwrap(key));
        if (text !== undefined) this.#readValue(item, below(at, text, key), into);
      }
    }
    return true;
  }

  /** The literal of an expression without a place in a container; null when it is none. */
  #readScalar(node: SyntaxNode, key: string): ScalarPart | null {
    const { from, to } = node;
    const text = this.#textOf(node);
    switch (node.name) {
      case 'String': {
        const decoded = decodeString(text);
        if (decoded !== null) return { from, to, ...decoded };
        return this.#unsupported(node, key);
      }
      case 'Number': {
        const value = decodeNumber(text);
        return value === null ? this.#unsupported(node, key) : { from, to, value, style: null };
      }
      case 'Boolean':
      case 'None': {
        const value = NAMES.get(text);
        return value === undefined ? null : { from, to, value, style: null };
      }
      case 'UnaryExpression':
        return this.#readUnary(node, key);
      case 'MemberExpression':
      case 'BinaryExpression': {
        const [, sign = '', digits] = DOT_FLOAT.exec(text) ?? [];
        if (digits === undefined) return null;
        const value = Number(digits.replaceAll('_', '')) * (sign === '-' ? -1 : 1);
        const length = text.indexOf(digits) + digits.length;
        return { from, to: from + length, value, style: null };
      }
      default:
        return null;
    }
  }

  #readUnary(node: SyntaxNode, key: string): ScalarPart | null {
    const [operator, operand] = children(node);
    if (operator === undefined || operand === undefined) return null;
    const sign = this.#textOf(operator);
    const inner = sign === 'not' ? null : this.#readScalar(unwrap(operand), key);
    if (inner === null) return null;
    const value = applyUnary(sign, inner.value);
    if (value === null) return this.#unsupported(node, key);
    // With the parentheses of the operand, but without a comment that the grammar took in.
    const to = operand.name === 'ParenthesizedExpression' ? operand.to : inner.to;
    return { from: node.from, to, value, style: null };
  }

  #stringOf(node: SyntaxNode): string | undefined {
    return node.name === 'String' ? decodeString(this.#textOf(node))?.value : undefined;
  }

  #unsupported(node: SyntaxNode, key: string): null {
    const [line = ''] = this.#textOf(node).split(/[\r\n]/, 1);
    const text = line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}…` : line;
    this.#report(node.from, `The value of "${key}" cannot be read: ${text}`);
    return null;
  }

  /**
   * Reports the first error among the module's own statements. Deeper ones do not matter here,
   * and the grammar is stricter than Python in places (a bare `yield`).
   */
  #reportSyntaxError(module: SyntaxNode): void {
    const broken = children(module)
      .flatMap((node) => (node.name === 'AssignStatement' ? children(node) : [node]))
      .find(({ type, from, to }) => {
        const blank = to > from && this.#text.slice(from, to).trim() === '';
        return type.isError && !blank;
      });
    if (broken !== undefined) {
      this.#report(broken.from, 'Not understood as Python; values near it may be missing');
    }
  }

  #textOf(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to);
  }
}

function below({ name, path }: Place, key: string, keyNode: SyntaxNode | null): Place {
  return { name, path: `${path}.${key}`, keyNode };
}

/** `-`, `+` or `~` of a value as Python computes it; null where Python raises. */
function applyUnary(operator: string, operand: Scalar): bigint | number | null {
  const value = typeof operand === 'boolean' ? BigInt(operand) : operand;
  if (typeof value !== 'bigint' && typeof value !== 'number') return null;
  if (operator === '-') return -value;
  if (operator === '+') return value;
  return operator === '~' && typeof value === 'bigint' ? ~value : null;
}

/** The expression within any number of parentheses. */
function unwrap(node: SyntaxNode): SyntaxNode {
  if (node.name !== 'ParenthesizedExpression') return node;
  const [open, inner, close, ...rest] = children(node);
  const single = open?.name === '(' && close?.name === ')' && rest.length === 0;
  return single && inner !== undefined ? unwrap(inner) : node;
}

/** The children of a node without comments. */
function children(node: SyntaxNode): SyntaxNode[] {
  const nodes: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'Comment') nodes.push(child);
  }
  return nodes;
}
