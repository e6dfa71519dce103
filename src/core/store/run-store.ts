import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeError } from '../base/errors.ts';
import type { Pace } from '../base/pace.ts';
import { idOfEntry } from '../run/names.ts';
import type { RunInfo } from '../run/types.ts';
import { FollowedStore, type FollowedStoreOptions } from './followed-store.ts';
import { openIndexCache, type CachedRow, type IndexCache } from './index-cache.ts';
import { metaNamesOf } from './read.ts';
import { isSettled, isCacheable, listStore, readMeta, scanStore, signatureOf } from './scan.ts';

/** Options of {@link RunStore}. */
interface RunStoreOptions extends FollowedStoreOptions {
  /** Where rows are remembered between sessions; none when absent. */
  readonly cacheFile?: string;
}

/** A store of runs kept up to date in memory, and remembered between sessions. */
export class RunStore extends FollowedStore {
  readonly #cacheFile: string | undefined;
  /** Rows that hold as long as their signatures do, by meta name. */
  readonly #known = new Map<string, CachedRow>();
  #cache: IndexCache | null = null;
  #unsaved = new Map<string, CachedRow>();

  constructor(options: RunStoreOptions) {
    super(options, { part: 'proc', newest: 0 });
    this.#cacheFile = options.cacheFile;
  }

  override dispose(): void {
    super.dispose();
    this.#saveCache([]);
    this.#cache?.close();
    this.#cache = null;
  }

  /** As the names of a store say (gage-format.md 1.7). */
  protected override idOf(entry: string): string | null {
    return idOfEntry(entry);
  }

  protected override async remembered(): Promise<ReadonlyMap<string, RunInfo> | null> {
    await this.#openCache();
    if (this.#known.size === 0) return null;
    const rows = new Map<string, RunInfo>();
    for (const { id, name } of listStore(this.runsDir).metas) {
      const known = this.#known.get(name);
      if (known !== undefined) rows.set(id, known.info);
    }
    return rows;
  }

  protected override async scan(pace: Pace): Promise<ReadonlyMap<string, RunInfo>> {
    const { rows, fresh } = await scanStore(this.runsDir, { known: this.#known, pace });
    for (const [name, row] of fresh) this.#remember(name, row);
    const gone = [...this.#known.keys()].filter((name) => !rows.has(name));
    for (const name of gone) this.#known.delete(name);
    this.#saveCache(gone);
    return new Map([...rows.values()].map((info) => [info.id, info]));
  }

  protected override async read(
    ids: readonly string[],
    pace: Pace,
  ): Promise<ReadonlyMap<string, RunInfo | null>> {
    const rows = new Map<string, RunInfo | null>();
    for (const id of ids) {
      rows.set(id, await this.#readOne(id));
      if (pace.due()) await pace.rest();
    }
    return rows;
  }

  async #readOne(id: string): Promise<RunInfo | null> {
    const has = (name: string): boolean => existsSync(join(this.runsDir, name));
    for (const meta of metaNamesOf(id)) {
      this.#known.delete(meta.name);
      const info = await readMeta(this.runsDir, meta, () => true);
      if (info === null) continue;
      const signature = signatureOf(this.runsDir, meta, has);
      if (signature !== null && isSettled(signature) && isCacheable(info)) {
        this.#remember(meta.name, { signature: signature.text, info });
      }
      return info;
    }
    return null;
  }

  async #openCache(): Promise<void> {
    const file = this.#cacheFile;
    if (file === undefined || this.#cache !== null) return;
    try {
      mkdirSync(dirname(file), { recursive: true });
      this.#cache = await openIndexCache(file, this.runsDir);
      for (const [name, row] of this.#cache?.load() ?? []) this.#known.set(name, row);
    } catch (error) {
      this.log(`The index ${file} is not used: ${describeError(error)}`);
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
      this.log(`The index was not saved: ${describeError(error)}`);
    }
    this.#unsaved = new Map();
  }
}
