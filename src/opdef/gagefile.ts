import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RunyardError, describeError, hasErrno } from '../core/base/errors.ts';
import { readRegularFile } from '../core/base/regular-file.ts';
import { parseDataFile } from '../core/data/data-file.ts';
import { DataFileError } from '../core/data/data-value.ts';
import { type Json, type JsonObject, compareCodePoints, isJsonObject } from '../core/data/json.ts';
import type { OpDef } from '../core/run/types.ts';
import { nearestName } from './suggest.ts';
import { isDefault, tableIssues } from './table.ts';

/** Where a Gage file may be, relative to the project, in the order of looking (gage-format.md 1.3). */
export const GAGE_FILE_NAMES: readonly string[] = [
  '.gage/gage.toml',
  '.gage/gage.yaml',
  '.gage/gage.json',
  'gage.toml',
  'gage.yaml',
  'gage.json',
];

/** People write Gage files by hand: a larger one is something else. Bytes. */
export const MAX_GAGE_FILE = 4 * 1024 * 1024;

/** Something in a Gage file that a person should mend. Line and column count from 1. */
interface GageFileProblem {
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

export interface GageFile {
  readonly path: string;
  /** `$runs-dir` as written; null when absent or empty. */
  readonly runsDir: string | null;
  /** In the order of the file. */
  readonly operations: readonly OpDef[];
  /** What is wrong in a file that could be read; the operations it names may be missing. */
  readonly problems: readonly GageFileProblem[];
}

/** The Gage file of a project: the first candidate that exists, or null. */
export function findGageFile(projectDir: string): string | null {
  for (const name of GAGE_FILE_NAMES) {
    const path = join(projectDir, name);
    if (existsSync(path)) return path;
  }
  return null;
}

/**
 * Loads a Gage file (gage-format.md 1.3, 4.1). One bad operation is a problem of the file, the others
 * still load. Throws `no-gage-file` when it does not exist, `io` when it cannot be read, and
 * `bad-gage-file` with path, line and column when its syntax is broken.
 */
export async function loadGageFile(path: string): Promise<GageFile> {
  const text = readText(path);
  const data = await readData(path, text);
  if (!isJsonObject(data) && data !== null) {
    throw new RunyardError('bad-gage-file', `${path}: a Gage file holds a table of operations`);
  }
  const operations: OpDef[] = [];
  const problems: Fault[] = [];
  for (const [name, value] of Object.entries(data ?? {})) {
    if (name.startsWith('$')) {
      problems.push(...checkSetting(name, value));
      continue;
    }
    const fault = operationFault(name, value);
    if (fault !== null) problems.push({ message: fault, at: [name] });
    else if (isJsonObject(value)) {
      operations.push({ name, table: value });
      problems.push(...tableFaults(name, value));
    }
  }
  return {
    path,
    runsDir: runsDirOf(data),
    operations,
    problems: await placed(path, text, problems),
  };
}

/**
 * Finds the operation that a person means (gage-format.md 1.13): the one with exactly that name;
 * without a name the only one, else the first in name order with `default = true`.
 * Throws `no-operation` with the names to choose from.
 */
export function resolveOperation(file: GageFile, name?: string): OpDef {
  const { operations } = file;
  if (name !== undefined) {
    const found = operations.find((op) => op.name === name);
    if (found !== undefined) return found;
    const near = nearestName(
      name,
      operations.map((op) => op.name),
    );
    throw new RunyardError('no-operation', `No operation "${name}" in ${file.path}`, {
      hint:
        near === null ? listNames(operations) : `Did you mean "${near}"? ${listNames(operations)}`,
    });
  }
  const [only] = operations;
  if (only !== undefined && operations.length === 1) return only;
  const byName = [...operations].sort((a, b) => compareCodePoints(a.name, b.name));
  const chosen = byName.find((op) => isDefault(op.table));
  if (chosen !== undefined) return chosen;
  if (operations.length === 0) {
    throw new RunyardError('no-operation', `${file.path} defines no operations`, {
      hint: 'Add a table with an exec, for example [train] with exec = "python3 train.py".',
    });
  }
  throw new RunyardError('no-operation', `No default operation in ${file.path}`, {
    hint: `Name one, or mark one with default = true. ${listNames(operations)}`,
  });
}

function readText(path: string): string {
  try {
    const bytes = readRegularFile(path, MAX_GAGE_FILE);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) {
      throw new RunyardError('bad-gage-file', `${path}: not UTF-8 text`, { cause: error });
    }
    // Its message names the file and says what it is.
    if (error instanceof RunyardError) {
      throw new RunyardError('io', error.message, { cause: error });
    }
    const code = hasErrno(error, 'ENOENT') ? 'no-gage-file' : 'io';
    throw new RunyardError(code, `Cannot read ${path}: ${describeError(error)}`, { cause: error });
  }
}

async function readData(path: string, text: string): Promise<Json> {
  try {
    return await parseDataFile(path, text);
  } catch (error) {
    if (!(error instanceof DataFileError)) throw error;
    const place = error.line === null ? '' : `:${String(error.line)}:${String(error.column ?? 1)}`;
    throw new RunyardError('bad-gage-file', `${path}${place}: ${error.message}`, { cause: error });
  }
}

/** What is wrong, at keys and indices from the root of the file. */
interface Fault {
  readonly message: string;
  readonly at: readonly (string | number)[];
}

/** Finds where each fault stands; the parser with positions is loaded only for a file with some. */
async function placed(
  path: string,
  text: string,
  faults: readonly Fault[],
): Promise<readonly GageFileProblem[]> {
  if (faults.length === 0) return [];
  const { parseGageDocument, rangeAt } = await import('./document.ts');
  const document = parseGageDocument(path, text);
  return faults.map(({ message, at }) => {
    const { line, character } = document.lines.positionAt(rangeAt(document, at).from);
    return { message, line: line + 1, column: character + 1 };
  });
}

/** Why a top-level entry cannot be an operation; null when it can. */
function operationFault(name: string, value: Json): string | null {
  if (name === '') return 'An operation needs a name';
  if (/\s/.test(name)) return `Operation "${name}": a name cannot contain white space`;
  if (!isJsonObject(value)) return `Operation "${name}" must be a table`;
  return null;
}

/** What is wrong with the keys that are known: running tolerates all others (gage-format.md 1.3). */
function tableFaults(name: string, table: JsonObject): readonly Fault[] {
  return tableIssues(table)
    .filter(({ code }) => code !== 'unknown-key')
    .map(({ message, path }) => ({
      message: `Operation "${name}": ${message}`,
      at: [name, ...path],
    }));
}

function checkSetting(name: string, value: Json): readonly Fault[] {
  if (name !== '$runs-dir') {
    return [{ message: `Unknown setting "${name}" (known: $runs-dir)`, at: [name] }];
  }
  if (typeof value === 'string') return [];
  return [{ message: '"$runs-dir" must be a string', at: [name] }];
}

function runsDirOf(data: Json): string | null {
  const value: JsonObject[string] | undefined = isJsonObject(data) ? data['$runs-dir'] : undefined;
  return typeof value === 'string' && value !== '' ? value : null;
}

function listNames(operations: readonly OpDef[]): string {
  const names = operations.map((op) => op.name).sort(compareCodePoints);
  return names.length === 0 ? 'The file defines none.' : `Operations: ${names.join(', ')}`;
}
