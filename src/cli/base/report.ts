import { inspect } from 'node:util';
import { RunyardError, describeError } from '../../core/base/errors.ts';
import { EXIT, UsageError } from './errors.ts';
import { terminal } from './terminal.ts';

/**
 * Shows an error once, on stderr: what happened, then what to do about it. The stack only when
 * `RUNYARD_DEBUG` is set.
 * @returns the exit code: 2 for wrong usage, otherwise `exitCode`.
 */
export function reportError(error: unknown, exitCode: number = EXIT.error): number {
  if (process.env['RUNYARD_DEBUG']) terminal.note(inspect(error));
  terminal.note(`runyard: ${describeError(error)}`);
  if (error instanceof UsageError) {
    const help = error.command === null ? 'runyard --help' : `runyard ${error.command} --help`;
    terminal.note(`Try '${help}'.`);
    return EXIT.usage;
  }
  if (error instanceof RunyardError && error.hint !== undefined) terminal.note(error.hint);
  return exitCode;
}
