import { existsSync } from 'node:fs';
import { AwaitedDirectory } from '../base/await-directory.ts';
import { describeError } from '../base/errors.ts';
import { Emitter, type Disposable } from '../base/events.ts';
import { EDITOR_SLICE_MS, Pace } from '../base/pace.ts';
import type { RunInfo } from '../run/types.ts';
import { compareNewestFirst } from '../status/run-info.ts';
import { ActiveRuns } from './active-runs.ts';
import { StoreWatcher } from './watch.ts';

/** What changed in a store. */
export interface StoreChange {
  /** Rows that are new or differ. */
  readonly changed: readonly RunInfo[];
  /** Ids of runs that are gone. */
  readonly removed: readonly string[];
  /** It is the first sight of the store: look at all of it. */
  readonly first: boolean;
}

/** Options of a {@link FollowedStore}. */
export interface FollowedStoreOptions {
  readonly runsDir: string;
  /** Time between the slow looks at the whole store. Milliseconds; default 15 s. */
  readonly pollMs?: number;
  readonly log?: (message: string) => void;
}

/** What is watched besides the directory of the runs. */
interface WatchedRuns {
  /** Directory below the meta directory of a run that changes with it; both are watched. */
  readonly part: string;
  /** How many of the newest runs are watched although nothing works on them. */
  readonly newest: number;
}

/** Changes within this time make one event. Milliseconds. */
const COALESCE_MS = 100;
/** An active run may die without a trace on disk: look at its process this often. Milliseconds. */
const ACTIVE_POLL_MS = 3_000;
/** A new watch has begun by then. Milliseconds. */
const WATCH_BEGINS_MS = 500;
/** So many runs are watched one by one. Others are polled. */
const MAX_WATCHED = 200;

/**
 * A directory of runs kept up to date in memory: loaded in time slices, then following a flat
 * watch, with a slow poll as the net. The rows are all runs of all containers. What kind of runs
 * they are, and how they are read, a subclass knows.
 */
export abstract class FollowedStore implements Disposable {
  readonly runsDir: string;
  readonly #options: FollowedStoreOptions;
  readonly #newest: number;
  readonly #changes = new Emitter<StoreChange>();
  readonly #watcher: StoreWatcher;
  #awaited: AwaitedDirectory | null = null;
  readonly #abort = new AbortController();
  readonly #runs = new Map<string, RunInfo>();
  readonly #dirty = new Set<string>();
  readonly #active = new ActiveRuns();
  readonly #lateLooks = new Set<NodeJS.Timeout>();
  #flushTimer: NodeJS.Timeout | null = null;
  #pollTimer: NodeJS.Timeout | null = null;
  #activeTimer: NodeJS.Timeout | null = null;
  #loading: Promise<void> | null = null;
  #turn: Promise<void> = Promise.resolve();
  #loaded = false;

  protected constructor(options: FollowedStoreOptions, watched: WatchedRuns) {
    this.runsDir = options.runsDir;
    this.#options = options;
    this.#newest = watched.newest;
    this.#watcher = new StoreWatcher(
      options.runsDir,
      watched.part,
      (names) => this.#onNames(names),
      (error) => this.log(`Watching ${options.runsDir} failed: ${describeError(error)}`),
    );
  }

  /** The run that an entry of the directory belongs to, or null. */
  protected abstract idOf(entry: string): string | null;

  /** Reads all runs, by id. Rejects when they cannot be listed, and as `pace` does. */
  protected abstract scan(pace: Pace): Promise<ReadonlyMap<string, RunInfo>>;

  /** Reads these runs anew, by id: null for one that is gone. Other runs may differ with them. */
  protected abstract read(
    ids: readonly string[],
    pace: Pace,
  ): Promise<ReadonlyMap<string, RunInfo | null>>;

  /** Rows of an earlier session, to show before the first scan; null when there are none. */
  protected remembered(): Promise<ReadonlyMap<string, RunInfo> | null> {
    return Promise.resolve(null);
  }

  /** All rows by run id, of all containers. */
  get runs(): ReadonlyMap<string, RunInfo> {
    return this.#runs;
  }

  /** True once the whole store has been read. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** Tells of changes, at most one event per 100 ms. */
  readonly onDidChange = this.#changes.event;

  /**
   * Reads the store, tells of everything the first time, and keeps up with it from then on. Calls
   * during a load share it. Rejects when the store cannot be listed.
   */
  async load(): Promise<void> {
    this.#loading ??= this.#inTurn(() => this.#load()).finally(() => {
      this.#loading = null;
    });
    await this.#loading;
  }

  /** Looks at these runs, or at the whole store, now; fires when something changed. */
  async refresh(ids?: readonly string[]): Promise<void> {
    if (ids === undefined || !this.#loaded) {
      await this.load();
      return;
    }
    for (const id of ids) this.#dirty.add(id);
    await this.#inTurn(() => this.#flush());
  }

  /** Turns the slow poll on or off: nobody needs it while no view is visible. */
  setPolling(on: boolean): void {
    if (this.#pollTimer !== null) clearInterval(this.#pollTimer);
    this.#pollTimer = null;
    if (!on || this.#abort.signal.aborted) return;
    this.#pollTimer = setInterval(() => {
      this.#background(this.load());
    }, this.#options.pollMs ?? 15_000);
    this.#pollTimer.unref();
  }

  dispose(): void {
    this.#abort.abort();
    this.setPolling(false);
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    if (this.#activeTimer !== null) clearInterval(this.#activeTimer);
    for (const timer of this.#lateLooks) clearTimeout(timer);
    this.#awaited?.dispose();
    this.#watcher.dispose();
    this.#changes.dispose();
  }

  protected log(message: string): void {
    this.#options.log?.(message);
  }

  /** Reads of the store never overlap: a slow one must not overwrite what a later one found. */
  #inTurn(read: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(read);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #load(): Promise<void> {
    if (!this.#loaded) {
      // What is remembered shows at once; the files correct it a moment later.
      const rows = await this.remembered();
      if (rows !== null) this.#showAll(rows);
    }
    await this.#scan();
    // Views show the first scan at once; what changed before the watch began is found now.
    if (await this.#watcher.start()) {
      await this.#scan();
      this.#follow();
    }
    this.#awaitStore();
  }

  async #scan(): Promise<void> {
    this.#showAll(await this.scan(new Pace(this.#abort.signal, EDITOR_SLICE_MS)));
  }

  /** A store is made by its first run, which may come from a terminal. */
  #awaitStore(): void {
    if (existsSync(this.runsDir)) {
      this.#awaited?.dispose();
      this.#awaited = null;
    } else if (!this.#abort.signal.aborted) {
      this.#awaited ??= new AwaitedDirectory(this.runsDir, () => {
        this.#background(this.load());
      });
    }
  }

  #onNames(names: readonly string[]): void {
    this.#markDirty(names.map((name) => this.idOf(name)).filter((id) => id !== null));
  }

  #markDirty(ids: readonly string[]): void {
    for (const id of ids) this.#dirty.add(id);
    if (this.#dirty.size === 0 || this.#flushTimer !== null || this.#abort.signal.aborted) return;
    this.#flushTimer = setTimeout(() => {
      this.#flushTimer = null;
      this.#background(this.#loaded ? this.#inTurn(() => this.#flush()) : this.load());
    }, COALESCE_MS);
  }

  async #flush(): Promise<void> {
    const ids = [...this.#dirty];
    this.#dirty.clear();
    if (this.#abort.signal.aborted || ids.length === 0) return;
    this.#show(await this.read(ids, new Pace(undefined, EDITOR_SLICE_MS)), false);
  }

  #showAll(rows: ReadonlyMap<string, RunInfo>): void {
    const first = !this.#loaded;
    this.#loaded = true;
    const gone = [...this.#runs.keys()].filter((id) => !rows.has(id));
    this.#show([...gone.map((id) => [id, null] as const), ...rows], first);
  }

  /** Takes rows over, and tells in what they differ. */
  #show(rows: Iterable<readonly [id: string, row: RunInfo | null]>, first: boolean): void {
    const changed: RunInfo[] = [];
    const removed: string[] = [];
    for (const [id, row] of rows) {
      if (row === null) {
        this.#active.remove(id);
        if (this.#runs.delete(id)) removed.push(id);
      } else if (!isSame(this.#runs.get(id), row)) {
        this.#active.put(row);
        this.#runs.set(id, row);
        changed.push(row);
      }
    }
    if (!first && changed.length === 0 && removed.length === 0) return;
    this.#follow();
    this.#changes.fire({ changed, removed, first });
  }

  #follow(): void {
    if (this.#abort.signal.aborted) return;
    this.#watch();
    if (this.#active.size === 0) {
      if (this.#activeTimer !== null) clearInterval(this.#activeTimer);
      this.#activeTimer = null;
    } else if (this.#activeTimer === null) {
      this.#activeTimer = setInterval(() => this.#markDirty(this.#active.turn()), ACTIVE_POLL_MS);
      this.#activeTimer.unref();
    }
  }

  #watch(): void {
    const wanted = new Set([...this.#active.inOrder(), ...this.#newestRuns()]);
    const added = this.#watcher.setRuns([...wanted].slice(0, MAX_WATCHED));
    if (added.length === 0) return;
    // A watch takes a moment to begin: what changes until then is found by a look afterwards.
    const timer = setTimeout(() => {
      this.#lateLooks.delete(timer);
      this.#markDirty(added);
    }, WATCH_BEGINS_MS);
    this.#lateLooks.add(timer);
  }

  #newestRuns(): readonly RunInfo[] {
    if (this.#newest === 0) return [];
    return [...this.#runs.values()]
      .filter(({ container }) => container === 'active')
      .sort(compareNewestFirst)
      .slice(0, this.#newest);
  }

  #background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (this.#abort.signal.aborted) return;
      this.log(`Reading ${this.runsDir} failed: ${describeError(error)}`);
    });
  }
}

function isSame(a: RunInfo | undefined, b: RunInfo): boolean {
  return a === b || (a !== undefined && JSON.stringify(a) === JSON.stringify(b));
}
