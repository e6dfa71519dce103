import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import {
  runOperation,
  answerDialogs,
  api,
  container,
  runRows,
  runTexts,
  untilStatus,
} from './helpers.ts';

/** Longest time that the event loop was not free while `work` went on. Milliseconds. */
async function longestFreeze(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last - 5);
    last = performance.now();
  }, 5);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return longest;
}

describe('10,000 runs', () => {
  it('show their first page soon, without freezing the extension host', async () => {
    await container();
    const start = performance.now();
    const freeze = await longestFreeze(() => runRows());
    const ms = performance.now() - start;
    assert.ok(ms < 10_000, `first read without an index: ${ms.toFixed(0)} ms`);
    assert.ok(freeze < 250, `the longest freeze: ${freeze.toFixed(0)} ms`);
    const rows = await runRows();
    assert.equal(rows.length, 201);
    assert.equal(rows.at(-1)?.label, 'Show more…');
    assert.equal(rows.at(-1)?.description, '9,800 older runs');
  });

  it('come in pages, never more than 500 rows beside each other', async () => {
    const more = (await runRows()).at(-1);
    await vscode.commands.executeCommand('runyard.showMore', more?.node);
    const rows = await runRows();
    assert.ok(rows.length > 400 && rows.length <= 500, String(rows.length));
    const range = rows.at(-1);
    assert.match(range?.label ?? '', /^Runs [\d,]+ to 10,000$/);
    assert.equal((await runRows(range?.node)).length, 200);
  });

  it('are filtered and grouped at once', async () => {
    const start = performance.now();
    await vscode.commands.executeCommand('runyard.filterRuns', 'number-4242');
    const rows = await runRows();
    await vscode.commands.executeCommand('runyard.clearFilter');
    await vscode.commands.executeCommand('runyard.groupByStatus');
    const groups = await runTexts();
    await vscode.commands.executeCommand('runyard.groupByNone');
    assert.equal(rows.length, 1);
    assert.ok(groups.includes('Completed: 10,000 runs'), groups.join());
    assert.ok(performance.now() - start < 2000);
  });

  it('take in a new run in under 200 ms of work, firing few rows', async () => {
    const { runsTree, stores } = await container();
    let fires = 0;
    const subscription = runsTree.onDidChange(() => fires++);
    const made = await runOperation('evaluate');
    assert.equal((await runRows())[0]?.label, 'evaluate v2');
    await untilStatus(made.id, 'completed');
    subscription.dispose();
    assert.ok(fires < 12, `${String(fires)} fires`);
    const info = (await (await api()).listRuns()).find(({ id }) => id !== made.id);
    assert.ok(info !== undefined);
    const start = performance.now();
    const dialogs = await answerDialogs(() => undefined);
    await vscode.commands.executeCommand('runyard.setLabel', info, undefined, 'changed');
    dialogs.restore();
    assert.ok(performance.now() - start < 200, `${(performance.now() - start).toFixed(0)} ms`);
    assert.equal(stores.entries[0]?.store.runs.get(info.id)?.label, 'changed');
  });
});
