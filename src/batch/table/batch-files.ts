import { statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { describeError, hasErrno, RunyardError } from '../../core/base/errors.ts';
import { formatBytes } from '../../core/base/format-bytes.ts';
import { readRegularText } from '../../core/base/regular-file.ts';
import { parseDataFile } from '../../core/data/data-file.ts';
import { DataFileError } from '../../core/data/data-value.ts';
import {
  compareCodePoints,
  encodeLine,
  isJsonArray,
  isJsonObject,
  type Json,
} from '../../core/data/json.ts';
import type { TrialFlags } from '../record/types.ts';
import { MAX_TRIALS } from './generate.ts';
import { literal } from './literal.ts';
import { parseSweep, ValueBudget, type SweepItem, type SweepValue } from './values.ts';

/** One row of a batch file: what it gives, by config key. */
export interface BatchFileRow {
  /** For people: `grid.csv, line 3`. */
  readonly place: string;
  readonly values: ReadonlyMap<string, SweepValue>;
}

/** A larger file is data, chosen by mistake. */
const MAX_BYTES = 64_000_000;

/**
 * Reads a batch file (guild-format.md 2.6, gage-format.md 5.4), chosen by its extension:
 * - CSV (`.csv` or none): the first line names the keys, each cell is read as if it were typed,
 *   so it may hold a list in quotation marks or a function. An empty cell, or one that a short
 *   line does not have, leaves the value at its default; `''` is the empty text. Semicolons or
 *   tabs divide the cells when the first line has no comma, as some spreadsheets write it.
 * - JSON and YAML: a list of tables, or one table. Values are what they are: a list makes a
 *   trial of each of its values, a text is never more than a text.
 *
 * Throws `bad-config` naming file and line, `unreadable` for what is no file, `io` when it cannot be
 * read.
 */
export async function readBatchFile(path: string): Promise<readonly BatchFileRow[]> {
  const name = basename(path);
  const text = readText(path);
  switch (extname(path).toLowerCase()) {
    case '':
    case '.csv':
      return readCsv(name, text);
    case '.json':
    case '.yaml':
    case '.yml':
      return await readData(path, text);
    default:
      throw bad(`${name} is no batch file`, 'Batch files are .csv, .json or .yaml files.');
  }
}

/**
 * The rows of a table as a batch file that {@link readBatchFile} reads back: a column for each
 * key of any row, an empty cell where a row has no value. Throws `bad-config` for a value that
 * no cell can hold.
 */
export function writeTableCsv(rows: readonly TrialFlags[]): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].sort(compareCodePoints);
  if (keys.length === 0) {
    throw bad('A table without values cannot be a CSV file', 'Give a value to a trial.');
  }
  const cells = rows.map((row) => keys.map((key) => cellText(key, row[key])));
  // A blank line would be no row.
  return stringify([keys, ...cells], { quoted_empty: keys.length === 1 });
}

function cellText(key: string, value: Json | undefined): string {
  if (value === undefined) return '';
  const text = literal(value);
  if (typeof value !== 'string') return text;
  const read = parseSweep(text);
  if (read.kind === 'value' && read.value === value) return text;
  throw bad(
    `${text} of "${key}" cannot be written to a CSV file`,
    'A text with both kinds of quotation marks cannot be put into any of them.',
  );
}

function readText(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) {
      const name = basename(path);
      throw bad(`${name} is too large for a table of trials: ${formatBytes(size)}`);
    }
    return readRegularText(path, MAX_BYTES);
  } catch (cause) {
    if (cause instanceof RunyardError) throw cause;
    const missing = hasErrno(cause, 'ENOENT');
    throw new RunyardError(
      'io',
      missing
        ? `Batch file ${path} does not exist`
        : `Cannot read ${path}: ${describeError(cause)}`,
      { cause },
    );
  }
}

function readCsv(name: string, text: string): readonly BatchFileRow[] {
  const [header, ...records] = csvRecords(name, text);
  if (header === undefined) return [];
  const keys = header.cells.map((cell) => cell.trim());
  const twice = keys.find((key, i) => key !== '' && keys.indexOf(key) !== i);
  if (twice !== undefined) throw bad(`${name} has two columns "${twice}"`, 'Keep one of them.');
  const budget = new ValueBudget();
  return records.map(({ cells, line }) => {
    const place = `${name}, line ${String(line)}`;
    const values = new Map<string, SweepValue>();
    for (const [i, cell] of cells.entries()) {
      if (cell.trim() === '') continue;
      const key = keys[i];
      if (key)
        values.set(
          key,
          inPlace(`${place}, "${key}"`, () => budget.take(parseSweep(cell))),
        );
      else throw bad(`${place}: no column names the value ${cell}`, 'Name it in the first line.');
    }
    return { place, values };
  });
}

interface CsvRecord {
  readonly cells: readonly string[];
  readonly line: number;
}

function csvRecords(name: string, text: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  try {
    parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      trim: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (cells: readonly string[], { lines }) => {
        if (records.length > MAX_TRIALS) throw tooManyRows(name);
        records.push({ cells, line: lines });
        return null;
      },
    });
    return records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw bad(`${name}: ${error.message}`, 'Write it as comma-separated values.', error);
  }
}

function delimiterOf(text: string): string {
  const [header = ''] = text.split(/\r?\n/, 1);
  if (header.includes(',')) return ',';
  return [';', '\t'].find((one) => header.includes(one)) ?? ',';
}

function tooManyRows(name: string): RunyardError {
  return bad(`${name} has more than ${MAX_TRIALS.toLocaleString('en')} rows`);
}

async function readData(path: string, text: string): Promise<readonly BatchFileRow[]> {
  const name = basename(path);
  let data: Json;
  try {
    data = await parseDataFile(path, text);
  } catch (error) {
    if (!(error instanceof DataFileError)) throw error;
    const line = error.line === null ? '' : `, line ${String(error.line)}`;
    throw bad(`${name}${line}: ${error.message}`, undefined, error);
  }
  const rows = isJsonArray(data) ? data : [data];
  if (rows.length > MAX_TRIALS) throw tooManyRows(name);
  const budget = new ValueBudget();
  return rows.map((row, i) => {
    const place = isJsonArray(data) ? `${name}, row ${String(i + 1)}` : name;
    if (!isJsonObject(row)) {
      throw bad(`${place} is no table`, 'A batch file is a list of tables from keys to values.');
    }
    const values = Object.entries(row).map(
      ([key, value]) => [key, budget.take(dataSweep(`${place}, "${key}"`, value))] as const,
    );
    return { place, values: new Map(values) };
  });
}

function dataSweep(place: string, value: Json): SweepValue {
  if (!isJsonArray(value)) return dataItem(place, value);
  return { kind: 'list', values: value.map((item) => dataItem(place, item)) };
}

/** A list in a list is one value, its text, as in what is typed. */
function dataItem(place: string, value: Json): SweepItem {
  if (isJsonObject(value)) {
    throw bad(`${place} is a table`, 'Write the keys of its values with dots: a.b');
  }
  const scalar = isJsonArray(value) ? encodeLine(value) : value;
  const text = typeof scalar === 'string' ? scalar : literal(scalar);
  const note =
    scalar === value && isSweepText(text) ? `${text} is taken as text in a data file` : null;
  return { kind: 'value', value: scalar, text, note };
}

function isSweepText(text: string): boolean {
  try {
    return parseSweep(text).kind !== 'value';
  } catch {
    return false;
  }
}

function inPlace<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RunyardError)) throw error;
    throw bad(`${place}: ${error.message}`, error.hint, error);
  }
}

function bad(message: string, hint?: string, cause?: unknown): RunyardError {
  return new RunyardError('bad-config', message, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}
