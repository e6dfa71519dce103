import {
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { writeFileAtomic } from '../core/base/atomic.ts';
import { hasErrno } from '../core/base/errors.ts';
import { makeOwnDir, requireOwnDir } from '../core/base/own-dir.ts';
import type { Pace } from '../core/base/pace.ts';
import { readJsonFile } from '../core/data/json-file.ts';
import { isStamp, stampOf } from '../core/origin/stamp.ts';
import { isRunId } from '../core/run/names.ts';
import { queueDir, queueEntryPath, queueTakenPath } from '../core/status/marks.ts';
import { RecordedEnvSchema } from './env.ts';

/**
 * The files of a store's queue, `<store>/.runyard/queue/` (design.md 4). All lie in one
 * directory, so that one flat watch sees every change:
 *
 * - `<id>.json`: the run waits. Whoever removes this file, and only that process, has taken the
 *   run out of the queue: that is how a person's "remove" and the queue's start exclude each other.
 * - `<id>.taken`: the queue starts the run or has started it, and it fills a slot until it ends.
 * - `<id>.failed`: it could not be started, and why.
 * - `<name>.setting`: one setting each, so that two writers never undo each other.
 *
 * Anybody who can write into the store can write these files. Entries carry a stamp (`stampOf`):
 * without it nothing is started for them. Settings have none: they only limit.
 */

const EntrySchema = z.object({
  version: z.literal(1),
  priority: z.int(),
  resources: z.array(z.string()),
  /** When the run was staged, epoch microseconds: the order of entries of the same priority. */
  stagedUs: z.int(),
  sinceMs: z.int(),
  by: z.string(),
  /** Of whoever queued it; null in an entry of an older version. */
  env: z._default(z.nullable(RecordedEnvSchema), null),
  /** Of whoever queued it; empty in an entry of an older version, and without a private key. */
  stamp: z._default(z.string(), ''),
});
export type EntryFile = z.infer<typeof EntrySchema>;

const TakenSchema = z.extend(EntrySchema, { slot: z.int() });
export type TakenFile = z.infer<typeof TakenSchema>;

const FailedSchema = z.object({ reason: z.string(), timeMs: z.int() });
export type FailedFile = z.infer<typeof FailedSchema>;

/** What a person may set; see `setQueue`. */
export interface QueueSettings {
  /** How many runs of the queue run at a time. */
  readonly slots: number;
  /** While paused no further run is started; running ones go on. */
  readonly paused: boolean;
  /** Start only while nothing runs in the store that the queue did not start. */
  readonly waitForRunning: boolean;
  /** What each slot has, by slot: `[['gpu:0'], ['gpu:1', 'ssd']]`. Further slots have nothing. */
  readonly resources: readonly (readonly string[])[];
}

const DEFAULT_SETTINGS: QueueSettings = {
  slots: 1,
  paused: false,
  waitForRunning: false,
  resources: [],
};

/** More slots than this are a mistake. */
export const MAX_SLOTS = 1000;

const SETTINGS = {
  slots: z.int().check(z.gte(1), z.lte(MAX_SLOTS)),
  paused: z.boolean(),
  waitForRunning: z.boolean(),
  resources: z.array(z.array(z.string())),
} as const;
type SettingName = keyof typeof SETTINGS;
const NAMES: readonly SettingName[] = ['slots', 'paused', 'waitForRunning', 'resources'];

/** True for a name in {@link queueDir} that says something about the queue. */
export function isQueueFile(name: string): boolean {
  return /^[^.].*\.(?:json|taken|failed|setting)$/.test(name);
}

/** Puts a run into the queue, or changes its entry, with our stamp. */
export function writeEntry(runsDir: string, id: string, entry: Omit<EntryFile, 'stamp'>): void {
  const dir = requireQueueDir(runsDir, true);
  const stamp = stampOf('queue', stampedParts(realpathSync(dir), id, entry)) ?? '';
  write(runsDir, `${id}.json`, { ...entry, stamp });
}

/** Our own entry of one run; null when it does not wait, or not by our hand. */
export function readEntry(runsDir: string, id: string): EntryFile | null {
  const entry = readStrangersEntry(runsDir, id);
  return entry !== null && isOwn(realpathSync(queueDir(runsDir)), id, entry) ? entry : null;
}

/** The entry of one run, whoever has put it here. */
export function readStrangersEntry(runsDir: string, id: string): EntryFile | null {
  return readJsonFile(queueEntryPath({ runsDir, id }), EntrySchema);
}

/** What a stamp holds for: the place of the entry and all that it says. */
function stampedParts(
  realDir: string,
  id: string,
  { priority, resources, stagedUs, sinceMs, by, env }: Omit<EntryFile, 'stamp'>,
): readonly unknown[] {
  const variables = Object.entries(env?.values ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return [realDir, id, priority, resources, stagedUs, sinceMs, by, env?.host ?? null, variables];
}

function isOwn(realDir: string, id: string, entry: EntryFile): boolean {
  return isStamp(entry.stamp, 'queue', stampedParts(realDir, id, entry));
}

/**
 * Takes a run out of the queue.
 * @returns false when it was not waiting, or another process took it at this instant.
 */
export function removeEntry(runsDir: string, id: string): boolean {
  requireQueueDir(runsDir);
  try {
    unlinkSync(queueEntryPath({ runsDir, id }));
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Puts a run back into the queue that was taken and not started, with the stamp that it had. */
export function writeBack(runsDir: string, id: string, taken: TakenFile): void {
  write(runsDir, `${id}.json`, EntrySchema.parse(taken));
}

/** Says that the run fills a slot. */
export function writeTaken(runsDir: string, id: string, taken: TakenFile): void {
  write(runsDir, `${id}.taken`, taken);
}

/** Gives the slot of a run back. */
export function removeTaken(runsDir: string, id: string): void {
  requireQueueDir(runsDir);
  rmSync(queueTakenPath({ runsDir, id }), { force: true });
}

/** Says why a run could not be started. */
export function writeFailed(runsDir: string, id: string, failed: FailedFile): void {
  write(runsDir, `${id}.failed`, failed);
}

/** @returns false when there was nothing to forget. */
export function removeFailed(runsDir: string, id: string): boolean {
  requireQueueDir(runsDir);
  try {
    unlinkSync(join(queueDir(runsDir), `${id}.failed`));
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Writes the settings that are given. The caller has checked them. */
export function writeSettings(runsDir: string, settings: Partial<QueueSettings>): void {
  for (const name of NAMES) {
    if (settings[name] !== undefined) write(runsDir, `${name}.setting`, settings[name]);
  }
}

/** Everything that the files say. */
export interface QueueFiles {
  /** Our own entries. */
  readonly waiting: ReadonlyMap<string, EntryFile>;
  /** Entries that somebody else has put here: nothing is started for them. */
  readonly foreign: ReadonlyMap<string, EntryFile>;
  /** Runs that our queue has taken. What somebody else says to be taken counts for nothing. */
  readonly taken: ReadonlyMap<string, TakenFile>;
  readonly failed: ReadonlyMap<string, FailedFile>;
  readonly settings: QueueSettings;
  /** Settings that somebody has set. */
  readonly set: ReadonlySet<string>;
}

interface Cached {
  readonly stamp: string;
  readonly data: unknown;
}

/** Reads the files of a queue, those that changed since the last time only. */
export class QueueReader {
  readonly #dir: string;
  #cache = new Map<string, Cached>();

  constructor(runsDir: string) {
    this.#dir = queueDir(runsDir);
  }

  /**
   * What the files say now. An entry that cannot be understood counts as failed, any other such
   * file as if it had no content, or were not there. Throws for a setting that this user may not read.
   */
  read(): QueueFiles {
    const cache = new Map<string, Cached>();
    for (const name of this.#names()) this.#keep(cache, name);
    return this.#understand(cache);
  }

  /** The same for a window, which must not stand still. */
  async readInSlices(pace: Pace): Promise<QueueFiles> {
    const cache = new Map<string, Cached>();
    for (const name of this.#names()) {
      if (pace.due()) await pace.rest();
      this.#keep(cache, name);
    }
    return this.#understand(cache);
  }

  #keep(cache: Map<string, Cached>, name: string): void {
    const file = this.#file(name);
    if (file !== null) cache.set(name, file);
  }

  #understand(cache: Map<string, Cached>): QueueFiles {
    this.#cache = cache;
    const waiting = new Map<string, EntryFile>();
    const foreign = new Map<string, EntryFile>();
    const taken = new Map<string, TakenFile>();
    const failed = new Map<string, FailedFile>();
    const set = new Set<string>();
    const realDir = cache.size === 0 ? '' : realpathSync(this.#dir);
    for (const [name, { data }] of cache) {
      const id = name.slice(0, name.lastIndexOf('.'));
      if (!isRunId(id)) continue;
      if (name.endsWith('.json')) {
        const entry = parse(EntrySchema, data, null);
        if (entry === null) failed.set(id, BAD_ENTRY);
        else (isOwn(realDir, id, entry) ? waiting : foreign).set(id, entry);
      } else if (name.endsWith('.taken')) {
        const entry = parse(TakenSchema, data, null);
        if (entry !== null && isOwn(realDir, id, entry)) taken.set(id, entry);
      } else if (name.endsWith('.failed')) failed.set(id, parse(FailedSchema, data, NO_REASON));
      else set.add(id);
    }
    const setting = <N extends SettingName>(name: N): QueueSettings[N] =>
      parse<unknown>(
        SETTINGS[name],
        cache.get(`${name}.setting`)?.data,
        DEFAULT_SETTINGS[name],
      ) as QueueSettings[N];
    return {
      waiting,
      foreign,
      taken,
      failed,
      settings: {
        slots: setting('slots'),
        paused: setting('paused'),
        waitForRunning: setting('waitForRunning'),
        resources: setting('resources'),
      },
      set,
    };
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#dir).filter(isQueueFile);
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return [];
      throw error;
    }
  }

  /** Null when the file is gone. A rewritten file is another inode. */
  #file(name: string): Cached | null {
    const path = join(this.#dir, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return null;
    const stamp = `${String(stat.ino)}:${String(stat.mtimeMs)}`;
    const known = this.#cache.get(name);
    if (known?.stamp === stamp) return known;
    try {
      const data = readJsonFile(path, z.unknown());
      // Gone since we looked, or not JSON.
      return data === null && !existsSync(path) ? null : { stamp, data };
    } catch (error) {
      // A pause that we cannot read may be one; of another's entry only that run is concerned.
      if (name.endsWith('.setting')) throw error;
      return { stamp, data: null };
    }
  }
}

const NO_REASON: FailedFile = { reason: 'The reason cannot be read', timeMs: 0 };
const BAD_ENTRY: FailedFile = {
  reason: 'Its entry cannot be read: remove it and add it again',
  timeMs: 0,
};

function parse<T, F = T>(schema: z.ZodMiniType<T>, data: unknown, fallback: F): T | F {
  const parsed = schema.safeParse(data);
  return parsed.success ? parsed.data : fallback;
}

function write(runsDir: string, name: string, content: unknown): void {
  const dir = requireQueueDir(runsDir, true);
  writeFileAtomic(join(dir, name), `${JSON.stringify(content)}\n`);
}

/** Throws `unsafe-path` where a part of the directory is a link. @param make makes it. */
function requireQueueDir(runsDir: string, make = false): string {
  if (!make) return requireOwnDir(runsDir, '.runyard', 'queue');
  mkdirSync(runsDir, { recursive: true });
  return makeOwnDir(runsDir, '.runyard', 'queue');
}
