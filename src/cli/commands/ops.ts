import { RunyardError } from '../../core/base/errors.ts';
import type { Json } from '../../core/data/json.ts';
import type { Command as ShellOrArgv, OpDef } from '../../core/run/types.ts';
import { isDefault, opDescription, opExec, opVersion } from '../../opdef/table.ts';
import type { CliCommand } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import { EXIT } from '../base/errors.ts';
import { formatTable, printable } from '../base/text.ts';

export const opsCommand: CliCommand = {
  name: 'ops',
  usage: 'ops [OPTIONS]',
  summary: "List the operations of the project's Gage file",
  options: {},
  maxArgs: 0,
  run: runOps,
};

async function runOps(context: Context): Promise<number> {
  const { gageFile, problem, projectDir, commandDir } = await context.project();
  if (problem !== null) throw problem;
  if (gageFile === null) {
    throw new RunyardError('no-gage-file', `There is no Gage file in ${projectDir ?? commandDir}`, {
      hint: 'A gage.toml defines operations; --project names another directory.',
    });
  }
  for (const { message, line } of gageFile.problems) {
    const place = line === undefined ? gageFile.path : `${gageFile.path}:${String(line)}`;
    context.note(`runyard: ${place}: ${message}`);
  }
  const { operations } = gageFile;
  if (context.json) {
    context.outJson(operations.map(opEntry));
    return EXIT.ok;
  }
  if (operations.length === 0) {
    context.note(`${printable(gageFile.path)} defines no operations`);
    return EXIT.ok;
  }
  const rows = operations.map((op) => [
    { text: op.name },
    { text: versionOf(op) ?? '' },
    { text: isDefault(op.table) ? 'yes' : '' },
    { text: firstLine(opDescription(op.table)), style: 'dim' as const },
  ]);
  const head = ['operation', 'version', 'default', 'description'];
  context.out(formatTable(head, rows, context.paint, { width: context.width }));
  return EXIT.ok;
}

function opEntry(op: OpDef): Json {
  const run = execOf(op);
  return {
    name: op.name,
    version: versionOf(op),
    description: opDescription(op.table),
    default: isDefault(op.table),
    exec: typeof run === 'string' || run === null ? run : [...run],
  };
}

/** What is wrong with one operation is in the problems of the file: list the others all the same. */
function versionOf(op: OpDef): string | null {
  return orNull(() => opVersion(op.table));
}

function execOf(op: OpDef): ShellOrArgv | null {
  return orNull(() => opExec(op.table).run ?? null);
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof RunyardError) return null;
    throw error;
  }
}

function firstLine(text: string | null): string {
  return text?.trim().split('\n', 1)[0] ?? '';
}
