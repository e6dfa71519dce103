import {
  parsePattern,
  RegexError,
  type Assertion,
  type CharTest,
  type Piece,
} from './regex-parse.ts';

/**
 * Regular expressions whose time is linear in the text, whatever the pattern: those of a Gage
 * file or a filter must not hang the editor, as JavaScript's own do with `(a+)+$`. All states
 * are followed at once (Thompson), so there are no back references and no look-around.
 */
export interface Regex {
  readonly source: string;
  /** Whether the pattern is found anywhere in the first {@link MAX_TEXT} characters. */
  test(text: string): boolean;
}

/** Longest text that is searched, in code points. */
const MAX_TEXT = 4_000;
/** Most instructions of a pattern; `{m,n}` repeats them. */
const MAX_PROGRAM = 2_000;

/** What is wrong with a pattern, and where in it. */
export interface RegexProblem {
  readonly message: string;
  readonly from: number;
  readonly to: number;
}

type Instruction =
  | { readonly op: 'char'; readonly test: CharTest }
  | { readonly op: 'assert'; readonly what: Assertion }
  | { readonly op: 'split'; readonly to: number[] }
  | { readonly op: 'match' };

/** Compiles a pattern in Python's syntax. Never throws. */
export function compileRegex(source: string): Regex | RegexProblem {
  try {
    const program: Instruction[] = [];
    emit(parsePattern(source), program);
    program.push({ op: 'match' });
    return { source, test: (text) => new Search(program, text).found() };
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    return { message: error.message, from: error.from, to: error.to };
  }
}

export function isRegex(result: Regex | RegexProblem): result is Regex {
  return 'test' in result;
}

/** Appends the instructions of a piece; control then goes on behind them. */
function emit(piece: Piece, out: Instruction[]): void {
  if (out.length > MAX_PROGRAM) throw new RegexError('The pattern is too large', 0, 0);
  switch (piece.kind) {
    case 'char':
      out.push({ op: 'char', test: piece.test });
      return;
    case 'assert':
      out.push({ op: 'assert', what: piece.what });
      return;
    case 'sequence':
      for (const item of piece.items) emit(item, out);
      return;
    case 'choice':
      emitChoice(piece.items, out);
      return;
    case 'repeat':
      emitRepeat(piece.item, piece.min, piece.max, out);
  }
}

function emitChoice(items: readonly Piece[], out: Instruction[]): void {
  const start: number[] = [];
  const ends: number[][] = [];
  out.push({ op: 'split', to: start });
  for (const item of items) {
    start.push(out.length);
    emit(item, out);
    const end: number[] = [];
    ends.push(end);
    out.push({ op: 'split', to: end });
  }
  for (const end of ends) end.push(out.length);
}

function emitRepeat(item: Piece, min: number, max: number | null, out: Instruction[]): void {
  for (let i = 0; i < min; i++) emit(item, out);
  if (max === null) {
    const at = out.length;
    const loop: number[] = [at + 1];
    out.push({ op: 'split', to: loop });
    emit(item, out);
    out.push({ op: 'split', to: [at] });
    loop.push(out.length);
    return;
  }
  const exits: number[][] = [];
  for (let i = min; i < max; i++) {
    const exit: number[] = [out.length + 1];
    exits.push(exit);
    out.push({ op: 'split', to: exit });
    emit(item, out);
  }
  for (const exit of exits) exit.push(out.length);
}

/** One search: the set of places in the program that the text so far can lead to. */
class Search {
  readonly #program: readonly Instruction[];
  readonly #chars: readonly number[];
  /** The position for which a place was put into the set last, plus one. */
  readonly #seen: Uint32Array;

  constructor(program: readonly Instruction[], text: string) {
    this.#program = program;
    const chars: number[] = [];
    for (const c of text) {
      if (chars.length >= MAX_TEXT) break;
      chars.push(c.codePointAt(0) ?? 0);
    }
    this.#chars = chars;
    this.#seen = new Uint32Array(program.length);
  }

  found(): boolean {
    let places: number[] = [];
    for (let at = 0; at <= this.#chars.length; at++) {
      if (this.#follow(0, at, places)) return true;
      const char = this.#chars[at];
      if (char === undefined) return false;
      const next: number[] = [];
      for (const place of places) {
        const instruction = this.#program[place];
        const reads = instruction?.op === 'char' && instruction.test(char);
        if (reads && this.#follow(place + 1, at + 1, next)) return true;
      }
      places = next;
    }
    return false;
  }

  /**
   * Adds the places that read a character, reached from `place` without reading one.
   * @returns whether the end of the pattern is reached.
   */
  #follow(place: number, at: number, places: number[]): boolean {
    const stack = [place];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (this.#seen[top] === at + 1) continue;
      this.#seen[top] = at + 1;
      const instruction = this.#program[top];
      switch (instruction?.op) {
        case 'char':
          places.push(top);
          break;
        case 'split':
          stack.push(...instruction.to);
          break;
        case 'assert':
          if (this.#holds(instruction.what, at)) stack.push(top + 1);
          break;
        case 'match':
        case undefined:
          return true;
      }
    }
    return false;
  }

  #holds(what: Assertion, at: number): boolean {
    const before = this.#chars[at - 1];
    const after = this.#chars[at];
    switch (what) {
      case 'begin':
        return before === undefined;
      case 'end':
        return after === undefined;
      case 'boundary':
        return isWord(before) !== isWord(after);
      case 'inside':
        return isWord(before) === isWord(after);
    }
  }
}

function isWord(char: number | undefined): boolean {
  return char !== undefined && /\w/.test(String.fromCodePoint(char));
}
