import { randomBytes, randomUUID } from 'node:crypto';

const CONSONANTS = 'bdfghjklmnprstvz';
const VOWELS = 'aiou';

/** A new run id: a lower-case random UUID, version 4 (gage-format.md 1.6). */
export function newRunId(): string {
  return randomUUID();
}

/**
 * Name of a run: the proquint of the first 8 hex digits of its id, two words joined by `-`
 * (gage-format.md 1.6). An id that is not hex is its own name.
 */
export function runName(id: string): string {
  const head = id.slice(0, 8);
  if (!/^[0-9a-f]+$/i.test(head)) return id;
  const value = Number.parseInt(head, 16);
  return `${proquint(Math.floor(value / 0x10000))}-${proquint(value & 0xffff)}`;
}

function proquint(half: number): string {
  const consonant = (shift: number): string => CONSONANTS.charAt((half >> shift) & 0xf);
  const vowel = (shift: number): string => VOWELS.charAt((half >> shift) & 0x3);
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0);
}

/**
 * Source of ids whose text sorts by time (gage-format.md 1.11): 48 bits of epoch milliseconds and 74
 * random bits, dressed as a UUID version 4. Ids of one source increase by at least 1 ms.
 */
export class TimeOrderedIds {
  #lastMs = 0;

  /**
   * The next id: 36 characters.
   * @param after name of the greatest existing entry; the new id sorts after it even when
   *   another process, or a clock that was set back, wrote that entry.
   */
  next(after?: string): string {
    let ms = Math.max(Date.now(), this.#lastMs + 1);
    if (after !== undefined) {
      const existing = Number.parseInt(after.slice(0, 8) + after.slice(9, 13), 16);
      if (Number.isSafeInteger(existing) && existing >= ms) ms = existing + 1;
    }
    this.#lastMs = ms;
    return timeOrderedId(ms);
  }
}

/** The id of 1.11 for `ms` (epoch milliseconds); its first 13 characters are the time. */
function timeOrderedId(ms: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(ms, 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
