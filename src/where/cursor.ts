import type { CompareOp, Span } from './ast.ts';
import { tokenize, type Token } from './lexer.ts';
import { WhereError } from './problem.ts';

/** The comparison operators, by how they are written. */
const COMPARE: Readonly<Record<string, CompareOp>> = {
  '=': '==',
  '==': '==',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** The tokens of an expression, one after the other. */
export class Cursor {
  /** The whole expression. */
  readonly text: string;
  readonly #tokens: readonly Token[];
  readonly #last: Token;
  #at = 0;

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
    this.#last = { kind: 'end', text: '', from: text.length, to: text.length };
  }

  /** The token that comes next. */
  get token(): Token {
    return this.#tokens[this.#at] ?? this.#last;
  }

  /** The token so many places behind the next one. */
  peek(places: number): Token {
    return this.#tokens[this.#at + places] ?? this.#last;
  }

  /** End of the token before. */
  get end(): number {
    return this.#tokens[this.#at - 1]?.to ?? 0;
  }

  next(): Token {
    const { token } = this;
    this.#at++;
    return token;
  }

  /** Goes back to before the token that was taken last. */
  back(): void {
    this.#at--;
  }

  isOp(...texts: readonly string[]): boolean {
    return this.token.kind === 'op' && texts.includes(this.token.text);
  }

  /** @param keywords in lower case; the expression may have them in upper case. */
  isWord(...keywords: readonly string[]): boolean {
    return isKeyword(this.token, ...keywords);
  }

  takeWord(...keywords: readonly string[]): boolean {
    if (!this.isWord(...keywords)) return false;
    this.#at++;
    return true;
  }

  compareOp(): CompareOp | null {
    const { kind, text } = this.token;
    return kind === 'op' && Object.hasOwn(COMPARE, text) ? (COMPARE[text] ?? null) : null;
  }

  /** Fails at the next token, which should have been `what`. */
  expected(what: string): never {
    const { kind, text } = this.token;
    return this.fail(kind === 'end' ? `Expected ${what}` : `Expected ${what}, not '${text}'`);
  }

  fail(message: string, span: Span = this.token): never {
    throw new WhereError(message, span);
  }
}

/** Whether a token is one of some words, which are given in lower case. */
export function isKeyword(token: Token, ...keywords: readonly string[]): boolean {
  return token.kind === 'word' && keywords.includes(token.text.toLowerCase());
}
