import { fileURLToPath } from 'node:url';
import { readRegularText } from '../core/base/regular-file.ts';
import { parseCommandLine, splitCommand } from './base/args.ts';
import type { CliCommand } from './base/command.ts';
import { Context } from './base/context.ts';
import { EXIT, UsageError } from './base/errors.ts';
import { commandHelp, programHelp } from './base/help.ts';
import { reportError } from './base/report.ts';
import { terminal } from './base/terminal.ts';

/** One command by name. Its code is loaded when it is used: `list` needs no staging. */
interface Entry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly load: () => Promise<CliCommand>;
}

/** The `runyard` command: the verbs of the extension without an editor. */
const entries: readonly Entry[] = [
  {
    name: 'list',
    aliases: ['ls', 'runs'],
    load: async () => (await import('./commands/list.ts')).listCommand,
  },
  { name: 'show', load: async () => (await import('./commands/show.ts')).showCommand },
  { name: 'output', load: async () => (await import('./commands/output.ts')).outputCommand },
  {
    name: 'ops',
    aliases: ['operations'],
    load: async () => (await import('./commands/ops.ts')).opsCommand,
  },
  { name: 'check', load: async () => (await import('./commands/check.ts')).checkCommand },
  { name: 'run', load: async () => (await import('./commands/run.ts')).runCommand },
  { name: 'stage', load: async () => (await import('./commands/run.ts')).stageCommand },
  { name: 'start', load: async () => (await import('./commands/run.ts')).startCommand },
  { name: 'batch', load: async () => (await import('./commands/batch.ts')).batchCommand },
  { name: 'trials', load: async () => (await import('./commands/trials.ts')).trialsCommand },
  { name: 'resume', load: async () => (await import('./commands/resume.ts')).resumeCommand },
  { name: 'restart', load: async () => (await import('./commands/restart.ts')).restartCommand },
  { name: 'stop', load: async () => (await import('./commands/stop.ts')).stopCommand },
  { name: 'queue', load: async () => (await import('./commands/queue.ts')).queueCommand },
  { name: 'finalize', load: async () => (await import('./commands/recover.ts')).finalizeCommand },
  { name: 'recover', load: async () => (await import('./commands/recover.ts')).recoverCommand },
  { name: 'label', load: async () => (await import('./commands/label.ts')).labelCommand },
  {
    name: 'delete',
    aliases: ['rm'],
    load: async () => (await import('./commands/remove.ts')).deleteCommand,
  },
  { name: 'restore', load: async () => (await import('./commands/remove.ts')).restoreCommand },
  { name: 'purge', load: async () => (await import('./commands/remove.ts')).purgeCommand },
];

async function main(argv: readonly string[]): Promise<number> {
  const { command: name, rest } = splitCommand(argv);
  if (name === null) return await noCommand(rest);
  if (name === 'help') return await printHelp(rest.find((arg) => !arg.startsWith('-')));
  const command = await findEntry(name).load();
  const args = parseCommandLine(command.name, rest, command.options);
  if (args.isSet('help')) return await printHelp(command.name);
  const count = args.positionals.length;
  if (count < (command.minArgs ?? 0)) throw args.usage('Something to work on is missing');
  const { maxArgs = Infinity } = command;
  if (count > maxArgs)
    throw args.usage(`'${args.positionals[maxArgs] ?? ''}' is one argument too many`);
  return await command.run(new Context(args));
}

async function noCommand(argv: readonly string[]): Promise<number> {
  if (argv.includes('--version')) {
    terminal.out(`runyard ${version()}\n`);
    return EXIT.ok;
  }
  // Only to complain about options that do not exist.
  const args = parseCommandLine('', argv, { version: { type: 'boolean', help: '' } });
  if (args.isSet('help')) return await printHelp(undefined);
  terminal.note(programHelp(await loadAll()).trimEnd());
  return EXIT.usage;
}

async function printHelp(name: string | undefined): Promise<number> {
  const text =
    name === undefined ? programHelp(await loadAll()) : commandHelp(await findEntry(name).load());
  terminal.out(text);
  return EXIT.ok;
}

function loadAll(): Promise<readonly CliCommand[]> {
  return Promise.all(entries.map((entry) => entry.load()));
}

function findEntry(name: string): Entry {
  const found = entries.find((e) => e.name === name || (e.aliases ?? []).includes(name));
  if (found === undefined) throw new UsageError(`There is no command '${name}'`);
  return found;
}

/** The version in package.json: beside `dist/` for the bundle, beside `src/` for the source. */
function version(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const text = readRegularText(fileURLToPath(new URL(path, import.meta.url)));
      const data: unknown = JSON.parse(text);
      if (typeof data === 'object' && data !== null && 'version' in data)
        return String(data.version);
    } catch {
      // Not here.
    }
  }
  return 'unknown';
}

terminal.onReaderGone(() => process.exit(EXIT.ok));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportError(error);
}
