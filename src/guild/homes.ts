import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { readSmallFile } from '../core/base/regular-file.ts';
import { isJsonObject, type Json } from '../core/data/json.ts';
import { parseYaml11 } from '../core/data/yaml11.ts';

/** Where {@link findGuildHome} looks. */
export interface HomeSearch {
  /** Directory that a person would call `guild` in. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's own directory; by default that of the system. */
  readonly userDir?: string;
}

/** Folders of a project that commonly hold its Python environment. */
const ENV_DIRS = ['.venv', 'venv'];

/**
 * The Guild home that `guild` uses in a folder (guild-format.md 6.1): `GUILD_HOME`, then the home of
 * the Python environment, the nearest `.guild` from the folder upwards, and `~/.guild`. An
 * environment of the project counts although nobody has activated it here.
 * @returns null when there is none with runs.
 */
export function findGuildHome(search: HomeSearch): string | null {
  const { folder, env } = search;
  const userDir = search.userDir ?? homedir();
  const given = env['GUILD_HOME'];
  const candidates =
    given !== undefined && given !== ''
      ? [expandUser(given, userDir, folder)]
      : isOldScheme(search, userDir)
        ? [join(activeEnvironment(env) ?? userDir, '.guild')]
        : [
            ...environmentDirs(search).map((dir) => join(dir, '.guild')),
            ...above(folder, userDir).map((dir) => join(dir, '.guild')),
            join(userDir, '.guild'),
          ];
  const home = candidates.find((path) => isDirectory(path) && !isRun(path));
  return home !== undefined && isDirectory(join(home, 'runs')) ? home : null;
}

/** A path with `~` for the user's directory, relative to `base`. */
export function expandUser(path: string, userDir: string, base: string): string {
  return resolve(base, path.replace(/^~(?=$|[\\/])/, userDir));
}

function environmentDirs({ folder, env }: HomeSearch): readonly string[] {
  const active = activeEnvironment(env);
  const own = ENV_DIRS.map((name) => join(folder, name));
  return active === undefined ? own : [active, ...own];
}

/** A variable that is empty is not set, as for Guild. */
function activeEnvironment(env: HomeSearch['env']): string | undefined {
  return [env['CONDA_PREFIX'], env['VIRTUAL_ENV']].find((dir) => dir !== undefined && dir !== '');
}

/** The folder and those above it, up to but without the user's own. */
function above(folder: string, userDir: string): readonly string[] {
  const dirs: string[] = [];
  for (let dir = resolve(folder); dir !== userDir && dir !== dirname(dir); dir = dirname(dir)) {
    dirs.push(dir);
  }
  return dirs;
}

/** Before 0.9 a home was always in the environment; a setting of Guild keeps it so. */
function isOldScheme({ folder, env }: HomeSearch, userDir: string): boolean {
  const scheme = env['GUILD_HOME_SCHEME'] ?? configuredScheme(folder, env, userDir);
  return scheme === 'pre-0.9';
}

function configuredScheme(
  folder: string,
  env: HomeSearch['env'],
  userDir: string,
): string | undefined {
  const given = env['GUILD_CONFIG'];
  const places =
    given !== undefined && given !== ''
      ? [resolve(folder, given)]
      : [join(folder, 'guild-config.yml'), join(userDir, '.guild', 'config.yml')];
  for (const path of places) {
    const legacy = fieldOf(yamlIn(path), 'legacy');
    const scheme = fieldOf(legacy, 'guild-home');
    if (typeof scheme === 'string') return scheme;
  }
  return undefined;
}

function fieldOf(value: Json, name: string): Json {
  return isJsonObject(value) ? (value[name] ?? null) : null;
}

function yamlIn(path: string): Json {
  try {
    const text = readSmallFile(path);
    return text === null ? null : parseYaml11(text);
  } catch {
    return null;
  }
}

/** The `.guild` of a run directory, which is open as a folder, is no home. */
function isRun(path: string): boolean {
  return statSync(join(path, 'opref'), { throwIfNoEntry: false }) !== undefined;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
