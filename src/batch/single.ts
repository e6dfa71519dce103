import type { NewRunOptions } from '../operation/new-run.ts';
import type { BatchPlan } from './record/types.ts';

/**
 * What the one plain run is made with that a plan means whose table is `single` (guild-format.md 2.6):
 * the values of its only row, and the label that was given for the batch, else for the trials.
 */
export function singleRunOptions({ request, trials }: BatchPlan): NewRunOptions {
  const [trial] = trials;
  const { label, batchLabel, tags, batchTags, description, env, acceptUnknown } = request;
  const runLabel = batchLabel ?? (label === null ? null : (trial?.label ?? null));
  return {
    flags: trial?.flags ?? {},
    tags: [...tags, ...batchTags],
    env,
    acceptUnknown,
    ...(runLabel === null ? {} : { label: runLabel }),
    ...(description === null ? {} : { description }),
  };
}
