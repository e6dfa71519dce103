/** A place in a text as editors count: line and character from 0, characters in UTF-16 units. */
export interface LinePosition {
  readonly line: number;
  readonly character: number;
}

/** Translates between offsets and lines. Lines end with LF, CRLF or CR, as in an editor. */
export class LineIndex {
  readonly #text: string;
  #starts: readonly number[] | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  get lineCount(): number {
    return this.#lineStarts().length;
  }

  /** The place of an offset; one outside the text counts as the nearest end. */
  positionAt(offset: number): LinePosition {
    const starts = this.#lineStarts();
    const at = Math.min(Math.max(offset, 0), this.#text.length);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low, character: at - (starts[low] ?? 0) };
  }

  /** The offset of a place; a character beyond its line counts as the end of the line's text. */
  offsetAt(line: number, character: number): number {
    const start = this.#lineStarts()[line];
    if (start === undefined) return line < 0 ? 0 : this.#text.length;
    return Math.min(start + Math.max(character, 0), this.lineEnd(line));
  }

  /** The offset after the last character of a line, without its line end. */
  lineEnd(line: number): number {
    const starts = this.#lineStarts();
    const next = starts[line + 1];
    if (next === undefined) return this.#text.length;
    const end = next - 1;
    return this.#text[end] === '\n' && this.#text[end - 1] === '\r' ? end - 1 : end;
  }

  #lineStarts(): readonly number[] {
    if (this.#starts !== null) return this.#starts;
    const starts = [0];
    for (const { index, 0: end } of this.#text.matchAll(/\r\n?|\n/g))
      starts.push(index + end.length);
    this.#starts = starts;
    return starts;
  }
}
