import {
  chmodSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  type Dirent,
  type Stats,
} from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { tempNameFor, writeFileAtomic } from '../base/atomic.ts';
import { hasErrno } from '../base/errors.ts';
import { makeOwnDir } from '../base/own-dir.ts';
import { LARGE_FILE_BYTES, readSmallFile } from '../base/regular-file.ts';
import { DEPENDS_FILE, parseDependsFile } from '../meta/depends-file.ts';
import { encodeFilesLog, parseFilesLog, type FileRecord } from '../meta/file-log.ts';
import { encodeManifest, parseManifest, type ManifestEntry } from '../meta/manifest.ts';
import { runMetaPath } from '../run/run.ts';
import type { Run } from '../run/types.ts';

/**
 * Moves what a former attempt left into its directory. Every step may be repeated. Throws
 * `unsafe-path` when a directory on the way into it is a link.
 */
export class AttemptFiles {
  /** Sentences for `log/runner`. */
  readonly warnings: string[] = [];
  readonly #run: Run;
  readonly #dir: string;
  /** Directories that are there and ours. */
  readonly #made = new Set<string>();

  /** @param dir the directory of the attempt. */
  constructor(run: Run, dir: string) {
    this.#run = run;
    this.#dir = dir;
  }

  /** Moves one file of the meta directory; nothing happens when it is not there. */
  moveMeta(name: string): void {
    const from = runMetaPath(this.#run, ...name.split('/'));
    if (exists(from)) this.#move(from, join(this.#dir, ...name.split('/')));
  }

  /** Moves the whole run directory. */
  moveAll(): void {
    if (exists(this.#run.runDir)) this.#move(this.#run.runDir, join(this.#dir, 'files'));
  }

  /**
   * Moves what staging did not put into the run directory, and brings `log/files` and `manifest`
   * back to what they were when the run was staged. Staged files that the attempt changed stay
   * as they are, since nobody has them as they were; copies are kept.
   */
  moveGenerated(): void {
    const log = parseFilesLog(this.#keepCopy('log/files'));
    const manifest = parseManifest(this.#keepCopy('manifest'));
    const staged = this.#stagedPaths(log, manifest);
    this.#keepChanged(log, staged);
    const sorter = new Sorter(this.#run.runDir, staged, this.#stagedMs());
    for (const path of sorter.generated()) {
      this.#move(join(this.#run.runDir, path), join(this.#dir, 'files', path));
    }
    const stagedLog = log.filter(({ type }) => type !== 'g');
    this.#rewrite('log/files', encodeFilesLog(stagedLog));
    this.#rewrite('manifest', encodeManifest(manifest.filter(([type]) => type !== 'g')));
  }

  /** @returns the text as the attempt left it; empty when there is no such file. */
  #keepCopy(name: string): string {
    const kept = join(this.#dir, ...name.split('/'));
    const text = readSmallFile(kept, LARGE_FILE_BYTES);
    if (text !== null) return text;
    const now = readSmallFile(runMetaPath(this.#run, ...name.split('/')), LARGE_FILE_BYTES);
    if (now === null) return '';
    this.#makeParent(kept);
    writeFileAtomic(kept, now, { mode: 0o444 });
    return now;
  }

  #rewrite(name: string, text: string): void {
    const path = runMetaPath(this.#run, ...name.split('/'));
    if (existsSync(path)) writeFileAtomic(path, text);
  }

  #stagedPaths(
    log: readonly FileRecord[],
    manifest: readonly ManifestEntry[],
  ): ReadonlySet<string> {
    const depends = parseDependsFile(readSmallFile(runMetaPath(this.#run, DEPENDS_FILE)));
    return new Set([
      ...log.filter(({ type }) => type !== 'g').map(({ path }) => path),
      ...manifest.filter(([type]) => type !== 'g').map(([, , path]) => path),
      ...depends.flatMap(({ files }) => files),
    ]);
  }

  #keepChanged(log: readonly FileRecord[], staged: ReadonlySet<string>): void {
    for (const { event, type, path } of log) {
      if (type !== 'g' || !staged.has(path)) continue;
      const how = event === 'd' ? 'was deleted' : 'was modified';
      this.warnings.push(`File "${path}" ${how} by the former attempt, and stays so`);
      if (event !== 'd') this.#keepChangedFile(path);
    }
  }

  #keepChangedFile(path: string): void {
    if (leadsOut(path)) return;
    const [from, to] = [join(this.#run.runDir, path), join(this.#dir, 'files', path)];
    if (exists(to) || !isFile(from)) return;
    this.#makeParent(to);
    const temp = tempNameFor(to);
    copyFileSync(from, temp, constants.COPYFILE_EXCL);
    renameSync(temp, to);
  }

  #move(from: string, to: string): void {
    this.#makeParent(to);
    move(from, to);
  }

  #makeParent(path: string): void {
    const { runsDir } = this.#run;
    const parent = dirname(path);
    if (this.#made.has(parent)) return;
    makeOwnDir(runsDir, ...relative(runsDir, parent).split(sep));
    this.#made.add(parent);
  }

  /** When staging was complete. Epoch milliseconds. */
  #stagedMs(): number {
    const us = Number(readSmallFile(runMetaPath(this.#run, 'staged')));
    return Number.isFinite(us) ? us / 1000 : 0;
  }
}

/** Finds the generated entries of a run directory; a directory without staged files is one. */
class Sorter {
  readonly #from: string;
  readonly #staged: ReadonlySet<string>;
  readonly #stagedDirs = new Set<string>();
  readonly #stagedMs: number;

  constructor(from: string, staged: ReadonlySet<string>, stagedMs: number) {
    this.#from = from;
    this.#staged = staged;
    this.#stagedMs = stagedMs;
    for (const path of staged) {
      if (leadsOut(path)) continue;
      for (let dir = posix.dirname(path); dir !== '.'; dir = posix.dirname(dir)) {
        this.#stagedDirs.add(dir);
      }
    }
  }

  /** Paths in the run directory. */
  *generated(): Generator<string> {
    const pending = [''];
    for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
      for (const entry of entriesOf(join(this.#from, prefix))) {
        const path = prefix + entry.name;
        // Links to directories are entries like others: what is behind them is somebody else's.
        if (!this.#stays(path, entry.isFile())) yield path;
        else if (entry.isDirectory()) pending.push(`${path}/`);
      }
    }
  }

  /** Directories and links that a hook made are in no log: their age tells. */
  #stays(path: string, isFile: boolean): boolean {
    if (this.#staged.has(path) || this.#stagedDirs.has(path)) return true;
    return !isFile && lstatSync(join(this.#from, path)).birthtimeMs <= this.#stagedMs;
  }
}

function entriesOf(dir: string): readonly Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** True also for a link that leads nowhere. */
function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** True also for a link to a file. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Paths come from logs that anybody may have written. */
function leadsOut(path: string): boolean {
  return posix.isAbsolute(path) || path.split(/[/\\]/).includes('..');
}

/** Moves a file or a whole directory; directories may be read-only. */
function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (hasErrno(error, 'EXDEV')) copyAndRemove(from, to);
    else if (hasErrno(error, 'EACCES', 'EPERM')) renameProtected(from, to);
    else throw error;
  }
}

function renameProtected(from: string, to: string): void {
  allowWrite(dirname(from), lstatSync(dirname(from)));
  const stat = lstatSync(from);
  if (stat.isDirectory()) allowWrite(from, stat);
  renameSync(from, to);
}

function allowWrite(path: string, { mode }: Stats): void {
  chmodSync(path, mode | 0o700);
}

/** A directory on another file system, or in a layer of a container's image. */
function copyAndRemove(from: string, to: string): void {
  if (!existsSync(to)) {
    const temp = tempNameFor(to);
    cpSync(from, temp, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    renameSync(temp, to);
  }
  rmSync(from, { recursive: true, force: true });
}
