import { MAX_DEPTH, type Json } from './json.ts';

/** Why the text of a data file cannot be read, and where (both from 1; null where unknown). */
export class DataFileError extends Error {
  readonly line: number | null;
  readonly column: number | null;

  constructor(message: string, line: number | null, column: number | null, cause: unknown) {
    super(message, { cause });
    this.name = 'DataFileError';
    this.line = line;
    this.column = column;
  }
}

/** The error for data that nobody nests so by hand. */
export function nestedTooDeeply(cause: unknown): DataFileError {
  return new DataFileError('Nested too deeply', null, null, cause);
}

/**
 * Parsed data as `Json`; anything with a date becomes its ISO text (gage-format.md 2.2). Throws
 * `DataFileError` for what is nested more than 200 deep.
 */
export function toJson(value: unknown, depth = 0): Json {
  if (depth > MAX_DEPTH) throw nestedTooDeeply(undefined);
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
    case 'number':
      return value;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return value.map((item) => toJson(item, depth + 1));
      // TomlDate is a Date whose ISO text keeps the form of the source (a date stays a date).
      if (value instanceof Date) return value.toISOString();
      if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, toJson(item, depth + 1)]),
      );
    default:
      return null;
  }
}
