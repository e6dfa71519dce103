import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import * as vscode from 'vscode';
import { describeError } from '../../core/base/errors.ts';
import { listArchives } from '../../core/run/archives.ts';
import type { RunInfo } from '../../core/run/types.ts';
import type { FollowedStore, StoreChange } from '../../core/store/followed-store.ts';
import { cacheFileIn } from '../../core/store/index-cache.ts';
import { readRunInfo } from '../../core/store/read.ts';
import { RunStore } from '../../core/store/run-store.ts';
import { GuildStore } from '../../guild/store.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { Settings } from '../base/settings.ts';
import { guildSources } from './guild-stores.ts';
import type { Projects } from './projects.ts';
import type { StoreTrust } from './store-trust.ts';

/** A store of the window. */
export interface StoreEntry {
  /** Short and the same in every session; the authority of `runyard:` URIs. */
  readonly key: string;
  /** A Guild home is read only: its runs change through `guild` (docs/guild.md). */
  readonly kind: StoreKind;
  readonly runsDir: string;
  readonly title: string;
  /** Namespace of its project; null for a store from the settings. */
  readonly ns: string | null;
  readonly store: FollowedStore;
}

type StoreKind = 'gage' | 'guild';

/** A change of the runs of one store. */
export interface RunsChange {
  readonly entry: StoreEntry;
  readonly change: StoreChange;
}

/** The stores of the projects of the window, and those of the settings. */
export class Stores implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #projects: Projects;
  readonly #settings: Settings;
  readonly #storageDir: string;
  readonly #log: vscode.LogOutputChannel;
  /** Which of them may be changed. */
  readonly trust: StoreTrust;
  readonly #runsChanged = this.#own.add(new vscode.EventEmitter<RunsChange>());
  readonly #listChanged = this.#own.add(new vscode.EventEmitter<void>());
  readonly #entries = new Map<string, StoreEntry>();
  readonly #problems = new Map<string, string>();
  readonly #archives = new Map<string, ReadonlyMap<string, string>>();
  #loading: Promise<void> | null = null;
  #wanted = false;
  #polling = false;

  constructor(
    projects: Projects,
    settings: Settings,
    storageDir: string,
    trust: StoreTrust,
    log: vscode.LogOutputChannel,
  ) {
    this.trust = trust;
    this.#projects = projects;
    this.#settings = settings;
    this.#storageDir = storageDir;
    this.#log = log;
    this.#own.add(projects.onDidChange(() => this.#sync(false)));
    this.#own.add(
      settings.onDidChange((affects) => {
        const affectsList =
          affects('stores') || affects('guild.homes') || affects('guild.findHomes');
        if (affectsList || affects('pollSeconds')) this.#sync(affects('pollSeconds'));
      }),
    );
  }

  /** Fires with changed runs, after {@link load}. */
  readonly onDidChangeRuns = this.#runsChanged.event;
  /** Fires when stores come or go. */
  readonly onDidChangeList = this.#listChanged.event;

  get entries(): readonly StoreEntry[] {
    return [...this.#entries.values()];
  }

  /** What keeps stores from being read, one text a store. */
  get problems(): readonly string[] {
    return [...this.#problems.values()];
  }

  entry(key: string): StoreEntry | undefined {
    return this.#entries.get(key);
  }

  /** The store with this directory, if it is one of the window. */
  entryOf(runsDir: string): StoreEntry | undefined {
    return this.#entries.get(storeKey(runsDir));
  }

  /** Finds the stores, without reading them. */
  async find(): Promise<readonly StoreEntry[]> {
    if (this.#projects.all.length === 0) await this.#projects.read();
    if (this.#entries.size === 0) this.#sync(false);
    return this.entries;
  }

  /** Reads all stores and follows them from now on. A store that cannot be read is a problem. */
  async load(): Promise<void> {
    this.#wanted = true;
    await this.find();
    this.#loading ??= this.#loadAll().finally(() => {
      this.#loading = null;
    });
    await this.#loading;
  }

  /** Looks at all stores again, or at some runs of one. */
  async refresh(runsDir?: string, ids?: readonly string[]): Promise<void> {
    if (runsDir === undefined) {
      this.#archives.clear();
      await this.#projects.read();
      await this.load();
      return;
    }
    const entry = this.entryOf(runsDir);
    if (entry === undefined) return;
    // A store that was made just now is not watched yet: only a load starts that.
    await (entry.store.loaded && entry.store.runs.size > 0
      ? entry.store.refresh(ids)
      : this.#loadOne(entry));
  }

  /** The row of a run, from memory or from disk; null when there is none. */
  async info(runsDir: string, id: string): Promise<RunInfo | null> {
    const entry = this.entryOf(runsDir);
    const known = entry?.store.runs.get(id);
    if (known !== undefined) return known;
    if (entry?.kind !== 'guild') return await readRunInfo(runsDir, id);
    await entry.store.refresh([id]);
    return entry.store.runs.get(id) ?? null;
  }

  /** Name of an archive of a store; null when it does not exist. */
  archiveName(entry: StoreEntry, id: string): string | null {
    let names = this.#archives.get(entry.key);
    if (entry.kind === 'gage' && names?.has(id) !== true) {
      names = new Map(listArchives(entry.runsDir).map((archive) => [archive.id, archive.name]));
      this.#archives.set(entry.key, names);
    }
    return names?.get(id) ?? null;
  }

  /** The slow poll runs only while somebody looks. */
  setPolling(on: boolean): void {
    this.#polling = on;
    // Somebody looks again: a Guild home may have come meanwhile, which nothing told.
    if (on && this.#wanted) this.#sync(false);
    for (const { store } of this.#entries.values()) store.setPolling(on);
  }

  dispose(): void {
    for (const { store } of this.#entries.values()) this.#own.add(store);
    this.#entries.clear();
    this.#own.dispose();
  }

  async #loadAll(): Promise<void> {
    for (const entry of this.entries) await this.#loadOne(entry);
  }

  async #loadOne(entry: StoreEntry): Promise<void> {
    const start = performance.now();
    try {
      await entry.store.load();
      this.#problems.delete(entry.key);
      const ms = (performance.now() - start).toFixed(0);
      this.#log.debug(`Read ${entry.store.runs.size} runs of ${entry.runsDir} in ${ms} ms`);
    } catch (error) {
      // Disposed while it was read: another entry has taken its place.
      if (this.#entries.get(entry.key) !== entry) return;
      this.#problems.set(
        entry.key,
        `Cannot read the runs in ${entry.runsDir}: ${describeError(error)}`,
      );
      this.#log.error(`Reading ${entry.runsDir} failed: ${describeError(error)}`);
    }
  }

  #sync(recreate: boolean): void {
    const wanted = this.#sources();
    let changed = false;
    for (const [key, entry] of this.#entries) {
      const source = wanted.get(key);
      if (!recreate && source?.title === entry.title && source.ns === entry.ns) continue;
      entry.store.dispose();
      this.#entries.delete(key);
      this.#problems.delete(key);
      changed = true;
    }
    for (const [key, source] of wanted) {
      if (this.#entries.has(key)) continue;
      this.#entries.set(key, this.#open(key, source));
      changed = true;
    }
    if (!changed) return;
    this.#listChanged.fire();
    if (this.#wanted) {
      this.load().catch((error: unknown) => {
        this.#log.error(`Reading the stores failed: ${describeError(error)}`);
      });
    }
  }

  #open(key: string, source: StoreTitle & { runsDir: string }): StoreEntry {
    const { runsDir } = source;
    const options = {
      runsDir,
      pollMs: this.#settings.get('pollSeconds') * 1000,
      log: (message: string) => {
        this.#log.warn(message);
      },
    };
    const store =
      source.kind === 'guild'
        ? new GuildStore(options)
        : new RunStore({ ...options, cacheFile: cacheFileIn(this.#storageDir, runsDir) });
    const entry: StoreEntry = { key, ...source, store };
    store.onDidChange((change) => {
      this.#runsChanged.fire({ entry, change });
    });
    if (this.#polling) store.setPolling(true);
    return entry;
  }

  #sources(): ReadonlyMap<string, StoreTitle & { runsDir: string }> {
    const sources = new Map<string, StoreTitle & { runsDir: string }>();
    for (const { folder, project } of this.#projects.all) {
      const { runsDir, ns } = project;
      const key = storeKey(runsDir);
      if (!sources.has(key)) sources.set(key, { kind: 'gage', runsDir, title: folder.name, ns });
    }
    const base = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
    for (const text of this.#settings.get('stores')) {
      const runsDir = resolve(base, text.replace(/^~(?=$|[\\/])/, homedir()));
      const key = storeKey(runsDir);
      const title = storeTitle(runsDir);
      if (!sources.has(key)) sources.set(key, { kind: 'gage', runsDir, title, ns: null });
    }
    const folders = this.#projects.all.map(({ folder }) => folder.uri.fsPath);
    const find = this.#settings.get('guild.findHomes');
    for (const home of guildSources(folders, this.#settings.get('guild.homes'), { find, base })) {
      sources.set(storeKey(home.runsDir), { kind: 'guild', ...home, ns: null });
    }
    return sources;
  }
}

interface StoreTitle {
  readonly kind: StoreKind;
  readonly title: string;
  readonly ns: string | null;
}

/** Short name of a store by its directory. */
export function storeKey(runsDir: string): string {
  return createHash('sha256').update(resolve(runsDir)).digest('hex').slice(0, 12);
}

/** `/home/me/proj/.gage/runs` is best known as `proj`, `/data/runs` as `data/runs`. */
function storeTitle(runsDir: string): string {
  const parent = dirname(runsDir);
  if (basename(parent) === '.gage') return basename(dirname(parent));
  return join(basename(parent), basename(runsDir));
}
