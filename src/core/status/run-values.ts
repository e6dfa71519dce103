import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '../data/json.ts';
import { readMetaObjects } from '../meta/meta.ts';
import { readUserAttributes } from '../run/attributes.ts';
import type { RunInfo } from '../run/types.ts';
import { isFinal } from './status.ts';

/** What a run was given and what it reported. A part that was not asked for is empty. */
export interface RunValues {
  /** Flat configuration: dotted key to scalar. */
  readonly config: JsonObject;
  /** Metrics of the summary: name to value. */
  readonly metrics: JsonObject;
  /** Attributes of the summary, with those that people gave the run before them. */
  readonly attributes: JsonObject;
}

/** Where the values of a run are. */
type RunPlace = Pick<RunInfo, 'id' | 'runsDir' | 'metaPath' | 'metaForm'>;

export type ValuePart = keyof RunValues;

/** In the order in which a key without a prefix is looked for. */
export const VALUE_PARTS: readonly ValuePart[] = ['config', 'metrics', 'attributes'];

/**
 * Reads values of a run, only the files that `parts` need. What is missing or broken is empty;
 * so is a zip that cannot be opened.
 */
export async function readRunValues(
  info: RunPlace,
  parts: readonly ValuePart[] = VALUE_PARTS,
): Promise<RunValues> {
  const values = await readReportedValues(info, parts);
  if (!parts.includes('attributes')) return values;
  return { ...values, attributes: { ...values.attributes, ...userAttributes(info) } };
}

/** As {@link readRunValues}, without the attributes that people gave the run. */
export async function readReportedValues(
  info: Pick<RunInfo, 'metaPath' | 'metaForm'>,
  parts: readonly ValuePart[] = VALUE_PARTS,
): Promise<RunValues> {
  const wants = (part: ValuePart): boolean => parts.includes(part);
  const files = await readMetaObjects(info, [
    ...(wants('config') ? ['config.json'] : []),
    ...(wants('metrics') || wants('attributes') ? ['summary.json'] : []),
  ]);
  const { metrics, attributes } = files['summary.json'] ?? {};
  return {
    config: files['config.json'] ?? {},
    metrics: plainValues(metrics),
    attributes: wants('attributes') ? plainValues(attributes) : {},
  };
}

function userAttributes(info: RunPlace): JsonObject {
  try {
    return readUserAttributes(info.runsDir, info.id).attributes;
  } catch {
    return {};
  }
}

/** Values by name: a value with a description is `{"value": …}` in a summary (gage-format.md 2.11). */
function plainValues(values: Json | undefined): JsonObject {
  if (!isJsonObject(values)) return {};
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      isJsonObject(value) ? (value['value'] ?? null) : value,
    ]),
  );
}

interface Cached {
  readonly version: string;
  readonly parts: readonly ValuePart[];
  readonly values: RunValues;
}

/** Values of this many runs are kept: some 20 MB. */
const MAX_CACHED = 20_000;

/** Remembers the values of runs that have ended, as long as their files are the same. */
export class RunValuesCache {
  readonly #cached = new Map<string, Cached>();
  readonly #read: typeof readRunValues;

  /** @param read reads the values of a run, by default as {@link readRunValues}. */
  constructor(read = readRunValues) {
    this.#read = read;
  }

  /** As {@link readRunValues}. */
  async read(info: RunInfo, parts: readonly ValuePart[] = VALUE_PARTS): Promise<RunValues> {
    const version = isFinal(info.status) ? versionOf(info) : null;
    if (version === null) return await this.#read(info, parts);
    const known = this.#cached.get(info.metaPath);
    const isCurrent = known?.version === version;
    if (isCurrent && parts.every((part) => known.parts.includes(part))) return known.values;
    const wanted = isCurrent ? [...new Set([...known.parts, ...parts])] : parts;
    const values = await this.#read(info, wanted);
    this.#cached.delete(info.metaPath);
    this.#cached.set(info.metaPath, { version, parts: wanted, values });
    const [oldest] = this.#cached.keys();
    if (this.#cached.size > MAX_CACHED && oldest !== undefined) this.#cached.delete(oldest);
    return values;
  }
}

/** Changes whenever the values of a final run may have changed; null when the run is gone. */
function versionOf(info: RunInfo): string | null {
  try {
    const meta = statSync(info.metaPath);
    const user = statSync(join(info.runsDir, `${info.id}.user`), { throwIfNoEntry: false });
    return `${String(meta.mtimeMs)}:${String(meta.ino)}:${String(user?.mtimeMs ?? 0)}`;
  } catch {
    return null;
  }
}
