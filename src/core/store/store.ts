import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AwaitedDirectory } from '../base/await-directory.ts';
import { describeError } from '../base/errors.ts';
import { Emitter, type Disposable } from '../base/events.ts';
import type { RunInfo } from '../run/types.ts';
import type { MetaName } from '../status/run-info.ts';
import { ActiveRuns } from './active-runs.ts';
import { openIndexCache, type CachedRow, type IndexCache } from './index-cache.ts';
import { metaNamesOf } from './read.ts';
import { isSettled, isCacheable, listStore, readMeta, scanStore, signatureOf } from './scan.ts';
import { StoreWatcher } from './watch.ts';

/** What changed in a store. */
export interface StoreChange {
  /** Rows that are new or differ. */
  readonly changed: readonly RunInfo[];
  /** Ids of runs that are gone. */
  readonly removed: readonly string[];
  /** Everything was read anew: look at the whole store. */
  readonly reset: boolean;
}

/** Options of {@link RunStore}. */
export interface RunStoreOptions {
  readonly runsDir: string;
  /** Where rows are remembered between sessions; none when absent. */
  readonly cacheFile?: string;
  /** Time between the slow looks at the whole store. Milliseconds; default 15 s. */
  readonly pollMs?: number;
  readonly log?: (message: string) => void;
}

/** Changes within this time make one event. Milliseconds. */
const COALESCE_MS = 100;

/** An active run may die without a trace on disk: look at its process this often. Milliseconds. */
const ACTIVE_POLL_MS = 3_000;

/**
 * A store kept up to date in memory: loaded in time slices, then following the flat watch, with
 * a slow poll as the net. The rows are all runs of all containers.
 */
export class RunStore implements Disposable {
  readonly runsDir: string;
  readonly #options: RunStoreOptions;
  readonly #changes = new Emitter<StoreChange>();
  readonly #watcher: StoreWatcher;
  #awaited: AwaitedDirectory | null = null;
  readonly #abort = new AbortController();
  readonly #known = new Map<string, CachedRow>();
  readonly #runs = new Map<string, RunInfo>();
  readonly #idOfMeta = new Map<string, string>();
  readonly #dirty = new Set<string>();
  readonly #active = new ActiveRuns();
  #cache: IndexCache | null = null;
  #unsaved = new Map<string, CachedRow>();
  #flushTimer: NodeJS.Timeout | null = null;
  #pollTimer: NodeJS.Timeout | null = null;
  #activeTimer: NodeJS.Timeout | null = null;
  #loading: Promise<void> | null = null;
  #turn: Promise<void> = Promise.resolve();
  #loaded = false;

  constructor(options: RunStoreOptions) {
    this.runsDir = options.runsDir;
    this.#options = options;
    this.#watcher = new StoreWatcher(
      options.runsDir,
      (names) => {
        this.#markDirty(names);
      },
      (error) => {
        this.#log(`Watching ${options.runsDir} failed: ${describeError(error)}`);
      },
    );
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
   * Reads the store, fires one `reset`, and keeps up with it from then on. Calls during a load
   * share it. Rejects when the store cannot be listed.
   */
  async load(): Promise<void> {
    this.#loading ??= this.#inTurn(() => this.#load()).finally(() => {
      this.#loading = null;
    });
    await this.#loading;
  }

  /** Reads of the store never overlap: a slow one must not overwrite what a later one found. */
  #inTurn(read: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(read);
    this.#turn = turn.catch(() => undefined);
    return turn;
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
    const every = this.#options.pollMs ?? 15_000;
    this.#pollTimer = setInterval(() => {
      this.#background(this.load());
    }, every);
    this.#pollTimer.unref();
  }

  dispose(): void {
    this.#abort.abort();
    this.setPolling(false);
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    if (this.#activeTimer !== null) clearInterval(this.#activeTimer);
    this.#awaited?.dispose();
    this.#watcher.dispose();
    this.#saveCache([]);
    this.#cache?.close();
    this.#cache = null;
    this.#changes.dispose();
  }

  async #load(): Promise<void> {
    const first = !this.#loaded;
    if (first) {
      await this.#openCache();
      // What the index remembers shows at once; the files correct it a moment later.
      if (this.#known.size > 0) this.#showKnown();
    }
    const shown = this.#loaded;
    const change = await this.#scan();
    this.#loaded = true;
    if (shown) this.#fire(change);
    else this.#changes.fire({ ...change, reset: true });
    // Views show the first scan at once; what changed before the watch began is found now.
    if (await this.#watcher.start()) this.#fire(await this.#scan());
    this.#awaitStore();
    this.#followActive();
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

  #showKnown(): void {
    const { metas } = listStore(this.runsDir);
    const rows = new Map<string, RunInfo>();
    for (const { name } of metas) {
      const known = this.#known.get(name);
      if (known !== undefined) rows.set(name, known.info);
    }
    this.#loaded = true;
    this.#changes.fire({ ...this.#replaceAll(rows), reset: true });
  }

  async #scan(): Promise<Omit<StoreChange, 'reset'>> {
    const { signal } = this.#abort;
    const { rows, fresh } = await scanStore(this.runsDir, {
      signal,
      known: this.#known,
      sliced: true,
    });
    for (const [name, row] of fresh) this.#remember(name, row);
    const gone = [...this.#known.keys()].filter((name) => !rows.has(name));
    for (const name of gone) this.#known.delete(name);
    this.#saveCache(gone);
    return this.#replaceAll(rows);
  }

  #replaceAll(rows: ReadonlyMap<string, RunInfo>): Omit<StoreChange, 'reset'> {
    const changed: RunInfo[] = [];
    const removed: string[] = [];
    for (const name of [...this.#idOfMeta.keys()]) {
      if (!rows.has(name)) removed.push(...this.#removeRow(name));
    }
    for (const [name, info] of rows) {
      const row = this.#putRow(name, info);
      if (row !== null) changed.push(row);
    }
    return { changed, removed: removed.filter((id) => !this.#runs.has(id)) };
  }

  /** @returns the row when it is new or differs. */
  #putRow(name: string, info: RunInfo): RunInfo | null {
    const before = this.#runs.get(info.id);
    this.#idOfMeta.set(name, info.id);
    this.#active.put(name, info);
    if (before === info || (before !== undefined && sameInfo(before, info))) return null;
    this.#runs.set(info.id, info);
    return info;
  }

  #removeRow(name: string): string[] {
    const id = this.#idOfMeta.get(name);
    this.#idOfMeta.delete(name);
    this.#known.delete(name);
    this.#active.remove(name);
    if (id === undefined) return [];
    this.#runs.delete(id);
    return [id];
  }

  #markDirty(names: readonly string[]): void {
    for (const name of names) {
      const id = idOfEntry(name);
      if (id !== null) this.#dirty.add(id);
    }
    if (this.#dirty.size === 0 || this.#flushTimer !== null || this.#abort.signal.aborted) return;
    this.#flushTimer = setTimeout(() => {
      this.#flushTimer = null;
      this.#background(this.#loaded ? this.#inTurn(() => this.#flush()) : this.load());
    }, COALESCE_MS);
  }

  async #flush(): Promise<void> {
    const ids = [...this.#dirty];
    this.#dirty.clear();
    const changed: RunInfo[] = [];
    const removed: string[] = [];
    let since = performance.now();
    for (const id of ids) {
      const outcome = await this.#readOne(id);
      changed.push(...outcome.changed);
      removed.push(...outcome.removed);
      if (performance.now() - since > 8) {
        await new Promise(setImmediate);
        since = performance.now();
      }
      if (this.#abort.signal.aborted) return;
    }
    this.#followActive();
    this.#fire({ changed, removed: removed.filter((id) => !this.#runs.has(id)) });
  }

  async #readOne(id: string): Promise<Omit<StoreChange, 'reset'>> {
    const names = metaNamesOf(id);
    let found: { readonly meta: MetaName; readonly info: RunInfo } | null = null;
    for (const meta of names) {
      const info = await readMeta(this.runsDir, meta, () => true);
      if (info === null) continue;
      found = { meta, info };
      break;
    }
    // A run under a new name is put in after it is taken out under the old one: it has one row.
    const removed = names
      .filter(({ name }) => name !== found?.meta.name)
      .flatMap(({ name }) => this.#removeRow(name));
    if (found === null) return { changed: [], removed };
    const { meta, info } = found;
    const has = (name: string): boolean => existsSync(join(this.runsDir, name));
    const signature = signatureOf(this.runsDir, meta, has);
    if (signature !== null && isSettled(signature) && isCacheable(info)) {
      this.#remember(meta.name, { signature: signature.text, info });
    } else this.#known.delete(meta.name);
    const row = this.#putRow(meta.name, info);
    return { changed: row === null ? [] : [row], removed };
  }

  #fire(change: Omit<StoreChange, 'reset'>): void {
    if (change.changed.length === 0 && change.removed.length === 0) return;
    this.#changes.fire({ ...change, reset: false });
  }

  #followActive(): void {
    this.#watcher.setActive(this.#active.watched());
    if (this.#active.size === 0) {
      if (this.#activeTimer !== null) clearInterval(this.#activeTimer);
      this.#activeTimer = null;
    } else if (this.#activeTimer === null && !this.#abort.signal.aborted) {
      this.#activeTimer = setInterval(() => {
        this.#markDirty(this.#active.turn());
      }, ACTIVE_POLL_MS);
      this.#activeTimer.unref();
    }
  }

  async #openCache(): Promise<void> {
    const { cacheFile } = this.#options;
    if (cacheFile === undefined || this.#cache !== null) return;
    try {
      mkdirSync(dirname(cacheFile), { recursive: true });
      this.#cache = await openIndexCache(cacheFile, this.runsDir);
      for (const [name, row] of this.#cache?.load() ?? []) this.#known.set(name, row);
    } catch (error) {
      this.#log(`The index ${cacheFile} is not used: ${describeError(error)}`);
    }
  }

  #remember(name: string, row: CachedRow): void {
    this.#known.set(name, row);
    if (this.#cache !== null) this.#unsaved.set(name, row);
  }

  #saveCache(forget: readonly string[]): void {
    if (this.#cache === null || (this.#unsaved.size === 0 && forget.length === 0)) return;
    try {
      this.#cache.save(this.#unsaved, forget);
    } catch (error) {
      // Another window may hold the cache; the rows are read again next time.
      this.#log(`The index was not saved: ${describeError(error)}`);
    }
    this.#unsaved = new Map();
  }

  #background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#abort.signal.aborted)
        this.#log(`Reading ${this.runsDir} failed: ${describeError(error)}`);
    });
  }

  #log(message: string): void {
    this.#options.log?.(message);
  }
}

/** The run that an entry of a store belongs to (gage-format.md 1.7), or null. */
function idOfEntry(name: string): string | null {
  const match =
    /^([^.]+)(?:\.(?:meta|meta\.zip|user|move|project|deleted|meta\.deleted|meta\.zip\.deleted))?$/.exec(
      name,
    );
  return match?.[1] ?? null;
}

function sameInfo(a: RunInfo, b: RunInfo): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Default place of a store's index below a storage directory. */
export function cacheFileIn(storageDir: string, runsDir: string): string {
  const key = createHash('sha256').update(runsDir).digest('hex').slice(0, 16);
  return join(storageDir, `index-${key}.sqlite`);
}
