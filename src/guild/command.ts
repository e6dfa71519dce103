import { execFile, spawn } from 'node:child_process';
import { closeSync, ftruncateSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { RunyardError, describeError } from '../core/base/errors.ts';
import { openOwnFile } from '../core/base/regular-file.ts';
import { findProblem, userEnv } from '../core/phase/command.ts';

/** The user's own `guild`, after it said who it is. */
export interface GuildCommand {
  /** Absolute path, or a name that is on the PATH. */
  readonly path: string;
  /** `0.9.0` */
  readonly version: string;
}

/** Where {@link findGuildCommand} looks. */
export interface CommandSearch {
  /** What the person has set; then nothing else is tried. Empty when not set. */
  readonly given: string;
  /** Project directories, whose Python environments come first. */
  readonly folders: readonly string[];
  /** Path of the project's Python interpreter, which has `guild` beside it. */
  readonly python?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What ends without an answer in this time is not Guild. Milliseconds. */
const VERSION_MS = 20_000;
/** Output of a command that is kept. Bytes. */
const MAX_OUTPUT = 4 * 1024 * 1024;

/**
 * Finds the `guild` command of the user and makes sure that it is Guild AI: other programs have
 * that name too (guild-format.md 6.4). Nothing else of it is ever run before.
 * Throws `guild` when there is none, or when the one that was set is something else.
 */
export async function findGuildCommand(
  search: CommandSearch,
  signal?: AbortSignal,
): Promise<GuildCommand> {
  const refused: string[] = [];
  for (const path of candidates(search)) {
    if (findProblem(path, process.cwd(), userEnv(search.env)) !== null) {
      if (search.given !== '') refused.push(`${path} cannot be executed`);
      continue;
    }
    const printed = await versionOf(path, search.env, signal);
    const version = /^guild (0\.\d+\S*)\s*$/.exec(printed)?.[1];
    if (version !== undefined) return { path, version };
    refused.push(`${path} is not Guild AI: it answered '${firstLine(printed)}'`);
  }
  const found = refused.length === 0 ? 'There is no guild command' : refused.join('; ');
  throw new RunyardError('guild', found, {
    hint: 'Set runyard.guild.command to the guild of your Python environment, or install it there with “pip install guildai”.',
  });
}

/** Paths to try, the most likely one first. */
export function candidates(search: CommandSearch): readonly string[] {
  if (search.given !== '') return [search.given];
  const { env, folders, python } = search;
  const bin = process.platform === 'win32' ? 'Scripts' : 'bin';
  const name = process.platform === 'win32' ? 'guild.exe' : 'guild';
  const active = [env['VIRTUAL_ENV'], env['CONDA_PREFIX']].filter(
    (dir) => dir !== undefined && dir !== '',
  );
  const onPath = (env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '');
  return [
    ...new Set([
      ...(python === undefined ? [] : [join(python, '..', name)]),
      ...folders.flatMap((dir) => ['.venv', 'venv'].map((own) => join(dir, own, bin, name))),
      ...active.map((dir) => join(dir ?? '', bin, name)),
      ...onPath.map((dir) => join(dir, name)),
    ]),
  ];
}

async function versionOf(
  path: string,
  env: CommandSearch['env'],
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    return await run(path, ['--version'], {
      env,
      timeoutMs: VERSION_MS,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    signal?.throwIfAborted();
    return describeError(error);
  }
}

/** How a command is run. */
export interface GuildRunOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs `guild ARGS` to its end. Arguments never pass a shell.
 * @returns what it printed to stdout. Throws `guild` with Guild's own words.
 */
export async function runGuild(
  command: GuildCommand,
  args: readonly string[],
  options: GuildRunOptions,
): Promise<string> {
  return await run(command.path, args, options);
}

function run(path: string, args: readonly string[], options: GuildRunOptions): Promise<string> {
  const { env, cwd, timeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    const settings = {
      env: plainEnv(env),
      cwd,
      timeout: timeoutMs,
      signal,
      maxBuffer: MAX_OUTPUT,
      windowsHide: true,
    };
    const child = execFile(path, args, settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (signal?.aborted === true) reject(signal.reason as Error);
      else reject(failure(args, stdout + stderr, error));
    });
    child.stdin?.end();
  });
}

/** The environment of the person, without the editor's variables, and without colours. */
function plainEnv(env: GuildRunOptions['env']): Record<string, string> {
  return { ...userEnv(env), NO_COLOR: '1', PYTHONUNBUFFERED: '1' };
}

function failure(args: readonly string[], printed: string, cause: unknown): RunyardError {
  const text = firstLine(printed.replace(/^(?:guild: |WARNING: .*\n)+/gm, ''));
  // `-H HOME runs rm …`: the verb stands before its own options.
  const verb = args.slice(2);
  const end = verb.findIndex((arg) => arg.startsWith('-'));
  const what = verb.slice(0, end < 0 ? verb.length : end);
  return new RunyardError(
    'guild',
    `guild ${what.join(' ')}: ${text === '' ? describeError(cause) : text}`,
    { cause },
  );
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.trim().slice(0, 300) ?? '';
}

/** A `guild run --start` that goes on without us. */
export interface StartedGuild {
  /** Settles when it ends: its exit code, null when a signal ended it. */
  readonly ended: Promise<{ readonly code: number | null }>;
  /** Looks no more: the process outlives this one. */
  forget(): void;
  /** Ends it, before it has taken the run. */
  cancel(): void;
}

/**
 * Starts `guild ARGS` in a session of its own, so that it goes on when the editor ends.
 * @param logFile takes what it prints; written anew. Throws `guild` when it cannot be started.
 */
export async function startGuild(
  command: GuildCommand,
  args: readonly string[],
  options: Pick<GuildRunOptions, 'env' | 'cwd'> & { readonly logFile: string },
): Promise<StartedGuild> {
  const log = openOwnFile(options.logFile, 'update', 0o600);
  try {
    ftruncateSync(log);
    const child = spawn(command.path, args, {
      env: plainEnv(options.env),
      cwd: options.cwd,
      detached: true,
      stdio: ['ignore', log, log],
      windowsHide: true,
    });
    const ended = new Promise<{ code: number | null }>((resolve) => {
      child.once('exit', (code) => resolve({ code }));
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', () => resolve());
      child.once('error', (error) => reject(failure(args, '', error)));
    });
    return { ended, forget: () => child.unref(), cancel: () => child.kill() };
  } finally {
    closeSync(log);
  }
}
