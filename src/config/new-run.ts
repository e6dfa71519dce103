import { release } from 'node:os';
import { RunyardError } from '../core/errors.ts';
import { encodeOpRef } from '../core/opref.ts';
import { discardRun, initRunMeta, makeRun } from '../core/run.ts';
import type { OpDef, Run, RunConfig } from '../core/types.ts';
import { opCommand, opVersion, resolveOperation } from '../opdef/gagefile.ts';
import { sourceDirOf, type Project } from '../opdef/project.ts';
import { effectiveConfig, readConfig, type Flags } from './config.ts';

/** Options of {@link newRun} and {@link planRun}. */
export interface NewRunOptions {
  /** Values given for this run, by config key. */
  readonly flags?: Flags;
  readonly label?: string;
}

/** What a run of an operation would be, before anything is created. */
export interface RunPlan {
  readonly opdef: OpDef;
  readonly version: string | null;
  readonly config: RunConfig;
}

/**
 * Resolves an operation and its configuration. Throws, with nothing created, `no-gage-file`,
 * `bad-gage-file`, `no-operation`, `missing-exec` or `bad-config`.
 */
export async function planRun(
  project: Project,
  opName: string | undefined,
  options: NewRunOptions = {},
): Promise<RunPlan> {
  if (project.problem !== null) throw project.problem;
  if (project.gageFile === null) {
    throw new RunyardError(
      'no-gage-file',
      `There is no Gage file in ${project.projectDir ?? project.commandDir}`,
      {
        hint: 'Create a gage.toml with an operation.',
      },
    );
  }
  const opdef = resolveOperation(project.gageFile, opName);
  const sourceDir = sourceDirOf(project);
  opCommand(opdef, sourceDir);
  const version = opVersion(opdef.table);
  encodeOpRef({ ns: project.ns, name: opdef.name, version });
  const defaults = await readConfig(sourceDir, opdef.table);
  return { opdef, version, config: effectiveConfig(defaults, options.flags ?? {}) };
}

/**
 * Creates a run of an operation: validated first, then made and initialised (`pending`), ready
 * to be staged. Throws as {@link planRun}; what was created is removed again when writing fails.
 */
export async function newRun(
  project: Project,
  opName: string | undefined,
  options: NewRunOptions = {},
): Promise<{ readonly run: Run; readonly opdef: OpDef }> {
  const { opdef, version, config } = await planRun(project, opName, options);
  const sourceDir = sourceDirOf(project);
  const run = makeRun({ ns: project.ns, name: opdef.name, version }, project.runsDir);
  try {
    const command = opCommand(opdef, sourceDir);
    initRunMeta(
      run,
      opdef,
      config,
      { command, env: {} },
      {
        sys: { platform: platformName() },
        projectDir: project.projectDir ?? project.commandDir,
        ...(options.label === undefined ? {} : { label: options.label }),
      },
    );
  } catch (error) {
    discardRun(run);
    throw error;
  }
  return { run, opdef };
}

/** The machine as `sys/platform.json` names it, in the manner of Python's `platform.platform()`. */
function platformName(): string {
  const names: Readonly<Record<string, string>> = {
    linux: 'Linux',
    darwin: 'macOS',
    win32: 'Windows',
  };
  return [names[process.platform] ?? process.platform, release(), process.arch].join('-');
}
