import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { RunInfo } from '../../src/core/run/types.ts';
import { listRuns } from '../../src/core/store/read.ts';
import { waitFor } from '../helpers/temp.ts';
import { copyExample, openWorkbench, type Workbench } from './harness.ts';

/** The README's five minutes, clicked through in the installed extension. */
interface Tour {
  readonly wb: Workbench;
  readonly folder: string;
  readonly runsDir: string;
}

async function openExample(t: TestContext): Promise<Tour> {
  const folder = copyExample(t);
  const wb = await openWorkbench(t, { folder });
  await wb.openContainer('Runyard');
  return { wb, folder, runsDir: join(folder, '.gage/runs') };
}

async function newest(runsDir: string): Promise<RunInfo | undefined> {
  return (await listRuns(runsDir))[0];
}

async function untilStatus(runsDir: string, operation: string, status: string): Promise<RunInfo> {
  return await waitFor(
    async () => {
      const run = await newest(runsDir);
      return run?.opref?.name === operation && run.status === status ? run : null;
    },
    { what: `${operation} to be ${status}` },
  );
}

void test('the tour: run, watch, close the window, come back, look, delete and restore', async (t) => {
  const { wb, folder, runsDir } = await openExample(t);

  // The pictures show the example as it is; else it can be watched on a busy machine too.
  if (process.env['RUNYARD_UPDATE_SCREENSHOTS'] !== '1') {
    const path = join(folder, 'train.py');
    const code = readFileSync(path, 'utf8');
    writeFileSync(path, code.replace('seconds_per_epoch = 0.2', 'seconds_per_epoch = 0.5'));
  }

  const train = wb.rows('Operations', 'train').first();
  await train.waitFor();
  assert.match((await train.textContent()) ?? '', /default/);
  await wb.rows('Runs').first().waitFor({ state: 'hidden' });
  await wb.screenshot('operations');

  await wb.rowAction(train, 'Run Operation');
  let row = wb.rows('Runs', 'train').first();
  await row.waitFor();
  await row.getByText(/[2-9]\d%/).waitFor();
  await wb.screenshot('running');

  await wb.rowAction(row, 'Show Output');
  await waitFor(async () => /epoch/i.test(await wb.outputText()), { what: 'live output' });
  assert.equal((await newest(runsDir))?.status, 'running', 'the output is read while it runs');
  await wb.screenshot('overview');

  // The window closes while it trains; the run does not care.
  await wb.closeWindow();
  const finished = await untilStatus(runsDir, 'train', 'completed');
  await wb.openWorkspace(folder);
  await wb.openContainer('Runyard');
  row = wb.rows('Runs', 'train').first();
  await row.waitFor();
  await waitFor(async () => /completed/i.test((await row.getAttribute('aria-label')) ?? ''), {
    what: 'the row to say that the run is completed',
  });
  assert.ok(finished.exitCode === 0 && finished.timestampsUs.stopped !== null);

  await row.locator('.monaco-tl-twistie').click();
  await wb.rows('Runs', 'Config').first().waitFor();
  for (const section of ['Files', 'Summary', 'metrics', 'Config']) {
    await wb.rows('Runs', section).first().locator('.monaco-tl-twistie').click();
  }
  await wb.rows('Runs', 'accuracy').first().waitFor();
  await wb.screenshot('finished');
  await row.locator('.monaco-tl-twistie').click();

  await wb.rowAction(row, 'Show Output');
  await waitFor(async () => /accuracy/i.test(await wb.outputText()), {
    what: 'the end of the output',
  });
  await wb.page.locator('.panel .view-line span[class*="mtk"]:not(.mtk1)').first().waitFor();
  await wb.screenshot('output');

  await row.click();
  await wb.page.keyboard.press('Delete');
  await waitFor(async () => (await listRuns(runsDir)).length === 0, {
    what: 'the run to be in the trash',
  });
  const toast = wb.notification(/deleted/i).first();
  await toast.waitFor();
  await wb.screenshot('deleted');
  await toast.locator('.monaco-button', { hasText: 'Undo' }).first().click();
  await waitFor(async () => (await listRuns(runsDir)).length === 1, { what: 'the run to be back' });
  await row.waitFor();
});

void test('a failing run tells, and its output is one click away', async (t) => {
  const { wb, runsDir } = await openExample(t);
  await wb.rowAction(wb.rows('Operations', 'fail').first(), 'Run Operation');
  const failed = await untilStatus(runsDir, 'fail', 'error');
  assert.equal(failed.exitCode, 3);
  const toast = wb.notification(/fail/).first();
  await toast.waitFor();
  await wb.rows('Runs', 'exit 3').first().waitFor();
  await wb.screenshot('failed');
  await toast.locator('.monaco-button', { hasText: 'Show Output' }).first().click();
  await waitFor(async () => (await wb.outputText()).includes('ValueError'), {
    what: 'the traceback',
  });

  await wb.runCommand('Runyard: Filter Runs…');
  await wb.answer('nothing like this');
  await wb.view('Runs').getByText('Clear Filter').first().waitFor();
  await wb.screenshot('filtered');
  await wb.runCommand('Runyard: Clear Filter');
  await wb.rows('Runs', 'fail').first().waitFor();
});
