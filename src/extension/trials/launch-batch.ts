import type { BatchPlan } from '../../batch/record/types.ts';
import { singleRunOptions } from '../../batch/single.ts';
import { RunyardError } from '../../core/base/errors.ts';
import type { Project } from '../../opdef/project.ts';
import { launchIfNeeded, type RunParts } from '../operations/run-with-form.ts';
import type { CheckedDraft } from './check.ts';

/**
 * Makes the batch that was planned and shows it; one plain run where no batch is meant.
 * @returns id, name and store of what was made; undefined when the person has changed their mind.
 */
export async function launchPlanned(
  parts: RunParts,
  project: Project,
  { draft, plan }: CheckedDraft,
): Promise<unknown> {
  if (plan === null) {
    throw new RunyardError('bad-request', 'There are no trials that could be run');
  }
  const start = draft.options.then !== 'stage';
  if (plan.table.single) return await launchSingle(parts, project, plan, start);
  const run = await parts.launcher.createBatch(project, plan, start);
  const node = parts.tree.node(run.runsDir, run.id);
  if (node !== null) void parts.view.revealWhenVisible(node);
  if (start) await parts.afterRun(run.runsDir, run.id);
  return { id: run.id, name: run.name, runsDir: run.runsDir };
}

async function launchSingle(
  parts: RunParts,
  project: Project,
  plan: BatchPlan,
  start: boolean,
): Promise<unknown> {
  const { request, proto } = plan;
  return await launchIfNeeded(
    parts,
    {
      project,
      operation: proto.opdef.name,
      start: start && !request.stageTrials,
      options: singleRunOptions(plan),
    },
    request.needed,
  );
}
