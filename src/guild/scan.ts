import { readdirSync } from 'node:fs';
import { hasErrno } from '../core/base/errors.ts';
import type { Pace } from '../core/base/pace.ts';
import { encodeLine, type JsonObject } from '../core/data/json.ts';
import { shown } from '../core/data/value-text.ts';
import { TRASH } from '../core/run/containers.ts';
import type { RunInfo } from '../core/run/types.ts';
import { runTimestamp } from '../core/status/run-info.ts';
import { readGuildRun, trashDirOf, type GuildLink, type GuildRun } from './run-info.ts';

/** Runs of a home by id. A deleted run is there once, with its container. */
export type GuildRuns = Map<string, GuildRun>;

/**
 * Reads all runs of a Guild home, also the deleted ones. A home that does not exist has none.
 * Rejects when the directory cannot be listed, and as `pace` does.
 * @param runsDir `<home>/runs`.
 */
export async function scanGuildRuns(runsDir: string, pace: Pace): Promise<GuildRuns> {
  const runs: GuildRuns = new Map();
  for (const container of [TRASH, 'active']) {
    // What is active wins: a run may have been restored while the trash was read.
    for (const id of namesIn(container === 'active' ? runsDir : trashDirOf(runsDir))) {
      const run = readGuildRun(runsDir, id, container);
      if (run !== null) runs.set(id, run);
      if (pace.due()) await pace.rest();
    }
  }
  return runs;
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => !entry.isFile())
      .map((entry) => entry.name);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/**
 * Rows of runs, with each trial told to which batch it belongs: Guild notes that in the batch
 * alone (guild-format.md 1.1). A run of several batches, after a restart, is the latest one's.
 */
export function guildRows(runs: ReadonlyMap<string, GuildRun>): ReadonlyMap<string, RunInfo> {
  const rows = new Map([...runs].map(([id, { info }]) => [id, info]));
  const batches = [...runs.values()]
    .filter(({ info }) => info.batch?.role === 'batch')
    .sort((a, b) => runTimestamp(a.info) - runTimestamp(b.info));
  for (const { info: batch, links } of batches) {
    const trials = trialsOf(links, runs);
    const names = differingFlags(trials.map(({ flags }) => flags()));
    for (const [i, { info, flags }] of trials.entries()) {
      const text = flagsText(flags(), names);
      rows.set(info.id, { ...info, batch: { role: 'trial', batch: batch.id, index: i + 1, text } });
    }
    if (batch.batch?.role !== 'batch') continue;
    rows.set(batch.id, { ...batch, batch: { ...batch.batch, planned: trials.length } });
  }
  return rows;
}

/** The trials of a batch as they are now, oldest first; none for any other run. */
export function readGuildTrials(batch: RunInfo): readonly GuildRun[] {
  const links = readGuildRun(batch.runsDir, batch.id)?.links ?? [];
  const runs = new Map<string, GuildRun>();
  for (const { id } of links) {
    const run = readGuildRun(batch.runsDir, id);
    if (run !== null) runs.set(id, run);
  }
  return trialsOf(links, runs);
}

/** Trials of a batch, oldest first. Links to runs that are gone, and to anything else, are passed over. */
function trialsOf(
  links: readonly GuildLink[],
  runs: ReadonlyMap<string, GuildRun>,
): readonly GuildRun[] {
  const trials = links.flatMap(({ id, timeMs }) => {
    const run = runs.get(id);
    return run === undefined || run.info.batch !== null ? [] : [{ run, timeMs }];
  });
  // Links that were copied may all have one time: then the start says which was first.
  trials.sort(
    (a, b) =>
      a.timeMs - b.timeMs ||
      runTimestamp(a.run.info) - runTimestamp(b.run.info) ||
      (a.run.info.id < b.run.info.id ? -1 : 1),
  );
  return trials.map(({ run }) => run);
}

/** Names of the flags in which trials differ, sorted; all of them when there is one trial. */
function differingFlags(trials: readonly JsonObject[]): readonly string[] {
  const names = [...new Set(trials.flatMap((flags) => Object.keys(flags)))].sort();
  if (trials.length < 2) return names;
  return names.filter((name) => {
    const texts = new Set(trials.map((flags) => encodeLine(flags[name] ?? null)));
    return texts.size > 1;
  });
}

function flagsText(flags: JsonObject, names: readonly string[]): string {
  return names
    .flatMap((name) => {
      const value = flags[name] ?? null;
      return value === null ? [] : [`${name}=${shown(value)}`];
    })
    .join(' ');
}
