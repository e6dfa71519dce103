import type { Pace } from '../core/base/pace.ts';
import { encodeLine } from '../core/data/json.ts';
import { TRASH } from '../core/run/containers.ts';
import type { RunInfo } from '../core/run/types.ts';
import { isFinal } from '../core/status/status.ts';
import { FollowedStore, type FollowedStoreOptions } from '../core/store/followed-store.ts';
import { readGuildRun, type GuildRun } from './run-info.ts';
import { guildRows, scanGuildRuns, type GuildRuns } from './scan.ts';

/**
 * Runs whose directories are watched. Guild changes markers and attributes there without
 * touching the directory of the runs (guild-format.md 6.1).
 */
const NEWEST = 100;

/** A Guild home, by its `<home>/runs`, kept up to date in memory. It never writes there. */
export class GuildStore extends FollowedStore {
  #read: GuildRuns = new Map();

  constructor(options: FollowedStoreOptions) {
    super(options, { part: 'attrs', newest: NEWEST });
  }

  protected override idOf(entry: string): string | null {
    return entry.startsWith('.') ? null : entry;
  }

  protected override async scan(pace: Pace): Promise<ReadonlyMap<string, RunInfo>> {
    this.#read = await scanGuildRuns(this.runsDir, pace);
    return guildRows(this.#read);
  }

  protected override async read(
    ids: readonly string[],
    pace: Pace,
  ): Promise<ReadonlyMap<string, RunInfo | null>> {
    const rows = new Map<string, RunInfo | null>();
    let rolesChanged = false;
    for (const id of ids) {
      if (pace.due()) await pace.rest();
      const before = this.#read.get(id);
      const run = this.#readOne(id);
      if (run === null) this.#read.delete(id);
      else this.#read.set(id, run);
      if (!this.#hasSameRole(before, run)) rolesChanged = true;
      // What the run is in a batch is as it was, unless all rows are made anew below.
      rows.set(id, run && { ...run.info, batch: this.runs.get(id)?.batch ?? null });
    }
    if (!rolesChanged) return rows;
    // A new run may be a trial: its batch has the link before the run is there.
    for (const { id, batch, status } of this.runs.values()) {
      if (batch?.role !== 'batch' || isFinal(status)) continue;
      const run = this.#readOne(id);
      if (run !== null) this.#read.set(id, run);
    }
    for (const [id, row] of guildRows(this.#read)) rows.set(id, row);
    return rows;
  }

  #readOne(id: string): GuildRun | null {
    return readGuildRun(this.runsDir, id) ?? readGuildRun(this.runsDir, id, TRASH);
  }

  /** True when no row of another run can differ because of this one. */
  #hasSameRole(before: GuildRun | undefined, now: GuildRun | null): boolean {
    if (before === undefined || now === null) return before === undefined && now === null;
    const isTrial = this.runs.get(now.info.id)?.batch?.role === 'trial';
    return rolesOf(before, isTrial) === rolesOf(now, isTrial);
  }
}

/** What decides which run is a trial of which batch, and how it differs from the others. */
function rolesOf({ info, flags, links }: GuildRun, isTrial: boolean): string {
  const values = isTrial ? encodeLine(flags()) : '';
  return JSON.stringify([info.container, info.batch, values, links]);
}
