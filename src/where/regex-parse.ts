/** Whether a code point is one that is looked for. */
export type CharTest = (char: number) => boolean;
export type Assertion = 'begin' | 'end' | 'boundary' | 'inside';

/** A piece of a pattern. */
export type Piece =
  | { readonly kind: 'char'; readonly test: CharTest }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'sequence' | 'choice'; readonly items: readonly Piece[] }
  /** `max` null: any number of times. */
  | {
      readonly kind: 'repeat';
      readonly item: Piece;
      readonly min: number;
      readonly max: number | null;
    };

/** What is wrong with a pattern, and where: offsets into it. */
export class RegexError extends Error {
  readonly from: number;
  readonly to: number;

  constructor(message: string, from: number, to: number) {
    super(message);
    this.from = from;
    this.to = to;
  }
}

const MAX_LENGTH = 1_000;
const MAX_DEPTH = 50;
const MAX_REPEAT = 1_000;
const NEWLINE = 0x0a;
const REPEAT = /\{(?:(\d+)(,(\d*))?|,(\d+))\}/y;
const GROUP = /\?(?::|P?<[A-Za-z_]\w*>)/y;
const HEX = /x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})/y;

const CLASSES: Readonly<Record<string, CharTest>> = {
  d: (c) => c >= 0x30 && c <= 0x39,
  w: (c) => /[\p{L}\p{N}_]/u.test(String.fromCodePoint(c)),
  s: (c) => /\s/.test(String.fromCodePoint(c)),
};
const CONTROLS: Readonly<Record<string, number>> = {
  n: NEWLINE,
  r: 0x0d,
  t: 0x09,
  f: 0x0c,
  v: 0x0b,
};
const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  b: 'boundary',
  B: 'inside',
  A: 'begin',
  Z: 'end',
};

/** Parses a pattern in Python's syntax. Throws {@link RegexError}. */
export function parsePattern(source: string): Piece {
  if (source.length > MAX_LENGTH) {
    throw new RegexError(
      `A pattern has at most ${String(MAX_LENGTH)} characters`,
      0,
      source.length,
    );
  }
  const ignoreCase = source.startsWith('(?i)');
  return new PatternParser(source, ignoreCase ? 4 : 0, ignoreCase).parse();
}

class PatternParser {
  readonly #source: string;
  readonly #ignoreCase: boolean;
  #at: number;
  #depth = 0;

  constructor(source: string, at: number, ignoreCase: boolean) {
    this.#source = source;
    this.#at = at;
    this.#ignoreCase = ignoreCase;
  }

  parse(): Piece {
    const piece = this.#choice();
    if (this.#at < this.#source.length) this.#fail("This ')' closes nothing", this.#at);
    return piece;
  }

  #choice(): Piece {
    const items = [this.#sequence()];
    while (this.#take('|')) items.push(this.#sequence());
    return { kind: 'choice', items };
  }

  #sequence(): Piece {
    const items: Piece[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) {
      items.push(this.#repeated());
    }
    return { kind: 'sequence', items };
  }

  #repeated(): Piece {
    const from = this.#at;
    let piece = this.#atom();
    for (let i = 0; ; i++) {
      const counts = this.#counts();
      if (counts === null) return piece;
      if (i > 0 || piece.kind === 'assert') this.#fail('Nothing to repeat here', this.#at - 1);
      const [min, max] = counts;
      if (min > MAX_REPEAT || (max ?? 0) > MAX_REPEAT || (max !== null && max < min)) {
        this.#fail(`Repeat at most ${String(MAX_REPEAT)} times, the smaller number first`, from);
      }
      // Lazy or not is the same for a pattern that is only looked for.
      this.#take('?');
      piece = { kind: 'repeat', item: piece, min, max };
    }
  }

  #counts(): readonly [number, number | null] | null {
    if (this.#take('*')) return [0, null];
    if (this.#take('+')) return [1, null];
    if (this.#take('?')) return [0, 1];
    REPEAT.lastIndex = this.#at;
    const match = REPEAT.exec(this.#source);
    if (match === null) return null;
    this.#at += match[0].length;
    const [, exact, more, last, upTo] = match;
    if (upTo !== undefined) return [0, Number(upTo)];
    const min = Number(exact);
    return [min, more === undefined ? min : last ? Number(last) : null];
  }

  #atom(): Piece {
    const from = this.#at;
    const c = this.#next();
    switch (c) {
      case '(':
        return this.#group(from);
      case '[':
        return { kind: 'char', test: this.#set(from) };
      case '.':
        return { kind: 'char', test: (char) => char !== NEWLINE };
      case '^':
        return { kind: 'assert', what: 'begin' };
      case '$':
        return { kind: 'assert', what: 'end' };
      case '*':
      case '+':
      case '?':
        return this.#fail('Nothing to repeat here', from);
      case '\\':
        return this.#escape(from);
      default:
        return this.#char(codePoint(c));
    }
  }

  #group(from: number): Piece {
    if (++this.#depth > MAX_DEPTH) this.#fail('Groups are nested too deeply', from);
    if (this.#peek() === '?') {
      GROUP.lastIndex = this.#at;
      const match = GROUP.exec(this.#source);
      if (match === null) this.#fail('This kind of group is not supported', from);
      else this.#at += match[0].length;
    }
    const piece = this.#choice();
    if (!this.#take(')')) this.#fail("The closing ')' is missing", from);
    this.#depth--;
    return piece;
  }

  #escape(from: number): Piece {
    const c = this.#next();
    const what = own(ASSERTIONS, c);
    if (what !== undefined) return { kind: 'assert', what };
    const test = classTest(c);
    return test === null ? this.#char(this.#escaped(c, from)) : { kind: 'char', test };
  }

  /** The character that a backslash and `c` mean. */
  #escaped(c: string, from: number): number {
    if (c === '') this.#fail('A pattern cannot end with a backslash', from);
    HEX.lastIndex = this.#at - 1;
    const hex = HEX.exec(this.#source);
    if (hex !== null) {
      this.#at += hex[0].length - 1;
      return Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
    }
    const control = own(CONTROLS, c);
    if (control === undefined && /[A-Za-z0-9]/.test(c)) {
      this.#fail(`\\${c} is not supported`, from);
    }
    return control ?? codePoint(c);
  }

  #set(from: number): CharTest {
    const negated = this.#take('^');
    const tests: CharTest[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.#at >= this.#source.length) this.#fail("The closing ']' is missing", from);
      tests.push(this.#setItem());
    }
    this.#at++;
    const any = (char: number): boolean => tests.some((test) => test(char));
    return negated ? (char) => !any(char) : any;
  }

  #setItem(): CharTest {
    const from = this.#at;
    const low = this.#setChar();
    if (typeof low !== 'number') return low;
    const isRange = this.#peek() === '-' && !['', ']'].includes(this.#source.charAt(this.#at + 1));
    if (!isRange) return this.#folded((char) => char === low);
    this.#at++;
    const high = this.#setChar();
    if (typeof high !== 'number' || high < low) return this.#fail('This is not a range', from);
    return this.#folded((char) => low <= char && char <= high);
  }

  #setChar(): number | CharTest {
    const from = this.#at;
    const c = this.#next();
    if (c !== '\\') return codePoint(c);
    const escaped = this.#next();
    if (escaped === 'b') return 0x08;
    return classTest(escaped) ?? this.#escaped(escaped, from);
  }

  #char(wanted: number): Piece {
    return { kind: 'char', test: this.#folded((char) => char === wanted) };
  }

  #folded(test: CharTest): CharTest {
    if (!this.#ignoreCase) return test;
    return (char) => {
      const text = String.fromCodePoint(char);
      return (
        test(char) || test(codePoint(text.toLowerCase())) || test(codePoint(text.toUpperCase()))
      );
    };
  }

  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  /** The next code point, '' at the end. */
  #next(): string {
    const code = this.#source.codePointAt(this.#at);
    const c = code === undefined ? '' : String.fromCodePoint(code);
    this.#at += c.length;
    return c;
  }

  #take(c: string): boolean {
    if (this.#peek() !== c) return false;
    this.#at++;
    return true;
  }

  #fail(message: string, from: number): never {
    throw new RegexError(
      message,
      from,
      Math.min(this.#source.length, Math.max(this.#at, from + 1)),
    );
  }
}

/** The test of `\d` and the like, and of their opposites. */
function classTest(c: string): CharTest | null {
  const positive = own(CLASSES, c);
  if (positive !== undefined) return positive;
  const negative = own(CLASSES, c.toLowerCase());
  return negative === undefined ? null : (char) => !negative(char);
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function codePoint(c: string): number {
  return c.codePointAt(0) ?? 0;
}
