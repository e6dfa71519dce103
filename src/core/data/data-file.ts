import { extname } from 'node:path';
import { DataFileError, nestedTooDeeply, toJson } from './data-value.ts';
import { nestsTooDeeply } from './depth.ts';
import { type Json, parseJson } from './json.ts';

/**
 * Reads TOML, YAML or JSON text as Gage does (gage-format.md 1.3), chosen by the extension of
 * `path`. Ints become `bigint`, floats `number`, dates ISO strings. Each parser is loaded on
 * first use. Throws `DataFileError`.
 */
export async function parseDataFile(path: string, text: string): Promise<Json> {
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  switch (extname(path).toLowerCase()) {
    case '.toml':
      return parseToml(source);
    case '.yaml':
    case '.yml':
      return (await import('./yaml11.ts')).parseYaml11(source);
    case '.json':
      return parseCommentedJson(source);
    default:
      throw new DataFileError('Not a .toml, .yaml or .json file', null, null, undefined);
  }
}

async function parseToml(source: string): Promise<Json> {
  if (nestsTooDeeply(source)) {
    throw new DataFileError('Invalid TOML: nested too deeply', null, null, undefined);
  }
  const { parse, TomlError } = await import('smol-toml');
  try {
    return toJson(parse(source, { integersAsBigInt: true }));
  } catch (error) {
    if (error instanceof RangeError) throw nestedTooDeeply(error);
    if (!(error instanceof TomlError)) throw error;
    const reason = (error.message.split('\n')[0] ?? '').replace('Invalid TOML document: ', '');
    throw new DataFileError(`Invalid TOML: ${reason}`, error.line, error.column, error);
  }
}

/** Lines whose first two non-blank characters are `//` are blanked, so that lines keep their numbers. */
function parseCommentedJson(source: string): Json {
  const lines = source.split('\n').map((line) => (line.trimStart().startsWith('//') ? '' : line));
  try {
    return parseJson(lines.join('\n'));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const place = / at line (\d+), column (\d+)$/.exec(message);
    if (place === null) throw error;
    throw new DataFileError(
      `Invalid JSON: ${message.slice(0, place.index)}`,
      Number(place[1]),
      Number(place[2]),
      error,
    );
  }
}
