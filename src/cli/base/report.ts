import { RunyardError, describeError } from '../../core/base/errors.ts';
import { EXIT, UsageError } from './errors.ts';
import { printable } from './text.ts';

/**
 * Shows an error once, on stderr: what happened, then what to do about it. The stack only when
 * `RUNYARD_DEBUG` is set.
 * @returns the exit code: 2 for wrong usage, otherwise `exitCode`.
 */
export function reportError(error: unknown, exitCode: number = EXIT.error): number {
  if (process.env['RUNYARD_DEBUG']) console.error(error);
  const message = describeError(error).split('\n').map(printable).join('\n');
  process.stderr.write(`runyard: ${message}\n`);
  if (error instanceof UsageError) {
    const help = error.command === null ? 'runyard --help' : `runyard ${error.command} --help`;
    process.stderr.write(`Try '${help}'.\n`);
    return EXIT.usage;
  }
  if (error instanceof RunyardError && error.hint !== undefined) {
    process.stderr.write(`${printable(error.hint)}\n`);
  }
  return exitCode;
}
