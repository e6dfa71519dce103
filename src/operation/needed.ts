import { equalityKey, parseObject } from '../core/data/json.ts';
import { DEPENDS_FILE, parseDependsFile } from '../core/meta/depends-file.ts';
import { openMeta } from '../core/meta/meta.ts';
import { sameOpRef } from '../core/run/opref.ts';
import type { OpRef, RunConfig, RunInfo } from '../core/run/types.ts';
import { listRuns } from '../core/store/read.ts';
import type { Project } from '../opdef/project.ts';
import { planRun, type NewRunOptions, type RunPlan } from './new-run.ts';

/**
 * Which runs make another one needless: only those that completed, or Gage's own rule, every
 * run that did not end in an error, whether it ever ran or not (gage-format.md 5.3, 7.2 W22).
 */
export type NeededMatches = 'completed' | 'gage';

/**
 * The newest run that a new run would repeat: same operation reference, equal configuration,
 * where 1 equals 1.0, and dependencies that would be the same runs (gage-format.md 5.3).
 * Throws as `planRun` does; creates nothing.
 */
export async function findEqualRun(
  project: Project,
  opName: string | undefined,
  options: NewRunOptions,
  matches: NeededMatches = 'completed',
): Promise<RunInfo | null> {
  const plan = await planRun(project, opName, options);
  const opref = { ns: project.ns, name: plan.opdef.name, version: plan.version };
  const find = await equalRunFinder(project.runsDir, opref, plan.depends, matches);
  return await find(plan.config);
}

/**
 * Looks for equal runs of many configurations of one operation: the store is listed once, and
 * each run that may count is read once. See {@link findEqualRun}.
 */
export async function equalRunFinder(
  runsDir: string,
  opref: OpRef,
  depends: RunPlan['depends'],
  matches: NeededMatches = 'completed',
): Promise<(config: RunConfig) => Promise<RunInfo | null>> {
  const rows = await listRuns(runsDir);
  const candidates = rows.filter(
    (run) => run.opref !== null && sameOpRef(run.opref, opref) && counts(run, matches),
  );
  const chosen = chosenRuns(depends);
  const newest = new Map<string, RunInfo>();
  let read = 0;
  return async (config) => {
    const wanted = equalityKey(config);
    while (!newest.has(wanted)) {
      const run = candidates[read++];
      if (run === undefined) return null;
      const own = await configOf(run, chosen);
      const key = own === null ? null : equalityKey(own);
      if (key !== null && !newest.has(key)) newest.set(key, run);
    }
    return newest.get(wanted) ?? null;
  };
}

function counts({ status }: RunInfo, matches: NeededMatches): boolean {
  if (matches === 'completed') return status === 'completed';
  return status !== 'error' && status !== 'unreadable';
}

/** The configuration of a run; null when it had other dependencies than `chosen`. */
async function configOf(run: RunInfo, chosen: string): Promise<RunConfig | null> {
  const meta = await openMeta(run.metaPath, run.metaForm);
  try {
    const text = async (path: string): Promise<string | null> =>
      (await meta.read(path))?.toString() ?? null;
    if (chosenRuns(parseDependsFile(await text(DEPENDS_FILE))) !== chosen) return null;
    return parseObject(await text('config.json'));
  } finally {
    meta.close();
  }
}

/** The runs that dependencies chose. Files of the project count no more than its source code. */
function chosenRuns(
  depends: readonly { readonly runs: readonly { readonly id: string }[] }[],
): string {
  const chosen = depends.map(({ runs }) => runs.map(({ id }) => id).sort());
  return JSON.stringify(chosen.filter((ids) => ids.length > 0));
}
