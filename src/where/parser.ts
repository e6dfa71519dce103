import {
  valueKey,
  kindOf,
  runField,
  type ArithmeticOp,
  type CompareOp,
  type Operand,
  type Span,
  type Where,
} from './ast.ts';
import { Cursor, isKeyword } from './cursor.ts';
import { WhereError, type WhereProblem } from './problem.ts';
import { compileRegex, isRegex } from './regex.ts';
import { fieldOf, resolveBeside, resolveSides, type Term } from './resolve.ts';
import { readWord } from './words.ts';

/** Longest text of an expression; nobody writes that much by hand. */
const MAX_LENGTH = 10_000;
/** Deepest nesting of parentheses, signs and the like. */
const MAX_DEPTH = 100;
/** Most operators between values. */
const MAX_ARITHMETIC = 200;

/** A parsed expression, or what is wrong with its text. */
export type ParsedWhere =
  { readonly ok: true; readonly expression: Where } | ({ readonly ok: false } & WhereProblem);

/**
 * Parses an expression that selects runs (docs/where.md): the language that Gage documents and
 * never built (gage-format.md 5.1), for `--where`, `run-select` and the filter of the Runs view.
 * An empty text matches every run. Takes any text and never throws; offsets of a problem are
 * UTF-16 units, `to` exclusive, both the length of the text when something is missing there.
 */
export function parseWhere(text: string): ParsedWhere {
  if (text.length > MAX_LENGTH) {
    const message = `An expression has at most ${String(MAX_LENGTH)} characters`;
    return { ok: false, message, from: MAX_LENGTH, to: text.length };
  }
  try {
    return { ok: true, expression: new Parser(text).parse() };
  } catch (error) {
    if (!(error instanceof WhereError)) throw error;
    return { ok: false, message: error.message, ...error.span };
  }
}

/** How tight operators between values bind. */
const BINDING: Readonly<Record<ArithmeticOp, number>> = { '+': 1, '-': 1, '*': 2, '/': 2, '**': 4 };
const SIGN_BINDING = 3;

/** A value, or a condition: which of them parentheses hold is known at their end. */
type Part = (Span & { readonly condition: Where }) | (Span & { readonly value: Term });

class Parser {
  readonly #text: string;
  readonly #cursor: Cursor;
  #depth = 0;
  #arithmetic = 0;

  constructor(text: string) {
    this.#text = text;
    this.#cursor = new Cursor(text);
  }

  parse(): Where {
    if (this.#cursor.text.trim() === '') return { kind: 'and', all: [] };
    const part = this.#or();
    if (this.#cursor.isOp(')')) this.#cursor.fail("This ')' closes nothing");
    if (this.#cursor.compareOp() !== null) this.#cursor.fail("Write 'and' between two comparisons");
    if (this.#cursor.token.kind !== 'end') this.#cursor.expected("'and', 'or' or the end");
    return this.#condition(part);
  }

  #or(): Part {
    const first = this.#and();
    if (!this.#cursor.isWord('or', '||')) return first;
    const all = [this.#condition(first)];
    while (this.#cursor.takeWord('or', '||')) all.push(this.#condition(this.#and()));
    return { condition: { kind: 'or', all }, from: first.from, to: this.#cursor.end };
  }

  /** Conditions with `and` between them, or with nothing. */
  #and(): Part {
    const first = this.#not();
    const all: Where[] = [];
    while (this.#cursor.takeWord('and', '&&') || this.#startsCondition()) {
      if (all.length === 0) all.push(this.#condition(first));
      all.push(this.#condition(this.#not()));
    }
    if (all.length === 0) return first;
    return { condition: { kind: 'and', all }, from: first.from, to: this.#cursor.end };
  }

  #not(): Part {
    const { from } = this.#cursor.token;
    if (!this.#cursor.takeWord('not')) return this.#comparison();
    const of = this.#nested(() => this.#condition(this.#not()));
    return { condition: { kind: 'not', of }, from, to: this.#cursor.end };
  }

  #comparison(): Part {
    const left = this.#value(0);
    if ('condition' in left) return left;
    const condition =
      this.#compared(left.value) ?? this.#matched(left.value) ?? this.#listed(left.value);
    return condition === null ? left : { condition, from: left.from, to: this.#cursor.end };
  }

  #compared(left: Term): Where | null {
    const op = this.#cursor.compareOp() ?? this.#timeOp(left);
    if (op === null) return null;
    const { text } = this.#cursor.next();
    const [first, second] = resolveSides(left, this.#valueAfter(text));
    return { kind: 'compare', op, left: first, right: second };
  }

  /** `=~` and `!~`. */
  #matched(left: Term): Where | null {
    if (!this.#cursor.isOp('=~', '!~')) return null;
    const { text: op } = this.#cursor.next();
    const { kind, text, from, to } = this.#cursor.token;
    if (kind === 'open') this.#cursor.fail('The closing quote is missing');
    if (kind !== 'string' && kind !== 'pattern') {
      this.#cursor.expected(`a regular expression after '${op}'`);
    }
    this.#cursor.next();
    const regex = compileRegex(text);
    if (!isRegex(regex)) {
      const inside = { from: from + regex.from, to: from + regex.to };
      throw new WhereError(regex.message, kind === 'pattern' ? inside : { from, to });
    }
    const condition: Where = { kind: 'match', left: fieldOf(left), regex };
    return op === '=~' ? condition : { kind: 'not', of: condition };
  }

  /** `in [a, b]`, `not in` and `not-in`. */
  #listed(left: Term): Where | null {
    const spaced = this.#cursor.isWord('not') && isKeyword(this.#cursor.peek(1), 'in');
    const negated = spaced || this.#cursor.isWord('not-in');
    if (!negated && !this.#cursor.isWord('in')) return null;
    const { kind, text } = this.#cursor.peek(spaced ? 2 : 1);
    // `trained in cloud` are words: only of a field it is sure that a list is missing.
    if (!isKnownField(left) && !(kind === 'op' && text === '[')) return null;
    if (spaced) this.#cursor.next();
    this.#cursor.next();
    if (!this.#cursor.isOp('[')) this.#cursor.expected("a list such as [a, b] after 'in'");
    const { from } = this.#cursor.next();
    const field = fieldOf(left);
    const items: Operand[] = [];
    while (!this.#cursor.isOp(']')) {
      if (this.#cursor.token.kind === 'end')
        this.#cursor.fail("The closing ']' is missing", { from, to: from + 1 });
      items.push(resolveBeside(field, this.#item()));
      if (this.#cursor.isOp(',')) this.#cursor.next();
    }
    this.#cursor.next();
    const condition: Where = { kind: 'in', left: field, items };
    return negated ? { kind: 'not', of: condition } : condition;
  }

  #item(): Term {
    if (this.#cursor.token.kind !== 'op' || this.#cursor.isOp('-'))
      return this.#term(this.#value(SIGN_BINDING));
    return this.#cursor.expected("a value or ']'");
  }

  /** Values with operators between them that bind tighter than `least` (precedence climbing). */
  #value(least: number): Part {
    let left = this.#prefix();
    for (;;) {
      const op = this.#arithmeticOp();
      if (op === null || BINDING[op] <= least) return left;
      if (++this.#arithmetic > MAX_ARITHMETIC) this.#cursor.fail('There are too many operators');
      const first = fieldOf(this.#term(left));
      this.#cursor.next();
      // A power binds to the right: 2 ** 3 ** 2 is 2 ** 9.
      const inner = op === '**' ? SIGN_BINDING : BINDING[op];
      const second = fieldOf(this.#nested(() => this.#valueAfter(op, inner)));
      const span = { from: left.from, to: this.#cursor.end };
      left = {
        value: { kind: 'arithmetic', op, left: first, right: second, ...span },
        ...span,
      };
    }
  }

  #valueAfter(operator: string, least = 0): Term {
    const { kind } = this.#cursor.token;
    const starts = kind === 'op' ? this.#cursor.isOp('(', '-') : kind !== 'end';
    if (!starts || this.#isJoint()) this.#cursor.expected(`a value after '${operator}'`);
    return this.#term(this.#value(least));
  }

  #prefix(): Part {
    const { kind, text, from } = this.#cursor.token;
    if (kind === 'open') this.#cursor.fail('The closing quote is missing');
    if (this.#cursor.isOp('-')) {
      this.#cursor.next();
      const of = fieldOf(this.#nested(() => this.#valueAfter('-', SIGN_BINDING)));
      const span = { from, to: this.#cursor.end };
      return { value: { kind: 'negate', of, ...span }, ...span };
    }
    if (this.#cursor.isOp('(')) return this.#parentheses();
    if (this.#isJoint() || (kind !== 'word' && kind !== 'string')) {
      this.#cursor.expected('a condition, such as status == completed');
    }
    const { to } = this.#cursor.next();
    if (kind === 'string') {
      return { value: { kind: 'literal', value: text, source: null, from, to }, from, to };
    }
    const value = readWord(this.#cursor, text, { from, to });
    return { value, from, to: value.to };
  }

  /** A condition or a value in parentheses, or a command such as `(now)`. */
  #parentheses(): Part {
    const open = this.#cursor.next();
    const { kind, text } = this.#cursor.token;
    const close = this.#cursor.peek(1);
    const isCommand = close.kind === 'op' && close.text === ')' && kind === 'word';
    if (isCommand && (text === 'now' || text === 'today' || text === 'yesterday')) {
      const span = { from: open.from, to: close.to };
      this.#cursor.next();
      this.#cursor.next();
      return { value: { kind: text, ...span }, ...span };
    }
    const part = this.#nested(() => this.#or());
    if (this.#cursor.compareOp() !== null) this.#cursor.fail("Write 'and' between two comparisons");
    if (this.#cursor.token.kind === 'end') this.#cursor.fail("The closing ')' is missing", open);
    if (!this.#cursor.isOp(')')) this.#cursor.expected("'and', 'or' or ')'");
    this.#cursor.next();
    return part;
  }

  #term(part: Part): Term {
    if ('value' in part) return part.value;
    throw new WhereError('Expected a value, not a condition', part);
  }

  /** A part as a condition: words that stand alone are looked for in the texts of a run. */
  #condition(part: Part): Where {
    if ('condition' in part) return part.condition;
    const { value } = part;
    if (value.kind === 'arithmetic' || value.kind === 'negate') {
      throw new WhereError('This needs a comparison, such as > 1', part);
    }
    const quoted = value.kind === 'literal' && value.source === null ? value.value : null;
    if (typeof quoted === 'string') return { kind: 'text', text: quoted.toLowerCase() };
    const words = this.#text.slice(value.from, value.to).toLowerCase().split(/\s+/);
    const all = words.map((text): Where => ({ kind: 'text', text }));
    const [only] = all;
    return only !== undefined && all.length === 1 ? only : { kind: 'and', all };
  }

  #isJoint(): boolean {
    return this.#cursor.isWord('and', 'or', '&&', '||');
  }

  #startsCondition(): boolean {
    const { kind } = this.#cursor.token;
    if (kind === 'word') return !this.#cursor.isWord('or', '||');
    return kind === 'string' || kind === 'open' || this.#cursor.isOp('(');
  }

  /** `after` and `before`, which are words like others unless a time stands before them. */
  #timeOp(left: Term): CompareOp | null {
    const hasPrefix = left.kind === 'word' && valueKey(left.text) !== null;
    if (!hasPrefix && kindOf(fieldOf(left)) !== 'time') return null;
    return this.#cursor.isWord('after') ? '>' : this.#cursor.isWord('before') ? '<' : null;
  }

  #arithmeticOp(): ArithmeticOp | null {
    const { kind, text } = this.#cursor.token;
    const isOp = (op: string): op is ArithmeticOp => Object.hasOwn(BINDING, op);
    return kind === 'op' && isOp(text) ? text : null;
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) this.#cursor.fail('This is nested too deeply');
    const result = parse();
    this.#depth--;
    return result;
  }
}

/** Whether a term names a field by more than its position. */
function isKnownField(term: Term): boolean {
  if (term.kind === 'word') return runField(term.text) !== null || valueKey(term.text) !== null;
  return term.kind !== 'literal';
}
