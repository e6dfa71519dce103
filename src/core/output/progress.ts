import type { Json } from '../data/json.ts';
import type { Progress } from '../run/types.ts';

/** A progress bar at the start of a segment, as Gage looks for it (gage-format.md 2.15). */
const BAR = /^\s*(\d+)%\|/;
/** The same after a description: `Epoch 3:  45%|`. */
const DESCRIBED_BAR = /(?:^|[\s:\]])(\d{1,3})%\|/;
/** Longest segment that is kept while it is not complete. Bytes. */
const MAX_SEGMENT = 4096;
/** Only the end of a large chunk can hold the latest progress. Bytes. */
const LOOK_BACK = 8 * 1024;
const EMPTY = Buffer.alloc(0);

/** The progress that one segment (text between CR or LF) shows, or null. */
export function parseProgress(segment: string): Progress | null {
  const match = BAR.exec(segment) ?? DESCRIBED_BAR.exec(segment);
  if (match?.[1] === undefined) return null;
  return { percent: Math.min(100, Number(match[1])), text: segment.trim() };
}

/**
 * Finds progress bars in a stream of bytes while it is written. A bar counts as soon as its
 * `%|` is there: `tqdm` prints the CR before a bar, not after it. Holds at most one segment.
 */
export class ProgressParser {
  #segment: Buffer = EMPTY;

  /** Feeds the next bytes of one stream. @returns the last progress in them, or null. */
  push(chunk: Uint8Array): Progress | null {
    const start = Math.max(0, chunk.length - LOOK_BACK);
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset + start, chunk.length - start);
    const head = start > 0 ? EMPTY : this.#segment;
    if (head.length === 0 && !bytes.includes(0x25)) {
      // The usual case, without a copy: no percent sign at all.
      this.#keep(bytes);
      return null;
    }
    const text = head.length === 0 ? bytes : Buffer.concat([head, bytes]);
    this.#keep(text);
    return latestBar(text, head.length);
  }

  /** Keeps the segment that is not complete yet. A copy: the caller uses its buffer again. */
  #keep(text: Buffer): void {
    const from = Math.max(lastBreak(text, text.length) + 1, text.length - MAX_SEGMENT);
    this.#segment = from === text.length ? EMPTY : Buffer.from(text.subarray(from));
  }
}

/** The last bar that reaches beyond the first `known` bytes. */
function latestBar(text: Buffer, known: number): Progress | null {
  let at = text.lastIndexOf('%|');
  while (at !== -1) {
    const from = lastBreak(text, at) + 1;
    const end = nextBreak(text, at);
    if (end <= known) return null;
    const progress = parseProgress(text.toString('utf8', from, end));
    if (progress !== null) return progress;
    if (at === 0) return null;
    at = text.lastIndexOf('%|', at - 1);
  }
  return null;
}

function lastBreak(bytes: Buffer, before: number): number {
  if (before === 0) return -1;
  return Math.max(bytes.lastIndexOf(0x0a, before - 1), bytes.lastIndexOf(0x0d, before - 1));
}

function nextBreak(bytes: Buffer, after: number): number {
  const lf = bytes.indexOf(0x0a, after);
  const cr = bytes.indexOf(0x0d, after);
  if (lf === -1) return cr === -1 ? bytes.length : cr;
  return cr === -1 ? lf : Math.min(lf, cr);
}

/** What an opdef says of the progress of one phase; Gage knows `tqdm` only. */
export interface ProgressSetting {
  /** A name that Gage would fail on, to be warned about; null when all is well. */
  readonly unknownName: string | null;
}

/**
 * Reads the `progress` value of an opdef for one phase (gage-format.md 4.4): a string for the run
 * phase, or an object by phase. We look for bars in any case.
 */
export function progressSetting(value: Json | undefined, phase: string): ProgressSetting {
  const own =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, Json>>)[phase]
      : phase === 'run'
        ? value
        : undefined;
  const name = typeof own === 'string' ? own : '';
  return { unknownName: name === '' || name === 'tqdm' ? null : name };
}
