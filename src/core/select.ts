import { lstatSync, readdirSync, statSync, type Dirent, type Stats } from 'node:fs';
import { join } from 'node:path';
import { RunyardError, describeError } from './errors.ts';
import { compareCodePoints } from './json.ts';
import { Pace } from './pace.ts';
import { parsePattern, parsePatterns, reachesBelow, type PatternRule } from './patterns.ts';
import { isTextFile } from './text-detect.ts';

/** A source file that the patterns select. */
export interface SelectedFile {
  /** Relative path, `/` as separator. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Permission bits of the file (of its target, for a link). */
  readonly mode: number;
  /** Index of the pattern that decided. */
  readonly rule: number;
}

/** A `max-matches` limit that kept files out. */
export interface ReachedLimit {
  /** Index of the pattern. */
  readonly rule: number;
  readonly pattern: string;
  readonly maxMatches: number;
}

/** What {@link selectSourceFiles} found. */
export interface SourceSelection {
  /** All patterns that took part; `rule` counts in this list. */
  readonly patterns: readonly string[];
  /** Sorted by code point of the path. */
  readonly files: readonly SelectedFile[];
  readonly limits: readonly ReachedLimit[];
  /** Selected files whose names say that they hold secrets. */
  readonly secrets: readonly string[];
  /** Sentences for people: what could not be looked at or was left out, and why. */
  readonly warnings: readonly string[];
}

/** Options of {@link selectSourceFiles}. */
export interface SelectOptions {
  readonly signal?: AbortSignal;
  /** More patterns that exclude, whatever the others say; a leading `-` may be left out. */
  readonly exclude?: readonly string[];
  /** Absolute paths of directories that are never entered. */
  readonly skipDirs?: readonly string[];
}

/**
 * Selects the source files of a project (gage.md 4.2): walks top-down through links, files of
 * a directory before its subdirectories, both sorted; the last matching rule decides. A link
 * that leads back to a directory on the way to it is not followed.
 * @param projectDir absolute path of the project.
 * @param patterns see `sourcecodePatterns`.
 * Throws `bad-pattern`, and `io` when the project directory cannot be read.
 */
export async function selectSourceFiles(
  projectDir: string,
  patterns: readonly string[],
  options: SelectOptions = {},
): Promise<SourceSelection> {
  const extra = (options.exclude ?? []).map((p) => (p.startsWith('-') ? p : `-${p}`));
  const all = [...patterns, ...extra];
  const walk = new SourceWalk(projectDir, parsePatterns(all), options.skipDirs ?? []);
  if (all.some((p) => parsePattern(p).include)) await walk.run(new Pace(options.signal));
  const files = walk.files.sort((a, b) => compareCodePoints(a.path, b.path));
  return {
    patterns: all,
    files,
    limits: walk.limits,
    secrets: files.map((file) => file.path).filter(looksSecret),
    warnings: walk.warnings,
  };
}

/** Whether a file name is one that people keep secrets in: `.env`, `*.pem`, `id_*` and kin. */
export function looksSecret(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (/^\.env($|\.)/.test(name)) return !/\.(example|sample|template|dist)$/.test(name);
  return /^id_[^.]*$|\.(pem|key|p12|pfx|keystore|jks)$/.test(name) || SECRET_NAMES.has(name);
}

const SECRET_NAMES: ReadonlySet<string> = new Set(['.netrc', '.pgpass', '.pypirc', '.npmrc']);

/** A rule with what it needs while a walk lasts. */
interface LiveRule {
  readonly rule: PatternRule;
  readonly index: number;
  readonly reaches: (dir: string) => boolean;
  matches: number;
  /** Whether its limit has kept a file out. */
  limited: boolean;
}

interface Visit {
  /** Relative path; empty for the project itself. */
  readonly dir: string;
  /** Device and inode of the directory and of all that lead to it. */
  readonly chain: readonly string[];
}

class SourceWalk {
  readonly files: SelectedFile[] = [];
  readonly limits: ReachedLimit[] = [];
  readonly warnings: string[] = [];
  readonly #root: string;
  readonly #dirRules: readonly LiveRule[];
  readonly #fileRules: readonly LiveRule[];
  readonly #includes: readonly LiveRule[];
  readonly #skipDirs: ReadonlySet<string>;
  /** Skipping a directory must not change how often a rule with a limit matched before. */
  readonly #maySkip: boolean;

  constructor(root: string, rules: readonly PatternRule[], skipDirs: readonly string[]) {
    const live = rules.map((rule, index) => ({
      rule,
      index,
      reaches: reachesBelow(rule.glob),
      matches: 0,
      limited: false,
    }));
    this.#root = root;
    this.#dirRules = live.filter(({ rule }) => rule.type === 'dir');
    this.#fileRules = live.filter(({ rule }) => rule.type !== 'dir');
    this.#includes = this.#fileRules.filter(({ rule }) => rule.include);
    this.#skipDirs = new Set(skipDirs.map(identify).filter((id) => id !== null));
    this.#maySkip = rules.every(
      (rule) => rule.maxMatches === null || (rule.include && rule.type !== 'dir'),
    );
  }

  async run(pace: Pace): Promise<void> {
    const root = identify(this.#root);
    if (root === null) {
      throw new RunyardError('io', `The project directory ${this.#root} cannot be read`);
    }
    const pending: Visit[] = [{ dir: '', chain: [root] }];
    for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
      const { files, dirs } = this.#list(visit.dir);
      for (const file of files) {
        if (pace.due()) await pace.rest();
        this.#consider(file);
        if (this.#isExhausted()) return;
      }
      const inner = dirs.map((dir) => this.#enter(dir, visit)).filter((next) => next !== null);
      pending.push(...inner.reverse());
    }
  }

  /** Files and directories below `dir`, each sorted, as paths relative to the project. */
  #list(dir: string): { readonly files: readonly Entry[]; readonly dirs: readonly string[] } {
    const files: Entry[] = [];
    const dirs: string[] = [];
    let entries: Dirent[];
    try {
      entries = readdirSync(join(this.#root, dir), { withFileTypes: true });
    } catch (error) {
      this.warnings.push(`Directory '${dir}' was skipped: ${describeError(error)}`);
      return { files, dirs };
    }
    for (const entry of entries) {
      const path = dir === '' ? entry.name : `${dir}/${entry.name}`;
      if (entry.isFile()) files.push({ path, name: entry.name, stat: null });
      else if (entry.isDirectory()) dirs.push(path);
      else if (entry.isSymbolicLink()) {
        const stat = statOrNull(`${this.#root}/${path}`);
        if (stat?.isDirectory() === true) dirs.push(path);
        else if (stat?.isFile() === true) files.push({ path, name: entry.name, stat });
      }
    }
    files.sort((a, b) => compareCodePoints(a.path, b.path));
    return { files, dirs: dirs.sort(compareCodePoints) };
  }

  /** The visit of a directory, or null when a rule, a loop or nothing to find speaks against it. */
  #enter(dir: string, from: Visit): Visit | null {
    let included = true;
    for (const live of this.#dirRules) {
      if (this.#matchesDir(live, dir)) included = live.rule.include;
    }
    if (!included) return null;
    if (this.#maySkip && !this.#includes.some((live) => live.reaches(dir))) return null;
    const id = identify(join(this.#root, dir));
    if (id === null) return null;
    if (this.#skipDirs.has(id)) {
      this.warnings.push(`Directory '${dir}' was skipped: it holds the runs`);
      return null;
    }
    if (from.chain.includes(id)) {
      this.warnings.push(`Directory '${dir}' was skipped: it links to a directory above it`);
      return null;
    }
    return { dir, chain: [...from.chain, id] };
  }

  #consider(file: Entry): void {
    let decision: LiveRule | null = null;
    let limited: LiveRule | null = null;
    for (const live of this.#fileRules) {
      const match = this.#matchFile(live, file);
      if (match === 'yes') decision = live;
      if (match === 'limit') limited = live;
    }
    if (limited !== null && (decision?.index ?? -1) < limited.index) this.#addLimit(limited);
    if (decision?.rule.include !== true) return;
    const problem = nameProblem(file.name);
    if (problem !== null) {
      this.warnings.push(`File ${JSON.stringify(file.path)} was skipped: ${problem}`);
      return;
    }
    const stat = this.#stat(file);
    if (stat === null) return;
    const { size, mode } = stat;
    this.files.push({ path: file.path, size, mode: mode & 0o7777, rule: decision.index });
  }

  /** `limit` stands for a match that only the rule's own limit prevents; told until it is known. */
  #matchFile(live: LiveRule, file: Entry): 'yes' | 'no' | 'limit' {
    const { rule } = live;
    const full = rule.maxMatches !== null && live.matches >= rule.maxMatches;
    if ((full && (live.limited || !rule.include)) || !rule.regex.test(file.path)) return 'no';
    if (rule.sizeLessThan !== null || rule.sizeGreaterThan !== null) {
      const stat = this.#stat(file);
      if (stat !== null && !sizeMatches(rule, stat.size)) return 'no';
    }
    if (rule.type !== null) {
      file.text ??= isTextFile(`${this.#root}/${file.path}`);
      if (file.text !== (rule.type === 'text')) return 'no';
    }
    if (full) return 'limit';
    live.matches++;
    return 'yes';
  }

  #addLimit(live: LiveRule): void {
    live.limited = true;
    const { source, maxMatches } = live.rule;
    this.limits.push({ rule: live.index, pattern: source, maxMatches: maxMatches ?? 0 });
  }

  #matchesDir(live: LiveRule, dir: string): boolean {
    const { rule } = live;
    if (rule.maxMatches !== null && live.matches >= rule.maxMatches) return false;
    if (!rule.regex.test(dir)) return false;
    const full = join(this.#root, dir);
    if (rule.sentinel !== '' && !existsBelow(full, rule.sentinel)) return false;
    if (rule.sizeLessThan !== null || rule.sizeGreaterThan !== null) {
      const stat = statOrNull(full);
      if (stat !== null && !sizeMatches(rule, stat.size)) return false;
    }
    live.matches++;
    return true;
  }

  /** Nothing more can be selected, and every limit that kept something out is known. */
  #isExhausted(): boolean {
    return this.#includes.every((live) => live.limited);
  }

  #stat(file: Entry): Stats | null {
    return (file.stat ??= statOrNull(`${this.#root}/${file.path}`));
  }
}

interface Entry {
  readonly path: string;
  readonly name: string;
  stat: Stats | null;
  text?: boolean;
}

/** Both limits given means that either is enough; a limit of 0 matches nothing (gage.md 4.2). */
function sizeMatches(rule: PatternRule, size: number): boolean {
  const { sizeGreaterThan: above, sizeLessThan: below } = rule;
  return (above !== null && above > 0 && size > above) || (below !== null && size < below);
}

/** Null for what is gone or out of reach, and for a link that leads nowhere or to itself. */
function statOrNull(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

/** Device and inode of a directory; null when there is none. */
function identify(dir: string): string | null {
  try {
    const stat = statSync(dir, { bigint: true });
    return stat.isDirectory() ? `${String(stat.dev)}:${String(stat.ino)}` : null;
  } catch {
    return null;
  }
}

/**
 * Why `log/files` cannot hold a name (gage.md 2.5), or null. Readers split it at line ends and
 * read it as UTF-8.
 */
export function nameProblem(name: string): string | null {
  if (/[\n\r]/.test(name)) return 'its name has a line break';
  return name.includes('\ufffd') ? 'its name is not valid UTF-8' : null;
}

/** Whether a sentinel exists below a directory; it may be a glob, whose `*` skips dot files. */
function existsBelow(dir: string, sentinel: string): boolean {
  const [part = '', ...rest] = sentinel.split('/').filter((p) => p !== '');
  if (part === '') return true;
  const names = /[*?[]/.test(part) ? matchingNames(dir, part) : [part];
  return names.some((name) => {
    const path = join(dir, name);
    if (rest.length > 0) return existsBelow(path, rest.join('/'));
    try {
      return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    } catch {
      return false;
    }
  });
}

function matchingNames(dir: string, glob: string): readonly string[] {
  const source = glob.replace(/\[!?\]?[^\]]*\]|[\\^$.*+?()[\]{}|/]/g, (token) => {
    if (token === '*') return '.*';
    if (token === '?') return '.';
    if (token.length === 1) return `\\${token}`;
    const negated = token.startsWith('[!');
    const members = token.slice(negated ? 2 : 1, -1).replace(/[\\\][^&|~]/g, '\\$&');
    return `[${negated ? '^' : ''}${members}]`;
  });
  try {
    const regex = new RegExp(`^${source}$`, 's');
    return readdirSync(dir).filter(
      (name) => (glob.startsWith('.') || !name.startsWith('.')) && regex.test(name),
    );
  } catch {
    return [];
  }
}
