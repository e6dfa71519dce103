import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { RunyardError } from '../base/errors.ts';
import { type JsonObject, isJsonObject } from '../data/json.ts';
import { pythonRepr } from '../data/python-repr.ts';
import type { Command, Phase, Run } from '../run/types.ts';

/** A program and its arguments, ready to be spawned. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  /** Variables that stood before the command (Windows only, gage-format.md 2.14). */
  readonly env: Readonly<Record<string, string>>;
  /** cmd.exe parses its own command line: do not quote the arguments again. */
  readonly verbatim: boolean;
}

/** True when there is nothing to run: `""`, blanks, or `[]` (gage-format.md 2.14). */
export function isEmptyCommand(command: Command | undefined): boolean {
  if (command === undefined) return true;
  return typeof command === 'string' ? command.trim() === '' : command.length === 0;
}

/**
 * How a command is executed (gage-format.md 2.14): an array is an argument vector; a string that
 * starts with `#!` goes to that interpreter with `-c`; any other string goes to the shell.
 * Unlike Gage we split the interpreter line into words and keep the newlines of the script.
 */
export function programOf(
  command: Command,
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
): Program {
  if (typeof command !== 'string') {
    const [file = '', ...args] = command;
    return { file, args, env: {}, verbatim: false };
  }
  if (command.startsWith('#!')) {
    const end = command.indexOf('\n');
    const line = end === -1 ? command.slice(2) : command.slice(2, end);
    const [file = '', ...args] = splitWords(line);
    const body = end === -1 ? '' : command.slice(end + 1);
    return { file, args: [...args, '-c', body], env: {}, verbatim: false };
  }
  if (platform !== 'win32') {
    return { file: '/bin/sh', args: ['-c', command], env: {}, verbatim: false };
  }
  const { assignments, rest } = takeAssignments(command);
  return {
    file: env['ComSpec'] ?? env['COMSPEC'] ?? 'cmd.exe',
    args: ['/d', '/s', '/c', `"${rest}"`],
    env: assignments,
    verbatim: true,
  };
}

/** Words of an interpreter line; quotes keep blanks together. */
function splitWords(line: string): readonly string[] {
  const words = line.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  return words.map((word) => (/^(["']).*\1$/.test(word) ? word.slice(1, -1) : word));
}

/** Leading `NAME=value` words, which a POSIX shell would put into the environment. */
function takeAssignments(command: string): {
  readonly assignments: Readonly<Record<string, string>>;
  readonly rest: string;
} {
  const assignments: Record<string, string> = {};
  let rest = command.trimStart();
  for (;;) {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=("[^"]*"|'[^']*'|\S*)\s+(?=\S)/.exec(rest);
    if (match?.[1] === undefined) return { assignments, rest };
    assignments[match[1]] = (match[2] ?? '').replace(/^(["'])(.*)\1$/, '$2');
    rest = rest.slice(match[0].length);
  }
}

/** The command as it stands in `log/runner`: the string itself, or Python's `repr` of the list. */
export function commandText(command: Command): string {
  return typeof command === 'string' ? command : `[${command.map(pythonRepr).join(', ')}]`;
}

/** Where a phase takes its environment from. */
export interface PhaseEnvOptions {
  /** The caller's environment (default `process.env`). */
  readonly base?: NodeJS.ProcessEnv;
  /** Absolute; only the staging phases see it. */
  readonly projectDir?: string;
  /** Directory the run was asked for in, for `PARENT_PWD` (default: the current one). */
  readonly parentDir?: string;
  /** `proc/env.json` of the run. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Environment of a phase (gage-format.md 2.13): the caller's without the editor's own variables and
 * without those of an outer run, then the variables of the phase, then `proc/env.json`.
 * `PYTHONUNBUFFERED=1` makes live output live, unless the user chose otherwise.
 */
export function phaseEnv(
  run: Pick<Run, 'id' | 'runDir'>,
  phase: Phase,
  options: PhaseEnvOptions = {},
): Record<string, string> {
  const env: Record<string, string> = { ...userEnv(options.base ?? process.env) };
  env['PYTHONUNBUFFERED'] ??= '1';
  // Where the process starts is not where the caller stood.
  if (env['PWD'] !== undefined) env['PWD'] = run.runDir;
  switch (phase) {
    case 'run':
      env['RUN_ID'] = run.id;
      env['RUN_DIR'] = run.runDir;
      env['PARENT_PWD'] = options.parentDir ?? process.cwd();
      env['PYTHONDONTWRITEBYTECODE'] = '1';
      break;
    case 'finalize':
      env['run_id'] = run.id;
      env['run_dir'] = run.runDir;
      break;
    default:
      env['run_id'] = run.id;
      env['run_dir'] = run.runDir;
      if (options.projectDir !== undefined) env['project_dir'] = options.projectDir;
  }
  return { ...env, ...options.env };
}

/** Variables of a phase of an outer run: a nested run must not see them (gage-format.md 7.2 W11). */
const PHASE_VARIABLES = ['RUN_ID', 'RUN_DIR', 'PARENT_PWD', 'run_id', 'run_dir', 'project_dir'];

/** What VS Code, Electron, code-server and Node put into the environment for themselves. */
const EDITOR_VARIABLES =
  /^(?:ELECTRON_|VSCODE_|CODE_SERVER_|NODE_(?:EXEC_PATH|OPTIONS|CHANNEL_FD|CHANNEL_SERIALIZATION_MODE|UNIQUE_ID)$|CHROME_DESKTOP$|ORIGINAL_XDG_CURRENT_DESKTOP$|APPLICATION_?INSIGHTS_)/;

/** Variables that are the user's, unless they point into the editor. */
const EDITOR_VALUES: Readonly<Record<string, RegExp>> = {
  BROWSER: /[\\/]helpers[\\/]browser/,
  GIT_ASKPASS: /[\\/]extensions[\\/]git[\\/]/,
  TERM_PROGRAM: /^vscode$/,
};

/** `base` without what belongs to the editor or to an outer run. */
export function userEnv(
  base: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const fold = (name: string): string => (platform === 'win32' ? name.toUpperCase() : name);
  const phase = new Set(PHASE_VARIABLES.map(fold));
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(base)) {
    if (value === undefined || phase.has(fold(name)) || EDITOR_VARIABLES.test(fold(name))) continue;
    if (EDITOR_VALUES[name]?.test(value) === true) continue;
    env[name] = value;
  }
  if (base['TERM_PROGRAM'] === 'vscode') delete env['TERM_PROGRAM_VERSION'];
  return env;
}

/** Why a program cannot be started, with the exit code that a shell gives for it. */
export interface SpawnProblem {
  readonly exitCode: 126 | 127;
  readonly message: string;
}

/** Shells and Python say it in these words; people search for them. */
export function spawnProblem(file: string, error: unknown): SpawnProblem {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const name = file === '' ? 'the empty command' : file;
  if (code === 'ENOENT') return { exitCode: 127, message: `${name}: command not found` };
  if (code === 'EACCES' || code === 'EPERM') {
    return { exitCode: 126, message: `${name}: Permission denied` };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { exitCode: 126, message: `${name}: cannot be executed (${detail})` };
}

/**
 * Looks for a program as `execvp` does, so that a missing one is known before anything is
 * started. POSIX only: Windows has more rules than we want to repeat, null there.
 */
export function findProblem(
  file: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): SpawnProblem | null {
  if (process.platform === 'win32') return null;
  const errno = (code: string): SpawnProblem =>
    spawnProblem(file, Object.assign(new Error(code), { code }));
  if (file === '') return errno('ENOENT');
  if (file.includes('/')) {
    const path = isAbsolute(file) ? file : resolve(cwd, file);
    const found = probe(path);
    return found === 'ok' ? null : errno(found);
  }
  let best: 'ENOENT' | 'EACCES' = 'ENOENT';
  for (const dir of (env['PATH'] ?? '/usr/bin:/bin').split(delimiter)) {
    const found = probe(join(resolve(cwd, dir), file));
    if (found === 'ok') return null;
    if (found === 'EACCES') best = found;
  }
  return errno(best);
}

function probe(path: string): 'ok' | 'ENOENT' | 'EACCES' {
  try {
    if (!statSync(path).isFile()) return 'EACCES';
  } catch {
    return 'ENOENT';
  }
  try {
    accessSync(path, constants.X_OK);
    return 'ok';
  } catch {
    return 'EACCES';
  }
}

/** The finalize hook of an operation's table. Its key was `finalize-run` in the first Gage (gage-format.md 3.2). */
export function finalizeCommand(table: JsonObject): Command | undefined {
  const { exec } = table;
  const old = exec !== undefined && isJsonObject(exec) ? exec['finalize-run'] : undefined;
  return phaseCommand(table, 'finalize') ?? phaseCommand({ exec: old ?? null }, 'run');
}

/** The command of a phase in an operation's table; undefined when it has none (gage-format.md 4.4). */
export function phaseCommand(table: JsonObject, phase: Phase): Command | undefined {
  const exec = table['exec'];
  if (exec === undefined || exec === null) return undefined;
  const value = isJsonObject(exec) ? exec[phase] : phase === 'run' ? exec : undefined;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  const items: readonly unknown[] = Array.isArray(value) ? value : [null];
  const words = items.filter((item) => typeof item === 'string');
  if (words.length === items.length) return words;
  throw new RunyardError(
    'bad-gage-file',
    `The command of ${phase} must be a string or a list of strings`,
  );
}
