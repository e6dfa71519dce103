import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { OpenedConfigFile, UnreadableConfigFile } from '../../config/files.ts';
import type { Env } from '../../core/run/project.ts';
import { ProjectTree } from '../../core/sourcecode/file-tree.ts';
import { selectSourceFiles, type SourceSelection } from '../../core/sourcecode/select.ts';
import { GAGE_FILE_NAMES } from '../../opdef/gagefile.ts';

/** A configuration file as the disk has it, or why there is none. */
type ConfigFileFacts =
  | OpenedConfigFile
  | UnreadableConfigFile
  | { readonly reason: 'missing'; readonly message: string };

/** What happened to a file or directory. */
export type FileEventKind = 'changed' | 'created' | 'deleted';

/** Options of {@link LanguageProject}. */
export interface LanguageProjectOptions {
  /** Where programs are looked for (default `process.env`). */
  readonly env?: Env;
  /** The store; it is never walked. */
  readonly runsDir?: string;
  /** Patterns of files that are never copied, whatever an operation says. */
  readonly exclude?: readonly string[];
}

/** How long it is believed where a program is. Milliseconds. */
const PROGRAM_MS = 5_000;
/** Selections that are kept; more belong to pattern lists that were edited since. */
const MAX_SELECTIONS = 200;

/**
 * The files of a project, as diagnostics, completion and hover ask for them again and again
 * while a Gage file is edited. Nothing is read before it is asked for, and what was read is
 * kept until an event says that it changed.
 */
export class LanguageProject {
  /** Absolute path. */
  readonly dir: string;
  /** The same without links, as runs have it. */
  readonly realDir: string;
  readonly tree: ProjectTree;
  readonly #env: Env;
  /** The store, as named and as it really is. */
  readonly #runsDirs: readonly string[];
  readonly #exclude: readonly string[];
  readonly #roots: ReadonlySet<string>;
  readonly #selections = new Map<string, Promise<SourceSelection>>();
  readonly #configFiles = new Map<string, { stamp: string; facts: ConfigFileFacts }>();
  readonly #programs = new Map<string, { found: boolean; until: number }>();
  /** Relative paths whose existence somebody asked for. */
  readonly #asked = new Set<string>(GAGE_FILE_NAMES);
  /** Walks go one after another, so that together they leave the event loop as free as one. */
  #lastWalk: Promise<unknown> = Promise.resolve();
  #version = 0;

  constructor(projectDir: string, options: LanguageProjectOptions = {}) {
    this.dir = resolve(projectDir);
    this.tree = new ProjectTree(this.dir);
    this.#env = options.env ?? process.env;
    this.#exclude = options.exclude ?? [];
    this.realDir = realPath(this.dir);
    this.#roots = new Set([this.dir, this.realDir]);
    const { runsDir } = options;
    this.#runsDirs = runsDir === undefined ? [] : [resolve(runsDir), realPath(runsDir)];
  }

  /** Grows with each event that may change what this project has told. */
  get version(): number {
    return this.#version;
  }

  /**
   * The files that patterns select, as staging selects them. Kept until an event; callers share
   * one walk. Throws `bad-pattern`, `io`, and the signal's reason when it was aborted meanwhile.
   */
  async selection(patterns: readonly string[], signal?: AbortSignal): Promise<SourceSelection> {
    signal?.throwIfAborted();
    const key = JSON.stringify(patterns);
    let selection = this.#selections.get(key);
    if (selection === undefined) {
      selection = this.#walk(patterns);
      this.#keep(key, selection);
    }
    const result = await selection;
    signal?.throwIfAborted();
    return result;
  }

  /**
   * Read once, and again when it was written since. Never throws.
   * @param path absolute, or relative to the project.
   */
  async configFile(path: string): Promise<ConfigFileFacts> {
    const full = this.#ask(path);
    const stamp = stampOf(full);
    if (stamp === null) return { reason: 'missing', message: 'There is no such file' };
    // The grammars load with the first file.
    const { openConfigFile } = await import('../../config/files.ts');
    const known = this.#configFiles.get(full);
    if (known?.stamp === stamp) return known.facts;
    const facts = openConfigFile(this.dir, relative(this.dir, full));
    this.#configFiles.set(full, { stamp, facts });
    return facts;
  }

  /** @param path absolute, or relative to the project. */
  exists(path: string): boolean {
    return existsSync(this.#ask(path));
  }

  /**
   * Whether a program can be run by this name: found in `PATH` (with the extensions of
   * `PATHEXT` on Windows), or an executable file of the project for a name with a separator.
   */
  commandExists(program: string): boolean {
    const now = performance.now();
    const known = this.#programs.get(program);
    if (known !== undefined && known.until > now) return known.found;
    const found = this.#findProgram(program);
    this.#programs.set(program, { found, until: now + PROGRAM_MS });
    return found;
  }

  /** Absolute paths of all Gage files that exist; the first one counts (gage-format.md 1.3). */
  gageFiles(): readonly string[] {
    return GAGE_FILE_NAMES.map((name) => join(this.dir, name)).filter((path) => existsSync(path));
  }

  /**
   * Takes note of what happened to a file or directory; of a directory that was moved, one event
   * for the old and one for the new place is enough.
   * @param path absolute; the project itself: anything may have changed.
   */
  event(kind: FileEventKind, path: string): void {
    const below = this.#relativePath(path);
    if (below === null || this.#runsDirs.some((dir) => isWithin(dir, path))) return;
    const treeChanged = this.tree.changed(below);
    // Git writes all the time. Who selects its files learns of it with the next other event.
    if (below === '.git' || below.startsWith('.git/')) return;
    if (treeChanged) this.#selections.clear();
    this.#programs.clear();
    if (treeChanged || this.#isAsked(below, kind)) this.#version++;
  }

  /** Removes what an event made unsure and forgets the oldest of too many. */
  #keep(key: string, selection: Promise<SourceSelection>): void {
    const [oldest] = this.#selections.keys();
    if (oldest !== undefined && this.#selections.size >= MAX_SELECTIONS) {
      this.#selections.delete(oldest);
    }
    this.#selections.set(key, selection);
    // A failure is not kept: what made it fail may be mended without an event.
    selection.catch(() => {
      if (this.#selections.get(key) === selection) this.#selections.delete(key);
    });
  }

  #walk(patterns: readonly string[]): Promise<SourceSelection> {
    const walk = this.#lastWalk.then(() =>
      selectSourceFiles(this.tree, patterns, {
        exclude: this.#exclude,
        skipDirs: this.#runsDirs,
      }),
    );
    this.#lastWalk = walk.catch(() => undefined);
    return walk;
  }

  #ask(path: string): string {
    const full = resolve(this.dir, path);
    const below = this.#relativePath(full);
    if (below !== null) this.#asked.add(below);
    return full;
  }

  /** Whether an event is about a file that was asked for, or a directory on the way to it. */
  #isAsked(path: string, kind: FileEventKind): boolean {
    if (this.#asked.has(path)) return true;
    if (kind === 'changed') return false;
    return [...this.#asked].some((asked) => asked.startsWith(`${path}/`));
  }

  /** With `/`, empty for the project itself; null for what is not in it. */
  #relativePath(path: string): string | null {
    for (const root of this.#roots) {
      if (!isWithin(root, path)) continue;
      return relative(root, path).replaceAll(sep, '/');
    }
    return null;
  }

  #findProgram(program: string): boolean {
    const windows = process.platform === 'win32';
    const extensions = windows ? (this.#env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').split(';') : [];
    const names = [program, ...extensions.map((extension) => program + extension)];
    if (isAbsolute(program) || program.includes('/') || (windows && program.includes('\\'))) {
      return names.some((name) => isProgram(this.#ask(name)));
    }
    const path = this.#env['PATH'] ?? this.#env['Path'] ?? '';
    const dirs = path.split(delimiter).filter((dir) => dir !== '');
    return dirs.some((dir) => names.some((name) => isProgram(resolve(this.dir, dir, name))));
  }
}

function isWithin(dir: string, path: string): boolean {
  return path === dir || path.startsWith(dir.endsWith(sep) ? dir : dir + sep);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** What changes when a file is written; null when there is no file. */
function stampOf(path: string): string | null {
  try {
    const { size, mtimeNs, ino } = statSync(path, { bigint: true });
    return `${String(ino)}:${String(size)}:${String(mtimeNs)}`;
  } catch {
    return null;
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
