/**
 * What can be done with a run. The names are words of a row's `contextValue`, matched in the
 * `when` clauses of `package.json`.
 */
export const RUN_ACTIONS = [
  'canStage',
  'canStart',
  'canStop',
  'canFinalize',
  'canRecover',
  'canDelete',
  'canRestore',
  'canPurge',
  'canLabel',
  'canRunAgain',
  'canRestart',
  'canQueue',
  'canDequeue',
  'hasOutput',
] as const;

/** One of {@link RUN_ACTIONS}. */
export type RunAction = (typeof RUN_ACTIONS)[number];

/** What can be done with a batch, besides. It depends on its trials. */
export const BATCH_ACTIONS = [
  'canSteer',
  'canResume',
  'canStartStaged',
  'canRestartFailed',
  'canRestartTrials',
  'canQueueTrials',
] as const;

/** One of {@link BATCH_ACTIONS}. */
export type BatchAction = (typeof BATCH_ACTIONS)[number];
