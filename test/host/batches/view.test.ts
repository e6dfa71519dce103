import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { waitFor } from '../../helpers/temp.ts';
import {
  answerDialogs,
  answerPicks,
  api,
  root,
  infoOf,
  resetSettings,
  runRows,
  runTexts,
  setSetting,
  showAllRuns,
  shownRow,
  untilStatus,
  type Dialogs,
} from '../helpers.ts';
import { setGate } from '../runs/project.ts';
import { onRow, startBatch, trialsOf, untilTrials } from './project.ts';

const { executeCommand } = vscode.commands;
const GATED = ['lr=[0.1,0.2,0.3]', 'wait=true'];

const ids = (runs: readonly RunInfo[]): string[] => runs.map(({ id }) => id);

describe('a batch in the Runs view', () => {
  let dialogs: Dialogs;
  let answer: (message: string, buttons: readonly string[]) => string | undefined;

  before(async () => {
    await executeCommand('runyard.runs.focus');
    await api();
  });

  beforeEach(async () => {
    setGate(false);
    answer = () => undefined;
    dialogs = await answerDialogs((message, buttons) => answer(message, buttons));
  });

  afterEach(async () => {
    dialogs.restore();
    setGate(true);
    await resetSettings();
    await showAllRuns();
  });

  const untilMessage = async (text: RegExp): Promise<void> => {
    const what = `the message ${String(text)}`;
    await waitFor(() => dialogs.messages.some((one) => text.test(one)), { what });
  };

  it('is one row with its trials below, the best one marked, and one message at its end', async () => {
    const batch = await startBatch({
      flags: ['lr=[0.3,0.1,0.2]'],
      objective: { metric: 'loss', direction: 'minimize' },
    });
    await untilStatus(batch.id, 'completed');
    await untilTrials(batch, 'completed', 'completed', 'completed');
    await untilMessage(/^Batch train\+ \S+ has ended: 3 completed\.$/);
    assert.equal(dialogs.messages.length, 1, dialogs.messages.join('\n'));

    const best = /3 trials · best loss=0\.1 \(lr=0\.1\)/;
    await waitFor(async () => best.test((await shownRow(batch)).description), {
      what: 'the best trial',
    });
    const row = await shownRow(batch);
    assert.equal(row.label, 'train+');
    const trials = ids(await trialsOf(batch));
    const top = (await runRows()).flatMap(({ node }) =>
      node.kind === 'run' ? [node.info.id] : [],
    );
    assert.ok(top.includes(batch.id));
    assert.ok(!trials.some((id) => top.includes(id)), 'trials are below their batch only');
    await waitFor(
      async () => (await runTexts(row.node)).filter((one) => one.includes('loss=')).length === 3,
      { what: 'the results of all trials' },
    );
    const below = await runRows(row.node);
    assert.deepEqual(
      below.slice(0, 3).map(({ label }) => label.split(' ')[0]),
      ['1', '2', '3'],
    );
    assert.match(below[0]?.description ?? '', /^lr=0\.3 · loss=0\.3 · \d/);
    assert.match(below[1]?.description ?? '', /^lr=0\.1 · best loss=0\.1 · /);
    assert.deepEqual(
      below.slice(3).map(({ label }) => label),
      ['Details'],
    );
  });

  it('Restart Failed starts those that failed again, under their names', async () => {
    const batch = await startBatch({ flags: ['code=[0,3]'] });
    await untilStatus(batch.id, 'completed');
    await untilMessage(/1 completed, 1 failed/);
    assert.equal(dialogs.messages.length, 1, 'trials are not told of one by one');
    const before = await trialsOf(batch);
    assert.match((await shownRow(batch)).contextValue, /canRestartFailed/);

    await onRow('runyard.restartFailedTrials', batch);
    await waitFor(() => dialogs.messages.length === 2, { what: 'the end of the restarted batch' });
    const after = await trialsOf(batch);
    assert.deepEqual(ids(after), ids(before));
    assert.equal(after[0]?.timestampsUs.started, before[0]?.timestampsUs.started);
    assert.notEqual(after[1]?.timestampsUs.started, before[1]?.timestampsUs.started);
    assert.equal(after[1]?.status, 'error');
  });

  it('the button of the message restarts what failed', async () => {
    let clicks = 0;
    answer = (_message, buttons) => {
      const button = buttons.find((one) => one === 'Restart Failed');
      return button !== undefined && clicks++ === 0 ? button : undefined;
    };
    await startBatch({ flags: ['code=[0,3]'] });
    await waitFor(() => dialogs.messages.length === 2, { what: 'the second end of the batch' });
  });

  it('Stop stops all of it without a message, Resume goes on', async () => {
    const batch = await startBatch({ flags: GATED, slots: 1 });
    await untilTrials(batch, 'running', 'staged', 'staged');
    await waitFor(async () => /▱▱▱▱▱ 0\/3 · 1 running/.test((await shownRow(batch)).description), {
      what: 'the progress of the batch',
    });
    await onRow('runyard.stop', batch);
    await untilStatus(batch.id, 'terminated');
    await untilTrials(batch, 'terminated', 'staged', 'staged');
    assert.deepEqual(dialogs.messages, [], 'a person who stops a batch knows it');
    assert.match((await shownRow(batch)).contextValue, /canResume/);

    setGate(true);
    await onRow('runyard.resumeBatch', batch);
    await untilStatus(batch.id, 'completed');
    await untilTrials(batch, 'terminated', 'completed', 'completed');
  });

  it('Stop After Current Trials lets those that run come to their end', async () => {
    const batch = await startBatch({ flags: GATED, slots: 1 });
    await untilTrials(batch, 'running', 'staged', 'staged');
    await onRow('runyard.stopAfterCurrent', batch);
    setGate(true);
    await waitFor(async () => (await infoOf(batch.id)).status !== 'running', {
      what: 'the end of the batch',
    });
    await untilTrials(batch, 'completed', 'staged', 'staged');
  });

  it('Change Slots lets more trials run at once', async () => {
    const batch = await startBatch({ flags: GATED, slots: 1 });
    await untilTrials(batch, 'running', 'staged', 'staged');
    await onRow('runyard.changeSlots', batch, 3);
    await untilTrials(batch, 'running', 'running', 'running');
    const { statusBar } = await root();
    await waitFor(() => statusBar.text?.includes('3 running') === true, { what: 'the status bar' });
    setGate(true);
    await untilStatus(batch.id, 'completed');
  });

  it('Change Slots asks, and says what is no number', async () => {
    const batch = await startBatch({ flags: GATED, slots: 1 });
    await untilTrials(batch, 'running', 'staged', 'staged');
    const picks = await answerPicks(() => undefined, '2');
    try {
      await onRow('runyard.changeSlots', batch);
      await untilTrials(batch, 'running', 'running', 'staged');
    } finally {
      picks.restore();
    }
    setGate(true);
    await untilStatus(batch.id, 'completed');
  });

  it('Start All Staged Trials starts what was only staged', async () => {
    const batch = await startBatch({ flags: ['lr=[0.1,0.2]'], stageTrials: true });
    await untilStatus(batch.id, 'completed');
    await untilTrials(batch, 'staged', 'staged');
    await onRow('runyard.startStagedTrials', batch);
    await untilTrials(batch, 'completed', 'completed');
    await untilStatus(batch.id, 'completed');
  });

  it('Start All Staged Trials goes on with a batch that was stopped', async () => {
    const batch = await startBatch({ flags: GATED, slots: 1 });
    await untilTrials(batch, 'running', 'staged', 'staged');
    await onRow('runyard.stop', batch);
    await untilStatus(batch.id, 'terminated');
    setGate(true);
    await onRow('runyard.startStagedTrials', batch);
    await untilTrials(batch, 'terminated', 'completed', 'completed');
    await untilStatus(batch.id, 'completed');
  });

  it('Restart Trials asks which and how', async () => {
    const batch = await startBatch({ flags: ['lr=[0.1,0.2]'] });
    await untilStatus(batch.id, 'completed');
    const before = await trialsOf(batch);
    const asked: string[] = [];
    const choose = async (wanted: readonly RegExp[], text?: string): Promise<void> => {
      const picks = await answerPicks((items) => {
        asked.push(items.map(({ label }) => label).join(' | '));
        return items.filter(({ label }) => wanted.some((one) => one.test(label)));
      }, text);
      try {
        await onRow('runyard.restartTrials', batch);
      } finally {
        picks.restore();
      }
    };
    await choose([/All anew/, /Restart$/]);
    assert.match(asked[0] ?? '', /All anew.*Choose trials/);
    assert.doesNotMatch(asked[0] ?? '', /Remaining|Failed/);
    await waitFor(
      async () =>
        (await trialsOf(batch)).every(
          (trial, i) =>
            trial.status === 'completed' &&
            trial.timestampsUs.started !== before[i]?.timestampsUs.started,
        ),
      { what: 'both trials to have run again' },
    );
    await untilStatus(batch.id, 'completed');
    assert.deepEqual(ids(await trialsOf(batch)), ids(before));

    await choose([/Choose trials/, /^\$\(pass\) 2 /, /Change values/], 'lr=0.7');
    await untilMessage(/1 new trial with the changed values\.$/);
    await untilTrials(batch, 'completed', 'completed', 'completed');
    const after = await trialsOf(batch);
    assert.deepEqual(ids(after).slice(0, 2), ids(before));
    assert.match(after[2]?.batch?.role === 'trial' ? after[2].batch.text : '', /lr=0\.7/);
    await untilStatus(batch.id, 'completed');
  });

  it('Restart Trial restarts one, Reveal Batch leads to its batch', async () => {
    const batch = await startBatch({ flags: ['lr=[0.1,0.2]'] });
    await untilStatus(batch.id, 'completed');
    const [one, two] = await trialsOf(batch);
    assert.ok(one !== undefined && two !== undefined);
    await onRow('runyard.restartTrial', two);
    await waitFor(
      async () => {
        const now = await infoOf(two.id);
        const again = now.timestampsUs.started !== two.timestampsUs.started;
        return again && now.status === 'completed';
      },
      { what: 'the trial to have run again' },
    );
    await untilStatus(batch.id, 'completed');
    assert.equal((await infoOf(one.id)).timestampsUs.started, one.timestampsUs.started);

    await onRow('runyard.revealBatch', two);
    const { view } = await root();
    await waitFor(() => view.selectedRuns.map(({ info }) => info.id).join() === batch.id, {
      what: 'the batch to be selected',
    });
  });

  it('Delete takes its trials along when told so, Undo and Restore bring them back', async () => {
    const batch = await startBatch({ flags: ['lr=[0.1,0.2]'] });
    await untilStatus(batch.id, 'completed');
    const trials = await trialsOf(batch);
    answer = (_message, buttons) => buttons.find((one) => one === 'Delete Batch and Trials');
    assert.equal(await onRow('runyard.delete', batch), 3);
    for (const { id } of [batch, ...trials]) assert.equal((await infoOf(id)).container, 'trash');
    answer = (_message, buttons) => buttons.find((one) => one === 'Restore Batch and Trials');
    assert.equal(await onRow('runyard.restore', batch), 3);
    answer = (_message, buttons) => buttons.find((one) => one === 'Delete Batch Only');
    assert.equal(await onRow('runyard.delete', batch), 1);
    assert.deepEqual(
      (await trialsOf(batch)).map(({ container: where }) => where),
      ['active', 'active'],
    );
    const apart = (await runRows()).filter((row) => /\btrial \d/.test(row.description));
    assert.ok(apart.length >= 2, 'the trials are rows of their own');
    answer = () => undefined;
    assert.equal(await onRow('runyard.delete', (await trialsOf(batch))[0] ?? batch), 1);
  });

  it('tells which trials were not needed, and why', async () => {
    const request = { flags: ['lr=[11,12]'] };
    const first = await startBatch(request);
    await untilStatus(first.id, 'completed');
    await untilTrials(first, 'completed', 'completed');
    const batch = await startBatch({ ...request, needed: true });
    await untilStatus(batch.id, 'completed');
    await untilMessage(/2 not needed\.$/);
    const row = await shownRow(batch);
    assert.match(row.description, /^2 trials left out/);
    const [one] = await trialsOf(first);
    const below = await runTexts(row.node);
    assert.equal(below[0], `1 lr=11.0: not needed: equal to ${one?.name ?? ''}`);
  });

  it('says nothing at the end of a batch when told so', async () => {
    await setSetting('notifyOnBatchEnd', false);
    const batch = await startBatch({ flags: ['code=[0,3]'] });
    await untilStatus(batch.id, 'completed');
    await untilTrials(batch, 'completed', 'error');
    assert.deepEqual(dialogs.messages, []);
  });

  it('is one broken row when its file cannot be read, and says why', async () => {
    const batch = await startBatch({ flags: ['lr=[0.1,0.2]'] });
    await untilStatus(batch.id, 'completed');
    const { stores } = await root();
    const path = join(batch.metaPath, 'runyard', 'batch.json');
    writeFileSync(path, '{"role": ');
    await stores.refresh(batch.runsDir, [batch.id]);
    const row = await shownRow(batch);
    assert.match(row.description, /its batch file cannot be read/);
    assert.equal(row.icon, 'warning');
    const below = await runTexts(row.node);
    assert.equal(below.filter((one) => /lr=0\.[12]/.test(one)).length, 2);
    assert.match(below.join('\n'), /batch\.json of batch \S+ cannot be used/);
  });

  it('fits the groups of the view', async () => {
    const batch = await startBatch({ flags: ['code=[0,3]'] });
    await untilStatus(batch.id, 'completed');
    await untilTrials(batch, 'completed', 'error');
    await executeCommand('runyard.groupByStatus');
    const groups = await runRows();
    const errors = groups.find(({ label }) => label === 'Error');
    assert.ok(errors !== undefined);
    assert.match((await runTexts(errors.node)).join('\n'), /trial 2/);
    const done = groups.find(({ label }) => label === 'Completed');
    const row = (await runRows(done?.node)).find(
      ({ node }) => node.kind === 'run' && node.info.id === batch.id,
    );
    assert.match((await runTexts(row?.node)).join('\n'), /1 more trial in other groups/);
    await executeCommand('runyard.groupByNone');
    await executeCommand('runyard.filterRuns', 'status == error');
    assert.match((await runTexts()).join('\n'), /trial 2/);
  });
});
