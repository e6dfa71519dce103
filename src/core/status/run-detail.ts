import { hasErrno } from '../base/errors.ts';
import { parseJson, type Json, type JsonObject, parseObject } from '../data/json.ts';
import { DEPENDS_FILE, parseDependsFile, type StagedDependency } from '../meta/depends-file.ts';
import { parseManifest, type ManifestEntry } from '../meta/manifest.ts';
import { openMeta, readTextIfAny, type MetaReader } from '../meta/meta.ts';
import { readUserAttributes, type RunComment } from '../run/attributes.ts';
import { readProjectRef } from '../run/project.ts';
import type { Command, RunInfo } from '../run/types.ts';

/** Output of one phase. */
export interface PhaseOutput {
  /** `40_run` and the like. */
  readonly name: string;
  readonly bytes: number;
  /** Records of the index: lines, with an unterminated last one. */
  readonly lines: number;
}

/** Everything about one run that its row does not hold. */
export interface RunDetail {
  readonly config: JsonObject;
  /** null before the run is final. */
  readonly summary: JsonObject | null;
  /** User attributes without comments. */
  readonly attributes: JsonObject;
  readonly comments: readonly RunComment[];
  readonly manifest: readonly ManifestEntry[];
  readonly phases: readonly PhaseOutput[];
  /** What the dependencies turned out to be; none before they are staged. */
  readonly depends: readonly StagedDependency[];
  readonly opdef: JsonObject;
  readonly command: Command | null;
  readonly projectDir: string | null;
  /** Environment variables that only this run gets; none when they are another user's secrets. */
  readonly env: Readonly<Record<string, string>>;
}

/** What is known of a run whose meta cannot be opened: nothing. */
export const NO_DETAIL: RunDetail = {
  config: {},
  summary: null,
  attributes: {},
  comments: [],
  manifest: [],
  phases: [],
  depends: [],
  opdef: {},
  command: null,
  projectDir: null,
  env: {},
};

/**
 * Reads the details of a run. Parts that are missing or broken are empty; throws `unreadable`
 * only when a zip cannot be opened at all.
 */
export async function readRunDetail(info: RunInfo): Promise<RunDetail> {
  const meta = await openMeta(info.metaPath, info.metaForm);
  try {
    const text = (path: string): Promise<string | null> => readTextIfAny(meta, path);
    const summary = await text('summary.json');
    const { attributes, comments } = readUserAttributes(info.runsDir, info.id);
    return {
      config: parseObject(await text('config.json')),
      summary: summary === null ? null : parseObject(summary),
      attributes,
      comments,
      manifest: manifestOrNone(await text('manifest')),
      phases: await readPhases(meta),
      depends: parseDependsFile(await text(DEPENDS_FILE)),
      opdef: parseObject(await text('opdef.json')),
      command: parseCommand(await text('proc/cmd.json')),
      projectDir: readProjectRef(info.runsDir, info.id),
      env: stringsOf(parseObject(await text('proc/env.json').catch(nullIfForbidden))),
    };
  } finally {
    meta.close();
  }
}

function nullIfForbidden(error: unknown): null {
  if (hasErrno(error, 'EACCES', 'EPERM')) return null;
  throw error;
}

function stringsOf(object: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

/** A manifest that cannot be read is empty: the rest of the run is still worth showing. */
function manifestOrNone(text: string | null): readonly ManifestEntry[] {
  try {
    return parseManifest(text ?? '');
  } catch {
    return [];
  }
}

/** Output phases of a run, in order. They are recognised by their index (gage-format.md 7.2 W9). */
export async function readPhases(meta: MetaReader): Promise<PhaseOutput[]> {
  const sizes = new Map((await meta.entries()).map((entry) => [entry.path, entry.size]));
  const phases: PhaseOutput[] = [];
  for (const [path, size] of sizes) {
    if (!path.startsWith('output/') || !path.endsWith('.index')) continue;
    const name = path.slice('output/'.length, -'.index'.length);
    if (name.includes('/')) continue;
    phases.push({ name, bytes: sizes.get(`output/${name}`) ?? 0, lines: Math.floor(size / 9) });
  }
  return phases.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The command of `proc/cmd.json`, or null when it is neither text nor a list of texts. */
function parseCommand(text: string | null): Command | null {
  if (text === null) return null;
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    return null;
  }
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value;
  return null;
}
