import type * as z from 'zod/mini';
import { RunyardError } from '../core/base/errors.ts';
import { type Json, type JsonObject, formatFloat, isJsonObject } from '../core/data/json.ts';
import { isEmptyCommand } from '../core/phase/command.ts';
import { type Command, type OpDef, type Phase, PHASES } from '../core/run/types.ts';
import { insertProjectDir } from './project-dir.ts';
import { flatIssues, type FlatIssue } from './schema-issues.ts';
import { execSchema, operationSchema, progressSchema, versionSchema } from './schema.ts';
import { nearestName } from './suggest.ts';

/** Something in the table of an operation that `gage check` would refuse too (gage-format.md 4.1). */
export interface TableIssue {
  /** Keys and indices below the operation, up to what is wrong. */
  readonly path: readonly (string | number)[];
  readonly code: 'unknown-key' | 'unknown-phase' | 'wrong-type' | 'bad-version';
  /** A sentence without its subject, the operation. */
  readonly message: string;
  /** The key or phase that was probably meant. */
  readonly near?: string;
}

const PHASE_LIST = PHASES.join(', ');
const COMMAND = 'a command (a string or a list of strings)';
/** Completes "must be …", by the keys of the path; what is not here must be a string. */
const EXPECTED: ReadonlyMap<string, string> = new Map([
  ['description', 'a string'],
  ['default', 'true or false'],
  ['version', 'a number, or a string without white space'],
  ['exec', `${COMMAND}, or a table with commands for ${PHASE_LIST}`],
  ['progress', `a string, or a table with strings for ${PHASE_LIST}`],
  ['sourcecode', 'patterns, true or false'],
  ['config', 'a path, a list of paths, or tables with "keys"'],
  ['depends', 'a table or a list of tables'],
  ['output-summary', 'true, false or a pattern'],
  ['summary', 'a table'],
  ['listing', 'a table with a list "description"'],
  ...PHASES.map((phase) => [`exec.${phase}`, COMMAND] as const),
  ['config.keys', 'a path or a list of paths'],
  ['config.rename', '"old=new", a list of those, or a table of old to new names'],
  ['depends.files', 'a pattern or a list of patterns'],
  ['depends.link', 'true or false'],
  ['depends.type', 'project-files, run-files or runs-summary'],
  ['listing.description', 'a list of strings'],
]);

/** Words of older Gage files and of other tools for what has another name here. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['command', 'exec'],
  ['cmd', 'exec'],
  ['main', 'exec'],
  ['run', 'exec'],
  ['flags', 'config'],
  ['requires', 'depends'],
  ['dependencies', 'depends'],
  ['source-code', 'sourcecode'],
  ['finalize-run', 'finalize'],
  ['init-runtime', 'stage-runtime'],
  ['resolve-dependencies', 'stage-dependencies'],
]);

/** What is wrong in the table of an operation. */
export function tableIssues(table: JsonObject): readonly TableIssue[] {
  const result = operationSchema.safeParse(table);
  return result.success ? [] : flatIssues(result.error, table).map(toTableIssue);
}

function toTableIssue(issue: FlatIssue): TableIssue {
  const { path } = issue;
  const parent = path.slice(0, -1);
  const name = path.findLast((part) => typeof part === 'string') ?? '';
  switch (issue.kind) {
    case 'unknown': {
      const other = OTHER_NAMES.get(name) ?? '';
      const near = issue.known.includes(other) ? other : nearestName(name, issue.known);
      return unknownKey(path, parent, name, near);
    }
    case 'missing':
      return { path: parent, code: 'wrong-type', message: `${subject(parent)} needs "${name}"` };
    case 'empty':
      return { path, code: codeOf(path), message: `${subject(path)} must not be empty` };
    case 'type': {
      const message = `${subject(path)} must be ${expectedAt(path, name)}`;
      return { path, code: codeOf(path), message };
    }
  }
}

function unknownKey(
  path: TableIssue['path'],
  parent: TableIssue['path'],
  name: string,
  near: string | null,
): TableIssue {
  const hint = near === null ? '' : ` (did you mean "${near}"?)`;
  const more = near === null ? {} : { near };
  const [key] = parent;
  if (key === 'exec' || key === 'progress') {
    const message = `"${key}" has no phase "${name}" (known: ${PHASE_LIST})`;
    return { path, code: 'unknown-phase', message, ...more };
  }
  const where = key === undefined ? 'An operation' : subject(parent);
  return { path, code: 'unknown-key', message: `${where} has no key "${name}"${hint}`, ...more };
}

function codeOf(path: TableIssue['path']): TableIssue['code'] {
  return path[0] === 'version' ? 'bad-version' : 'wrong-type';
}

function subject(path: TableIssue['path']): string {
  const name = path.findLast((part) => typeof part === 'string') ?? '';
  return typeof path.at(-1) === 'number' ? `Each item of "${name}"` : `"${name}"`;
}

function expectedAt(path: TableIssue['path'], name: string): string {
  if (typeof path.at(-1) === 'number') {
    if (name === 'config') return 'a path or a table with "keys"';
    return name === 'depends' ? 'a table' : 'a string';
  }
  const keys = path.filter((part) => typeof part === 'string');
  return EXPECTED.get(keys.join('.')) ?? 'a string';
}

/** Commands by phase, without the empty ones (gage-format.md 2.14, 4.4). Throws `bad-gage-file`. */
export function opExec(table: JsonObject): Readonly<Partial<Record<Phase, Command>>> {
  const value = readKey('exec', onlyPhases(table['exec']), execSchema);
  if (value === undefined) return {};
  if (typeof value === 'string' || Array.isArray(value)) {
    return isEmptyCommand(value) ? {} : { run: value };
  }
  const commands: Partial<Record<Phase, Command>> = {};
  for (const phase of PHASES) {
    const item = value[phase];
    if (item !== undefined && !isEmptyCommand(item)) commands[phase] = item;
  }
  return commands;
}

/** Names of the progress parsers by phase (gage-format.md 4.4). Throws `bad-gage-file`. */
export function opProgress(table: JsonObject): Readonly<Partial<Record<Phase, string>>> {
  const value = readKey('progress', onlyPhases(table['progress']), progressSchema);
  if (value === undefined) return {};
  if (typeof value === 'string') return value === '' ? {} : { run: value };
  const parsers: Partial<Record<Phase, string>> = {};
  for (const phase of PHASES) {
    const item = value[phase];
    if (item !== undefined && item !== '') parsers[phase] = item;
  }
  return parsers;
}

/**
 * The command of the run phase with `$project_dir` replaced, as it is stored (gage-format.md 2.13).
 * Throws `missing-exec` when there is none, `bad-gage-file` when `exec` is not a command, and
 * `unsafe-path` as {@link insertProjectDir} does.
 * @param projectDir Absolute path of the project.
 */
export function opCommand(opdef: OpDef, projectDir: string): Command {
  const run = opExec(opdef.table).run;
  if (run === undefined) {
    throw new RunyardError('missing-exec', `Operation "${opdef.name}" has no command to run`, {
      hint: `Add exec = "…" to [${opdef.name}] in the Gage file.`,
    });
  }
  return insertProjectDir(run, projectDir);
}

/**
 * The version of an operation as Python's `str()` writes it: `1` is "1", `1.0` is "1.0"
 * (gage-format.md 1.5). Null when absent. Throws `bad-gage-file`.
 */
export function opVersion(table: JsonObject): string | null {
  if (typeof table['version'] === 'boolean') return table['version'] ? 'True' : 'False';
  const value = readKey('version', table['version'], versionSchema);
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return formatFloat(value);
  return String(value);
}

/** The description of an operation, trimmed; null when there is none. */
export function opDescription(table: JsonObject): string | null {
  const value = table['description'];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** True when the operation is marked `default = true` (gage-format.md 1.13). */
export function isDefault(table: JsonObject): boolean {
  return table['default'] === true;
}

function readKey<T>(key: string, value: Json | undefined, schema: z.ZodMiniType<T>): T | undefined {
  if (value === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const expected = EXPECTED.get(key) ?? 'something else';
  throw new RunyardError('bad-gage-file', `"${key}" of an operation must be ${expected}`);
}

/** A table of phases without other keys: running tolerates them. */
function onlyPhases(value: Json | undefined): Json | undefined {
  if (!isJsonObject(value)) return value;
  const known: readonly string[] = PHASES;
  return Object.fromEntries(Object.entries(value).filter(([key]) => known.includes(key)));
}
