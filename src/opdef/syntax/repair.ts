import type { TextEdit } from './tree.ts';

/** Broken text with what it lacks put in, so that a strict parser reads on behind the fault. */
export class RepairedText {
  readonly text: string;
  readonly #inserts: readonly TextEdit[];

  /** @param inserts Pure insertions (`from` equals `to`), in the order of the text. */
  constructor(original: string, inserts: readonly TextEdit[]) {
    const parts: string[] = [];
    let at = 0;
    for (const { from, insert } of inserts) {
      parts.push(original.slice(at, from), insert);
      at = from;
    }
    this.text = [...parts, original.slice(at)].join('');
    this.#inserts = inserts;
  }

  /** Offset in the original text; what was put in has the place where it was put. */
  toOriginal(offset: number): number {
    let shift = 0;
    for (const { from, insert } of this.#inserts) {
      if (offset <= from + shift) break;
      if (offset < from + shift + insert.length) return from;
      shift += insert.length;
    }
    return offset - shift;
  }
}
