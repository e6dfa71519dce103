import { readFileSync } from 'node:fs';
import { RunyardError, describeError, hasErrno } from '../core/errors.ts';
import { parseCommandLine, splitCommand } from './args.ts';
import type { Command } from './command.ts';
import { deleteCommand, purgeCommand, restoreCommand } from './commands/remove.ts';
import { finalizeCommand } from './commands/finalize.ts';
import { labelCommand } from './commands/label.ts';
import { listCommand } from './commands/list.ts';
import { opsCommand } from './commands/ops.ts';
import { outputCommand } from './commands/output.ts';
import { recoverCommand } from './commands/recover.ts';
import { runCommand, stageCommand, startCommand } from './commands/run.ts';
import { showCommand } from './commands/show.ts';
import { stopCommand } from './commands/stop.ts';
import { Context } from './context.ts';
import { EXIT, UsageError } from './errors.ts';
import { commandHelp, programHelp } from './help.ts';
import { printable } from './text.ts';

/** The `runyard` command: the verbs of the extension without an editor. */
const commands: readonly Command[] = [
  listCommand,
  showCommand,
  outputCommand,
  opsCommand,
  runCommand,
  stageCommand,
  startCommand,
  stopCommand,
  finalizeCommand,
  recoverCommand,
  labelCommand,
  deleteCommand,
  restoreCommand,
  purgeCommand,
];

async function main(argv: readonly string[]): Promise<number> {
  const { command: name, rest } = splitCommand(argv);
  if (name === null) return noCommand(rest);
  if (name === 'help') return printHelp(rest.find((arg) => !arg.startsWith('-')));
  const command = findCommand(name);
  const args = parseCommandLine(command.name, rest, command.options);
  if (args.flag('help')) return printHelp(command.name);
  const count = args.positionals.length;
  if (count < (command.minArgs ?? 0)) throw args.usage('Something to work on is missing');
  const { maxArgs = Infinity } = command;
  if (count > maxArgs) throw args.usage(`'${args.positionals[maxArgs] ?? ''}' is one argument too many`);
  return await command.run(new Context(args));
}

function noCommand(argv: readonly string[]): number {
  if (argv.includes('--version')) {
    process.stdout.write(`runyard ${version()}\n`);
    return EXIT.ok;
  }
  // Only to complain about options that do not exist.
  const args = parseCommandLine('', argv, { version: { type: 'boolean', help: '' } });
  if (args.flag('help')) return printHelp(undefined);
  process.stderr.write(programHelp(commands));
  return EXIT.usage;
}

function printHelp(name: string | undefined): number {
  process.stdout.write(name === undefined ? programHelp(commands) : commandHelp(findCommand(name)));
  return EXIT.ok;
}

function findCommand(name: string): Command {
  const found = commands.find((c) => c.name === name || (c.aliases ?? []).includes(name));
  if (found === undefined) throw new UsageError(`There is no command '${name}'`);
  return found;
}

/** The version in package.json: beside `dist/` for the bundle, beside `src/` for the source. */
function version(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const text = readFileSync(new URL(path, import.meta.url), 'utf8');
      const data: unknown = JSON.parse(text);
      if (typeof data === 'object' && data !== null && 'version' in data) return String(data.version);
    } catch {
      // Not here.
    }
  }
  return 'unknown';
}

/** Shows an error once and gives its exit code. */
function report(error: unknown): number {
  if (process.env['RUNYARD_DEBUG']) console.error(error);
  const lines = describeError(error).split('\n').map(printable);
  process.stderr.write(`runyard: ${lines.join('\n')}\n`);
  if (error instanceof UsageError) {
    const help = error.command ? `runyard ${error.command} --help` : 'runyard --help';
    process.stderr.write(`Try '${help}'.\n`);
    return EXIT.usage;
  }
  if (error instanceof RunyardError && error.hint !== undefined) {
    process.stderr.write(`${printable(error.hint)}\n`);
  }
  return EXIT.error;
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error) => {
  if (hasErrno(error, 'EPIPE')) process.exit(EXIT.ok);
  throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = report(error);
}
