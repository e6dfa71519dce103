import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RunyardError, wrongStatus } from '../core/base/errors.ts';
import { EDITOR_SLICE_MS, Pace } from '../core/base/pace.ts';
import { isOurs, requireMayExecute } from '../core/origin/run-origin.ts';
import type { ProcessIdentity } from '../core/process/identity.ts';
import { readUserAttributes } from '../core/run/attributes.ts';
import { ACTIVE, containerOf } from '../core/run/containers.ts';
import { pokeRun } from '../core/run/run.ts';
import type { Run, RunInfo } from '../core/run/types.ts';
import { queueTakenPath } from '../core/status/marks.ts';
import { parseMetaName, readDirInfo } from '../core/status/run-info.ts';
import { isFinal } from '../core/status/status.ts';
import { recordEnv } from './env.ts';
import {
  MAX_SLOTS,
  QueueReader,
  readEntry,
  removeEntry,
  removeFailed,
  writeEntry,
  writeSettings,
  type EntryFile,
  type QueueFiles,
  type QueueSettings,
} from './files.ts';
import { leaderOf } from './leader.ts';
import { blockedReason, resourcesOfTags, slotTags } from './slots.ts';

/** A run that waits in the queue. */
export interface QueueEntry {
  readonly id: string;
  /** The greatest goes first; 0 when nobody said otherwise. */
  readonly priority: number;
  /** What its slot must have. */
  readonly resources: readonly string[];
  /** When it was queued, epoch milliseconds. */
  readonly sinceMs: number;
  /** Who queued it: `runyard queue`, `VS Code`. */
  readonly by: string;
  /** Why it can never start with the slots as they are; null when it can. */
  readonly blocked: string | null;
}

/** A run of the queue that runs, or is being started. */
interface QueueRunning {
  readonly id: string;
  /** From 1. May be greater than the number of slots, when that was lowered meanwhile. */
  readonly slot: number;
}

/** A run that left the queue because it could not be started. It is staged still. */
export interface QueueFailure {
  readonly id: string;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly timeMs: number;
}

/** A run that somebody else has put into the queue: nothing is started for it. */
export interface QueueForeign {
  readonly id: string;
  readonly reason: string;
}

/** The queue of a store. */
export interface QueueState extends QueueSettings {
  /** In the order in which they start. */
  readonly entries: readonly QueueEntry[];
  readonly running: readonly QueueRunning[];
  readonly failed: readonly QueueFailure[];
  readonly foreign: readonly QueueForeign[];
  /** The process that works on the queue now; null when there is none. */
  readonly runner: ProcessIdentity | null;
}

/** Options of {@link enqueue}. */
export interface EnqueueOptions {
  /** Default 0, or what it was. */
  readonly priority?: number;
  /** Default: what tags of the run ask for (`gpu:0`, `resource:NAME`), or what it was. */
  readonly resources?: readonly string[];
  /** Who asks, for people who look. */
  readonly by?: string;
}

type QueueRun = Pick<Run, 'runsDir' | 'id' | 'metaPath'>;

/**
 * Puts a staged run into the queue of its store, or changes its priority or resources when it
 * waits there already. Nothing is started by this: see `ensureQueueRunner`. Which interpreter and
 * libraries it means is decided now, by the environment of whoever queues it first.
 * Throws `wrong-status` for a run that is not staged, `no-run` when it is gone, `foreign` for one
 * that came from somebody else, `bad-request` for a priority that is no whole number.
 */
export function enqueue(run: QueueRun, options: EnqueueOptions = {}): void {
  const { runsDir, id } = run;
  if (options.priority !== undefined && !Number.isSafeInteger(options.priority)) {
    const text = String(options.priority);
    throw new RunyardError('bad-request', `A priority is a whole number, not ${text}`);
  }
  const info = infoOf(runsDir, id);
  if (info?.container !== ACTIVE) {
    throw new RunyardError('no-run', `There is no run ${id} in ${runsDir}`);
  }
  if (existsSync(queueTakenPath(run))) throw wrongStatus(id, 'running');
  if (info.status !== 'staged' && info.status !== 'queued') throw wrongStatus(id, info.status);
  requireMayExecute(info);
  const before = readEntry(runsDir, id);
  const { staged, initialized } = info.timestampsUs;
  writeEntry(runsDir, id, {
    version: 1,
    priority: options.priority ?? before?.priority ?? 0,
    resources: [...(options.resources ?? before?.resources ?? wantedByTags(runsDir, id))],
    stagedUs: staged ?? initialized ?? 0,
    sinceMs: before?.sinceMs ?? Date.now(),
    by: options.by ?? before?.by ?? 'runyard',
    env: before === null ? recordEnv() : before.env,
  });
  removeFailed(runsDir, id);
  pokeRun(run);
}

/**
 * Takes a run out of the queue: it is staged again. Also forgets why it could not be started.
 * @returns false when it was not in the queue, or the queue has started it already.
 */
export function dequeue(run: QueueRun): boolean {
  const waited = removeEntry(run.runsDir, run.id);
  const failed = removeFailed(run.runsDir, run.id);
  if (waited) pokeRun(run);
  return waited || failed;
}

/**
 * Changes what is given. Throws `bad-request` for slots that are no whole number from 1 to 1000.
 */
export function setQueue(runsDir: string, settings: Partial<QueueSettings>): void {
  const { slots } = settings;
  if (slots !== undefined && (!Number.isSafeInteger(slots) || slots < 1 || slots > MAX_SLOTS)) {
    const range = `at least one slot and at most ${String(MAX_SLOTS)}`;
    throw new RunyardError('bad-request', `A queue needs ${range}, not ${String(slots)}`, {
      hint: 'Pause the queue to start nothing.',
    });
  }
  writeSettings(runsDir, settings);
}

/** The queue of a store as it is now, whether or not somebody works on it. */
export async function listQueue(runsDir: string): Promise<QueueState> {
  const pace = new Pace(undefined, EDITOR_SLICE_MS);
  const files = await new QueueReader(runsDir).readInSlices(pace);
  const seen = new Map<string, Standing>();
  for (const map of [files.waiting, files.foreign, files.failed]) {
    for (const id of map.keys()) {
      if (pace.due()) await pace.rest();
      seen.set(id, standingOf(runsDir, id));
    }
  }
  return stateOf(runsDir, files, (id) => seen.get(id) ?? 'gone');
}

/** Ids of waiting runs in the order in which they start: priority, then time of staging. */
export function startOrder(
  waiting: ReadonlyMap<string, Pick<EntryFile, 'priority' | 'stagedUs'>>,
): readonly string[] {
  const order = [...waiting].sort(
    ([idA, a], [idB, b]) =>
      b.priority - a.priority || a.stagedUs - b.stagedUs || (idA < idB ? -1 : 1),
  );
  return order.map(([id]) => id);
}

/** True when a process has something to do for the queue. */
export function hasWork(state: Pick<QueueState, 'entries' | 'running' | 'paused'>): boolean {
  if (state.running.length > 0) return true;
  return !state.paused && state.entries.some(({ blocked }) => blocked === null);
}

/** Whether a run can be in the queue: it is there, staged, and not started. */
export function mayWait(runsDir: string, id: string): boolean {
  const meta = join(runsDir, `${id}.meta`);
  const has = (name: string): boolean => existsSync(join(meta, name));
  if (!has('staged') || has('proc/exit') || containerOf(runsDir, id) !== ACTIVE) return false;
  if (!has('started')) return true;
  // Gage may have left a start that came to nothing.
  const status = infoOf(runsDir, id)?.status;
  return status === 'staged' || status === 'queued' || status === 'pending';
}

/** What the queue may do with a run: `foreign` ones were put here by somebody else, or changed. */
export type Standing = 'gone' | 'ours' | 'foreign';

/** Whether a run can be in the queue, and be started by it. */
export function standingOf(runsDir: string, id: string): Standing {
  if (!mayWait(runsDir, id)) return 'gone';
  return isOurs({ runsDir, id, metaPath: join(runsDir, `${id}.meta`) }) ? 'ours' : 'foreign';
}

/** Row of a run that is kept as a directory; null when it is gone. */
export function infoOf(runsDir: string, id: string): RunInfo | null {
  const name = parseMetaName(`${id}.meta`);
  return name === null ? null : readDirInfo(runsDir, name);
}

/** What the files of a queue mean. @param look what the queue may do with a run. */
export function stateOf(
  runsDir: string,
  files: QueueFiles,
  look: (id: string) => Standing = (id) => standingOf(runsDir, id),
): QueueState {
  const { waiting, foreign, taken, failed, settings } = files;
  const slots = slotTags(settings.slots, settings.resources);
  const entries = startOrder(waiting).flatMap((id): QueueEntry[] => {
    const entry = waiting.get(id);
    if (entry === undefined || look(id) !== 'ours') return [];
    const { priority, resources, sinceMs, by } = entry;
    return [{ id, priority, resources, sinceMs, by, blocked: blockedReason(slots, resources) }];
  });
  const running = [...taken].flatMap(([id, { slot }]): QueueRunning[] => {
    const info = waiting.has(id) ? null : infoOf(runsDir, id);
    return info === null || isFinal(info.status) ? [] : [{ id, slot }];
  });
  return {
    ...settings,
    entries,
    running: running.sort((a, b) => a.slot - b.slot),
    failed: [...failed]
      .filter(([id]) => look(id) !== 'gone')
      .map(([id, { reason, timeMs }]) => ({ id, reason, timeMs })),
    foreign: [
      ...startOrder(foreign)
        .filter((id) => look(id) !== 'gone')
        .map((id) => ({ id, reason: NOT_QUEUED_BY_YOU })),
      ...startOrder(waiting)
        .filter((id) => look(id) === 'foreign')
        .map((id) => ({ id, reason: RUN_IS_FOREIGN })),
    ],
    runner: leaderOf(runsDir),
  };
}

const NOT_QUEUED_BY_YOU = 'It was not put into the queue by you on this machine';
/** Of a run whose entry is ours. */
export const RUN_IS_FOREIGN = 'The run was not put here by you, or was changed since';

function wantedByTags(runsDir: string, id: string): readonly string[] {
  const { tags } = readUserAttributes(runsDir, id).attributes;
  return resourcesOfTags(
    Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : [],
  );
}
