/** Cell magics whose cell is Python all the same. */
const PYTHON_MAGICS: ReadonlySet<string> = new Set(['capture', 'debug', 'prun', 'time', 'timeit']);

/** `%magic`, `!command`, `?name`, and `x = %magic`, `x = !command`. */
const MAGIC = /^[ \t]*(?:[%!?]|[\w.,][\w., \t]*=[ \t]*[%!])/;
/** `name?` and `name??`. */
const HELP = /^[ \t]*(?:[\w.]+[ \t]*=[ \t]*)?%{0,2}[\w.*[\]'"]+\?\??[ \t]*$/;

/**
 * The Python in a notebook cell: same length, with everything at its place. Lines that only
 * IPython understands become a statement that does nothing; null when the whole cell is for
 * another program (`%%bash`). Such a line counts only where a statement begins: `%` within a
 * string or an expression stays.
 */
export function pythonOfCell(source: string): string | null {
  const cell = /^\s*%%[ \t]*(\w*)/.exec(source);
  if (cell !== null && !PYTHON_MAGICS.has(cell[1] ?? '')) return null;
  const scanner = new Scanner();
  let magic = false;
  const lines = source.split('\n').map((line) => {
    magic = magic || (scanner.atStatement && (MAGIC.test(line) || HELP.test(line)));
    if (!magic) {
      scanner.read(line);
      return line;
    }
    // A command goes on in the next line after a backslash.
    magic = line.endsWith('\\');
    return blank(line);
  });
  return lines.join('\n');
}

/** A line of the same length and indentation that does nothing. */
function blank(line: string): string {
  const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
  return indent.length === line.length ? line : `${indent}0`.padEnd(line.length);
}

const TOKEN = /"""|'''|["'#([{)\]}]|\\$/g;

/** Follows strings and brackets over lines. */
class Scanner {
  /** The quotes of the string that is open. */
  #quote = '';
  #depth = 0;
  #goesOn = false;

  /** Whether the next line begins a statement. */
  get atStatement(): boolean {
    return this.#quote === '' && this.#depth === 0 && !this.#goesOn;
  }

  read(line: string): void {
    let at = 0;
    while (at < line.length) {
      at = this.#quote === '' ? this.#readCode(line, at) : this.#readString(line, at);
    }
    this.#goesOn = at > line.length;
    // Only a string in three quotes has several lines.
    if (this.#quote.length === 1 && !this.#goesOn) this.#quote = '';
  }

  /** Where to go on; beyond the line when a backslash ends it. */
  #readCode(line: string, from: number): number {
    TOKEN.lastIndex = from;
    const found = TOKEN.exec(line);
    if (found === null || found[0] === '#') return line.length;
    const [token] = found;
    if ('([{'.includes(token)) this.#depth++;
    else if (')]}'.includes(token)) this.#depth = Math.max(0, this.#depth - 1);
    else if (token === '\\') return line.length + 1;
    else this.#quote = token;
    return found.index + token.length;
  }

  #readString(line: string, from: number): number {
    let at = from;
    for (; at < line.length; at++) {
      if (line[at] === '\\') at++;
      else if (line.startsWith(this.#quote, at)) {
        const end = at + this.#quote.length;
        this.#quote = '';
        return end;
      }
    }
    return at;
  }
}
