import { checkRunConfig } from '../config/check.ts';
import { effectiveConfig, readConfigFiles } from '../config/config.ts';
import type { Flags } from '../config/flags.ts';
import type { ConfigProblem, ProjectConfig } from '../config/project-config.ts';
import { RunyardError } from '../core/base/errors.ts';
import { platformName } from '../core/base/platform.ts';
import type { JsonObject } from '../core/data/json.ts';
import { encodeOpRef } from '../core/run/opref.ts';
import { discardRun, initRunMeta, makeRun } from '../core/run/run.ts';
import type { OpDef, Run, RunConfig } from '../core/run/types.ts';
import type { ResolvedDependency } from '../depends/resolve.ts';
import { resolveOperation } from '../opdef/gagefile.ts';
import { requireGageFile, sourceDirOf, type Project } from '../opdef/project.ts';
import { opCommand, opVersion } from '../opdef/table.ts';

/** Options of {@link newRun} and {@link planRun}. */
export interface NewRunOptions {
  /** Values given for this run, by config key. */
  readonly flags?: Flags;
  readonly label?: string;
  readonly tags?: readonly string[];
  /** What the run is about, in the person's words. */
  readonly description?: string;
  /** Environment variables that only this run gets, besides the caller's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Take keys that the operation does not have, as Gage does. */
  readonly acceptUnknown?: boolean;
}

/** What a run of an operation would be, before anything is created. */
export interface RunPlan {
  readonly opdef: OpDef;
  readonly version: string | null;
  readonly config: RunConfig;
  /** The configuration of the project, before the values given. */
  readonly defaults: ProjectConfig;
  /** All of them are met. */
  readonly depends: readonly ResolvedDependency[];
  /** What keeps values of the project's files out of `config`. */
  readonly configProblems: readonly ConfigProblem[];
}

/** A run that was made, and what its maker may want to tell. */
export interface NewRun extends Pick<RunPlan, 'opdef' | 'configProblems'> {
  readonly run: Run;
}

/** An operation that could be run, with the values it would be run with. */
export interface RunnableOperation {
  readonly opdef: OpDef;
  readonly version: string | null;
  readonly defaults: ProjectConfig;
}

/**
 * Resolves an operation and its configuration. Throws, with nothing created, what
 * {@link runnableOperation} throws, `bad-config` and `bad-request` for values given that cannot
 * be used, and `unmet-dependency`.
 */
export async function planRun(
  project: Project,
  opName: string | undefined,
  options: NewRunOptions = {},
): Promise<RunPlan> {
  const { flags = {}, env = {}, acceptUnknown = false } = options;
  checkEnv(env);
  const { opdef, version, defaults } = await runnableOperation(project, opName);
  const config = effectiveConfig(defaults.values, flags, { acceptUnknown });
  checkRunConfig(sourceDirOf(project), opdef.table, defaults, config);
  const depends = await dependsOf(project, opdef);
  return { opdef, version, config, defaults, depends, configProblems: defaults.problems };
}

/** What the dependencies of a new run would be. Throws `unmet-dependency` and `bad-gage-file`. */
async function dependsOf(project: Project, opdef: OpDef): Promise<readonly ResolvedDependency[]> {
  const { depends = null } = opdef.table;
  if (depends === null) return [];
  // Loaded only by an operation that has some.
  const { requireDepends } = await import('../depends/resolve.ts');
  const { runsDir, ns } = project;
  const projectDir = sourceDirOf(project);
  return await requireDepends({ projectDir, runsDir, ns, table: opdef.table, opName: opdef.name });
}

/**
 * Resolves an operation and reads its configuration from the files of the project. Throws
 * `no-gage-file`, `bad-gage-file`, `no-operation` or `missing-exec`.
 */
export async function runnableOperation(
  project: Project,
  opName: string | undefined,
): Promise<RunnableOperation> {
  const opdef = resolveOperation(requireGageFile(project), opName);
  const sourceDir = sourceDirOf(project);
  opCommand(opdef, sourceDir);
  const version = opVersion(opdef.table);
  encodeOpRef({ ns: project.ns, name: opdef.name, version });
  return { opdef, version, defaults: await readConfigFiles(sourceDir, opdef.table) };
}

/**
 * Creates a run of an operation: validated first, then made and initialised (`pending`), ready
 * to be staged. Throws as {@link planRun}; what was created is removed again when writing fails.
 */
export async function newRun(
  project: Project,
  opName: string | undefined,
  options: NewRunOptions = {},
): Promise<NewRun> {
  const { opdef, version, config, configProblems } = await planRun(project, opName, options);
  const sourceDir = sourceDirOf(project);
  const run = makeRun({ ns: project.ns, name: opdef.name, version }, project.runsDir);
  try {
    const command = opCommand(opdef, sourceDir);
    initRunMeta(
      run,
      opdef,
      config,
      { command, env: options.env ?? {} },
      {
        sys: { platform: platformName() },
        projectDir: project.projectDir ?? project.commandDir,
        attributes: attributesOf(options),
      },
    );
  } catch (error) {
    discardRun(run);
    throw error;
  }
  return { run, opdef, configProblems };
}

/** The first attributes of a run: only what was given. */
function attributesOf({ label, tags, description }: NewRunOptions): JsonObject {
  return {
    ...(label ? { label } : {}),
    ...(tags !== undefined && tags.length > 0 ? { tags: [...new Set(tags)] } : {}),
    ...(description ? { description } : {}),
  };
}

function checkEnv(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) {
    if (/^[^\s=\0]+$/.test(name) && !value.includes('\0')) continue;
    throw new RunyardError('bad-request', `"${name}" cannot be an environment variable`, {
      hint: 'Write NAME=value.',
    });
  }
}
