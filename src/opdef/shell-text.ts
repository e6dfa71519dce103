import { runsCode } from './code-words.ts';

/** A value stands where it would be run as code. The message says where, behind "it stands". */
export class CodeError extends Error {}

/** Our variable in the command: no author has one of this name. */
const NAME = 'runyard_project_dir';

/** A part of a shell text, up to the character that closes it. */
interface Frame {
  readonly kind: 'code' | 'double' | 'single' | 'ansi' | 'parameter' | 'arithmetic';
  readonly close: string;
  /** Inside double quotes: others have no meaning there. */
  readonly isQuoted: boolean;
  /** Of a `code` frame: where the command and its word begin. */
  command: number;
  word: number;
}

/**
 * Puts a value for a name like `$project_dir` into a text for a POSIX shell. The value itself
 * goes into a variable in front, which the shell never reads as code; what is left in its place
 * depends on the quotes around it, so that it is always one word. Reading them wrong could change
 * what is printed, never what is run: the author's own quotes keep their meaning.
 * @param isPlain the value is no code in any language.
 * Throws {@link CodeError} where another program would read the value as code.
 */
export function quoteInShell(text: string, name: string, value: string, isPlain: boolean): string {
  const reader = new ShellReader(text, name, value, isPlain);
  const quoted = `'${value.replaceAll("'", "'\\''")}'`;
  return `${NAME}=${quoted}; ${reader.read()}`;
}

class ShellReader {
  readonly #text: string;
  readonly #name: string;
  readonly #value: string;
  readonly #isPlain: boolean;
  readonly #frames: Frame[] = [];
  /** Here-documents whose text begins on the next line. */
  #pending: { readonly end: string; readonly tabs: boolean }[] = [];
  #at = 0;
  #out = '';

  constructor(text: string, name: string, value: string, isPlain: boolean) {
    this.#text = text;
    this.#name = name;
    this.#value = value;
    this.#isPlain = isPlain;
  }

  read(): string {
    this.#push('code', '');
    while (this.#at < this.#text.length) this.#step();
    return this.#out;
  }

  get #frame(): Frame {
    const frame = this.#frames.at(-1);
    if (frame === undefined) throw new Error('The outermost frame is never left');
    return frame;
  }

  #step(): void {
    const { kind, close } = this.#frame;
    if (this.#isAt(this.#name)) this.#insert();
    else if (close !== '' && this.#isAt(close)) this.#pop();
    else if (kind === 'single') this.#copy(1);
    else if (this.#isAt('\\')) this.#escape();
    else if (kind === 'ansi') this.#copy(1);
    else if (this.#isAt('$')) this.#dollar();
    else if (this.#isAt('`')) this.#open('code', '`', 1);
    else if (this.#isAt('"')) this.#open('double', '"', 1);
    else if (this.#isAt("'") && !this.#frame.isQuoted) this.#open('single', "'", 1);
    else if (kind === 'arithmetic' && this.#isAt('(')) this.#open('arithmetic', ')', 1);
    else if (kind === 'code') this.#code();
    else this.#copy(1);
  }

  /** The name of the value itself. */
  #insert(): void {
    const { kind, isQuoted } = this.#frame;
    if (!this.#isPlain) this.#refuseCode();
    this.#at += this.#name.length;
    const variable = '${' + NAME + '}';
    if (kind === 'single') this.#out += `'"${variable}"'`;
    else if (kind === 'ansi' || kind === 'arithmetic') this.#insertText(`in ${AREAS[kind]}`);
    else this.#out += isQuoted ? variable : `"${variable}"`;
  }

  #insertText(where: string): void {
    if (!this.#isPlain) throw new CodeError(where);
    this.#out += this.#value;
  }

  #refuseCode(): void {
    const code = this.#frames.findLast(({ kind }) => kind === 'code');
    if (code === undefined) return;
    const before = this.#text.slice(code.command, code.word);
    const program = runsCode(before, this.#text.slice(code.word, this.#at));
    if (program !== null) throw new CodeError(`in a script for ${program}`);
  }

  /** A backslash and what it stands before. */
  #escape(): void {
    if (!this.#text.startsWith(this.#name, this.#at + 1)) this.#copy(2);
    else {
      // As before the `/` of a path: it is kept in double quotes, and nothing outside.
      if (this.#frame.isQuoted) this.#out += '\\\\';
      this.#at++;
    }
  }

  #dollar(): void {
    const { kind, isQuoted } = this.#frame;
    if (this.#isAt('$((')) {
      this.#open('arithmetic', ')', 3);
      this.#push('arithmetic', ')');
    } else if (this.#isAt('$(')) this.#open('code', ')', 2);
    else if (this.#isAt('${')) this.#open('parameter', '}', 2, isQuoted);
    else if (this.#isAt("$'") && kind === 'code') this.#open('ansi', "'", 2);
    else this.#copy(1);
  }

  /** A character outside of quotes. */
  #code(): void {
    const char = this.#text[this.#at] ?? '';
    const frame = this.#frame;
    if (this.#isAt('((')) {
      this.#open('arithmetic', ')', 2);
      this.#push('arithmetic', ')');
    } else if (char === '(') this.#open('code', ')', 1);
    else if (char === '#' && frame.word === this.#at) this.#comment();
    else if (this.#isAt('<<<')) this.#copy(3);
    else if (this.#isAt('<<')) this.#hereDocument();
    else {
      this.#copy(1);
      if (/[\s;&|<>)]/.test(char)) frame.word = this.#at;
      if (/[\n;&|)]/.test(char)) frame.command = this.#at;
      if (char === '\n') this.#hereTexts();
    }
  }

  #comment(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#copy((end === -1 ? this.#text.length : end) - this.#at);
  }

  #hereDocument(): void {
    const rest = this.#text.slice(this.#at);
    const [all = '<<', dash = '', , end = ''] =
      /^<<(-?)[ \t]*(["']?)([^\s"'\\;&|<>()]+)\2/.exec(rest) ?? [];
    this.#pending.push({ end, tabs: dash !== '' });
    this.#copy(all.length);
  }

  /** Who reads them is not known: it may be an interpreter. */
  #hereTexts(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const { end, tabs } of pending) {
      let isEnd = false;
      while (!isEnd && this.#at < this.#text.length) {
        const newline = this.#text.indexOf('\n', this.#at) + 1;
        const line = this.#text.slice(this.#at, newline === 0 ? undefined : newline);
        const [first = '', ...others] = line.split(this.#name);
        this.#out += first;
        for (const part of others) {
          this.#insertText('in a here-document');
          this.#out += part;
        }
        this.#at += line.length;
        const bare = line.replace(/\n$/, '');
        isEnd = end !== '' && (tabs ? bare.replace(/^\t+/, '') : bare) === end;
      }
    }
    this.#frame.command = this.#frame.word = this.#at;
  }

  #open(kind: Frame['kind'], close: string, length: number, isQuoted = kind === 'double'): void {
    this.#copy(length);
    this.#push(kind, close, isQuoted);
  }

  #push(kind: Frame['kind'], close: string, isQuoted = false): void {
    this.#frames.push({ kind, close, isQuoted, command: this.#at, word: this.#at });
  }

  #pop(): void {
    this.#copy(1);
    this.#frames.pop();
  }

  #isAt(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #copy(length: number): void {
    this.#out += this.#text.slice(this.#at, this.#at + length);
    this.#at += length;
  }
}

const AREAS = { ansi: "$'…' quotes", arithmetic: 'an arithmetic expression' } as const;

/** What `cmd.exe` leaves alone outside of quotes. */
const CMD_SAFE = /^[\p{L}\p{M}\p{N}_./\\@+:~#$[\]{}-]*$/u;

/**
 * Puts a value for a name into a text for `cmd.exe`: in double quotes, where there are none.
 * Throws {@link CodeError} for names with `%` or `!`, which nothing can quote, and as
 * {@link quoteInShell} does.
 */
export function quoteInCmd(text: string, name: string, value: string, isPlain: boolean): string {
  if (CMD_SAFE.test(value)) return text.replaceAll(name, () => value);
  if (/[%!"\x00-\x1f]/.test(value)) throw new CodeError('in a text for cmd.exe');
  if (/[\\^]"/.test(text)) throw new CodeError('in a text with escaped quotes');
  const [first = '', ...others] = text.split(name);
  let out = first;
  let before = first;
  for (const part of others) {
    const isQuoted = (before.match(/"/g) ?? []).length % 2 === 1;
    if (!isPlain) {
      const word = isQuoted ? before.lastIndexOf('"') : before.search(/\S*$/);
      const program = runsCode(before.slice(0, word), before.slice(word));
      if (program !== null) throw new CodeError(`in a script for ${program}`);
    }
    out += (isQuoted ? value : `"${value}"`) + part;
    before += part;
  }
  return out;
}
