import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { hasErrno } from '../base/errors.ts';
import { ROW_FILE_BYTES, readRegularText } from '../base/regular-file.ts';
import { requireRunId } from './names.ts';

/** Environment variables, as `process.env`. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Names that make a directory a project (gage-format.md 1.2). */
const PROJECT_MARKERS: readonly string[] = [
  '.gage',
  'gage.json',
  'gage.toml',
  'gage.yaml',
  'gageconfig.json',
  'gageconfig.toml',
  'gageconfig.yaml',
  'pyproject.toml',
  '.vscode',
  '.git',
];

/**
 * The project of `dir`: `PROJECT_DIR` when set, else the nearest directory at or above `dir`
 * with a marker (gage-format.md 1.2). Always absolute; null when there is none.
 */
export function findProjectDir(dir: string, env: Env = process.env): string | null {
  const fromEnv = env['PROJECT_DIR'];
  if (fromEnv) return resolve(dir, fromEnv);
  for (let at = resolve(dir); ; at = dirname(at)) {
    if (PROJECT_MARKERS.some((name) => existsSync(join(at, name)))) return at;
    if (dirname(at) === at) return null;
  }
}

/**
 * The store of a directory (gage-format.md 1.1): `GAGE_RUNS`, `RUNS_DIR`, the project's `$runs-dir`,
 * the project's `.gage/runs`, `~/.gage/runs`; the first that is not empty. Always absolute.
 * @param runsDirSetting `$runs-dir` of the project's Gage file, or null.
 */
export function findRunsDir(
  commandDir: string,
  projectDir: string | null,
  runsDirSetting: string | null,
  env: Env = process.env,
): string {
  const fromEnv = env['GAGE_RUNS'] ?? '';
  const fallback = env['RUNS_DIR'] ?? '';
  const named = fromEnv !== '' ? fromEnv : fallback;
  if (named !== '') return resolve(commandDir, expandHome(named, env));
  if (projectDir === null) return join(homeOf(env), '.gage', 'runs');
  if (runsDirSetting) return resolve(projectDir, runsDirSetting);
  return join(projectDir, '.gage', 'runs');
}

/**
 * Namespace of the runs of a project: the base name of its real path (gage-format.md 1.5). White
 * space, which an opref cannot hold, becomes `_`.
 */
export function namespaceOf(projectDir: string): string {
  let real = projectDir;
  try {
    real = realpathSync(projectDir);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
  return basename(real).replace(/\s/g, '_') || 'root';
}

/**
 * Writes `<id>.project`, the reference from a run to its project (gage-format.md 1.12): relative to
 * the store when the store lies inside the project, else absolute.
 */
export function writeProjectRef(runsDir: string, id: string, projectDir: string): void {
  const inside =
    !relative(projectDir, runsDir).startsWith('..') && !isAbsolute(relative(projectDir, runsDir));
  const target = inside ? relative(runsDir, projectDir) || '.' : projectDir;
  const text = `file:${process.platform === 'win32' ? target.replaceAll('\\', '/') : target}`;
  writeFileAtomic(join(runsDir, `${requireRunId(id)}.project`), text);
}

/** The project that a run refers to, absolute; null when there is no usable reference. */
export function readProjectRef(runsDir: string, id: string): string | null {
  let text: string;
  try {
    text = readRegularText(join(runsDir, `${id}.project`), ROW_FILE_BYTES).trim();
  } catch {
    return null;
  }
  return text.startsWith('file:') ? resolve(runsDir, text.slice('file:'.length)) : null;
}

function expandHome(path: string, env: Env): string {
  if (path === '~') return homeOf(env);
  return path.startsWith('~/') || path.startsWith('~\\') ? join(homeOf(env), path.slice(2)) : path;
}

function homeOf(env: Env): string {
  return env['HOME'] ?? env['USERPROFILE'] ?? homedir();
}
