import { readdirSync, statSync, type BigIntStats, type Dirent } from 'node:fs';
import { join, sep } from 'node:path';
import { RunyardError, describeError, hasErrno } from '../base/errors.ts';
import type { Pace } from '../base/pace.ts';
import { LARGE_FILE_BYTES, ROW_FILE_BYTES, readSmallFile } from '../base/regular-file.ts';
import { compareCodePoints } from '../data/json.ts';
import { runMetaPath, writeMeta } from '../run/run.ts';
import type { Run } from '../run/types.ts';
import { nameProblem } from '../sourcecode/select.ts';

/** Where a run file comes from: source, runtime, dependency, generated (gage-format.md 2.5). */
export type FileType = 's' | 'r' | 'd' | 'g';
/** Added, modified, deleted. */
type FileEvent = 'a' | 'm' | 'd';

/** One record of `log/files`. */
export interface FileRecord {
  readonly event: FileEvent;
  readonly type: FileType;
  /** Modification time in epoch microseconds; null where the log has `-`. */
  readonly modified: number | null;
  /** Relative to the run directory, `/` as separator. */
  readonly path: string;
}

/** A file of a run directory as a scan saw it; a link is seen as what it leads to. */
export interface RunFile {
  readonly path: string;
  /** Epoch microseconds, as CPython computes them. */
  readonly modified: number;
  /** Bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Time of the last change of content or permissions, epoch nanoseconds. */
  readonly changedNs: bigint;
  /** True for a link, and for a file that is reached through a link to a directory. */
  readonly linked: boolean;
}

/** What {@link scanRunFiles} found. */
export interface RunScan {
  /** Sorted by code point of the path. */
  readonly files: readonly RunFile[];
  /** Sentences for `log/runner` about what was left out, and why. */
  readonly warnings: readonly string[];
}

/**
 * A modification time in microseconds exactly as CPython's `int(st_mtime * 1_000_000)`: its
 * float arithmetic is off by one for some times, and Gage compares the results (gage-format.md 2.5).
 * @param ns epoch nanoseconds.
 */
export function cpythonMicroseconds(ns: bigint): number {
  const billion = 1_000_000_000n;
  const fraction = ((ns % billion) + billion) % billion;
  const seconds = (ns - fraction) / billion;
  // Python's ints have no negative zero.
  return Math.trunc((Number(seconds) + 1e-9 * Number(fraction)) * 1e6) + 0;
}

/**
 * Parses `log/files`. Throws `unreadable` with the line number when a record is not what
 * gage-format.md 2.5 says.
 */
export function parseFilesLog(text: string): readonly FileRecord[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, i) => {
    const match = RECORD.exec(line.endsWith('\r') ? line.slice(0, -1) : line);
    const [, event, type, time, path] = match ?? [];
    if (!isFileEvent(event) || !isFileType(type) || time === undefined || path === undefined) {
      throw new RunyardError(
        'unreadable',
        `log/files, line ${i + 1}: bad record '${line.slice(0, 200)}'`,
      );
    }
    return { event, type, modified: time === '-' ? null : Number(time), path: portable(path) };
  });
}

const RECORD = /^(\S+) (\S+) (-|[+-]?\d+) (.+)$/s;

/** True for the letters of file types. */
export function isFileType(value: unknown): value is FileType {
  return value === 's' || value === 'r' || value === 'd' || value === 'g';
}

function isFileEvent(value: unknown): value is FileEvent {
  return value === 'a' || value === 'm' || value === 'd';
}

/**
 * All files below the run directory through links: what is a directory, a dangling link or a
 * special file is left out, and so is a link back to a directory on the way to it. A run
 * directory that does not exist has no files.
 */
export async function scanRunFiles(runDir: string, pace: Pace): Promise<RunScan> {
  const files: RunFile[] = [];
  const warnings: string[] = [];
  const root = statSync(runDir, { bigint: true, throwIfNoEntry: false });
  const pending = root === undefined ? [] : [{ dir: '', linked: false, chain: [identityOf(root)] }];
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    const { dir, chain } = visit;
    for (const entry of listDirectory(join(runDir, dir), dir, warnings)) {
      if (pace.due()) await pace.rest();
      const path = dir === '' ? entry.name : `${dir}/${entry.name}`;
      const stat = statOrNull(`${runDir}/${path}`);
      if (stat === null) continue;
      const linked = visit.linked || entry.isSymbolicLink();
      if (stat.isDirectory()) {
        const id = identityOf(stat);
        if (!chain.includes(id)) pending.push({ dir: path, linked, chain: [...chain, id] });
      } else if (stat.isFile()) {
        const problem = nameProblem(path);
        if (problem === null) files.push(toRunFile(path, stat, linked));
        else warnings.push(`File ${JSON.stringify(path)} is not logged: ${problem}`);
        if (/\s$/.test(path)) {
          warnings.push(`File ${JSON.stringify(path)} ends with a blank, which Gage does not read`);
        }
      }
    }
  }
  files.sort((a, b) => compareCodePoints(a.path, b.path));
  return { files, warnings };
}

/** The files log of a run, read once and kept up to date over the phases of one process. */
export class FilesLog {
  readonly #run: Run;
  #text: string;
  /** What stands in the file for sure; null before the first write. */
  #written: string | null = null;
  readonly #records: FileRecord[];
  /** Last time per path, null for one that is gone, in order of first appearance. */
  readonly #index: Map<string, number | null>;

  private constructor(run: Run, text: string) {
    this.#run = run;
    this.#text = text;
    this.#records = [...parseFilesLog(text)];
    this.#index = new Map(this.#records.map((r) => [r.path, r.modified]));
  }

  /**
   * Reads `log/files`; absent means empty. Throws `unreadable` when it is broken or when the
   * meta directory has another schema than 1.
   */
  static open(run: Run): FilesLog {
    const schema = (readSmallFile(runMetaPath(run, '__schema__'), ROW_FILE_BYTES) ?? '').trim();
    if (schema !== '1') {
      throw new RunyardError('unreadable', `The run has the unknown meta schema '${schema}'`);
    }
    const text = readSmallFile(runMetaPath(run, 'log', 'files'), LARGE_FILE_BYTES);
    return new FilesLog(run, text ?? '');
  }

  /** All records, oldest first. */
  get records(): readonly FileRecord[] {
    return this.#records;
  }

  /**
   * Appends what a phase changed (gage-format.md 2.5): `a` and `m` in order of the scan, then `d` for
   * every known path that is not there. The file is replaced as a whole, so that readers never
   * see half a record.
   */
  append(type: FileType, files: readonly RunFile[]): void {
    const fresh: FileRecord[] = [];
    const seen = new Set<string>();
    for (const { path, modified } of files) {
      seen.add(path);
      const before = this.#index.get(path) ?? null;
      if (modified === before) continue;
      // Gage writes `-` for the time 0, and so takes such a file for a new one next time.
      const time = modified === 0 ? null : modified;
      fresh.push({ event: before === null ? 'a' : 'm', type, modified: time, path });
    }
    for (const path of this.#index.keys()) {
      if (!seen.has(path)) fresh.push({ event: 'd', type, modified: null, path });
    }
    for (const record of fresh) {
      this.#index.set(record.path, record.modified);
      this.#records.push(record);
    }
    this.#text += encodeFilesLog(fresh);
    if (this.#text === this.#written) return;
    writeMeta(this.#run, 'log/files', this.#text, { writable: true });
    this.#written = this.#text;
  }

  /**
   * Says that known files were removed: what {@link append} finds in their places next is new,
   * with its own type. They are written with the next records.
   */
  remove(type: FileType, paths: Iterable<string>): void {
    for (const path of paths) {
      if ((this.#index.get(path) ?? null) === null) continue;
      const record: FileRecord = { event: 'd', type, modified: null, path };
      this.#index.set(path, null);
      this.#records.push(record);
      this.#text += encodeRecord(record);
    }
  }

  /**
   * The files that the log says are there, by path, with their types. In the order of the
   * manifest (gage-format.md 2.6): a file that was deleted and added again comes last.
   */
  liveFiles(): ReadonlyMap<string, FileType> {
    const live = new Map<string, FileType>();
    for (const { event, type, path } of this.#records) {
      if (event === 'a') live.set(path, type);
      else if (event === 'd') live.delete(path);
    }
    return live;
  }
}

/** Text of `log/files` with these records. */
export function encodeFilesLog(records: readonly FileRecord[]): string {
  return records.map(encodeRecord).join('');
}

function encodeRecord(record: FileRecord): string {
  const time = record.modified === null ? '-' : String(record.modified);
  return `${record.event} ${record.type} ${time} ${native(record.path)}\n`;
}

/** Paths in `log/files` have the separators of the system, since Gage may go on with the run. */
function native(path: string): string {
  return sep === '/' ? path : path.replaceAll('/', sep);
}

function portable(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

function toRunFile(path: string, stat: BigIntStats, linked: boolean): RunFile {
  return {
    path,
    modified: cpythonMicroseconds(stat.mtimeNs),
    size: Number(stat.size),
    mode: Number(stat.mode) & 0o7777,
    changedNs: stat.ctimeNs,
    linked,
  };
}

function identityOf(stat: BigIntStats): string {
  return `${String(stat.dev)}:${String(stat.ino)}`;
}

function listDirectory(path: string, dir: string, warnings: string[]): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) {
      warnings.push(`Files of directory '${dir}' are not logged: ${describeError(error)}`);
    }
    return [];
  }
}

function statOrNull(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true });
  } catch {
    // A dangling link, a link to itself, or gone since the directory was read.
    return null;
  }
}
