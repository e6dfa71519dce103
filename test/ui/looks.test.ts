import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repoRoot } from '../../scripts/lib/paths.mts';
import { listRuns } from '../../src/core/store/read.ts';
import { tempDir, waitFor } from '../helpers/temp.ts';
import { copyExample, openWorkbench } from './harness.ts';

/** What the extension looks like where the tour does not go. */

void test('runs of several states: menu, tooltip, output, comparison, groups, trash', async (t) => {
  const folder = copyExample(t);
  const runsDir = join(folder, '.gage/runs');
  const wb = await openWorkbench(t, { folder });
  const untilStatus = async (operation: string, status: string): Promise<void> => {
    const has = async (): Promise<boolean> =>
      (await listRuns(runsDir)).some(
        (run) => run.opref?.name === operation && run.status === status,
      );
    await waitFor(has, { what: `${operation} to be ${status}` });
  };
  await wb.openContainer('Runyard');
  for (const [operation, action] of [
    ['train', 'Run Operation'],
    ['fail', 'Run Operation'],
    ['simulate', 'Run Operation'],
    ['hello', 'Stage Operation'],
  ] as const) {
    const row = wb.rows('Operations', operation).first();
    await row.waitFor();
    await wb.rowAction(row, action);
    await wb.rows('Runs', operation).first().waitFor();
  }
  await untilStatus('fail', 'error');
  await untilStatus('hello', 'staged');
  await wb.rows('Runs', 'staged').first().waitFor();
  await wb.screenshot('states');

  await wb.rowAction(wb.rows('Runs', 'simulate').first(), 'Show Output');
  await untilStatus('simulate', 'completed');
  await waitFor(async () => /completed, exit code 0/.test(await wb.outputText()), {
    what: 'the end of the output',
  });
  await wb.page.locator('.panel .monaco-editor').first().click();
  await wb.page.keyboard.press('Control+Home');
  await waitFor(async () => (await wb.outputText()).includes('── Run'), { what: 'the beginning' });
  const output = await wb.outputText();
  assert.match(output, /\d\d:\d\d:\d\d\.\d{3} {3}\S/, 'lines of standard output');
  assert.match(output, /\d\d:\d\d:\d\d\.\d{3} ! \S/, 'lines of standard error are marked');
  await wb.screenshot('look-output');
  await untilStatus('train', 'completed');
  await wb.page.keyboard.press('Control+j');

  const train = wb.rows('Runs', 'train').first();
  await waitFor(async () => /completed/i.test((await train.getAttribute('aria-label')) ?? ''), {
    what: 'the row to say that the run is completed',
  });
  await train.click({ button: 'right' });
  const menu = wb.page.locator('.monaco-menu');
  await menu.waitFor();
  const entries = (await menu.locator('.action-label').allTextContents()).filter(Boolean);
  for (const entry of ['Show Output', 'Open Run Directory', 'Set Label…', 'Copy ID', 'Delete']) {
    assert.ok(entries.includes(entry), `${entry} in ${entries.join(', ')}`);
  }
  for (const entry of ['Start', 'Stop', 'Restore', 'Recover', 'Stage Again']) {
    assert.ok(!entries.includes(entry), `${entry} makes no sense for a completed run`);
  }
  await wb.screenshot('look-menu');
  await wb.page.keyboard.press('Escape');

  await train.getByText(/loss=/).waitFor();
  const tooltip = await wb.tooltip(train, 'Duration');
  assert.match((await tooltip.textContent()) ?? '', /completed.*Duration.*accuracy.*epochs/s);
  await wb.page.screenshot({ path: join(repoRoot, 'test-results/look-tooltip.png') });

  appendFileSync(join(folder, 'train.py'), '# changed after the run\n');
  await train.locator('.monaco-tl-twistie').click();
  for (const section of ['Files', 'Source code']) {
    await wb.rows('Runs', section).first().locator('.monaco-tl-twistie').click();
  }
  const file = wb.rows('Runs', 'train.py').first();
  await file.waitFor();
  await wb.rowAction(file, 'Compare with Workspace');
  await wb.page.locator('.monaco-diff-editor .view-line').first().waitFor();
  const title = wb.page.locator('.tab.active').first();
  assert.match((await title.textContent()) ?? '', /train\.py/);
  await wb.page.locator('.monaco-diff-editor .line-insert').first().waitFor({ state: 'attached' });
  await wb.screenshot('compare');
  await train.locator('.monaco-tl-twistie').click();

  await wb.runCommand('Runyard: Group Runs by Status');
  await wb.rows('Runs', 'Completed').first().waitFor();
  const groups = wb.rows('Runs');
  for (let i = 0; i < 3; i++) {
    const closed = groups.nth(i * 2);
    if ((await closed.getAttribute('aria-expanded')) === 'false') await closed.click();
  }
  await waitFor(async () => (await wb.rows('Runs', 'hello').count()) > 0, { what: 'open groups' });
  await wb.screenshot('look-groups');
  await wb.runCommand('Runyard: Do Not Group Runs');

  await waitFor(async () => (await wb.rows('Runs').count()) === 4, { what: 'the plain list' });
  const failed = wb.rows('Runs', 'fail').first();
  await wb.contextMenu(failed, 'Delete');
  const deleted = wb.rows('Runs', 'Deleted').first();
  await deleted.waitFor();
  await deleted.locator('.monaco-tl-twistie').click();
  await deleted.getByText('1 run').waitFor();
  await wb.rows('Runs').nth(4).waitFor();
  await failed.hover();
  await failed.locator('.action-label[aria-label^="Restore"]').first().waitFor();
  await wb.page.screenshot({ path: join(repoRoot, 'test-results/look-deleted.png') });
  await wb.rowAction(failed, 'Restore');
  await deleted.waitFor({ state: 'hidden' });
});

void test('a folder without a Gage file, in high contrast, leads to a first one', async (t) => {
  const folder = join(tempDir(t), 'empty');
  mkdirSync(folder);
  const wb = await openWorkbench(t, {
    folder,
    settings: { 'workbench.colorTheme': 'Default High Contrast' },
  });
  await wb.openContainer('Runyard');
  const button = wb
    .view('Operations')
    .locator('.monaco-button', { hasText: 'New Gage File' })
    .first();
  await button.waitFor();
  await wb.view('Runs').getByText('No runs yet.').first().waitFor();
  await wb.screenshot('look-welcome');
  await button.click();
  await wb.rows('Operations', 'train').first().waitFor();
  await waitFor(async () => (await wb.activeEditorText()).includes('[train]'), {
    what: 'the Gage file',
  });
  await wb.screenshot('look-high-contrast');
});
