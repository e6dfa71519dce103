import { createScanner } from 'jsonc-parser';
import { RepairedText } from '../repair.ts';
import type { SyntaxProblem, TextEdit } from '../tree.ts';

/** A sign by itself, `"` for a string, `0` for a number or constant, `?` for anything else. */
type TokenKind = '{' | '}' | '[' | ']' | ':' | ',' | '"' | '0' | '?' | '';

interface Token {
  readonly kind: TokenKind;
  readonly from: number;
  readonly to: number;
  /** Width of the space before it when it is the first of its line, else null. */
  readonly indent: number | null;
}

interface OpenBracket {
  readonly token: Token;
  /** Width of the space at the start of the line that opens it. */
  readonly indent: number;
}

/** What a broken JSON text needs so that the rest of it can be read. */
interface JsonRepair {
  readonly repaired: RepairedText;
  readonly problems: readonly SyntaxProblem[];
}

/**
 * Closes brackets that a key or another bracket shows to be open by mistake, and completes keys
 * without a value, so that one fault does not hide the operations behind it.
 */
export function repairJson(text: string): JsonRepair {
  const repair = new Repair(readTokens(text));
  repair.run();
  return { repaired: new RepairedText(text, repair.inserts), problems: repair.problems };
}

class Repair {
  readonly inserts: TextEdit[] = [];
  readonly problems: SyntaxProblem[] = [];
  readonly #tokens: readonly Token[];
  readonly #stack: OpenBracket[] = [];
  #lineIndent = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  run(): void {
    for (const [i, token] of this.#tokens.entries()) {
      this.#lineIndent = token.indent ?? this.#lineIndent;
      switch (token.kind) {
        case '{':
        case '[':
          this.#stack.push({ token, indent: this.#lineIndent });
          break;
        case '}':
        case ']':
          this.#close(token, i);
          break;
        case '"':
          if (this.#kindAt(i + 1) === ':') this.#key(token, i);
          else if (this.#isKeyPlace(i)) this.#loneKey(token, i);
          break;
        case '?':
          if (this.#isKeyPlace(i)) this.#bareKey(token, i);
          break;
        default:
      }
    }
  }

  #kindAt(index: number): TokenKind {
    return this.#tokens[index]?.kind ?? '';
  }

  #top(): OpenBracket | undefined {
    return this.#stack.at(-1);
  }

  /** True after `{` or `,`, or on a line of its own, in an object. */
  #isKeyPlace(i: number): boolean {
    if (this.#top()?.token.kind !== '{') return false;
    const before = this.#kindAt(i - 1);
    if (before === ':') return false;
    return before === '{' || before === ',' || typeof this.#tokens[i]?.indent === 'number';
  }

  #key(token: Token, i: number): void {
    const before = this.#kindAt(i - 1);
    if (before === ':' && this.#top()?.token.kind === '{') {
      this.#problem(
        'Expected a value after the colon',
        this.#tokens[i - 2]?.from,
        this.#tokens[i - 1]?.to,
      );
      this.#insert(this.#tokens[i - 1]?.to ?? token.from, '0,');
    }
    while (this.#isOpenByMistake(token)) this.#closeTop(i);
  }

  /** A key cannot stand in a list; nor can it stand left of the line that opens its object. */
  #isOpenByMistake(key: Token): boolean {
    const top = this.#top();
    if (top === undefined || this.#stack.length < 2) return false;
    if (top.token.kind === '[') return true;
    return key.indent !== null && key.indent <= top.indent && top.indent > 0;
  }

  #close(token: Token, i: number): void {
    const opening = token.kind === '}' ? '{' : '[';
    if (!this.#stack.some((open) => open.token.kind === opening)) return;
    while (this.#top()?.token.kind !== opening) this.#closeTop(i);
    this.#stack.pop();
  }

  /** Closes the innermost bracket before token `i`, and before the comma in front of it. */
  #closeTop(i: number): void {
    const top = this.#stack.pop();
    if (top === undefined) return;
    const before = this.#tokens[i - 1];
    const hasComma = before?.kind === ',';
    const at = (hasComma ? this.#tokens[i - 2]?.to : before?.to) ?? top.token.to;
    const isList = top.token.kind === '[';
    const [open, close] = isList ? ['[', ']'] : ['{', '}'];
    this.#insert(at, close);
    this.#problem(`This ${open} is not closed: expected ${close}`, top.token.from, top.token.to);
  }

  #loneKey(token: Token, i: number): void {
    this.#problem('Expected a colon and a value after the key', token.from, token.to);
    this.#insert(token.to, this.#needsComma(i) ? ':0,' : ':0');
  }

  #bareKey(token: Token, i: number): void {
    this.#problem('A key needs double quotes', token.from, token.to);
    this.#insert(token.from, '"');
    if (this.#kindAt(i + 1) === ':') this.#insert(token.to, '"');
    else this.#insert(token.to, this.#needsComma(i) ? '":0,' : '":0');
  }

  #needsComma(i: number): boolean {
    const next = this.#kindAt(i + 1);
    return next !== ',' && next !== '}' && next !== ']' && next !== '';
  }

  #insert(at: number, insert: string): void {
    const last = this.inserts.at(-1)?.from ?? 0;
    const from = Math.max(at, last);
    this.inserts.push({ from, to: from, insert });
  }

  #problem(message: string, from = 0, to = from): void {
    this.problems.push({ code: 'syntax', severity: 'error', message, range: { from, to } });
  }
}

function readTokens(text: string): readonly Token[] {
  const scanner = createScanner(text, true);
  const tokens: Token[] = [];
  let line = -1;
  for (scanner.scan(); scanner.getTokenLength() > 0; scanner.scan()) {
    const from = scanner.getTokenOffset();
    const to = from + scanner.getTokenLength();
    const isFirst = scanner.getTokenStartLine() !== line;
    line = scanner.getTokenStartLine();
    const indent = isFirst ? scanner.getTokenStartCharacter() : null;
    tokens.push({ kind: kindOf(text.slice(from, to)), from, to, indent });
  }
  return tokens;
}

const SIGNS: ReadonlyMap<string, TokenKind> = new Map(
  (['{', '}', '[', ']', ':', ',', '"'] as const).map((sign) => [sign, sign]),
);

function kindOf(token: string): TokenKind {
  const sign = SIGNS.get(token.charAt(0));
  if (sign !== undefined) return sign;
  return /^(?:true|false|null|-?\d.*)$/.test(token) ? '0' : '?';
}
