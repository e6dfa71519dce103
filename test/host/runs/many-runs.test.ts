import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { inPhase } from '../harness/context.ts';
import {
  answerDialogs,
  root,
  endedRun,
  infoOf,
  runOperation,
  runRows,
  runTexts,
  showAllRuns,
  untilStatus,
  type ShownRow,
} from '../helpers.ts';

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

inPhase('first', () => {
  describe('10,000 runs', () => {
    /** What happened when they were read. */
    let turns = 0;
    let rows: ShownRow[] = [];

    before(async () => {
      await root();
      turns = await turnsDuring(async () => (rows = await runRows()));
    });

    afterEach(showAllRuns);

    it('are read in slices, with the extension host free in between', () => {
      assert.ok(turns >= 10, `the extension host was free ${String(turns)} times`);
      assert.equal(rows.length, 201);
      assert.equal(rows.at(-1)?.label, 'Show more…');
      assert.equal(rows.at(-1)?.description, '9,800 older runs');
    });

    it('come in pages, never more than 500 rows beside each other', async () => {
      const more = (await runRows()).at(-1);
      await vscode.commands.executeCommand('runyard.showMore', more?.node);
      const now = await runRows();
      assert.ok(now.length > 400 && now.length <= 500, String(now.length));
      const range = now.at(-1);
      assert.match(range?.label ?? '', /^Runs [\d,]+ to 10,\d{3}$/);
      const inRange = (await runRows(range?.node)).length;
      assert.ok(inRange > 0 && inRange <= 200, String(inRange));
    });

    it('are filtered and grouped at once', async () => {
      await vscode.commands.executeCommand('runyard.filterRuns', 'number-4242');
      const matching = await runRows();
      await vscode.commands.executeCommand('runyard.clearFilter');
      await vscode.commands.executeCommand('runyard.groupByStatus');
      const groups = await runTexts();
      assert.equal(matching.length, 1);
      assert.match(groups.join('\n'), /^Completed: 10,\d{3} runs$/m);
    });

    it('take in a new run, firing few rows', async () => {
      const { runsTree } = await root();
      let fires = 0;
      const subscription = runsTree.onDidChange(() => fires++);
      const made = await runOperation('evaluate');
      assert.equal((await runRows())[0]?.label, 'evaluate v2');
      await untilStatus(made.id, 'completed');
      subscription.dispose();
      assert.ok(fires < 12, `${String(fires)} fires`);
    });

    it('take in a label', async () => {
      const info = await endedRun();
      const dialogs = await answerDialogs(() => undefined);
      try {
        await vscode.commands.executeCommand('runyard.setLabel', info, undefined, 'changed');
      } finally {
        dialogs.restore();
      }
      assert.equal((await infoOf(info.id)).label, 'changed');
    });
  });
});

inPhase('again', () => {
  describe('10,000 runs, seen before', () => {
    it('show from the index, and stay when the files have been looked at', async () => {
      const { stores } = await root();
      const keys = async (): Promise<string[]> => (await runRows()).map(({ node }) => node.key);
      const shown = await keys();
      assert.equal(shown.length, 201);
      await stores.load();
      // The last changes of the first window were too fresh for the index: they come now.
      const now = await keys();
      assert.deepEqual(
        shown.slice(0, 195).filter((key) => !now.includes(key)),
        [],
      );
    });

    it('leave the extension host small', async () => {
      await runRows();
      const { heapUsed } = process.memoryUsage();
      assert.ok(heapUsed < 150e6, `${(heapUsed / 1e6).toFixed(0)} MB`);
    });
  });
});
