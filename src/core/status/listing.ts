import {
  compareCodePoints,
  encodeLine,
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  parseObject,
} from '../data/json.ts';
import { openMeta } from '../meta/meta.ts';
import type { RunInfo } from '../run/types.ts';
import { plainValues } from './run-facts.ts';

/** What a run was given and what it reported, as listings show it. */
export interface RunValues {
  readonly config: JsonObject;
  /** Of the summary, without those that people gave the run; a described value is its value. */
  readonly attributes: JsonObject;
  readonly metrics: JsonObject;
  /** `listing.description` of the run's own operation; null when it has none. */
  readonly fields: readonly string[] | null;
}

/** A value of a listing: its name and its text, on one line. */
type ListedValue = readonly [name: string, text: string];

const NO_VALUES: RunValues = { config: {}, attributes: {}, metrics: {}, fields: null };

/**
 * Reads the values of a run. What is missing or broken is empty.
 * @param options with `onlyListed` the values are left out when the operation lists none.
 */
export async function readRunValues(
  info: RunInfo,
  options: { readonly onlyListed?: boolean } = {},
): Promise<RunValues> {
  try {
    const meta = await openMeta(info.metaPath, info.metaForm);
    try {
      const read = async (path: string): Promise<JsonObject> =>
        parseObject((await meta.read(path))?.toString() ?? null);
      const fields = listedFields(await read('opdef.json'));
      if (fields === null && options.onlyListed === true) return NO_VALUES;
      const summary = await read('summary.json');
      return {
        config: await read('config.json'),
        attributes: plainValues(summary['attributes']),
        metrics: plainValues(summary['metrics']),
        fields,
      };
    } finally {
      meta.close();
    }
  } catch {
    // The row says that the run cannot be read.
    return NO_VALUES;
  }
}

function listedFields(opdef: JsonObject): readonly string[] | null {
  const listing = opdef['listing'];
  const fields = isJsonObject(listing) ? listing['description'] : undefined;
  return isJsonArray(fields) ? fields.filter((field) => typeof field === 'string') : null;
}

/**
 * The values that a listing shows of a run (gage-format.md 5.2): those that its operation names, in
 * that order and empty where the run has none; without such a list all, sorted by name. A
 * config value hides an attribute of its name, and that a metric.
 */
export function listedValues({ config, attributes, metrics, fields }: RunValues): ListedValue[] {
  const values: JsonObject = { ...metrics, ...attributes, ...config };
  const names = fields ?? Object.keys(values).sort(compareCodePoints);
  return names.map((name) => [name, listedText(values[name] ?? null)]);
}

/** `label  lr=0.1 loss=0.25`: what a column "description" says of a run. */
export function listedDescription(label: string, values: readonly ListedValue[]): string {
  const pairs = values.map(([name, text]) => `${name}=${text}`).join(' ');
  return [label, pairs].filter((part) => part !== '').join('  ');
}

/** Floats with four digits, nothing for null, lists joined, all on one line (gage-format.md 5.2). */
function listedText(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'number') return fourDigits(value);
  if (typeof value === 'string') return value.replace(/\s+/g, ' ').trim();
  if (isJsonArray(value)) return value.map(listedText).join(', ');
  if (isJsonObject(value))
    return 'value' in value ? listedText(value['value'] ?? null) : encodeLine(value);
  return String(value);
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
