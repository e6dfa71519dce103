import * as vscode from 'vscode';
import { planBatch } from '../../../src/batch/plan.ts';
import type { BatchRequest } from '../../../src/batch/record/types.ts';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { batchRequest } from '../../helpers/runs/batch-request.ts';
import { waitFor } from '../../helpers/temp.ts';
import { root, infoOf } from '../helpers.ts';

/** Makes a batch of `train` as the table of trials does, and starts it. */
export async function startBatch(request: Partial<BatchRequest>): Promise<RunInfo> {
  const { projects, launcher } = await root();
  await projects.read();
  const [one] = projects.all;
  if (one === undefined) throw new Error('There is no project here.');
  const plan = await planBatch(one.project, 'train', batchRequest({ slots: 2, ...request }));
  const run = await launcher.createBatch(one.project, plan, true);
  return await infoOf(run.id);
}

/** The trials of a batch in their order, as the extension knows them. */
export async function trialsOf({ id, runsDir }: RunInfo): Promise<readonly RunInfo[]> {
  const { runsTree } = await root();
  const trials = runsTree
    .trialsOf({ id, runsDir })
    .flatMap((info) => (info.batch?.role === 'trial' ? [{ info, index: info.batch.index }] : []));
  return trials.sort((a, b) => a.index - b.index).map(({ info }) => info);
}

/** Waits until the trials of a batch have these statuses, in any order. */
export async function untilTrials(batch: RunInfo, ...statuses: readonly string[]): Promise<void> {
  const wanted = [...statuses].sort().join(' ');
  let seen = '';
  try {
    await waitFor(
      async () => {
        seen = (await trialsOf(batch))
          .map(({ status }) => status)
          .sort()
          .join(' ');
        return seen === wanted;
      },
      { what: `the trials to be ${wanted}` },
    );
  } catch (error) {
    throw new Error(`The trials are ${seen}`, { cause: error });
  }
}

/** Carries out a command on the row of a run. */
export async function onRow(command: string, info: RunInfo, ...rest: unknown[]): Promise<unknown> {
  const { runsTree } = await root();
  const node = runsTree.node(info.runsDir, info.id);
  if (node === null) throw new Error(`Run ${info.id} has no row`);
  return await vscode.commands.executeCommand(command, node, undefined, ...rest);
}
