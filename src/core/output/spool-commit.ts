import { closeSync, readSync, writeSync } from 'node:fs';
import { openOwnFile, openRegular } from '../base/regular-file.ts';

const SLOT = 64;
const CHECKED = 49;

/** A stream of a process: 0 stdout, 1 stderr. */
export type Stream = 0 | 1;

/** What is merged so far; the commit record holds exactly this. */
export interface MergeState {
  /** Bytes of the output. */
  readonly outSize: number;
  /** Records of the index: lines that have begun. */
  readonly records: number;
  /** Bytes of the stdout and stderr spools that are in the output. */
  readonly offsets: readonly [number, number];
  /** Stream that wrote the last, unfinished line of the output; null after an LF. */
  readonly open: Stream | null;
}

/**
 * The record of what was merged from the spools. Two slots are written in turn, each with a
 * number and a checksum: a write that a crash cut in two leaves the other slot valid.
 */
export class CommitFile {
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(SLOT);
  #sequence = 0;

  constructor(path: string) {
    this.#fd = openOwnFile(path, 'update');
  }

  /** The newest valid record; null when there is none. */
  read(): MergeState | null {
    const newest = newestOf(this.#fd);
    this.#sequence = newest?.sequence ?? 0;
    return newest?.state ?? null;
  }

  /** Replaces the older of the two records. */
  write(state: MergeState): void {
    this.#sequence++;
    const buffer = this.#buffer;
    buffer.writeDoubleBE(this.#sequence, 0);
    buffer.writeDoubleBE(state.outSize, 8);
    buffer.writeDoubleBE(state.records, 16);
    buffer.writeDoubleBE(state.offsets[0], 24);
    buffer.writeDoubleBE(state.offsets[1], 32);
    buffer.writeDoubleBE(0, 40);
    buffer.writeUInt8(state.open ?? 2, 48);
    buffer.writeUInt32BE(checksum(buffer), CHECKED);
    writeSync(this.#fd, buffer, 0, SLOT, (this.#sequence % 2) * SLOT);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function decode(buffer: Buffer): MergeState {
  const open = buffer.readUInt8(48);
  return {
    outSize: buffer.readDoubleBE(8),
    records: buffer.readDoubleBE(16),
    offsets: [buffer.readDoubleBE(24), buffer.readDoubleBE(32)],
    open: open === 0 || open === 1 ? open : null,
  };
}

/**
 * How many bytes of an output its writer has finished, for readers; null when no writer is at
 * work or nothing is known.
 */
export function committedSize(path: string): number | null {
  let fd: number;
  try {
    fd = openRegular(path);
  } catch {
    return null;
  }
  try {
    return newestOf(fd)?.state.outSize ?? null;
  } finally {
    closeSync(fd);
  }
}

function newestOf(fd: number): { sequence: number; state: MergeState } | null {
  const buffer = Buffer.alloc(SLOT);
  let newest: { sequence: number; state: MergeState } | null = null;
  for (const slot of [0, 1]) {
    const count = readSync(fd, buffer, 0, SLOT, slot * SLOT);
    if (count < SLOT || buffer.readUInt32BE(CHECKED) !== checksum(buffer)) continue;
    const sequence = buffer.readDoubleBE(0);
    const state = decode(buffer);
    if (sequence > (newest?.sequence ?? 0) && isSane(state)) newest = { sequence, state };
  }
  return newest;
}

/** A checksum is no signature: whoever wrote the record may have made the numbers up. */
function isSane({ outSize, records, offsets }: MergeState): boolean {
  return [outSize, records, ...offsets].every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** FNV-1a of the bytes before the checksum. */
function checksum(buffer: Buffer): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < CHECKED; i++) hash = Math.imul(hash ^ (buffer[i] ?? 0), 0x01000193);
  return hash >>> 0;
}
