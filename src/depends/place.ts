import { hash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { createFileExclusive } from '../core/base/atomic.ts';
import { RunyardError, describeError, hasErrno } from '../core/base/errors.ts';
import type { PlaceContext } from '../core/life/stage-depends.ts';
import { toChosenRun, type StagedDependency } from '../core/meta/depends-file.ts';
import type { Run } from '../core/run/types.ts';
import { FileCopier } from '../core/sourcecode/copy.ts';
import type { DependencyFile, ResolvedDependency } from './resolve.ts';
import { runsSummaryText } from './summary-table.ts';

/**
 * Puts the files of resolved dependencies into a run directory (gage-format.md 4.7), in their order:
 * what is there already is replaced.
 */
export class DependencyPlacer {
  readonly #run: Run;
  readonly #context: PlaceContext;
  readonly #total: number;
  /** Directories that are known to be real ones below the run directory. */
  readonly #dirs = new Set<string>();
  readonly #realDirs = new Map<string, string>();
  #done = 0;

  /** @param total number of files of all dependencies, for the progress. */
  constructor(run: Run, context: PlaceContext, total: number) {
    this.#run = run;
    this.#context = context;
    this.#total = total;
  }

  /** Throws `unmet-dependency` for a file that is gone, `staging-failed` when it cannot be placed. */
  async place(resolved: ResolvedDependency): Promise<StagedDependency> {
    const { dependency, files, runs, sourceDir } = resolved;
    for (const warning of resolved.warnings) this.#context.warn(warning);
    const isLink = dependency.type !== 'runs-summary' && dependency.link;
    const copier =
      sourceDir === null
        ? null
        : new FileCopier(sourceDir, this.#run.runDir, { readOnly: this.#context.readOnly });
    for (const file of files) {
      const { pace } = this.#context;
      if (pace.due()) await pace.rest();
      this.#makeRoom(file.path);
      if (copier === null || sourceDir === null) await this.#writeSummary(file.path, resolved);
      else if (!isLink || !this.#link(sourceDir, file.path)) await this.#copy(copier, file);
      this.#context.onFile(++this.#done, this.#total);
    }
    return {
      type: dependency.type,
      description: dependency.description,
      select: dependency.type === 'project-files' ? null : dependency.select,
      patterns: dependency.type === 'runs-summary' ? null : copyOf(dependency.patterns),
      link: isLink,
      projectDir: dependency.type === 'project-files' ? sourceDir : null,
      runs: runs.map(toChosenRun),
      files: files.map(({ path }) => path),
    };
  }

  async #copy(copier: FileCopier, file: DependencyFile): Promise<void> {
    const { pace, readOnly } = this.#context;
    // Files of a finished run are read-only: the hook of the phase may want to change its copies.
    const mode = readOnly ? file.mode : file.mode | 0o200;
    const digest = await copier.copy({ ...file, mode }, pace);
    if (digest !== null) this.#context.placed(file.path, digest);
    else throw vanished(file.path);
  }

  /** @returns false when this system makes no links: the file is to be copied then. */
  #link(sourceDir: string, path: string): boolean {
    const target = join(this.#run.runDir, path);
    if (!isFile(join(sourceDir, path))) throw vanished(path);
    try {
      symlinkSync(this.#linkText(sourceDir, path, dirname(target)), target);
    } catch (error) {
      if (!hasErrno(error, 'EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP')) throw failed(path, error);
      this.#context.warn(`File "${path}" is copied: this system makes no links here`);
      return false;
    }
    this.#context.placed(path, null);
    return true;
  }

  /**
   * What a link to a file says: relative where its directory lies in the store, or the store in
   * it, so that the link holds when they move together; else absolute.
   */
  #linkText(sourceDir: string, path: string, linkDir: string): string {
    const source = this.#real(sourceDir);
    const store = this.#real(this.#run.runsDir);
    const target = join(source, path);
    const together = isBelow(source, store) || isBelow(store, source);
    return together ? relative(this.#real(linkDir), target) : target;
  }

  #real(dir: string): string {
    const known = this.#realDirs.get(dir) ?? realpathSync(dir);
    this.#realDirs.set(dir, known);
    return known;
  }

  async #writeSummary(path: string, { runs }: ResolvedDependency): Promise<void> {
    const text = await runsSummaryText(path, runs, this.#context.pace);
    try {
      const mode = this.#context.readOnly ? 0o444 : 0o666;
      if (!createFileExclusive(join(this.#run.runDir, path), text, { mode })) {
        throw occupied(path, path, 'a file');
      }
    } catch (error) {
      throw error instanceof RunyardError ? error : failed(path, error);
    }
    this.#context.placed(path, hash('sha256', text));
  }

  /**
   * Makes the directory of a file and removes what has its name. Never through a link that a
   * hook made: what it leads to is not the run's.
   */
  #makeRoom(path: string): void {
    try {
      this.#makeDirs(path);
      const target = join(this.#run.runDir, path);
      const there = lstatSync(target, { throwIfNoEntry: false });
      if (there === undefined) return;
      if (there.isDirectory()) throw occupied(path, path, 'a directory');
      rmSync(target);
      this.#context.replaced(path);
    } catch (error) {
      throw error instanceof RunyardError ? error : failed(path, error);
    }
  }

  #makeDirs(path: string): void {
    let dir = this.#run.runDir;
    for (const part of ['', ...path.split('/').slice(0, -1)]) {
      dir = join(dir, part);
      if (this.#dirs.has(dir)) continue;
      const there = part === '' ? undefined : lstatSync(dir, { throwIfNoEntry: false });
      if (there?.isSymbolicLink() === true) throw occupied(path, part, 'a link');
      if (there?.isFile() === true) throw occupied(path, part, 'a file');
      mkdirSync(dir, { recursive: true });
      this.#dirs.add(dir);
    }
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function vanished(path: string): RunyardError {
  return new RunyardError('unmet-dependency', `File '${path}' vanished while staging`);
}

/** @param what `a link`: what has the name of the dependency, or of a directory above it. */
function occupied(path: string, name: string, what: string): RunyardError {
  const message = `Cannot place dependency '${path}': '${name}' is ${what} in the run directory`;
  return new RunyardError('staging-failed', message, {
    hint: 'Leave one of the two out with a pattern in "files" or "sourcecode".',
  });
}

function isBelow(path: string, dir: string): boolean {
  const way = relative(dir, path);
  return !isAbsolute(way) && way !== '..' && !/^\.\.[/\\]/.test(way);
}

function failed(path: string, error: unknown): RunyardError {
  return new RunyardError(
    'staging-failed',
    `Cannot place dependency '${path}': ${describeError(error)}`,
    { cause: error },
  );
}

function copyOf(patterns: readonly string[] | null): string[] | null {
  return patterns === null ? null : [...patterns];
}
