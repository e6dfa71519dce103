import * as z from 'zod/mini';
import { RunyardError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { formatFloat } from '../core/json.ts';
import type { Command, OpDef, Phase } from '../core/types.ts';
import { PHASES } from '../core/types.ts';

/** What is known of one key of an operation's table (gage.md 4.1). */
interface KeyRule {
  readonly schema: z.ZodMiniType;
  /** Completes "must be …". */
  readonly expected: string;
}

const command = z.union([z.string(), z.array(z.string().check(z.minLength(1)))]);
const perPhase = <T extends z.ZodMiniType>(schema: T) =>
  z.looseObject({
    'stage-sourcecode': z.optional(schema),
    'stage-runtime': z.optional(schema),
    'stage-dependencies': z.optional(schema),
    run: z.optional(schema),
    finalize: z.optional(schema),
  });
const execSchema = z.union([command, perPhase(command)]);
const progressSchema = z.union([z.string(), perPhase(z.string())]);
const versionSchema = z.union([
  z.string().check(z.regex(/^\S+$/)),
  z.number(),
  z.bigint(),
  z.boolean(),
  z.null(),
]);
const strings = z.union([z.string(), z.array(z.string())]);
const configGroup = z.looseObject({ keys: strings });

const PHASE_LIST = PHASES.join(', ');
const KEY_RULES: ReadonlyMap<string, KeyRule> = new Map<string, KeyRule>([
  ['description', { schema: z.string(), expected: 'a string' }],
  ['default', { schema: z.boolean(), expected: 'true or false' }],
  ['version', { schema: versionSchema, expected: 'a number, or a string without white space' }],
  [
    'exec',
    {
      schema: execSchema,
      expected: `a command (a string or a list of strings), or a table with commands for ${PHASE_LIST}`,
    },
  ],
  [
    'progress',
    { schema: progressSchema, expected: `a string, or a table with strings for ${PHASE_LIST}` },
  ],
  [
    'sourcecode',
    { schema: z.union([strings, z.boolean(), z.null()]), expected: 'patterns, true or false' },
  ],
  [
    'config',
    {
      schema: z.union([z.string(), configGroup, z.array(z.union([z.string(), configGroup]))]),
      expected: 'a path, a list of paths, or tables with "keys"',
    },
  ],
  [
    'depends',
    {
      schema: z.union([z.looseObject({}), z.array(z.looseObject({}))]),
      expected: 'a table or a list of tables',
    },
  ],
  [
    'output-summary',
    { schema: z.union([z.boolean(), z.string()]), expected: 'true, false or a pattern' },
  ],
  ['summary', { schema: z.looseObject({ filename: z.optional(z.string()) }), expected: 'a table' }],
  [
    'listing',
    {
      schema: z.looseObject({ description: z.optional(z.array(z.string())) }),
      expected: 'a table with a list "description"',
    },
  ],
]);

/**
 * What is wrong with the known keys of an operation's table, one sentence each. Unknown keys
 * are fine: Gage accepts them, and later versions may use them.
 */
export function checkTable(name: string, table: JsonObject): readonly string[] {
  const problems: string[] = [];
  for (const [key, rule] of KEY_RULES) {
    const value = table[key];
    if (value !== undefined && !rule.schema.safeParse(value).success) {
      problems.push(`Operation "${name}": "${key}" must be ${rule.expected}`);
    }
  }
  for (const key of ['exec', 'progress']) {
    for (const phase of unknownPhases(table[key])) {
      problems.push(`Operation "${name}": "${key}" has no phase "${phase}" (known: ${PHASE_LIST})`);
    }
  }
  return problems;
}

/** Commands by phase, without the empty ones (gage.md 2.14, 4.4). Throws `bad-gage-file`. */
export function opExec(table: JsonObject): Readonly<Partial<Record<Phase, Command>>> {
  const value = readKey(table, 'exec', execSchema);
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

/** Names of the progress parsers by phase (gage.md 4.4). Throws `bad-gage-file`. */
export function opProgress(table: JsonObject): Readonly<Partial<Record<Phase, string>>> {
  const value = readKey(table, 'progress', progressSchema);
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
 * The command of the run phase with `$project_dir` replaced as text, as Gage stores it
 * (gage.md 2.13). Throws `missing-exec` when there is none, `bad-gage-file` when `exec` is not
 * a command.
 * @param projectDir Absolute path of the project.
 */
export function opCommand(opdef: OpDef, projectDir: string): Command {
  const run = opExec(opdef.table).run;
  if (run === undefined) {
    throw new RunyardError('missing-exec', `Operation "${opdef.name}" has no command to run`, {
      hint: `Add exec = "…" to [${opdef.name}] in the Gage file.`,
    });
  }
  const replace = (text: string): string => text.replaceAll('$project_dir', () => projectDir);
  return typeof run === 'string' ? replace(run) : run.map(replace);
}

/**
 * The version of an operation as Python's `str()` writes it: `1` is "1", `1.0` is "1.0"
 * (gage.md 1.5). Null when absent. Throws `bad-gage-file`.
 */
export function opVersion(table: JsonObject): string | null {
  const value = readKey(table, 'version', versionSchema);
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return formatFloat(value);
  return String(value);
}

/** The description of an operation, trimmed; null when there is none. */
export function opDescription(table: JsonObject): string | null {
  const value = table['description'];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** True when the operation is marked `default = true` (gage.md 1.13). */
export function isDefault(table: JsonObject): boolean {
  return table['default'] === true;
}

function readKey<T>(table: JsonObject, key: string, schema: z.ZodMiniType<T>): T | undefined {
  const value = table[key];
  if (value === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const expected = KEY_RULES.get(key)?.expected ?? 'something else';
  throw new RunyardError('bad-gage-file', `"${key}" of an operation must be ${expected}`);
}

function unknownPhases(value: Json | undefined): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const known: readonly string[] = PHASES;
  return Object.keys(value).filter((key) => !known.includes(key));
}

/** A blank string or an empty list: a hook to skip (gage.md 2.14). */
function isEmptyCommand(value: Command): boolean {
  return typeof value === 'string' ? value.trim() === '' : value.length === 0;
}
