import { planRun, type NewRunOptions } from '../config/new-run.ts';
import { jsonEqual } from '../core/json.ts';
import { sameOpRef } from '../core/opref.ts';
import { listRuns, readRunDetail } from '../core/store.ts';
import type { RunInfo } from '../core/types.ts';
import type { Project } from '../opdef/project.ts';

/**
 * The newest completed run that a new run would repeat: same operation reference and equal
 * configuration, where 1 equals 1.0 (gage.md 5.3). Gage also counts runs that are staged, were
 * stopped or failed to stage; only a completed one makes another needless.
 * Throws as `planRun` does; creates nothing.
 */
export async function findEqualRun(
  project: Project,
  opName: string | undefined,
  options: NewRunOptions,
): Promise<RunInfo | null> {
  const { opdef, version, config } = await planRun(project, opName, options);
  const opref = { ns: project.ns, name: opdef.name, version };
  for (const run of await listRuns(project.runsDir)) {
    if (run.status !== 'completed' || run.opref === null || !sameOpRef(run.opref, opref)) continue;
    if (jsonEqual((await readRunDetail(run)).config, config)) return run;
  }
  return null;
}
