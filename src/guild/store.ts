import { describeError } from '../core/base/errors.ts';
import { Emitter, type Disposable } from '../core/base/events.ts';
import { encodeLine } from '../core/data/json.ts';
import { TRASH } from '../core/run/containers.ts';
import type { RunInfo } from '../core/run/types.ts';
import { compareNewestFirst } from '../core/status/run-info.ts';
import { isFinal } from '../core/status/status.ts';
import type { StoreChange } from '../core/store/store.ts';
import { StoreWatcher } from '../core/store/watch.ts';
import { readGuildRun, type GuildRun } from './run-info.ts';
import { guildRows, scanGuildRuns } from './scan.ts';

/** Options of {@link GuildStore}. */
export interface GuildStoreOptions {
  /** `<home>/runs`. */
  readonly runsDir: string;
  /** Time between the slow looks at the whole home. Milliseconds; default 15 s. */
  readonly pollMs?: number;
  readonly log?: (message: string) => void;
}

/** Changes within this time make one event. Milliseconds. */
const COALESCE_MS = 100;
/** A run may die without a trace on disk: look at its process this often. Milliseconds. */
const ACTIVE_POLL_MS = 3_000;
/** A new watch has begun by then. Milliseconds. */
const WATCH_BEGINS_MS = 500;
/** Runs that are watched one by one: those that may change, and the newest. Others are polled. */
const MAX_WATCHED = 100;
/** Guild changes markers in the one and attributes in the other (guild-format.md 6.1). */
const WATCHED_PARTS = ['.guild', '.guild/attrs'];

/**
 * A Guild home kept up to date in memory, in the manner of `RunStore`: read in time slices, then
 * following a flat watch, with a slow poll as the net. It never writes there.
 */
export class GuildStore implements Disposable {
  readonly runsDir: string;
  readonly #options: GuildStoreOptions;
  readonly #changes = new Emitter<StoreChange>();
  readonly #watcher: StoreWatcher;
  readonly #abort = new AbortController();
  readonly #dirty = new Set<string>();
  #read: Map<string, GuildRun> = new Map();
  #rows: Map<string, RunInfo> = new Map();
  #newest: readonly string[] = [];
  #watched: ReadonlySet<string> = new Set();
  readonly #lateLooks = new Set<NodeJS.Timeout>();
  #loaded = false;
  #watching = false;
  #loading: Promise<void> | null = null;
  #turn: Promise<void> = Promise.resolve();
  #flushTimer: NodeJS.Timeout | null = null;
  #pollTimer: NodeJS.Timeout | null = null;
  #activeTimer: NodeJS.Timeout | null = null;

  constructor(options: GuildStoreOptions) {
    this.runsDir = options.runsDir;
    this.#options = options;
    this.#watcher = new StoreWatcher(
      options.runsDir,
      (names) => this.#markDirty(names),
      (error) => this.#log(`Watching ${options.runsDir} failed: ${describeError(error)}`),
      WATCHED_PARTS,
    );
  }

  /** All rows by run id, deleted runs too. */
  get runs(): ReadonlyMap<string, RunInfo> {
    return this.#rows;
  }

  /** True once the whole home has been read. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** Tells of changes, at most one event per 100 ms. */
  readonly onDidChange = this.#changes.event;

  /**
   * Reads the home, fires one `reset` the first time, and keeps up with it from then on. Calls
   * during a load share it. Rejects when the home cannot be listed.
   */
  async load(): Promise<void> {
    this.#loading ??= this.#inTurn(() => this.#load()).finally(() => {
      this.#loading = null;
    });
    await this.#loading;
  }

  /** Looks at these runs, or at the whole home, now; fires when something changed. */
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
    this.#watcher.dispose();
    this.#changes.dispose();
  }

  async #load(): Promise<void> {
    await this.#scan();
    // What changed before the watch began is found now.
    if (!(await this.#watcher.start())) return;
    this.#watching = true;
    await this.#scan();
  }

  async #scan(): Promise<void> {
    this.#read = await scanGuildRuns(this.runsDir, this.#abort.signal);
    const reset = !this.#loaded;
    this.#loaded = true;
    this.#show(reset);
  }

  /** Reads of the home never overlap: a slow one must not overwrite what a later one found. */
  #inTurn(read: () => Promise<void> | void): Promise<void> {
    const turn = this.#turn.then(read);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #flush(): void {
    const ids = [...this.#dirty];
    this.#dirty.clear();
    if (this.#abort.signal.aborted || ids.length === 0) return;
    const changed: RunInfo[] = [];
    let rolesChanged = false;
    for (const id of ids) {
      const before = this.#read.get(id);
      const run = this.#readOne(id);
      if (run === null) {
        rolesChanged ||= this.#read.delete(id);
        continue;
      }
      this.#read.set(id, run);
      const isTrial = this.#rows.get(id)?.batch?.role === 'trial';
      const isOther = before === undefined || rolesOf(before, isTrial) !== rolesOf(run, isTrial);
      if (isOther) rolesChanged = true;
      else changed.push(this.#withRole(run.info));
    }
    if (!rolesChanged) {
      this.#put(changed);
      return;
    }
    // A new run may be a trial: its batch has the link before the run is there.
    for (const id of this.#live()) {
      const batch = this.#rows.get(id)?.batch?.role === 'batch' ? this.#readOne(id) : null;
      if (batch !== null) this.#read.set(id, batch);
    }
    this.#show(false);
  }

  #readOne(id: string): GuildRun | null {
    return readGuildRun(this.runsDir, id) ?? readGuildRun(this.runsDir, id, TRASH);
  }

  /** A row with what the run is in a batch, which is as it was. */
  #withRole(info: RunInfo): RunInfo {
    return { ...info, batch: this.#rows.get(info.id)?.batch ?? null };
  }

  #put(rows: readonly RunInfo[]): void {
    const changed = rows.filter((row) => !isSame(this.#rows.get(row.id), row));
    for (const row of changed) this.#rows.set(row.id, row);
    if (changed.length === 0) return;
    this.#follow();
    this.#changes.fire({ changed, removed: [], reset: false });
  }

  /** Makes all rows anew and tells in what they differ. */
  #show(reset: boolean): void {
    const before = this.#rows;
    const rows = new Map<string, RunInfo>();
    const changed: RunInfo[] = [];
    for (const [id, row] of guildRows(this.#read)) {
      const known = before.get(id);
      const same = known !== undefined && isSame(known, row);
      rows.set(id, same ? known : row);
      if (!same) changed.push(row);
    }
    const removed = [...before.keys()].filter((id) => !rows.has(id));
    this.#rows = rows;
    this.#newest = [...rows.values()]
      .filter(({ container }) => container === 'active')
      .sort(compareNewestFirst)
      .slice(0, MAX_WATCHED)
      .map(({ id }) => id);
    this.#follow();
    if (reset || changed.length > 0 || removed.length > 0) {
      this.#changes.fire({ changed, removed, reset });
    }
  }

  #follow(): void {
    const live = this.#live();
    if (this.#watching) this.#watch([...new Set([...live, ...this.#newest])]);
    if (live.length === 0) {
      if (this.#activeTimer !== null) clearInterval(this.#activeTimer);
      this.#activeTimer = null;
    } else if (this.#activeTimer === null && !this.#abort.signal.aborted) {
      this.#activeTimer = setInterval(() => this.#markDirty(this.#live()), ACTIVE_POLL_MS);
      this.#activeTimer.unref();
    }
  }

  #watch(ids: readonly string[]): void {
    const before = this.#watched;
    this.#watched = new Set(ids.slice(0, MAX_WATCHED));
    this.#watcher.setActive([...this.#watched]);
    const added = [...this.#watched].filter((id) => !before.has(id));
    if (added.length === 0) return;
    // A watch takes a moment to begin: what changes until then is found by a look afterwards.
    const timer = setTimeout(() => {
      this.#lateLooks.delete(timer);
      this.#markDirty(added);
    }, WATCH_BEGINS_MS);
    this.#lateLooks.add(timer);
  }

  /** Runs that may change although nobody touches the directory of the runs. */
  #live(): readonly string[] {
    return [...this.#rows.values()]
      .filter(({ container, status }) => container === 'active' && mayChange(status))
      .map(({ id }) => id)
      .slice(0, MAX_WATCHED);
  }

  #markDirty(names: readonly string[]): void {
    for (const name of names) if (!name.startsWith('.')) this.#dirty.add(name);
    if (this.#dirty.size === 0 || this.#flushTimer !== null || this.#abort.signal.aborted) return;
    this.#flushTimer = setTimeout(() => {
      this.#flushTimer = null;
      this.#background(this.#loaded ? this.#inTurn(() => this.#flush()) : this.load());
    }, COALESCE_MS);
  }

  #background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (this.#abort.signal.aborted) return;
      this.#log(`Reading ${this.runsDir} failed: ${describeError(error)}`);
    });
  }

  #log(message: string): void {
    this.#options.log?.(message);
  }
}

/** What decides which run is a trial of which batch, and how it differs from the others. */
function rolesOf({ info, flags, links }: GuildRun, isTrial: boolean): string {
  const values = isTrial ? encodeLine(flags()) : '';
  return JSON.stringify([info.container, info.batch, values, links]);
}

function mayChange(status: RunInfo['status']): boolean {
  return !isFinal(status) && status !== 'staged' && status !== 'unreadable';
}

function isSame(a: RunInfo | undefined, b: RunInfo): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}
