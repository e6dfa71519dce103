import { basename, dirname } from 'node:path';
import { makeOwnDir } from '../core/base/own-dir.ts';
import { platformName } from '../core/base/platform.ts';
import type { JsonObject } from '../core/data/json.ts';
import { stageRun, type StageProgress } from '../core/life/stage.ts';
import { removeLiveFiles } from '../core/meta/process-file.ts';
import { beginSupervision } from '../core/phase/supervision.ts';
import { claimRun } from '../core/run/claim.ts';
import { newRunId } from '../core/run/ids.ts';
import { discardRun, initRunMeta, makeRun, pokeRun } from '../core/run/run.ts';
import type { OpDef, Run } from '../core/run/types.ts';
import { sourcecodePatterns } from '../core/sourcecode/patterns.ts';
import type { Project } from '../opdef/project.ts';
import { writeBatch, type BatchRecord, type TrialRecord } from './record/record.ts';
import type { BatchPlan, BatchRequest, PlannedTrial } from './record/types.ts';
import { optimizerKind, requireOptimizer } from './search/optimizer.ts';
import { DEFAULT_SEARCH_TRIALS } from './table/table.ts';

/** Options of {@link createBatch}. */
export interface CreateBatchOptions {
  /** Breaks off the copying of source code: nothing is left of the batch then. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StageProgress) => void;
  /** Patterns of files that are never copied, whatever the operation says. */
  readonly exclude?: readonly string[];
  /** A person wants the batch executed: see `mayExecute`. */
  readonly allowed?: boolean;
}

/**
 * Makes a batch from its plan: a run with status `staged` that records its trials and holds
 * the source code of the project as it is now. Every trial gets this copy, whenever it is made.
 * The trials have ids and no runs yet; the supervisor of the batch makes them
 * (`launchSupervisor` with action `batch`).
 *
 * Throws what `requireOptimizer` and `stageRun` throw, the signal's reason on abort; nothing is
 * left behind then.
 */
export async function createBatch(
  project: Pick<Project, 'runsDir' | 'ns'>,
  plan: BatchPlan,
  options: CreateBatchOptions = {},
): Promise<Run> {
  const { proto, request, table } = plan;
  await requireOptimizer(table.optimizer, proto.projectDir, options.signal);
  const opref = { ns: project.ns, name: `${proto.opdef.name}+`, version: null };
  const batch = makeRun(opref, project.runsDir);
  try {
    const claim = claimRun(batch, 'stage');
    try {
      writeBatch(batch, recordOf(plan), trialsOf(plan));
      // The batch is executed by its supervisor; this is what a person could type instead.
      const command = { command: ['runyard', 'resume', batch.id], env: {} };
      initRunMeta(batch, batchOpdef(opref.name, proto.opdef, command.command), {}, command, {
        sys: { platform: platformName() },
        projectDir: proto.projectDir,
        attributes: attributesOf(request),
      });
      await stageBatch(batch, proto.projectDir, { ...options, allowed: true });
    } finally {
      claim.release();
    }
    pokeRun(batch);
    return batch;
  } catch (error) {
    discardRun(batch);
    throw error;
  }
}

/**
 * Copies the source code of the project as it is now into a pending batch, for its trials. The
 * caller holds the claim of the batch. Throws what `stageRun` throws; the batch stays pending.
 */
export async function stageBatch(
  batch: Run,
  projectDir: string,
  options: CreateBatchOptions,
): Promise<void> {
  beginSupervision(batch, 'stage');
  pokeRun(batch);
  try {
    await stageRun(batch, projectDir, options);
    makeOwnDir(dirname(batch.runDir), basename(batch.runDir));
  } finally {
    removeLiveFiles(batch);
  }
}

/**
 * The table of a batch: the source code of its trials without what is done to it for each, and
 * no hooks, dependencies or settings of outputs.
 */
function batchOpdef(name: string, opdef: OpDef, command: readonly string[]): OpDef {
  const table: JsonObject = {
    description: `Trials of ${opdef.name}`,
    exec: command,
    sourcecode: sourcecodePatterns(opdef.table),
    'output-summary': false,
  };
  return { name, table };
}

function attributesOf({ batchLabel, batchTags, description }: BatchRequest): JsonObject {
  return {
    ...(batchLabel ? { label: batchLabel } : {}),
    ...(batchTags.length > 0 ? { tags: [...new Set(batchTags)] } : {}),
    ...(description ? { description } : {}),
  };
}

function recordOf({ request, proto, table, trials, space }: BatchPlan): BatchRecord {
  const { objective, maxTrials, slots, needed, failFast, stageTrials, label, tags } = request;
  const sequential = optimizerKind(table.optimizer) === 'sequential';
  return {
    operation: proto.opdef.name,
    planned: trials.length,
    objective,
    optimizer: table.optimizer,
    seed: table.seed,
    // Recorded, so that a search that is taken up again has the same end.
    maxTrials: maxTrials ?? (sequential ? DEFAULT_SEARCH_TRIALS : null),
    slots,
    needed,
    failFast,
    stageTrials,
    label,
    tags: [...new Set(tags)],
    // A search may vary all that it searches.
    varying: sequential ? varyingOf(space) : table.varying,
    flags: request.flags,
    files: request.files,
    proto,
    space,
  };
}

function varyingOf(space: BatchPlan['space']): readonly string[] {
  return Object.keys(space)
    .filter((key) => space[key]?.kind !== 'fixed')
    .sort();
}

function trialsOf({ trials }: BatchPlan): readonly TrialRecord[] {
  return trials.map((trial) => ({
    id: newRunId(),
    index: trial.index,
    flags: givenValues(trial),
    label: trial.label,
    text: trial.text,
    made: false,
    skipped:
      trial.equalRun === null
        ? null
        : { seen: 'equal', expected: 'staged', run: trial.equalRun.id },
  }));
}

/** The values given for a trial, each in the type that it has in the configuration. */
function givenValues({ flags, config }: PlannedTrial): PlannedTrial['flags'] {
  return Object.fromEntries(
    Object.keys(flags).map((key) => [key, config[key] ?? flags[key] ?? null]),
  );
}
