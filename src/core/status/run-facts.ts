import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject, parseObject } from '../data/json.ts';
import { openMeta } from '../meta/meta.ts';
import { readUserAttributes } from '../run/attributes.ts';
import type { RunInfo } from '../run/types.ts';
import { isFinal } from './status.ts';

/** What a run was given and what it reported. A part that was not asked for is empty. */
export interface RunFacts {
  /** Flat configuration: dotted key to scalar. */
  readonly config: JsonObject;
  /** Metrics of the summary: name to value. */
  readonly metrics: JsonObject;
  /** Attributes of the summary, with those that people gave the run before them. */
  readonly attributes: JsonObject;
}

/** Where the facts of a run are. */
type RunPlace = Pick<RunInfo, 'id' | 'runsDir' | 'metaPath' | 'metaForm'>;

export type FactPart = keyof RunFacts;

/** In the order in which a key without a prefix is looked for. */
export const FACT_PARTS: readonly FactPart[] = ['config', 'metrics', 'attributes'];

/**
 * Reads facts of a run, only the files that `parts` need. What is missing or broken is empty;
 * so is a zip that cannot be opened.
 */
export async function readRunFacts(
  info: RunPlace,
  parts: readonly FactPart[] = FACT_PARTS,
): Promise<RunFacts> {
  const needsSummary = parts.includes('metrics') || parts.includes('attributes');
  const { config, summary } = await readMetaFiles(info, parts.includes('config'), needsSummary);
  return {
    config,
    metrics: plainValues(summary['metrics']),
    attributes: parts.includes('attributes')
      ? { ...plainValues(summary['attributes']), ...userAttributes(info) }
      : {},
  };
}

function userAttributes(info: RunPlace): JsonObject {
  try {
    return readUserAttributes(info.runsDir, info.id).attributes;
  } catch {
    return {};
  }
}

async function readMetaFiles(
  info: RunPlace,
  wantsConfig: boolean,
  wantsSummary: boolean,
): Promise<{ readonly config: JsonObject; readonly summary: JsonObject }> {
  try {
    const meta = await openMeta(info.metaPath, info.metaForm);
    try {
      const read = async (wanted: boolean, path: string): Promise<JsonObject> =>
        wanted ? parseObject((await meta.read(path))?.toString() ?? null) : {};
      return {
        config: await read(wantsConfig, 'config.json'),
        summary: await read(wantsSummary, 'summary.json'),
      };
    } finally {
      meta.close();
    }
  } catch {
    return { config: {}, summary: {} };
  }
}

/** Values by name: a value with a description is `{"value": …}` in a summary (gage-format.md 2.11). */
export function plainValues(values: Json | undefined): JsonObject {
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
  readonly parts: readonly FactPart[];
  readonly facts: RunFacts;
}

/** Facts of this many runs are kept: some 20 MB. */
const MAX_CACHED = 20_000;

/** Remembers the facts of runs that have ended, as long as their files are the same. */
export class RunFactsCache {
  readonly #cached = new Map<string, Cached>();
  readonly #read: typeof readRunFacts;

  /** @param read reads the facts of a run, by default as {@link readRunFacts}. */
  constructor(read = readRunFacts) {
    this.#read = read;
  }

  /** As {@link readRunFacts}. */
  async read(info: RunInfo, parts: readonly FactPart[] = FACT_PARTS): Promise<RunFacts> {
    const version = isFinal(info.status) ? versionOf(info) : null;
    if (version === null) return await this.#read(info, parts);
    const known = this.#cached.get(info.metaPath);
    const isCurrent = known?.version === version;
    if (isCurrent && parts.every((part) => known.parts.includes(part))) return known.facts;
    const wanted = isCurrent ? [...new Set([...known.parts, ...parts])] : parts;
    const facts = await this.#read(info, wanted);
    this.#cached.delete(info.metaPath);
    this.#cached.set(info.metaPath, { version, parts: wanted, facts });
    const [oldest] = this.#cached.keys();
    if (this.#cached.size > MAX_CACHED && oldest !== undefined) this.#cached.delete(oldest);
    return facts;
  }
}

/** Changes whenever the facts of a final run may have changed; null when the run is gone. */
function versionOf(info: RunInfo): string | null {
  try {
    const meta = statSync(info.metaPath);
    const user = statSync(join(info.runsDir, `${info.id}.user`), { throwIfNoEntry: false });
    return `${String(meta.mtimeMs)}:${String(meta.ino)}:${String(user?.mtimeMs ?? 0)}`;
  } catch {
    return null;
  }
}
