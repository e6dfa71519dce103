import { statSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { RunyardError } from '../../core/base/errors.ts';
import { plural } from '../../core/base/words.ts';
import type { Json } from '../../core/data/json.ts';
import type { Diagnostic, Severity } from '../../language/checks/diagnostic.ts';
import { checkGageFile, type CheckedGageFile } from '../../language/checks/file.ts';
import { LanguageProject } from '../../language/places/project.ts';
import { openProject } from '../../opdef/project.ts';
import type { CliCommand } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import { EXIT } from '../base/errors.ts';
import { printable, type Style } from '../base/text.ts';

export const checkCommand: CliCommand = {
  name: 'check',
  usage: 'check [PATH] [OPTIONS]',
  summary: 'Find mistakes in Gage files',
  details: `
PATH is a Gage file, or a directory whose Gage files are checked; without it the project.
Exits with 1 when there are errors. Warnings and hints do not count.`,
  options: {},
  maxArgs: 1,
  run: runCheck,
};

async function runCheck(context: Context): Promise<number> {
  const checked = await checkAll(context);
  const found = checked.flatMap((file) => file.diagnostics.map((one) => ({ file, one })));
  if (context.json) context.outJson(found.map(({ file, one }) => entryOf(file, one)));
  else {
    for (const { file, one } of found) context.out(`${lineOf(context, file, one)}\n`);
    context.note(summaryOf(checked));
  }
  return found.some(({ one }) => one.severity === 'error') ? EXIT.error : EXIT.ok;
}

async function checkAll(context: Context): Promise<readonly CheckedGageFile[]> {
  const [given] = context.args.positionals;
  if (given === undefined) {
    const { projectDir, commandDir, runsDir } = await context.project();
    return await checkDir(projectDir ?? commandDir, runsDir);
  }
  const path = resolve(given);
  const isDir = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const dir = projectAround(isDir ? path : dirname(path));
  const { runsDir } = await openProject(dir);
  if (isDir) return await checkDir(dir, runsDir);
  return [await checkGageFile(path, new LanguageProject(dir, { runsDir }))];
}

/** The paths of a Gage file in `.gage` are relative to the directory above (gage-format.md 1.3). */
function projectAround(dir: string): string {
  return basename(dir) === '.gage' ? dirname(dir) : dir;
}

/** The Gage file of a directory, and the others that it shadows. */
async function checkDir(dir: string, runsDir: string): Promise<readonly CheckedGageFile[]> {
  const project = new LanguageProject(dir, { runsDir });
  const paths = project.gageFiles();
  if (paths.length === 0) {
    throw new RunyardError('no-gage-file', `There is no Gage file in ${dir}`, {
      hint: 'A gage.toml defines operations; name another directory or a file to check.',
    });
  }
  const checked: CheckedGageFile[] = [];
  for (const path of paths) checked.push(await checkGageFile(path, project));
  return checked;
}

/** As people write it from here. */
function nameOf({ document }: CheckedGageFile): string {
  const path = relative('', document.path);
  return path.startsWith('..') ? document.path : path;
}

function entryOf(file: CheckedGageFile, { range, severity, code, message }: Diagnostic): Json {
  const position = (offset: number): Json => {
    const { line, character } = file.document.lines.positionAt(offset);
    return { line: BigInt(line), character: BigInt(character) };
  };
  const { from, to } = range;
  return {
    file: nameOf(file),
    severity,
    code,
    message,
    range: { start: position(from), end: position(to) },
  };
}

const STYLES: Readonly<Record<Severity, Style>> = {
  error: 'red',
  warning: 'yellow',
  information: 'blue',
  hint: 'dim',
};

function lineOf({ paint }: Context, file: CheckedGageFile, diagnostic: Diagnostic): string {
  const { range, severity, message, code } = diagnostic;
  const { line, character } = file.document.lines.positionAt(range.from);
  const place = `${nameOf(file)}:${String(line + 1)}:${String(character + 1)}`;
  return [
    paint('bold', printable(place)),
    paint(STYLES[severity], severity),
    printable(message),
    paint('dim', `(${code})`),
  ].join(' ');
}

function summaryOf(checked: readonly CheckedGageFile[]): string {
  const all = checked.flatMap(({ diagnostics }) => diagnostics);
  const counts = (['error', 'warning'] as const).flatMap((severity) => {
    const count = all.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [plural(count, severity)];
  });
  if (counts.length > 0) return counts.join(', ');
  return `Nothing is wrong with ${checked.map((file) => printable(nameOf(file))).join(', ')}`;
}
