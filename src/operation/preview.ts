import { checkRunConfig } from '../config/check.ts';
import { configProblemText, effectiveConfig, readConfigFiles } from '../config/config.ts';
import type { Flags } from '../config/flags.ts';
import type { ProjectConfig } from '../config/project-config.ts';
import { RunyardError } from '../core/base/errors.ts';
import { jsonEqual, type Json } from '../core/data/json.ts';
import { maskedValue } from '../core/data/secrets.ts';
import { encodeOpRef } from '../core/run/opref.ts';
import { PHASES, type Command, type OpDef, type Phase } from '../core/run/types.ts';
import { sourcecodePatterns } from '../core/sourcecode/patterns.ts';
import {
  selectSourceFiles,
  selectionWarnings,
  type SourceSelection,
} from '../core/sourcecode/select.ts';
import { resolveDepends, type ResolvedDependency } from '../depends/resolve.ts';
import { resolveOperation } from '../opdef/gagefile.ts';
import { isSafeInShell } from '../opdef/project-dir.ts';
import { requireGageFile, sourceDirOf, type Project } from '../opdef/project.ts';
import { opCommand, opDescription, opExec, opProgress, opVersion } from '../opdef/table.ts';

/** A value of the configuration that a run would have, to be shown: secrets are masked. */
export interface PreviewValue {
  readonly key: string;
  readonly value: Json;
  /** What the project's file says; null also for a key that no file has. */
  readonly fileValue: Json;
  /** Whether a value given for the run replaces the file's. */
  readonly changed: boolean;
  /** Where the file's value stands; null for a key that no file has. */
  readonly source: { readonly path: string; readonly line: number } | null;
}

/** What a run of an operation would be if it were staged now. */
export interface Preview {
  readonly operation: string;
  readonly version: string | null;
  readonly description: string | null;
  /** Absolute path. */
  readonly gageFile: string;
  /** The project that source files come from: a real, absolute path. */
  readonly projectDir: string;
  /** By phase, in order, `$project_dir` replaced where the phase sees it. */
  readonly commands: readonly { readonly phase: Phase; readonly command: Command }[];
  /** Names of progress parsers by phase. */
  readonly progress: readonly { readonly phase: Phase; readonly parser: string }[];
  /** `output-summary` as written; null when it is not set. */
  readonly outputSummary: boolean | string | null;
  readonly config: readonly PreviewValue[];
  readonly source: SourceSelection;
  readonly depends: readonly ResolvedDependency[];
  /** Why a run cannot be made like this; none for an operation that can be run. */
  readonly problems: readonly string[];
  /** What a person should look at: left out files, secrets, values that cannot be read. */
  readonly warnings: readonly string[];
}

/** Options of {@link previewOperation}. */
export interface PreviewOptions {
  /** Values given for the run, by config key. */
  readonly flags?: Flags;
  /** Take keys that the operation does not have, as Gage does. */
  readonly acceptUnknown?: boolean;
  /** Patterns of files that are never copied, whatever the operation says. */
  readonly exclude?: readonly string[];
}

/**
 * Finds out what staging an operation would do now; creates nothing.
 * @param opName see `resolveOperation`; undefined for the default operation.
 * Throws `no-gage-file`, `no-operation`, `io`, and `bad-gage-file` or `bad-pattern` when
 * `sourcecode` is broken; `bad-config` for given values that cannot be used; the signal's reason
 * on abort. What else is wrong with the operation is in `problems`.
 */
export async function previewOperation(
  project: Project,
  opName: string | undefined,
  options: PreviewOptions = {},
  signal?: AbortSignal,
): Promise<Preview> {
  const gageFile = requireGageFile(project);
  const opdef = resolveOperation(gageFile, opName);
  const { name, table } = opdef;
  const { runsDir, ns } = project;
  const projectDir = sourceDirOf(project);
  const exclude = options.exclude ?? [];
  const source = await selectSourceFiles(projectDir, sourcecodePatterns(table), {
    skipDirs: [runsDir],
    exclude,
    ...(signal && { signal }),
  });
  const problems = new Problems();
  const version = problems.catch(null, () => opVersion(table));
  problems.catch('', () => encodeOpRef({ ns, name, version }));
  problems.catch('', () => opCommand(opdef, projectDir));
  const config = await problems.wait(NO_CONFIG, readConfigFiles(projectDir, table));
  const values = effectiveConfig(config.values, options.flags ?? {}, options);
  problems.catch(undefined, () => checkRunConfig(projectDir, table, config, values));
  const scope = { projectDir, runsDir, ns, table, opName: name, exclude };
  const depends = await problems.wait([], resolveDepends(scope, signal));
  const unmet = depends.flatMap(({ problem }) =>
    problem === null ? [] : [`A dependency is not met: ${problem}`],
  );
  return {
    operation: name,
    version,
    description: opDescription(table),
    gageFile: gageFile.path,
    projectDir,
    commands: problems.catch([], () => commandsOf(opdef, projectDir)),
    progress: problems
      .catch([], () => byPhase(opProgress(table)))
      .map(([phase, parser]) => ({ phase, parser })),
    outputSummary: outputSummaryOf(opdef),
    config: Object.entries(values).map(([key, value]) => valueOf(key, value, config)),
    source,
    depends,
    problems: [...problems.messages, ...unmet],
    warnings: [
      ...selectionWarnings(source),
      ...config.problems.map(configProblemText),
      ...depends.flatMap(({ warnings }) => warnings),
    ],
  };
}

const NO_CONFIG: ProjectConfig = { values: {}, sources: new Map(), files: [], problems: [] };

/** Collects what is wrong, so that one mistake does not hide the rest. */
class Problems {
  readonly #messages = new Set<string>();

  get messages(): readonly string[] {
    return [...this.#messages];
  }

  catch<T>(fallback: T, read: () => T): T {
    try {
      return read();
    } catch (error) {
      return this.#add(error, fallback);
    }
  }

  async wait<T>(fallback: T, value: Promise<T>): Promise<T> {
    try {
      return await value;
    } catch (error) {
      return this.#add(error, fallback);
    }
  }

  #add<T>(error: unknown, fallback: T): T {
    if (!(error instanceof RunyardError)) throw error;
    this.#messages.add(error.message);
    return fallback;
  }
}

function commandsOf(opdef: OpDef, projectDir: string): Preview['commands'] {
  return byPhase(opExec(opdef.table)).map(([phase, command]) => {
    if (phase === 'run') return { phase, command: opCommand(opdef, projectDir) };
    // A shell replaces the variable; a program that is started without one gets it as it is.
    const isReplaced =
      phase !== 'finalize' && typeof command === 'string' && isSafeInShell(projectDir);
    return {
      phase,
      command: isReplaced ? command.replaceAll('$project_dir', () => projectDir) : command,
    };
  });
}

function byPhase<T>(values: Readonly<Partial<Record<Phase, T>>>): readonly (readonly [Phase, T])[] {
  return PHASES.flatMap((phase): readonly (readonly [Phase, T])[] => {
    const value = values[phase];
    return value === undefined ? [] : [[phase, value]];
  });
}

function outputSummaryOf({ table }: OpDef): boolean | string | null {
  const value = table['output-summary'];
  return typeof value === 'boolean' || typeof value === 'string' ? value : null;
}

function valueOf(key: string, value: Json, project: ProjectConfig): PreviewValue {
  const fileValue = project.values[key] ?? null;
  const source = project.sources.get(key);
  return {
    key,
    value: maskedValue(key, value),
    fileValue: maskedValue(key, fileValue),
    changed: source === undefined || !jsonEqual(value, fileValue),
    source: source === undefined ? null : { path: source.path, line: source.line },
  };
}

/**
 * A preview for programs: what `gage run --preview --json` prints, and our own keys after it.
 */
export function previewJson(preview: Preview): Json {
  const { source, projectDir, commands, progress } = preview;
  const patternOf = (rule: number): string => source.patterns[rule] ?? '';
  return {
    sourcecode: {
      src_dir: projectDir,
      patterns: source.patterns,
      paths: source.files.map(({ path }) => path),
    },
    operation: preview.operation,
    version: preview.version,
    description: preview.description,
    gageFile: preview.gageFile,
    problems: preview.problems,
    warnings: preview.warnings,
    commands: Object.fromEntries(commands.map(({ phase, command }) => [phase, command])),
    progress: Object.fromEntries(progress.map(({ phase, parser }) => [phase, parser])),
    outputSummary: preview.outputSummary,
    config: preview.config.map(({ key, value, fileValue, changed, source: place }) => ({
      key,
      value,
      fileValue,
      changed,
      path: place?.path ?? null,
      line: place === null ? null : BigInt(place.line),
    })),
    depends: preview.depends.map(dependencyJson),
    rules: source.rules.map(({ matched, decided }, i) => ({
      pattern: patternOf(i),
      matched: BigInt(matched),
      decided: BigInt(decided),
    })),
    complete: source.complete,
    files: source.files.map(({ path, size, rule }) => ({
      path,
      bytes: BigInt(size),
      pattern: patternOf(rule),
    })),
    bytes: BigInt(source.files.reduce((sum, { size }) => sum + size, 0)),
  };
}

function dependencyJson({ dependency, runs, files, problem }: ResolvedDependency): Json {
  return {
    type: dependency.type,
    description: dependency.description,
    select: dependency.type === 'project-files' ? null : dependency.select,
    patterns: dependency.type === 'runs-summary' ? null : dependency.patterns,
    runs: runs.map(({ id, name, status }) => ({ id, name, status })),
    files: files.map(({ path, size }) => ({ path, bytes: BigInt(size) })),
    problem,
  };
}
