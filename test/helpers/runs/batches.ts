import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createBatch } from '../../../src/batch/create.ts';
import { planBatch } from '../../../src/batch/plan.ts';
import { readTrials } from '../../../src/batch/record/record.ts';
import type { BatchRequest, TrialFlags } from '../../../src/batch/record/types.ts';
import { formatFlags } from '../../../src/batch/trial/labels.ts';
import type { BatchLog } from '../../../src/batch/trial/trial.ts';
import { launchSupervisor } from '../../../src/core/launch/launch.ts';
import { isBatch } from '../../../src/core/meta/batch-file.ts';
import { runMetaPath } from '../../../src/core/run/run.ts';
import type { Run, RunInfo } from '../../../src/core/run/types.ts';
import { isFinal } from '../../../src/core/status/status.ts';
import { listRuns, readRunInfo } from '../../../src/core/store/read.ts';
import { openProject, type Project } from '../../../src/opdef/project.ts';
import { supervisorScript } from '../processes/supervisor.ts';
import { tempDir, waitFor, writeTree, type TreeEntry } from '../temp.ts';
import { batchRequest } from './batch-request.ts';

/** Files of a project whose operation `op` has a value of each kind and does nothing. */
export const PROJECT = {
  'gage.toml': '[op]\nexec = "true"\nconfig = "op.py"\n',
  'op.py': 'n = 0\nx = 0.5\ntext = "a"\n',
};

/** A project in a directory of its own, with a store beside it. */
export async function batchProject(
  t: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, TreeEntry>>,
): Promise<Project> {
  const root = tempDir(t);
  writeTree(join(root, 'project'), files);
  return await openProject(join(root, 'project'), { runsDir: join(root, 'runs'), env: {} });
}

/** Plans and makes a batch. */
export async function makeBatch(
  project: Project,
  opName: string,
  change: Partial<BatchRequest>,
): Promise<Run> {
  return await createBatch(project, await planBatch(project, opName, batchRequest(change)));
}

/** Starts a batch, also one that was started before. */
export async function startBatch(batch: Run): Promise<void> {
  const supervisorPath = await supervisorScript();
  await launchSupervisor({ supervisorPath, run: batch, action: 'batch' });
}

/** Starts a batch and waits for its end. */
export async function runBatch(batch: Run): Promise<RunInfo> {
  await startBatch(batch);
  return await batchEnd(batch);
}

/** Waits for the end of a batch. */
export async function batchEnd(batch: Run): Promise<RunInfo> {
  return await waitFor(
    async () => {
      const info = await readRunInfo(batch.runsDir, batch.id);
      return info !== null && isFinal(info.status) && !info.needsRecovery && info;
    },
    { what: 'the end of the batch' },
  );
}

/** What a batch has told so far, line by line. */
export function batchOutput(batch: Run): readonly string[] {
  const text = readFileSync(runMetaPath(batch, 'output', '40_run'), 'utf8');
  return text.split('\n').slice(0, -1);
}

/** The runs of a store, newest first: operation, flags, status. Columns as wide as need be. */
export async function printRuns(project: Project): Promise<readonly string[]> {
  const runs = await listRuns(project.runsDir);
  const flags = new Map<string, TrialFlags>();
  for (const run of runs) {
    if (!isBatch(run)) continue;
    for (const trial of readTrials(run)) flags.set(trial.id, trial.flags);
  }
  const rows = runs.map((run) => [
    run.opref?.name ?? '',
    formatFlags(flags.get(run.id) ?? {}),
    run.status,
  ]);
  const width = (column: number): number =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(width(i)))
      .join('  ')
      .trimEnd(),
  );
}

/** A log that keeps its lines. */
export class TestLog implements BatchLog {
  readonly lines: string[] = [];

  info(message: string): void {
    this.lines.push(message);
  }

  warning(message: string): void {
    this.lines.push(`WARNING: ${message}`);
  }

  error(message: string): void {
    this.lines.push(`ERROR: ${message}`);
  }

  /** The lines since the last call. */
  take(): readonly string[] {
    return this.lines.splice(0);
  }
}
