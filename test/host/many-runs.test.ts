import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import {
  root,
  runOperation,
  answerDialogs,
  api,
  runRows,
  runTexts,
  untilStatus,
} from './helpers.ts';

/** How often the event loop was free while `work` went on. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return turns;
}

describe('10,000 runs', () => {
  it('are read in slices, with the extension host free in between', async () => {
    await root();
    const turns = await turnsDuring(() => runRows());
    assert.ok(turns >= 10, `the extension host was free ${String(turns)} times`);
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
    await vscode.commands.executeCommand('runyard.filterRuns', 'number-4242');
    const rows = await runRows();
    await vscode.commands.executeCommand('runyard.clearFilter');
    await vscode.commands.executeCommand('runyard.groupByStatus');
    const groups = await runTexts();
    await vscode.commands.executeCommand('runyard.groupByNone');
    assert.equal(rows.length, 1);
    assert.ok(groups.includes('Completed: 10,000 runs'), groups.join());
  });

  it('take in a new run and a label, firing few rows', async () => {
    const { runsTree, stores } = await root();
    let fires = 0;
    const subscription = runsTree.onDidChange(() => fires++);
    const made = await runOperation('evaluate');
    assert.equal((await runRows())[0]?.label, 'evaluate v2');
    await untilStatus(made.id, 'completed');
    subscription.dispose();
    assert.ok(fires < 12, `${String(fires)} fires`);
    const info = (await (await api()).listRuns()).find(({ id }) => id !== made.id);
    assert.ok(info !== undefined);
    const dialogs = await answerDialogs(() => undefined);
    await vscode.commands.executeCommand('runyard.setLabel', info, undefined, 'changed');
    dialogs.restore();
    assert.equal(stores.entries[0]?.store.runs.get(info.id)?.label, 'changed');
  });
});
