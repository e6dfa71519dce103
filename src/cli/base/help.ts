import { GLOBAL_OPTIONS, type OptionSpecs } from './args.ts';
import type { CliCommand } from './command.ts';
import { spaceTo } from './text.ts';

const INDENT = '  ';

/** Help text of the program. */
export function programHelp(commands: readonly CliCommand[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  const lines = commands.map((c) => `${INDENT}${c.name}${spaceTo(width, c.name)}  ${c.summary}`);
  return `Usage: runyard COMMAND [OPTIONS]

Stage, start, watch and finalize runs, without an editor.

Commands:
${lines.join('\n')}

Options:
${optionLines({ ...GLOBAL_OPTIONS, version: { type: 'boolean', help: 'Print the version' } })}

'runyard COMMAND --help' explains a command. Exit codes: 0 fine, 1 error, 2 wrong usage,
5 skipped by --needed, 254 Ctrl-C; 'run --wait' and 'start --wait' exit with the run's own code.
`;
}

/** Help text of one command. */
export function commandHelp(command: CliCommand): string {
  const own = Object.keys(command.options).length > 0;
  const parts = [
    `Usage: runyard ${command.usage}`,
    `${command.summary}.`,
    ...(own ? [`Options:\n${optionLines(command.options)}`] : []),
    `Options of every command:\n${optionLines(GLOBAL_OPTIONS)}`,
    ...(command.details === undefined ? [] : [command.details.trim()]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function optionLines(options: OptionSpecs): string {
  const rows = Object.entries(options).map(([name, option]) => {
    const short = option.short === undefined ? '    ' : `-${option.short}, `;
    const value = option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : '';
    return [`${short}--${name}${value}`, option.help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, help]) => `${INDENT}${left}${spaceTo(width, left)}  ${help}`).join('\n');
}
