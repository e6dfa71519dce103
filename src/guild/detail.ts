import { readdirSync, statSync, type Dirent } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSmallFile } from '../core/base/regular-file.ts';
import {
  encodeLine,
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
} from '../core/data/json.ts';
import type { FileType } from '../core/meta/file-log.ts';
import type { ManifestEntry } from '../core/meta/manifest.ts';
import type { RunComment } from '../core/run/attributes.ts';
import { PHASE_OUTPUT, type RunInfo } from '../core/run/types.ts';
import type { PhaseOutput, RunDetail } from '../core/status/run-detail.ts';
import { VALUE_PARTS, type ValuePart, type RunValues } from '../core/status/run-values.ts';
import { GuildAttributes } from './attributes.ts';
import { parseGuildOpRef, projectDirOf, splitShellWords } from './opref.ts';
import { GUILD_OUTPUT } from './output.ts';
import { readScalars, type ScalarSummary } from './scalars.ts';

/** Files of a run that are listed. */
const MAX_FILES = 20_000;
/** Attributes that have a place of their own in the details of a run. */
const SHOWN_ELSEWHERE = new Set([
  'cmd',
  'comments',
  'exit_status',
  'flags',
  'id',
  'initialized',
  'started',
  'stopped',
]);

/**
 * Reads the details of a Guild run: flags as config, scalars as metrics of the summary, the
 * other attributes, comments, files and output. Parts that are missing or broken are empty.
 */
export async function readGuildDetail(info: RunInfo): Promise<RunDetail> {
  const guildDir = info.metaPath;
  const scalars = await readScalars(info.runDir, { followRuns: !isBatch(info) });
  const attrs = new GuildAttributes(guildDir);
  const command = attrs.get('cmd');
  return {
    config: attrs.map('flags'),
    summary: scalars.size === 0 ? null : { metrics: metricsOf(scalars) },
    attributes: attributesOf(attrs),
    comments: commentsOf(attrs.get('comments')),
    manifest: filesOf(info),
    phases: phasesOf(guildDir),
    depends: [],
    opdef: attrs.map('op'),
    command: isJsonArray(command) ? command.map(textOf) : null,
    projectDir: projectOf(guildDir),
    env: {},
  };
}

/** What filters ask of a Guild run (docs/where.md), only the files that `parts` need. */
export async function readGuildValues(
  { metaPath }: Pick<RunInfo, 'metaPath'>,
  parts: readonly ValuePart[] = VALUE_PARTS,
): Promise<RunValues> {
  const wants = (part: ValuePart): boolean => parts.includes(part);
  const runDir = dirname(metaPath);
  const attrs = new GuildAttributes(metaPath);
  const scalars = wants('metrics') ? await readScalars(runDir, { followRuns: false }) : [];
  return {
    config: wants('config') ? attrs.map('flags') : {},
    metrics: Object.fromEntries([...scalars].map(([name, { last }]) => [name, last])),
    attributes: wants('attributes') ? attributesOf(attrs) : {},
  };
}

function isBatch(info: RunInfo): boolean {
  return info.batch?.role === 'batch';
}

/** The last value of each scalar, with what it was on the way there. */
function metricsOf(scalars: ReadonlyMap<string, ScalarSummary>): JsonObject {
  return Object.fromEntries(
    [...scalars].map(([name, one]) => [
      name,
      one.count === 1
        ? { value: one.last, step: BigInt(one.lastStep) }
        : {
            value: one.last,
            step: BigInt(one.lastStep),
            first: one.first,
            min: one.min,
            max: one.max,
            average: one.total / one.count,
            total: one.total,
            count: BigInt(one.count),
          },
    ]),
  );
}

function attributesOf(attrs: GuildAttributes): JsonObject {
  return Object.fromEntries(
    attrs.names.flatMap((name): [string, Json][] => {
      const value = SHOWN_ELSEWHERE.has(name) ? null : attrs.get(name);
      return value === null || value === '' || isEmpty(value) ? [] : [[name, value]];
    }),
  );
}

function isEmpty(value: Json): boolean {
  if (isJsonArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** Guild keeps the newest comment last, with its time in microseconds. */
function commentsOf(value: Json): readonly RunComment[] {
  if (!isJsonArray(value)) return [];
  return value.flatMap((one, i): RunComment[] => {
    if (!isJsonObject(one)) return [];
    const { user, host, time, body } = one;
    const author = [user, host].flatMap((part) =>
      typeof part === 'string' && part !== '' ? [part] : [],
    );
    return [
      {
        id: String(i + 1),
        author: author.join('@'),
        timestampMs: typeof time === 'bigint' ? Math.floor(Number(time) / 1000) : 0,
        msg: textOf(body ?? ''),
      },
    ];
  });
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : encodeLine(value);
}

function phasesOf(guildDir: string): readonly PhaseOutput[] {
  const output = statSync(join(guildDir, GUILD_OUTPUT), { throwIfNoEntry: false });
  if (output === undefined) return [];
  const index = statSync(join(guildDir, `${GUILD_OUTPUT}.index`), { throwIfNoEntry: false });
  const lines = Math.floor((index?.size ?? 0) / 9);
  return [{ name: PHASE_OUTPUT.run, bytes: output.size, lines }];
}

function projectOf(guildDir: string): string | null {
  try {
    return projectDirOf(parseGuildOpRef(readSmallFile(join(guildDir, 'opref')) ?? ''));
  } catch {
    return null;
  }
}

/** What the letters of Guild's manifest are in ours (guild-format.md 6.2). */
const FILE_TYPES: Readonly<Record<string, FileType>> = { s: 's', d: 'd', i: 'r' };

/**
 * The files in the directory of a run, by path, each with what it is: source code and
 * dependencies as Guild's manifest says, else generated. Links to directories are not followed.
 */
function filesOf({ runDir, metaPath }: RunInfo): readonly ManifestEntry[] {
  const known = new Map<string, readonly [FileType, string]>();
  for (const line of (readSmallFile(join(metaPath, 'manifest')) ?? '').split('\n')) {
    const [letter = '', path, digest = ''] = splitShellWords(line);
    const type = FILE_TYPES[letter];
    if (type !== undefined && path !== undefined) known.set(path, [type, digest]);
  }
  const entries: ManifestEntry[] = [];
  let left = MAX_FILES;
  const visit = (dir: string, prefix: string, above: FileType | null): void => {
    for (const entry of entriesOf(dir)) {
      // Directories count, too: they may hold nothing but directories.
      if (left-- <= 0) return;
      const path = prefix + entry.name;
      const [type, digest] = known.get(path) ?? [above ?? 'g', ''];
      if (entry.isDirectory()) {
        const below = known.get(path)?.[0] ?? known.get(`${path}/`)?.[0] ?? above;
        if (entry.name !== '.guild') visit(join(dir, entry.name), `${path}/`, below);
        else if (prefix === '') visit(join(dir, '.guild', 'sourcecode'), '.guild/sourcecode/', 's');
      } else if (entry.isFile() || isFileLink(join(dir, entry.name))) {
        entries.push([type, digest, path]);
      }
    }
  };
  visit(runDir, '', null);
  return entries.sort(([, , a], [, , b]) => (a < b ? -1 : 1));
}

function isFileLink(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function entriesOf(dir: string): readonly Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}
