import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { RunyardError } from '../core/base/errors.ts';
import { findProjectDir, findRunsDir, namespaceOf, type Env } from '../core/run/project.ts';
import { findGageFile, loadGageFile, type GageFile } from './gagefile.ts';

/** A project as the commands see it from one directory (gage-format.md 1.1 to 1.5). */
export interface Project {
  /** Where the command was given; commands of runs see it as `PARENT_PWD`. */
  readonly commandDir: string;
  /** null outside any project. */
  readonly projectDir: string | null;
  /** The store; it need not exist yet. */
  readonly runsDir: string;
  /** Namespace of new runs. */
  readonly ns: string;
  /** null when there is none, or when it is broken. */
  readonly gageFile: GageFile | null;
  /** Why the Gage file cannot be used, when it is there. */
  readonly problem: RunyardError | null;
}

/** Options of {@link openProject}. */
interface OpenProjectOptions {
  readonly env?: Env;
  /** Use this store, whatever the environment and the Gage file say. */
  readonly runsDir?: string;
}

/**
 * Finds the project of a directory and reads its Gage file. A broken Gage file is no error here:
 * runs can be listed without it.
 */
export async function openProject(dir: string, options: OpenProjectOptions = {}): Promise<Project> {
  const env = options.env ?? process.env;
  const commandDir = resolve(dir);
  const projectDir = findProjectDir(commandDir, env);
  const { gageFile, problem } = await tryLoad(projectDir ?? commandDir);
  const runsDir =
    options.runsDir === undefined
      ? findRunsDir(commandDir, projectDir, gageFile?.runsDir ?? null, env)
      : resolve(commandDir, options.runsDir);
  return {
    commandDir,
    projectDir,
    runsDir,
    ns: namespaceOf(projectDir ?? commandDir),
    gageFile,
    problem,
  };
}

/** The project directory of new runs: the project, or the directory of the command. */
export function sourceDirOf(project: Project): string {
  return realpathSync(project.projectDir ?? project.commandDir);
}

/** The Gage file of a project. Throws `no-gage-file`, and the problem of one that is broken. */
export function requireGageFile(project: Project): GageFile {
  if (project.problem !== null) throw project.problem;
  if (project.gageFile !== null) return project.gageFile;
  throw new RunyardError(
    'no-gage-file',
    `There is no Gage file in ${project.projectDir ?? project.commandDir}`,
    { hint: 'Create a gage.toml with an operation.' },
  );
}

async function tryLoad(dir: string): Promise<Pick<Project, 'gageFile' | 'problem'>> {
  const path = findGageFile(dir);
  if (path === null) return { gageFile: null, problem: null };
  try {
    return { gageFile: await loadGageFile(path), problem: null };
  } catch (error) {
    const problem =
      error instanceof RunyardError
        ? error
        : new RunyardError('bad-gage-file', `Cannot read ${path}`, { cause: error });
    return { gageFile: null, problem };
  }
}
