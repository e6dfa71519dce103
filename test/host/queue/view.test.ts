import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { waitFor } from '../../helpers/temp.ts';
import { onRow, startBatch, trialsOf, untilTrials } from '../batches/project.ts';
import {
  answerDialogs,
  answerPicks,
  api,
  root,
  infoOf,
  resetSettings,
  runOperation,
  runRows,
  setSetting,
  untilStatus,
  type Dialogs,
  type ShownRow,
} from '../helpers.ts';
import { setGate } from '../runs/project.ts';

const { executeCommand } = vscode.commands;

/** The row of the queue; null while nothing is queued. */
async function queueRow(): Promise<ShownRow | null> {
  return (await runRows()).find(({ node }) => node.kind === 'queue') ?? null;
}

/** Waits until the row of the queue reads like this. */
async function untilQueue(text: RegExp): Promise<ShownRow> {
  return await waitFor(
    async () => {
      const row = await queueRow();
      return row !== null && text.test(row.description) ? row : null;
    },
    { what: `the queue to be ${String(text)}` },
  );
}

async function untilNoQueue(): Promise<void> {
  await waitFor(async () => (await queueRow()) === null, { what: 'the queue to be empty' });
}

/** Ids of the runs in the queue, in their order. */
async function queued(): Promise<readonly string[]> {
  const queue = await queueRow();
  const rows = queue === null ? [] : await runRows(queue.node);
  return rows.flatMap(({ node }) => (node.kind === 'queueEntry' ? [node.entry.id] : []));
}

async function untilQueued(...runs: readonly RunInfo[]): Promise<void> {
  const ids = runs.map(({ id }) => id).join();
  await waitFor(async () => (await queued()).join() === ids, { what: `the queue to be ${ids}` });
}

async function entryRow({ id }: RunInfo): Promise<ShownRow> {
  const queue = await queueRow();
  const rows = queue === null ? [] : await runRows(queue.node);
  const row = rows.find(({ node }) => node.kind === 'queueEntry' && node.entry.id === id);
  assert.ok(row !== undefined, `run ${id} is not in the queue`);
  return row;
}

async function staged(): Promise<RunInfo> {
  const made = await runOperation('hello', 'runyard.stageOperation');
  return await untilStatus(made.id, 'staged');
}

describe('the queue in the Runs view', () => {
  let dialogs: Dialogs;

  before(async () => {
    await executeCommand('runyard.runs.focus');
    await api();
  });

  beforeEach(async () => {
    setGate(false);
    dialogs = await answerDialogs(() => undefined);
    await executeCommand('runyard.pauseQueue');
  });

  afterEach(async () => {
    dialogs.restore();
    setGate(true);
    await resetSettings();
    for (const id of await queued()) {
      await executeCommand('runyard.removeFromQueue', (await entryRow(await infoOf(id))).node);
    }
    await untilNoQueue();
  });

  it('is there while something is queued, and runs it in order', async () => {
    assert.equal(await queueRow(), null);
    const [one, two] = [await staged(), await staged()];
    await onRow('runyard.addToQueue', one);
    await onRow('runyard.addToQueue', two);
    await untilQueue(/^2 waiting · paused/);
    await untilQueued(one, two);
    await untilStatus(one.id, 'queued');
    const { statusBar } = await root();
    await waitFor(() => statusBar.text?.includes('2 queued') === true, { what: 'the status bar' });
    const row = await untilQueue(/paused/);
    assert.match(row.contextValue, /\bpaused\b/);

    await executeCommand('runyard.resumeQueue', row.node);
    const first = await untilStatus(one.id, 'completed');
    const second = await untilStatus(two.id, 'completed');
    assert.ok((first.timestampsUs.started ?? 0) < (second.timestampsUs.started ?? 0));
    await untilNoQueue();
    await waitFor(() => statusBar.text === null, { what: 'the status bar to be empty' });
  });

  it('Move Up, Move Down and Set Priority change the order', async () => {
    const [a, b, c] = [await staged(), await staged(), await staged()];
    for (const run of [a, b, c]) await onRow('runyard.addToQueue', run);
    await untilQueued(a, b, c);
    await executeCommand('runyard.moveUpInQueue', (await entryRow(c)).node);
    await untilQueued(a, c, b);
    await executeCommand('runyard.moveUpInQueue', (await entryRow(c)).node);
    await untilQueued(c, a, b);
    await executeCommand('runyard.moveDownInQueue', (await entryRow(c)).node);
    await untilQueued(a, c, b);
    const picks = await answerPicks(() => undefined, '9');
    try {
      await executeCommand('runyard.setPriority', (await entryRow(c)).node);
    } finally {
      picks.restore();
    }
    await untilQueued(c, a, b);
    assert.match((await entryRow(c)).description, /priority 9/);

    await executeCommand('runyard.removeFromQueue', (await entryRow(c)).node);
    await untilStatus(c.id, 'staged');
    await untilQueued(a, b);
    for (const run of [a, b]) await onRow('runyard.removeFromQueue', run);
    await untilNoQueue();
  });

  it('Set Slots asks for a number, or for what the slots have', async () => {
    const run = await staged();
    await onRow('runyard.addToQueue', run);
    const row = await untilQueue(/^1 waiting/);
    const set = async (text: string): Promise<void> => {
      const picks = await answerPicks(() => undefined, text);
      try {
        await executeCommand('runyard.setQueueSlots', row.node);
      } finally {
        picks.restore();
      }
    };
    await executeCommand('runyard.resumeQueue', row.node);
    await untilStatus(run.id, 'completed');
    const other = await staged();
    await executeCommand('runyard.pauseQueue');
    await onRow('runyard.addToQueue', other);
    await set('gpu:0, gpu:1 ssd');
    const { runsTree, stores } = await root();
    const [entry] = stores.entries;
    assert.ok(entry !== undefined);
    const queue = await waitFor(
      () => {
        const now = runsTree.model.queueOf(entry.key);
        return now?.slots === 2 ? now : null;
      },
      { what: 'two slots' },
    );
    assert.deepEqual(queue.resources, [['gpu:0'], ['gpu:1', 'ssd']]);
    await set('none at all,');
    assert.match(dialogs.messages.at(-1) ?? '', /number of slots/);
    await setSetting('queue.slots', 3);
    await untilQueue(/^1 waiting · paused/);
    await waitFor(() => runsTree.model.queueOf(entry.key)?.slots === 3, { what: 'three slots' });
    await setSetting('queue.slots', undefined);
    await waitFor(() => runsTree.model.queueOf(entry.key)?.slots === 1, { what: 'one slot' });
  });

  it('waits for running runs when told so', async () => {
    const batch = await startBatch({ flags: ['wait=true', 'lr=[0.1]'], slots: 1 });
    await untilTrials(batch, 'running');
    const run = await staged();
    await onRow('runyard.addToQueue', run);
    const row = await untilQueue(/^1 waiting/);
    await executeCommand('runyard.waitForRunning', row.node);
    await untilQueue(/waits for running runs/);
    await executeCommand('runyard.resumeQueue', row.node);
    await untilQueue(/^1 waiting · 1 slot/);
    await executeCommand('runyard.doNotWaitForRunning', row.node);
    await untilStatus(run.id, 'completed');
    assert.equal((await infoOf(batch.id)).status, 'running');
    setGate(true);
    await untilStatus(batch.id, 'completed');
  });

  it('takes all staged trials of a batch, and a queued run can be started at once', async () => {
    const batch = await startBatch({ flags: ['lr=[0.1,0.2]'], stageTrials: true });
    await untilStatus(batch.id, 'completed');
    await untilTrials(batch, 'staged', 'staged');
    assert.equal(await onRow('runyard.addToQueue', batch), 2);
    await untilTrials(batch, 'queued', 'queued');
    const [first, second] = await trialsOf(batch);
    assert.ok(first !== undefined && second !== undefined);
    await executeCommand('runyard.start', (await entryRow(second)).node);
    await untilStatus(second.id, 'completed');
    await untilQueued(first);
    await untilStatus(first.id, 'queued');
    await onRow('runyard.delete', first);
    await untilNoQueue();
  });
});
