import { parseValue } from '../../config/flags.ts';
import { formatFloat, isJsonArray, isJsonObject, type Json } from '../../core/data/json.ts';
import { quoted } from '../../core/data/value-text.ts';
import { FUNCTIONS } from './functions.ts';
import { SEQUENCES } from './sequences.ts';

/**
 * The shortest text that `parseSweep` reads as exactly this value. Lists, tables and the rare
 * text that no quotation marks can hold come as JSON, which is only for people.
 */
export function literal(value: Json): string {
  if (typeof value === 'number') return formatFloat(value);
  if (isJsonArray(value) || isJsonObject(value)) return quoted(value);
  if (typeof value !== 'string') return String(value);
  const forms = [value, `'${value}'`, `"${value}"`];
  return forms.find((text) => isTextOf(text, value)) ?? quoted(value);
}

const SWEEP = new RegExp(String.raw`^(?:${[...SEQUENCES, ...FUNCTIONS].join('|')})?\[`);

/** Whether `text` is read as the string `value`: a text that may be more than one is not. */
function isTextOf(text: string, value: string): boolean {
  if (text === '' || SWEEP.test(text)) return false;
  try {
    return parseValue(text) === value;
  } catch {
    return false;
  }
}
