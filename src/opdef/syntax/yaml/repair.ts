import { RepairedText } from '../repair.ts';
import type { SyntaxProblem, TextEdit } from '../tree.ts';

interface Line {
  readonly from: number;
  readonly text: string;
  readonly indent: number;
}

/** What a broken block of YAML needs so that the rest of it can be read. */
interface YamlRepair {
  readonly repaired: RepairedText;
  readonly problems: readonly SyntaxProblem[];
}

const KEY_OR_ITEM = /^\s*(?:- |-$|(?:"[^"]*"|'[^']*'|[^\s#"'[\]{},][^#]*?):(?:\s|$))/;
const LONE_WORD = /^\s*[\w$][\w$-]*\s*$/;
const BLOCK_SCALAR = /(?:^|[\s:])[|>][-+\d]*\s*(?:#.*)?$/;

/**
 * Closes quotes and brackets that are open where the next key or item begins, and gives a colon
 * to a word that stands where keys stand.
 * @param indents Whether keys move right to the column of those above them, too.
 */
export function repairYaml(text: string, indents: boolean): YamlRepair {
  const lines = contentLines(text);
  const moves = indents ? indentMends(lines) : new Map<Line, Mend>();
  const mends = lines.flatMap((line, i) => {
    const own = [moves.get(line) ?? null, mendLine(line, lines[i - 1], lines[i + 1])];
    return own.filter((mend) => mend !== null);
  });
  return {
    repaired: new RepairedText(
      text,
      mends.map(({ edit }) => edit),
    ),
    problems: mends.map(({ problem }) => problem),
  };
}

/**
 * Lines left of the keys that they follow, but not in a column of a table further out. An
 * operation with a blank too many stays.
 */
function indentMends(lines: readonly Line[]): ReadonlyMap<Line, Mend> {
  const mends = new Map<Line, Mend>();
  let columns: readonly number[] = [];
  const keys = lines.filter(({ text }) => KEY_OR_ITEM.test(text));
  for (const [i, line] of keys.entries()) {
    const outer = columns.filter((column) => column <= line.indent);
    const column = columns[outer.length];
    const isOff = column !== undefined && outer.length > 0 && outer.at(-1) !== line.indent;
    if (isOff && !isOperation(line, keys[i + 1], column)) {
      const { edit, problem } = mend(line, line.indent, line.text.trimEnd().length, '', OFF);
      const insert = ' '.repeat(column - line.indent);
      mends.set(line, { edit: { ...edit, from: line.from, to: line.from, insert }, problem });
      columns = [...outer, column];
    } else {
      columns = [...new Set([...outer, line.indent, keyIndent(line)])];
    }
  }
  return mends;
}

/** True for a key whose own keys would no longer be right of it at a column. */
function isOperation(line: Line, next: Line | undefined, column: number): boolean {
  if (next === undefined || !/:\s*(?:#.*)?$/.test(line.text) || /^\s*-/.test(next.text))
    return false;
  return line.indent < next.indent && next.indent <= column;
}

const OFF = 'All mapping items must start at the same column';

interface Mend {
  readonly edit: TextEdit;
  readonly problem: SyntaxProblem;
}

function mendLine(line: Line, before: Line | undefined, next: Line | undefined): Mend | null {
  const open = endsStatement(line, next) ? openAtEnd(line.text) : null;
  if (open !== null) {
    const what = CLOSING.has(open.first) ? `This ${open.first}` : 'The string';
    const message = `${what} is not closed: expected ${open.closing.at(-1) ?? ''}`;
    return mend(line, open.at, open.end, open.closing, message);
  }
  if (!LONE_WORD.test(line.text) || !isKeyPlace(line, before, next)) return null;
  const message = 'Expected a colon and a value after the key';
  return mend(line, line.indent, line.text.trimEnd().length, ':', message);
}

function mend(line: Line, from: number, to: number, insert: string, message: string): Mend {
  const at = line.from + to;
  const range = { from: line.from + from, to: at };
  const problem: SyntaxProblem = { code: 'syntax', severity: 'error', message, range };
  return { edit: { from: at, to: at, insert }, problem };
}

/** True when what follows is a key or item of its own, so that nothing can stay open. */
function endsStatement(line: Line, next: Line | undefined): boolean {
  if (next === undefined) return true;
  return next.indent <= keyIndent(line) && KEY_OR_ITEM.test(next.text);
}

/** True beside a key of the same column, and above the keys of a table. */
function isKeyPlace(line: Line, before: Line | undefined, next: Line | undefined): boolean {
  const isBeside = [before, next].some(
    (other) => other?.indent === line.indent && KEY_OR_ITEM.test(other.text),
  );
  const isAbove = next !== undefined && next.indent > line.indent && KEY_OR_ITEM.test(next.text);
  return isBeside || isAbove;
}

/** Column of the key of a line; that of `- key: x` is behind the dash. */
function keyIndent(line: Line): number {
  return /^\s*(?:- +)*/.exec(line.text)?.[0].length ?? line.indent;
}

/** Lines with text, without those of block scalars. */
function contentLines(text: string): readonly Line[] {
  const lines: Line[] = [];
  let from = 0;
  let blockIndent = Infinity;
  for (const raw of text.split('\n')) {
    const line = raw.replace(/\r$/, '');
    const indent = line.search(/\S/);
    if (indent !== -1 && indent <= blockIndent) {
      blockIndent = BLOCK_SCALAR.test(line) ? indent : Infinity;
      if (line[indent] !== '#') lines.push({ from, text: line, indent });
    }
    from += raw.length + 1;
  }
  return lines;
}

interface OpenEnd {
  /** Where the first quote or bracket is that the line leaves open. */
  readonly at: number;
  readonly first: string;
  /** What closes all of them, and where it belongs: before a comment. */
  readonly closing: string;
  readonly end: number;
}

/** What a line leaves open; null when nothing. Brackets count where a value may begin. */
function openAtEnd(line: string): OpenEnd | null {
  const stack: { readonly at: number; readonly c: string }[] = [];
  let end = line.length;
  for (let at = 0; at < line.length; at++) {
    const c = line.charAt(at);
    const isStart = at === 0 || /[\s[{,:]/.test(line.charAt(at - 1));
    if (c === '#' && isStart) {
      end = line.slice(0, at).trimEnd().length;
      break;
    }
    if ((c === '"' || c === "'") && isStart) {
      const close = closingQuote(line, at);
      if (close === -1) {
        stack.push({ at, c });
        break;
      }
      at = close;
    } else if ((c === '[' || c === '{') && (isStart || stack.length > 0)) {
      stack.push({ at, c });
    } else if (c === ']' || c === '}') {
      stack.pop();
    }
  }
  const [first] = stack;
  if (first === undefined) return null;
  const closing = stack.reverse().map(({ c }) => CLOSING.get(c) ?? c);
  return { at: first.at, first: first.c, closing: closing.join(''), end };
}

function closingQuote(line: string, start: number): number {
  const quote = line.charAt(start);
  for (let at = start + 1; at < line.length; at++) {
    if (quote === '"' && line[at] === '\\') at++;
    else if (line[at] === quote && !(quote === "'" && line[at + 1] === "'")) return at;
    else if (line[at] === quote) at++;
  }
  return -1;
}

const CLOSING: ReadonlyMap<string, string> = new Map([
  ['[', ']'],
  ['{', '}'],
]);
