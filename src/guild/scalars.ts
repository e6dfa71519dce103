import { readdirSync, realpathSync, statSync, type Dirent } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { PbfReader } from 'pbf';
import { openRegularHandle } from '../core/base/regular-file.ts';

/** What a scalar of a run came to (guild-format.md 6.3). */
export interface ScalarSummary {
  /** Value at the highest step, the later one of equal steps. */
  readonly last: number;
  readonly lastStep: number;
  /** Value at the lowest step, the earlier one of equal steps. */
  readonly first: number;
  readonly min: number;
  readonly max: number;
  readonly total: number;
  readonly count: number;
}

/** Entries of a run directory that are looked at for event files. */
const MAX_ENTRIES = 20_000;
/** An event larger than this is a picture or a graph, not a scalar. Bytes. */
const MAX_EVENT = 1024 * 1024;
const CHUNK = 1024 * 1024;

/**
 * The scalars of a run by name, from the event files below its directory. The name of one that
 * is not written at the top, or in `.guild`, begins with its directory: `eval#loss`.
 *
 * An event file that is cut, because it is still being written or broke off, counts up to there.
 * @param runDir of the run. @param followRuns links to other runs are followed: those of steps.
 */
export async function readScalars(
  runDir: string,
  options: { readonly followRuns: boolean; readonly signal?: AbortSignal },
): Promise<ReadonlyMap<string, ScalarSummary>> {
  const found = new Map<string, SummaryState>();
  for (const path of eventFiles(runDir, options.followRuns)) {
    options.signal?.throwIfAborted();
    const dir = relative(runDir, join(path, '..')).split(sep).join('/');
    const from = dir.replace(/(?:^|\/)\.guild$/, '');
    const prefix = from === '' ? '' : `${from}#`;
    for await (const { tag, value, step } of scalarsIn(path)) {
      const key = prefix + tag;
      found.set(key, added(found.get(key), value, step));
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface SummaryState extends ScalarSummary {
  readonly firstStep: number;
}

function added(state: SummaryState | undefined, value: number, step: number): SummaryState {
  if (state === undefined) {
    const once = { first: value, last: value, min: value, max: value, total: value, count: 1 };
    return { ...once, firstStep: step, lastStep: step };
  }
  const isFirst = step < state.firstStep;
  const isLast = step >= state.lastStep;
  return {
    first: isFirst ? value : state.first,
    firstStep: isFirst ? step : state.firstStep,
    last: isLast ? value : state.last,
    lastStep: isLast ? step : state.lastStep,
    min: value < state.min || Number.isNaN(state.min) ? value : state.min,
    max: value > state.max || Number.isNaN(state.max) ? value : state.max,
    total: state.total + value,
    count: state.count + 1,
  };
}

/** Event files below a directory, by path. Those of text attributes end in `.attrs`. */
function eventFiles(runDir: string, followRuns: boolean): readonly string[] {
  const files: string[] = [];
  const seen = new Set<string>();
  let budget = MAX_ENTRIES;
  const visit = (dir: string): void => {
    const entries = listed(dir);
    for (const entry of entries) {
      if (budget-- <= 0) return;
      const path = join(dir, entry.name);
      if (entry.isFile()) {
        const isEvents = entry.name.includes('.tfevents.') && !entry.name.endsWith('.attrs');
        if (isEvents) files.push(path);
      } else if (entry.isDirectory() ? entry.name !== 'proto' : followRuns && isRunLink(path)) {
        const real = entry.isDirectory() ? path : realpathSync(path);
        if (seen.has(real)) continue;
        seen.add(real);
        visit(path);
      }
    }
  };
  visit(runDir);
  return files.sort();
}

function listed(dir: string): readonly Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}

function isRunLink(path: string): boolean {
  return statSync(join(path, '.guild', 'opref'), { throwIfNoEntry: false }) !== undefined;
}

interface ScalarEvent {
  readonly tag: string;
  readonly value: number;
  readonly step: number;
}

/**
 * The scalars of one event file, in its order. Records are a length (8 bytes, little-endian),
 * its checksum (4), the event, and its checksum (4). The checksums are not looked at: a broken
 * record ends the file as a short one does.
 */
async function* scalarsIn(path: string): AsyncGenerator<ScalarEvent> {
  let file: FileHandle;
  try {
    file = await openRegularHandle(path);
  } catch {
    // Deleted since it was listed, or no file.
    return;
  }
  try {
    const { size } = await file.stat();
    let at = 0;
    while (at + 16 <= size) {
      const chunk = await readAt(file, at, Math.min(CHUNK + MAX_EVENT, size - at));
      let used = 0;
      while (used + 16 <= chunk.length) {
        const length = Number(chunk.readBigUInt64LE(used));
        const end = used + 12 + length + 4;
        if (at + end > size) return;
        if (length > MAX_EVENT || end <= chunk.length) {
          if (length <= MAX_EVENT) yield* scalarsOf(chunk.subarray(used + 12, used + 12 + length));
          used = end;
        } else break;
      }
      if (used === 0) return;
      at += used;
    }
  } catch (error) {
    // What pbf throws for bytes that are no message.
    if (!(error instanceof Error) || 'syscall' in error) throw error;
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

interface RawValue {
  tag: string;
  simple: number | null;
  tensor: number | null;
  isTensor: boolean;
}

/** Scalars of an event: fields 2 (step) and 5 (summary, whose field 1 is a value). */
function scalarsOf(bytes: Uint8Array): readonly ScalarEvent[] {
  const event = new PbfReader(bytes).readFields(
    (field, result: { step: number; values: RawValue[] }, pbf) => {
      if (field === 2) result.step = pbf.readVarint(true);
      else if (field === 5) pbf.readMessage(readSummary, result.values);
    },
    { step: 0, values: [] },
  );
  return event.values.flatMap(({ tag, simple, tensor, isTensor }) => {
    const value = isTensor ? tensor : simple;
    return value === null ? [] : [{ tag, value, step: event.step }];
  });
}

function readSummary(field: number, values: RawValue[], pbf: PbfReader): void {
  if (field !== 1) return;
  const raw = { tag: '', simple: null, tensor: null, isTensor: false };
  values.push(pbf.readMessage(readValue, raw));
}

function readValue(field: number, value: RawValue, pbf: PbfReader): void {
  if (field === 1) value.tag = pbf.readString();
  else if (field === 2) value.simple = shortest(pbf.readFloat());
  else if (field === 8) {
    value.isTensor = true;
    const found = pbf.readMessage(readTensor, { type: 0, content: null, values: [] });
    value.tensor = tensorScalar(found);
  }
}

interface RawTensor {
  type: number;
  content: Uint8Array | null;
  values: number[];
}

function readTensor(field: number, tensor: RawTensor, pbf: PbfReader): void {
  if (field === 1) tensor.type = pbf.readVarint();
  else if (field === 4) tensor.content = pbf.readBytes();
  else if (field === 5) tensor.values.push(...pbf.readPackedFloat().map(shortest));
  else if (field === 6) pbf.readPackedDouble(tensor.values);
}

/** Element types of tensors that can be scalars. */
const FLOAT = 1;
const DOUBLE = 2;

/** The only element of a tensor of floats; null for anything else. */
function tensorScalar({ type, content, values }: RawTensor): number | null {
  if (type !== FLOAT && type !== DOUBLE) return null;
  if (content !== null && content.length > 0) {
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    if (type === FLOAT && content.length === 4) return shortest(view.getFloat32(0, true));
    return type === DOUBLE && content.length === 8 ? view.getFloat64(0, true) : null;
  }
  const [value] = values;
  return values.length === 1 && value !== undefined ? value : null;
}

/** The shortest number that is the same 32 bit float: `0.1`, not `0.10000000149011612`. */
function shortest(value: number): number {
  if (!Number.isFinite(value)) return value;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
