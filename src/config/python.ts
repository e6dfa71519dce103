import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { RunyardError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { ConfigDocument, DocumentProblem, Scalar, TextEdit } from './document.ts';
import { applyEdits } from './document.ts';
import { fitValue, sameScalar } from './fit.ts';
import type { StringStyle } from './python-literals.ts';
import { decodeNumber, decodeString, encodeLiteral } from './python-literals.ts';

/** One literal below an assigned name: `.0` of `l = [1, 2]`, the empty path of `x = 1`. */
interface Literal {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly value: Scalar;
  readonly style: StringStyle | null;
}

/** A module-level assignment with a value that can be read: `a = b = [1, 2]`. */
interface Assignment {
  readonly targets: readonly Target[];
  readonly from: number;
  readonly to: number;
  readonly literals: readonly Literal[];
}

interface Target {
  /** Null when the target is not a plain name. */
  readonly name: string | null;
  readonly from: number;
}

/**
 * Reads the configuration of a Python file: the literals that module-level assignments give to
 * plain names, and those inside list and dict literals (gage.md 4.5, "Python reading"). Never
 * throws: what cannot be read is left out or becomes a problem.
 */
export function parsePython(text: string): ConfigDocument {
  return new PythonDocument(text);
}

class PythonDocument implements ConfigDocument {
  readonly values: ReadonlyMap<string, Scalar>;
  readonly problems: readonly DocumentProblem[];
  readonly #text: string;
  /** The assignment that decides each name: the last one. */
  readonly #bindings = new Map<string, Assignment>();

  constructor(text: string) {
    this.#text = text;
    const reader = new PythonReader(text);
    const values = new Map<string, Scalar>();
    for (const assignment of reader.readModule()) {
      for (const { name } of assignment.targets) {
        if (name === null) continue;
        this.#bindings.delete(name);
        this.#bindings.set(name, assignment);
      }
    }
    for (const [name, assignment] of this.#bindings) {
      for (const literal of assignment.literals) {
        const key = name + literal.path;
        if (values.has(key))
          reader.report(literal.from, `"${key}" has two values, the last counts`);
        values.set(key, literal.value);
      }
    }
    this.values = values;
    this.problems = reader.problems;
  }

  edits(values: ReadonlyMap<string, Json>): readonly TextEdit[] {
    const edits = [...new Set(this.#bindings.values())].flatMap((assignment) =>
      this.#editAssignment(assignment, values),
    );
    return edits.sort((a, b) => a.from - b.from);
  }

  #editAssignment(assignment: Assignment, values: ReadonlyMap<string, Json>): readonly TextEdit[] {
    const perTarget = assignment.targets.map(({ name }) =>
      name !== null && this.#bindings.get(name) === assignment
        ? this.#editValue(assignment, name, values)
        : [],
    );
    const texts = perTarget.map((edits) => this.#valueText(assignment, edits));
    const last = perTarget.at(-1) ?? [];
    if (new Set(texts).size === 1) return last;
    // The names of a chain part: `a = b = 1` becomes `a = 5; b = 1`.
    const splits = assignment.targets.slice(1).map(({ from }, i) => ({
      from,
      to: from,
      insert: `${texts[i] ?? ''}; `,
    }));
    return [...splits, ...last];
  }

  #editValue(
    assignment: Assignment,
    name: string,
    values: ReadonlyMap<string, Json>,
  ): readonly TextEdit[] {
    // Of two literals with the same key the last counts, so only that one is changed.
    const byKey = new Map(assignment.literals.map((literal) => [name + literal.path, literal]));
    const edits: TextEdit[] = [];
    for (const [key, literal] of byKey) {
      const wanted = values.get(key);
      if (wanted === undefined) continue;
      const value = fitValue(key, wanted, literal.value);
      if (sameScalar(value, literal.value)) continue;
      const insert = encodeLiteral(value, literal.style, this.#eol());
      if (insert === null) {
        throw new RunyardError(
          'bad-config',
          `The new value does not fit "${key}": it is a bytes literal`,
        );
      }
      edits.push({ from: literal.from, to: literal.to, insert });
    }
    return edits.sort((a, b) => a.from - b.from);
  }

  #valueText({ from, to }: Assignment, edits: readonly TextEdit[]): string {
    const shifted = edits.map((edit) => ({ ...edit, from: edit.from - from, to: edit.to - from }));
    return applyEdits(this.#text.slice(from, to), shifted);
  }

  #eol(): string {
    return /\r\n|\n|\r/.exec(this.#text)?.[0] ?? '\n';
  }
}

const NAMES: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ['True', true],
  ['False', false],
  ['None', null],
]);

/** `5.` and `5.e-3`: Python floats that the grammar takes for attributes of a number. */
const DOT_FLOAT = /^([-+]?)\s*(\d(?:_?\d)*\.(?:[eE][-+]?\d(?:_?\d)*)?)(?=\s*(?:#.*)?$)/;

class PythonReader {
  readonly problems: DocumentProblem[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
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

  report(at: number, message: string): void {
    const line = this.#text.slice(0, at).split(/\r\n|\n|\r/).length;
    this.problems.push({ line, message });
  }

  /** `target = … = value`; null when the value is not a literal, or the statement has tuples. */
  #readAssignment(statement: SyntaxNode): Assignment | null {
    const parts = children(statement).filter((node) => node.name !== 'TypeDef');
    const targets: Target[] = [];
    for (let i = 0; i < parts.length - 1; i += 2) {
      const target = parts[i];
      if (target === undefined || parts[i + 1]?.name !== 'AssignOp') return null;
      const plain = unwrap(target);
      const name = plain.name === 'VariableName' ? this.#textOf(plain) : null;
      targets.push({ name, from: target.from });
    }
    const value = parts.at(-1);
    // An even number of parts ends with an operator or the comma of a tuple.
    if (value === undefined || parts.length % 2 === 0 || targets.length === 0) return null;
    const literals: Literal[] = [];
    const label = targets.find(({ name }) => name !== null)?.name;
    if (label === undefined || label === null) return null;
    if (!this.#readValue(value, label, '', literals)) return null;
    return { targets, from: value.from, to: value.to, literals };
  }

  /** Collects the literals of an expression. False when it is no literal at all. */
  #readValue(outer: SyntaxNode, name: string, path: string, into: Literal[]): boolean {
    const node = unwrap(outer);
    if (node.name === 'ArrayExpression') return this.#readList(node, name, path, into);
    if (node.name === 'DictionaryExpression') return this.#readDict(node, name, path, into);
    const literal = this.#readScalar(node, name + path);
    if (literal === null) return false;
    into.push({ ...literal, path });
    return true;
  }

  #readList(node: SyntaxNode, name: string, path: string, into: Literal[]): boolean {
    let index = 0;
    let starred = false;
    for (const item of children(node)) {
      if (item.type.isError) return false;
      if (item.name === '*') starred = true;
      else if (item.name === ',') {
        index++;
        starred = false;
      } else if (item.name !== '[' && item.name !== ']' && !starred) {
        this.#readValue(item, name, `${path}.${String(index)}`, into);
      }
    }
    return true;
  }

  #readDict(node: SyntaxNode, name: string, path: string, into: Literal[]): boolean {
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
        if (text !== undefined) this.#readValue(item, name, `${path}.${text}`, into);
      }
    }
    return true;
  }

  /** The literal of an expression without a place in a container; null when it is none. */
  #readScalar(node: SyntaxNode, key: string): Omit<Literal, 'path'> | null {
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

  #readUnary(node: SyntaxNode, key: string): Omit<Literal, 'path'> | null {
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
    this.report(node.from, `The value of "${key}" cannot be read: ${this.#textOf(node)}`);
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
      this.report(broken.from, 'Not understood as Python; values near it may be missing');
    }
  }

  #textOf(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to);
  }
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
