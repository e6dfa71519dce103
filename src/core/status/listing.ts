import { compareCodePoints, isJsonArray, isJsonObject, type JsonObject } from '../data/json.ts';
import { maskedConfig } from '../data/secrets.ts';
import { listed } from '../data/value-text.ts';
import { readMetaObjects } from '../meta/meta.ts';
import type { RunInfo } from '../run/types.ts';
import { readReportedValues, type RunValues, VALUE_PARTS } from './run-values.ts';

/** What a listing may show of a run, without the attributes that people gave it. */
interface Listing extends RunValues {
  /** `listing.description` of the run's own operation; null when it has none. */
  readonly fields: readonly string[] | null;
}

/** A value of a listing: its name and its text, on one line. */
type ListedValue = readonly [name: string, text: string];

/**
 * Reads what a listing may show of a run. What is missing or broken is empty.
 * @param options with `onlyListed` the values are left out when the operation lists none.
 */
export async function readListing(
  info: RunInfo,
  options: { readonly onlyListed?: boolean } = {},
): Promise<Listing> {
  const { 'opdef.json': opdef } = await readMetaObjects(info, ['opdef.json']);
  const fields = opdef === undefined ? null : listedFields(opdef);
  const parts = fields === null && options.onlyListed === true ? [] : VALUE_PARTS;
  return { ...(await readReportedValues(info, parts)), fields };
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
export function listedValues({ config, attributes, metrics, fields }: Listing): ListedValue[] {
  const values: JsonObject = { ...metrics, ...attributes, ...maskedConfig(config) };
  const names = fields ?? Object.keys(values).sort(compareCodePoints);
  return names.map((name) => [name, listed(values[name] ?? null)]);
}

/** `label  lr=0.1 loss=0.25`: what a column "description" says of a run. */
export function listedDescription(label: string, values: readonly ListedValue[]): string {
  const pairs = values.map(([name, text]) => `${name}=${text}`).join(' ');
  return [label, pairs].filter((part) => part !== '').join('  ');
}
