import { RunyardError } from '../base/errors.ts';
import { EDITOR_SLICE_MS, Pace } from '../base/pace.ts';
import { compareCodePoints } from '../data/json.ts';
import { TreeDir, diskTree, type FileTree, type TreeFile } from './file-tree.ts';
import { parsePatterns, reachesBelow, type PatternRule } from './patterns.ts';

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
interface ReachedLimit {
  /** Index of the pattern. */
  readonly rule: number;
  readonly pattern: string;
  readonly maxMatches: number;
}

/** What one pattern did to the files that the walk looked at; directories for a `dir` rule. */
interface RuleEffect {
  /** How many it matched; a rule does not match once its `max-matches` is reached. */
  readonly matched: number;
  /** How many of them no later rule decided otherwise. */
  readonly decided: number;
}

/** What {@link selectSourceFiles} found. */
export interface SourceSelection {
  /** All patterns that took part; `rule` counts in this list. */
  readonly patterns: readonly string[];
  /** What each pattern did. */
  readonly rules: readonly RuleEffect[];
  /** False when limits ended the walk early, so that not everything was looked at. */
  readonly complete: boolean;
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
 * Selects the source files of a project (gage-format.md 4.2): walks top-down through links, files of
 * a directory before its subdirectories, both sorted; the last matching rule decides. A link
 * that leads back to a directory on the way to it is not followed.
 * @param project absolute path of the project, or its tree.
 * @param patterns see `sourcecodePatterns`.
 * Throws `bad-pattern`, and `io` when the project directory cannot be read.
 */
export async function selectSourceFiles(
  project: string | FileTree,
  patterns: readonly string[],
  options: SelectOptions = {},
): Promise<SourceSelection> {
  const extra = (options.exclude ?? []).map((p) => (p.startsWith('-') ? p : `-${p}`));
  const all = [...patterns, ...extra];
  const tree = typeof project === 'string' ? diskTree(project) : project;
  const rules = parsePatterns(all);
  const walk = new SourceWalk(tree, rules, options.skipDirs ?? []);
  const complete =
    !rules.some((rule) => rule.include) ||
    (await walk.run(new Pace(options.signal, EDITOR_SLICE_MS)));
  return {
    patterns: all,
    rules: walk.rules.map(({ matches, decided }) => ({ matched: matches, decided })),
    complete,
    files: walk.files.sort((a, b) => compareCodePoints(a.path, b.path)),
    limits: walk.limits,
    secrets: walk.secrets.sort(compareCodePoints),
    warnings: walk.warnings,
  };
}

/** What a person should know about a selection, one sentence each. */
export function selectionWarnings(selection: SourceSelection): readonly string[] {
  const { limits, secrets, warnings } = selection;
  return [
    ...limits.map(
      ({ maxMatches, pattern }) =>
        `More than ${String(maxMatches)} files match '${pattern}': the others were left out`,
    ),
    ...secrets.map((path) => `File "${path}" may hold secrets`),
    ...warnings,
  ];
}

/** Whether a file name is one that people keep secrets in: `.env`, `*.pem`, `id_rsa` and kin. */
export function looksSecret(path: string): boolean {
  const whole = path.toLowerCase();
  const name = whole.slice(whole.lastIndexOf('/') + 1);
  if (/^\.env($|\.)/.test(name)) return !/\.(example|sample|template|dist)$/.test(name);
  return SECRET_NAMES.has(name) || SECRET_PATH.test(whole);
}

const SECRET_NAMES: ReadonlySet<string> = new Set([
  '.git-credentials',
  '.netrc',
  '.npmrc',
  '.pgpass',
  '.pypirc',
  'credentials.json',
]);
const SECRET_PATH =
  /\.(?:pem|key|p12|pfx|keystore|jks)$|(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ed25519)(?:[_-][^./]*)?|\.aws\/credentials)$/;

/** A rule with what it needs while a walk lasts. */
interface LiveRule {
  readonly rule: PatternRule;
  readonly index: number;
  readonly reaches: (dir: string) => boolean;
  matches: number;
  decided: number;
  /** Whether its limit has kept a file out. */
  limited: boolean;
}

interface Visit {
  readonly dir: TreeDir;
  /** Device and inode of the directory and of all that lead to it. */
  readonly chain: readonly string[];
}

class SourceWalk {
  readonly rules: readonly LiveRule[];
  readonly files: SelectedFile[] = [];
  readonly limits: ReachedLimit[] = [];
  readonly secrets: string[] = [];
  readonly warnings: string[] = [];
  readonly #tree: FileTree;
  readonly #dirRules: readonly LiveRule[];
  readonly #fileRules: readonly LiveRule[];
  readonly #includes: readonly LiveRule[];
  readonly #skipDirs: ReadonlySet<string>;
  /** Skipping a directory must not change how often a rule with a limit matched before. */
  readonly #maySkip: boolean;

  constructor(tree: FileTree, rules: readonly PatternRule[], skipDirs: readonly string[]) {
    const live = rules.map((rule, index) => ({
      rule,
      index,
      reaches: reachesBelow(rule.glob),
      matches: 0,
      decided: 0,
      limited: false,
    }));
    this.#tree = tree;
    this.rules = live;
    this.#dirRules = live.filter(({ rule }) => rule.type === 'dir');
    this.#fileRules = live.filter(({ rule }) => rule.type !== 'dir');
    this.#includes = this.#fileRules.filter(({ rule }) => rule.include);
    this.#skipDirs = new Set(skipDirs.flatMap((dir) => new TreeDir(dir).id ?? []));
    this.#maySkip = rules.every(
      (rule) => rule.maxMatches === null || (rule.include && rule.type !== 'dir'),
    );
  }

  /** Walks. @returns false when it ended early since nothing more can be selected. */
  async run(pace: Pace): Promise<boolean> {
    const { top, root } = this.#tree;
    if (top.id === null) {
      throw new RunyardError('io', `The project directory ${root} cannot be read`);
    }
    const pending: Visit[] = [{ dir: top, chain: [top.id] }];
    for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
      const { files, dirs, problem } = this.#tree.list(visit.dir);
      if (problem !== null) {
        this.warnings.push(`Directory '${visit.dir.path}' was skipped: ${problem}`);
      }
      for (const file of files) {
        if (pace.due()) await pace.rest();
        this.#consider(file);
        if (this.#isExhausted()) return false;
      }
      const inner: Visit[] = [];
      for (const dir of dirs) {
        if (pace.due()) await pace.rest();
        const next = this.#enter(dir, visit);
        if (next !== null) inner.push(next);
      }
      pending.push(...inner.reverse());
    }
    return true;
  }

  /** The visit of a directory, or null when a rule, a loop or nothing to find speaks against it. */
  #enter(dir: TreeDir, from: Visit): Visit | null {
    let decision: LiveRule | null = null;
    for (const live of this.#dirRules) {
      if (matchesDir(live, dir)) decision = live;
    }
    if (decision !== null) decision.decided++;
    if (decision?.rule.include === false) return null;
    if (this.#maySkip && !this.#includes.some((live) => live.reaches(dir.path))) return null;
    const { id } = dir;
    if (id === null) return null;
    if (this.#skipDirs.has(id)) {
      this.warnings.push(`Directory '${dir.path}' was skipped: it holds the runs`);
      return null;
    }
    if (from.chain.includes(id)) {
      this.warnings.push(`Directory '${dir.path}' was skipped: it links to a directory above it`);
      return null;
    }
    return { dir, chain: [...from.chain, id] };
  }

  #consider(file: TreeFile): void {
    let decision: LiveRule | null = null;
    let limited: LiveRule | null = null;
    for (const live of this.#fileRules) {
      const match = matchFile(live, file);
      if (match === 'yes') decision = live;
      if (match === 'limit') limited = live;
    }
    if (limited !== null && (decision?.index ?? -1) < limited.index) this.#addLimit(limited);
    if (decision === null) return;
    decision.decided++;
    if (!decision.rule.include) return;
    const problem = nameProblem(file.name);
    if (problem !== null) {
      this.warnings.push(`File ${JSON.stringify(file.path)} was skipped: ${problem}`);
      return;
    }
    const { path, stat } = file;
    if (stat === null) return;
    this.files.push({ path, size: stat.size, mode: stat.mode & 0o7777, rule: decision.index });
    if (looksSecret(path)) this.secrets.push(path);
  }

  #addLimit(live: LiveRule): void {
    live.limited = true;
    const { source, maxMatches } = live.rule;
    this.limits.push({ rule: live.index, pattern: source, maxMatches: maxMatches ?? 0 });
  }

  /** Nothing more can be selected, and every limit that kept something out is known. */
  #isExhausted(): boolean {
    return this.#includes.every((live) => live.limited);
  }
}

/** `limit` stands for a match that only the rule's own limit prevents; told until it is known. */
function matchFile(live: LiveRule, file: TreeFile): 'yes' | 'no' | 'limit' {
  const { rule } = live;
  const full = rule.maxMatches !== null && live.matches >= rule.maxMatches;
  if ((full && (live.limited || !rule.include)) || !matchesFile(rule, file)) return 'no';
  if (full) return 'limit';
  live.matches++;
  return 'yes';
}

/** Whether glob, size and type of a rule match a file; a size that is out of reach does. */
export function matchesFile(rule: PatternRule, file: TreeFile): boolean {
  if (rule.type === 'dir' || !rule.regex.test(file.path)) return false;
  if (rule.sizeLessThan !== null || rule.sizeGreaterThan !== null) {
    const { stat } = file;
    if (stat !== null && !sizeMatches(rule, stat.size)) return false;
  }
  return rule.type === null || file.isText === (rule.type === 'text');
}

function matchesDir(live: LiveRule, dir: TreeDir): boolean {
  const { rule } = live;
  if (rule.maxMatches !== null && live.matches >= rule.maxMatches) return false;
  if (!rule.regex.test(dir.path)) return false;
  if (rule.sentinel !== '' && !dir.holds(rule.sentinel)) return false;
  if (rule.sizeLessThan !== null || rule.sizeGreaterThan !== null) {
    if (dir.size !== null && !sizeMatches(rule, dir.size)) return false;
  }
  live.matches++;
  return true;
}

/** Both limits given means that either is enough; a limit of 0 matches nothing (gage-format.md 4.2). */
function sizeMatches(rule: PatternRule, size: number): boolean {
  const { sizeGreaterThan: above, sizeLessThan: below } = rule;
  return (above !== null && above > 0 && size > above) || (below !== null && size < below);
}

/**
 * Why `log/files` cannot hold a name (gage-format.md 2.5), or null. Readers split it at line ends and
 * read it as UTF-8.
 */
export function nameProblem(name: string): string | null {
  if (/[\n\r]/.test(name)) return 'its name has a line break';
  return name.includes('\ufffd') ? 'its name is not valid UTF-8' : null;
}
