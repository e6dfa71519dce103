import { oneLine } from '../base/words.ts';
import { encodeLine, isJsonArray, isJsonObject, type Json } from './json.ts';

/** A value as text for people. What a program reads back is made by `encodeLine`. */

/** As JSON on one line, texts in quotation marks: `"a"`, `1.0`, `[1, "ü"]`. */
export function quoted(value: Json): string {
  if (isJsonArray(value)) return `[${value.map(quoted).join(', ')}]`;
  if (isJsonObject(value)) {
    const items = Object.entries(value).map(([key, item]) => `${quoted(key)}: ${quoted(item)}`);
    return `{${items.join(', ')}}`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : encodeLine(value);
}

/** A text as it is, an empty one as `""`, everything else as {@link quoted}. */
export function shown(value: Json): string {
  return typeof value === 'string' && value !== '' ? value : quoted(value);
}

/** In a row of a view, where room is short: nothing for null, at most 200 characters on one line. */
export function brief(value: Json): string {
  return value === null || value === '' ? '' : oneLine(shown(value));
}

/**
 * As Gage lists it (gage-format.md 5.2): floats with four digits, nothing for null, lists joined,
 * a described value as its value, all on one line.
 */
export function listed(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'number') return fourDigits(value);
  if (typeof value === 'string') return value.replace(/\s+/g, ' ').trim();
  if (isJsonArray(value)) return value.map(listed).join(', ');
  if (isJsonObject(value) && 'value' in value) return listed(value['value'] ?? null);
  return encodeLine(value);
}

/** `%.4g` of C: four significant digits without zeros at the end, exponents below 1e-4 and from 1e4. */
function fourDigits(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  const [mantissa = '', exponentText = '0'] = value.toExponential(3).split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 4) return trimZeros(value.toFixed(3 - exponent));
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${trimZeros(mantissa)}e${exponent < 0 ? '-' : '+'}${digits}`;
}

function trimZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}
