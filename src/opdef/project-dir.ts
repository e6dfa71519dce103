import { basename } from 'node:path';
import { RunyardError } from '../core/base/errors.ts';
import type { Command } from '../core/run/types.ts';
import { CodeError, quoteInCmd, quoteInShell } from './shell-text.ts';

const VARIABLE = '$project_dir';
/** Interpreters that read what `/bin/sh` reads. */
const SHELL = /^(?:ba|da|z|k|mk|a)?sh$/;
/** Names of directories that no shell sees anything in; Gage and we insert them as they are. */
const SAFE = /^[\p{L}\p{M}\p{N}_./@%+=:,-]*$/u;
/** Names that are no code in any language, though they may be more than one word. */
const PLAIN = /^[\p{L}\p{M}\p{N}_./@%+=:, -]*$/u;
const PLAIN_ON_WINDOWS = /^[\p{L}\p{M}\p{N}_./\\@+=:, -]*$/u;

/**
 * A command with the project directory for `$project_dir` (gage-format.md 2.13). A list has it as it
 * is. In a text Gage replaces it as text, and so do we where its name means nothing to a shell;
 * any other name is handed over so that no shell reads it as code, and that it is one word
 * wherever the variable stands.
 * @param projectDir absolute path.
 * Throws `unsafe-path` where the name would be code whatever we do: inside a script for another
 * program.
 */
export function insertProjectDir(
  command: Command,
  projectDir: string,
  platform: NodeJS.Platform = process.platform,
): Command {
  if (typeof command !== 'string') return command.map((word) => asText(word, projectDir));
  if (!command.includes(VARIABLE)) return command;
  try {
    return insertInText(command, projectDir, platform);
  } catch (error) {
    if (!(error instanceof CodeError)) throw error;
    throw new RunyardError(
      'unsafe-path',
      `The name of the project directory ${JSON.stringify(projectDir)} could be run as code: $project_dir stands ${error.message}`,
      {
        hint: 'Rename the directory, or write the command as a list: ["program", "$project_dir/file"].',
        cause: error,
      },
    );
  }
}

/** Whether the name of a directory means nothing to a shell, wherever it stands. */
export function isSafeInShell(dir: string): boolean {
  return SAFE.test(dir);
}

function insertInText(command: string, dir: string, platform: NodeJS.Platform): string {
  const isWindows = platform === 'win32';
  const isPlain = (isWindows ? PLAIN_ON_WINDOWS : PLAIN).test(dir);
  if (command.startsWith('#!')) {
    const end = command.indexOf('\n') + 1;
    const [line, body] = end === 0 ? [command, ''] : [command.slice(0, end), command.slice(end)];
    return insertInLine(line, dir, isPlain) + insertInScript(line, body, dir, isPlain);
  }
  if (isWindows) return quoteInCmd(command, VARIABLE, dir, isPlain);
  return isSafeInShell(dir) ? asText(command, dir) : quoteInShell(command, VARIABLE, dir, isPlain);
}

/** The line of an interpreter: we split it into words ourselves. */
function insertInLine(line: string, dir: string, isPlain: boolean): string {
  if (line.includes(VARIABLE) && !isPlain) throw new CodeError('in the line of an interpreter');
  return asText(line, dir);
}

function insertInScript(line: string, script: string, dir: string, isPlain: boolean): string {
  if (!script.includes(VARIABLE) || isSafeInShell(dir)) return asText(script, dir);
  const names = line
    .slice(2)
    .trim()
    .split(/\s+/)
    .map((word) => basename(word));
  if (names.some((name) => SHELL.test(name))) return quoteInShell(script, VARIABLE, dir, isPlain);
  if (!isPlain) throw new CodeError(`in a script for ${names.join(' ')}`);
  return asText(script, dir);
}

function asText(text: string, dir: string): string {
  return text.replaceAll(VARIABLE, () => dir);
}
