import type { BatchRequest } from '../../../src/batch/record/types.ts';

/** A request for nothing in particular. */
export function batchRequest(change: Partial<BatchRequest> = {}): BatchRequest {
  return {
    flags: [],
    files: [],
    rows: null,
    optimizer: null,
    maxTrials: null,
    seed: null,
    slots: 1,
    objective: null,
    needed: false,
    failFast: false,
    stageTrials: false,
    label: null,
    tags: [],
    batchLabel: null,
    batchTags: [],
    description: null,
    env: {},
    acceptUnknown: false,
    ...change,
  };
}
