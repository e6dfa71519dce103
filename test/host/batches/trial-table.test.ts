import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { draftToKeep } from '../../../src/extension/operations/trial-draft.ts';
import type { TrialTableEditor } from '../../../src/extension/trials/table.ts';
import { waitFor } from '../../helpers/temp.ts';
import { hostContext } from '../harness/context.ts';
import {
  answerDialogs,
  answerPicks,
  api,
  root,
  folder,
  infoOf,
  operationRow,
  replaceDialog,
  runOperation,
  untilStatus,
  withForm,
} from '../helpers.ts';

const { executeCommand } = vscode.commands;

/** The one table that is open. */
async function openTable(): Promise<TrialTableEditor> {
  const tables = await (await root()).trials();
  return await waitFor(() => tables.all[0] ?? null, { what: 'a table of trials' });
}

async function closeTables(): Promise<void> {
  await executeCommand('workbench.action.closeAllEditors');
  const tables = await (await root()).trials();
  await waitFor(() => tables.all.length === 0, { what: 'the tables to be closed' });
}

async function batches(): Promise<readonly RunInfo[]> {
  const runs = await (await api()).listRuns();
  return runs.filter(({ batch }) => batch?.role === 'batch');
}

/** Trials of a batch in their order. */
async function trialsOf(id: string): Promise<readonly RunInfo[]> {
  const runs = await (await api()).listRuns();
  const trials = runs.flatMap((run) =>
    run.batch?.role === 'trial' && run.batch.batch === id ? [{ run, index: run.batch.index }] : [],
  );
  return trials.sort((a, b) => a.index - b.index).map(({ run }) => run);
}

async function onlyNew(before: readonly RunInfo[]): Promise<RunInfo> {
  const known = new Set(before.map(({ id }) => id));
  return await waitFor(async () => (await batches()).find(({ id }) => !known.has(id)) ?? null, {
    what: 'a new batch',
  });
}

const configOf = ({ metaPath }: RunInfo): unknown =>
  JSON.parse(readFileSync(join(metaPath, 'config.json'), 'utf8'));

describe('batches from the editor', () => {
  before(async () => {
    await executeCommand('runyard.runs.focus');
  });

  afterEach(closeTables);

  it('are shown as a table before they start, and run as shown', async () => {
    const before = await batches();
    await executeCommand('runyard.runBatch', await operationRow('train'));
    const table = await openTable();
    assert.equal(table.checked?.plan?.table.single, true);
    await table.receive({ type: 'flags', text: 'lr=[0.1, 0.01] epochs=1' });
    await table.receive({ type: 'option', name: 'slots', text: '2' });
    await table.settled();
    assert.equal(table.checked.plan.trials.length, 2);
    assert.deepEqual(await batches(), before);
    await table.receive({ type: 'go' });
    const batch = await onlyNew(before);
    await untilStatus(batch.id, 'completed');
    const trials = await trialsOf(batch.id);
    assert.deepEqual(trials.map(configOf), [
      { epochs: 1, lr: 0.1 },
      { epochs: 1, lr: 0.01 },
    ]);
    assert.ok(trials.every(({ status }) => status === 'completed'));
    const tables = await (await root()).trials();
    await waitFor(() => tables.all.length === 0, { what: 'the table to be closed' });
  });

  it('offer what was used the last time', async () => {
    await executeCommand('runyard.stageBatch', await operationRow('train'));
    const last = await openTable();
    await last.receive({ type: 'flags', text: 'lr=[0.1, 0.01] epochs=1' });
    await last.receive({ type: 'option', name: 'slots', text: '2' });
    await last.settled();
    await last.receive({ type: 'go' });
    await closeTables();
    await executeCommand('runyard.runBatch', await operationRow('train'));
    const table = await openTable();
    await table.receive({ type: 'use-last' });
    await table.settled();
    assert.equal(table.draft.flags, 'lr=[0.1, 0.01] epochs=1');
    assert.equal(table.checked?.plan?.request.slots, 2);
    await table.receive({ type: 'undo' });
    assert.equal(table.draft.flags, '');
  });

  it('offer what was filled in when the table is closed without making them', async () => {
    await executeCommand('runyard.runBatch', await operationRow('evaluate'));
    await (await openTable()).receive({ type: 'option', name: 'slots', text: '3' });
    await closeTables();
    await executeCommand('runyard.runBatch', await operationRow('train'));
    const table = await openTable();
    await table.receive({ type: 'flags', text: 'lr=[3, 4, 5]' });
    await table.receive({ type: 'delete', ids: [2] });
    await table.settled();
    await closeTables();
    await executeCommand('runyard.runBatch', await operationRow('train'));
    const again = await openTable();
    assert.equal(again.draft.flags, '');
    await again.receive({ type: 'use-last' });
    await again.settled();
    const rates = again.checked?.plan?.trials.map(({ config }) => config['lr']);
    assert.deepEqual(rates, [3, 5]);
  });

  it('are staged, and start when they are started', async () => {
    const before = await batches();
    await executeCommand('runyard.stageBatch', await operationRow('train'));
    const table = await openTable();
    await table.receive({ type: 'flags', text: 'epochs=[1, 2]' });
    await table.settled();
    await table.receive({ type: 'go' });
    const batch = await onlyNew(before);
    await untilStatus(batch.id, 'staged');
    assert.deepEqual(await trialsOf(batch.id), []);
  });

  it('come from a file, with the operation that is chosen', async () => {
    const path = join(hostContext().workspaceDir, 'grid.csv');
    writeFileSync(path, 'lr,epochs\n0.5,1\n,2\n');
    const picks = await answerPicks((items) => items.filter(({ label }) => label === 'train'));
    try {
      await executeCommand('runyard.runBatchFromFile', vscode.Uri.file(path));
    } finally {
      picks.restore();
    }
    const table = await openTable();
    const trials = table.checked?.plan?.trials ?? [];
    assert.deepEqual(
      trials.map(({ config }) => [config['lr'], config['epochs']]),
      [
        [0.5, 1n],
        [0.1, 2n],
      ],
    );
  });

  it('come from the form of a run as soon as it has several values', async () => {
    const made = await withForm(
      'runyard.runOperation',
      await operationRow('train'),
      async (form) => {
        await form.type('lr=[1, 2] epochs=1', /Set lr=.* \| 2 trials/);
        await form.accept();
        await form.until(/Show 2 trials of train \| epochs=1 · lr=\[1, 2\]/);
        await form.accept();
        await openTable();
      },
    );
    assert.equal(made, undefined);
    const table = await openTable();
    assert.equal(table.draft.flags, 'epochs=1 lr=[1, 2]');
    assert.equal(table.checked?.plan?.trials.length, 2);
  });

  it('have both values of a switch in one choice', async () => {
    const path = join(hostContext().workspaceDir, 'train.py');
    const code = readFileSync(path, 'utf8');
    writeFileSync(path, code.replace('epochs = 3', 'epochs = 3\nfast = False'));
    const picks = await answerPicks((items) => items.filter(({ label }) => label === 'both'));
    try {
      const row = await operationRow('train');
      await withForm('runyard.runOperation', row, async (form) => {
        await form.choose(/ fast \|/);
        await form.until(/Show 2 trials of train \| fast=\[true, false\]/);
        await form.leave();
      });
    } finally {
      picks.restore();
      writeFileSync(path, code);
    }
  });

  it('are edited, undone, and saved as a file that gives the same trials', async () => {
    await executeCommand('runyard.runBatch', await operationRow('train'));
    const table = await openTable();
    await table.receive({ type: 'flags', text: 'lr=[1, 2]' });
    await table.receive({ type: 'duplicate', ids: [2] });
    await table.receive({ type: 'cell', id: 3, key: 'lr', text: '0.25' });
    await table.receive({ type: 'delete', ids: [1] });
    await table.settled();
    const rates = (): unknown => table.checked?.plan?.trials.map(({ config }) => config['lr']);
    assert.deepEqual(rates(), [2, 0.25]);
    await table.receive({ type: 'undo' });
    assert.deepEqual(rates(), [1, 2, 0.25]);
    const path = join(hostContext().workspaceDir, 'saved.csv');
    const dialog = await replaceDialog('showSaveDialog', vscode.Uri.file(path));
    const messages = await answerDialogs(() => undefined);
    try {
      await table.receive({ type: 'save' });
    } finally {
      dialog.restore();
      messages.restore();
    }
    assert.equal(readFileSync(path, 'utf8'), 'lr\n1.0\n2.0\n0.25\n');
    await table.receive({ type: 'follow' });
    await table.receive({ type: 'flags', text: '' });
    const files = await replaceDialog('showOpenDialog', [vscode.Uri.file(path)]);
    try {
      await table.receive({ type: 'add-file' });
    } finally {
      files.restore();
    }
    await table.settled();
    assert.deepEqual(rates(), [1, 2, 0.25]);
  });

  it('mark trials that an equal run makes needless, and leave them out', async () => {
    const before = await batches();
    const equal = await runOperation('train');
    await untilStatus(equal.id, 'completed');
    await executeCommand('runyard.runBatch', await operationRow('train'));
    const table = await openTable();
    await table.receive({ type: 'flags', text: 'lr=[0.1, 0.75]' });
    await table.receive({ type: 'option', name: 'needed', text: 'yes' });
    await table.settled();
    const marks = table.checked?.plan?.trials.map(({ equalRun }) => equalRun !== null);
    assert.deepEqual(marks, [true, false]);
    await table.receive({ type: 'go' });
    const batch = await onlyNew(before);
    await untilStatus(batch.id, 'completed');
    const completed = (await trialsOf(batch.id)).filter(({ status }) => status === 'completed');
    assert.deepEqual(completed.map(configOf), [{ epochs: 3, lr: 0.75 }]);
  });

  it('are not made when the project has changed since the table was shown', async () => {
    const before = await batches();
    await executeCommand('runyard.runBatch', await operationRow('train'));
    const table = await openTable();
    await table.receive({ type: 'flags', text: 'lr=[1, 2]' });
    await table.settled();
    const path = join(hostContext().workspaceDir, 'train.py');
    const code = readFileSync(path, 'utf8');
    writeFileSync(path, code.replace('epochs = 3', 'epochs = 2'));
    const messages = await answerDialogs(() => undefined);
    try {
      await table.receive({ type: 'go' });
      assert.match(messages.messages[0] ?? '', /^The trials have changed since they were shown/);
      assert.equal(table.checked?.plan?.trials[0]?.config['epochs'], 2n);
      assert.deepEqual(await batches(), before);
      await table.receive({ type: 'go' });
      const batch = await onlyNew(before);
      await untilStatus(batch.id, 'completed');
    } finally {
      messages.restore();
      writeFileSync(path, code);
    }
  });

  it('are made at once when another extension tells everything', async () => {
    const made = await executeCommand<{ id: string } | undefined>('runyard.runBatch', {
      folder: folder(),
      operation: 'train',
      flags: ['epochs=[1, 2]'],
      options: { slots: '2', batchLabel: 'told', label: 'e${epochs}' },
    });
    assert.ok(made !== undefined);
    const batch = await untilStatus(made.id, 'completed');
    assert.equal(batch.label, 'told');
    const trials = await trialsOf(made.id);
    assert.deepEqual(
      trials.map(({ label }) => label),
      ['e1', 'e2'],
    );
  });

  it('are one plain run where one is meant', async () => {
    const made = await executeCommand<{ id: string }>('runyard.runBatch', {
      folder: folder(),
      operation: 'train',
      flags: ['epochs=1'],
    });
    const run = await infoOf(made.id);
    assert.equal(run.batch, null);
    await untilStatus(made.id, 'completed');
  });

  it('say what is wrong when they are told something wrong', async () => {
    const messages = await answerDialogs(() => undefined);
    try {
      const args = { folder: folder(), operation: 'train', flags: ['epochz=[1, 2]'] };
      assert.equal(await executeCommand('runyard.runBatch', args), undefined);
      assert.match(messages.messages[0] ?? '', /epochz/);
    } finally {
      messages.restore();
    }
  });

  it('have one table for an operation, which is shown again', async () => {
    await executeCommand('runyard.runBatch', await operationRow('train'));
    const table = await openTable();
    await table.receive({ type: 'flags', text: 'lr=[1, 2]' });
    await executeCommand('runyard.runBatch', await operationRow('train'));
    const tables = await (await root()).trials();
    assert.deepEqual(tables.all, [table]);
    assert.equal(table.draft.flags, 'lr=[1, 2]');
  });

  it('do not come back with a window that did not notice that they were closed', async () => {
    await executeCommand('runyard.runBatch', await operationRow('train'));
    const table = await openTable();
    await table.receive({ type: 'flags', text: 'lr=[0.1, 0.01] epochs=1' });
    await table.settled();
    const kept = { draft: draftToKeep(table.draft) };
    await closeTables();
    const { ViewColumn, window } = vscode;
    const late = window.createWebviewPanel('other', 'Trials of train', ViewColumn.Active, {});
    let closed = false;
    late.onDidDispose(() => (closed = true));
    const tables = await (await root()).trials();
    tables.restore(late, kept);
    await waitFor(() => closed, { what: 'the late table to be closed' });
    assert.equal(tables.all.length, 0);
  });
});
