import { statSync } from 'node:fs';
import { join } from 'node:path';
import { RunyardError, describeError, hasErrno } from '../core/base/errors.ts';
import type { JsonObject } from '../core/data/json.ts';
import { summaryFileName } from '../core/life/summary.ts';
import { parseManifest } from '../core/meta/manifest.ts';
import { openMeta } from '../core/meta/meta.ts';
import { runTitle } from '../core/run/title.ts';
import type { RunInfo } from '../core/run/types.ts';
import {
  selectSourceFiles,
  selectionWarnings,
  type SourceSelection,
} from '../core/sourcecode/select.ts';
import { listRuns } from '../core/store/read.ts';
import {
  parseDepends,
  type Dependency,
  type ProjectFilesDependency,
  type RunFilesDependency,
  type RunsSummaryDependency,
} from './parse.ts';
import { selectAll, selectNewest, type RunCandidates } from './select-run.ts';

/** Where dependencies are looked for. */
interface DependsScope {
  readonly projectDir: string;
  readonly runsDir: string;
  /** Namespace of the project, whose runs come first. */
  readonly ns: string;
  /** The operation's table. */
  readonly table: JsonObject;
  /** Names the operation in messages. */
  readonly opName?: string;
  /** The run that depends: never its own dependency. */
  readonly runId?: string;
  /** Patterns of project files that are never copied, whatever the operation says. */
  readonly exclude?: readonly string[];
  /** The clock of expressions; default now. */
  readonly now?: Date;
}

/** A file that a dependency puts into the run directory. */
export interface DependencyFile {
  /** Relative path, the same on both sides, `/` as separator. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
}

/** What a dependency turns out to be now. */
export interface ResolvedDependency {
  readonly dependency: Dependency;
  /** The run whose files are meant, or all runs of a summary, newest first. */
  readonly runs: readonly RunInfo[];
  /** The directory of the files; null for a summary, which is written anew. */
  readonly sourceDir: string | null;
  readonly files: readonly DependencyFile[];
  /** Why it is not met, as a sentence; null when it is. */
  readonly problem: string | null;
  /** Sentences about files that were left out or may hold secrets. */
  readonly warnings: readonly string[];
}

/**
 * Finds what the dependencies of an operation mean now (gage-format.md 4.7): files of the project,
 * the newest completed run that matches and its files, all completed runs that match. Creates
 * nothing. One that is not met has a `problem`; the others are resolved all the same.
 * Throws `bad-gage-file`, `bad-pattern`, `io`; the signal's reason on abort.
 */
export async function resolveDepends(
  scope: DependsScope,
  signal?: AbortSignal,
): Promise<readonly ResolvedDependency[]> {
  const dependencies = parseDepends(scope.table, scope.opName);
  if (dependencies.length === 0) return [];
  const needsRuns = dependencies.some(({ type }) => type !== 'project-files');
  const runs = needsRuns ? await listRuns(scope.runsDir, signal ? { signal } : {}) : [];
  const candidates: RunCandidates = {
    runs: runs.filter(({ id }) => id !== scope.runId),
    ns: scope.ns,
    now: scope.now ?? new Date(),
    ...(signal && { signal }),
  };
  const resolved: ResolvedDependency[] = [];
  for (const dependency of dependencies) {
    signal?.throwIfAborted();
    resolved.push(await resolveOne(dependency, scope, candidates, signal));
  }
  return resolved;
}

/**
 * As {@link resolveDepends} for a run that is about to be made.
 * Throws `unmet-dependency` too, with the first problem.
 */
export async function requireDepends(
  scope: DependsScope,
  signal?: AbortSignal,
): Promise<readonly ResolvedDependency[]> {
  const resolved = await resolveDepends(scope, signal);
  const unmet = resolved.find(({ problem }) => problem !== null);
  if (unmet === undefined) return resolved;
  const { description } = unmet.dependency;
  const what = description === null ? '' : ` (${description.trim().split('\n')[0] ?? ''})`;
  const operation = scope.opName === undefined ? '' : ` of "${scope.opName}"`;
  const message = `A dependency${operation}${what} is not met: ${unmet.problem ?? ''}`;
  throw new RunyardError('unmet-dependency', message);
}

async function resolveOne(
  dependency: Dependency,
  scope: DependsScope,
  candidates: RunCandidates,
  signal?: AbortSignal,
): Promise<ResolvedDependency> {
  switch (dependency.type) {
    case 'project-files':
      return await projectFiles(dependency, scope, signal);
    case 'run-files':
      return await runFiles(dependency, scope, candidates, signal);
    case 'runs-summary':
      return await runsSummary(dependency, candidates);
  }
}

async function projectFiles(
  dependency: ProjectFilesDependency,
  scope: DependsScope,
  signal?: AbortSignal,
): Promise<ResolvedDependency> {
  const { projectDir, exclude } = scope;
  const selection = await selectSourceFiles(projectDir, dependency.patterns, {
    ...(signal && { signal }),
    ...(exclude && { exclude }),
    skipDirs: [scope.runsDir],
  });
  const { files, warnings } = withoutSummary(selection, scope.table);
  const none = `no file of the project matches ${list(dependency.patterns)}`;
  const problem = files.length > 0 ? null : none + folderHint(projectDir, dependency.patterns);
  return { dependency, runs: [], sourceDir: projectDir, files, problem, warnings };
}

async function runFiles(
  dependency: RunFilesDependency,
  scope: DependsScope,
  candidates: RunCandidates,
  signal?: AbortSignal,
): Promise<ResolvedDependency> {
  const choice = await selectNewest(dependency.select, candidates);
  const [run] = choice.runs;
  if (run === undefined) return unmet(dependency, choice.problem ?? 'no run matches');
  const patterns = dependency.patterns ?? [];
  const includes = patterns.some((pattern) => !isExclude(pattern));
  try {
    const selection = await selectSourceFiles(
      run.runDir,
      includes ? patterns : ['**/*', ...patterns],
      signal ? { signal } : {},
    );
    const generated = includes ? null : await generatedFiles(run);
    const found = withoutSummary(selection, scope.table);
    const files = found.files.filter(({ path }) => generated?.has(path) !== false);
    // Nobody asked for the summary by a pattern: leaving it out needs no word.
    const warnings = includes ? found.warnings : selectionWarnings(selection);
    const title = runTitle(run);
    const none = includes
      ? `no file of run ${title} matches ${list(patterns)}${folderHint(run.runDir, patterns)}`
      : `run ${title} has generated no files`;
    const problem = files.length === 0 ? none : null;
    return { dependency, runs: [run], sourceDir: run.runDir, files, problem, warnings };
  } catch (error) {
    const isGone = error instanceof RunyardError && ['io', 'unreadable'].includes(error.code);
    if (!isGone && !hasErrno(error, 'ENOENT')) throw error;
    const problem = `the files of run ${runTitle(run)} cannot be read: ${describeError(error)}`;
    return { ...unmet(dependency, problem), runs: [run] };
  }
}

async function runsSummary(
  dependency: RunsSummaryDependency,
  candidates: RunCandidates,
): Promise<ResolvedDependency> {
  const { runs, problem } = await selectAll(dependency.select, candidates);
  if (problem !== null) return unmet(dependency, problem);
  const files = [{ path: dependency.filename, size: 0, mode: 0o666 }];
  return { dependency, runs, sourceDir: null, files, problem: null, warnings: [] };
}

function unmet(dependency: Dependency, problem: string): ResolvedDependency {
  return { dependency, runs: [], sourceDir: null, files: [], problem, warnings: [] };
}

/** Paths that the manifest of a run says it has generated (gage-format.md 2.6). */
async function generatedFiles(run: RunInfo): Promise<ReadonlySet<string>> {
  const meta = await openMeta(run.metaPath, run.metaForm);
  try {
    const text = (await meta.read('manifest'))?.toString() ?? '';
    const generated = parseManifest(text).filter(([type]) => type === 'g');
    return new Set(generated.map(([, , path]) => path));
  } finally {
    meta.close();
  }
}

function isExclude(pattern: string): boolean {
  return pattern.startsWith('-');
}

/** What was selected, but not what would pass for the summary of the run that depends. */
function withoutSummary(
  selection: SourceSelection,
  table: JsonObject,
): Pick<ResolvedDependency, 'files' | 'warnings'> {
  const summary = summaryFileName(table);
  const files = selection.files.filter(({ path }) => path !== summary);
  const warnings = selectionWarnings(selection);
  if (files.length === selection.files.length) return { files, warnings };
  const left = `File "${summary}" is left out: it would pass for the summary of this run`;
  return { files, warnings: [...warnings, left] };
}

/** A folder's name matches nothing below it: people expect that it does (gage-format.md 4.2). */
function folderHint(dir: string, patterns: readonly string[]): string {
  const folder = patterns
    .map((pattern) => pattern.replace(/\/$/, ''))
    .find((path) => !/[*?"']/.test(path) && isDirectory(join(dir, path)));
  return folder === undefined ? '' : `; for a folder write "${folder}/**/*"`;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function list(patterns: readonly string[]): string {
  return patterns.map((pattern) => `"${pattern}"`).join(', ');
}
