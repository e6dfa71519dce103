import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir, waitFor, writeTree } from '../helpers/temp.ts';
import { makeStore } from '../host/runs/stores.ts';
import { openWorkbench } from './harness.ts';

void test('a filter is typed with the keyboard alone', async (t) => {
  const folder = join(tempDir(t), 'filtered');
  writeTree(folder, { 'gage.toml': '[train]\nexec = "true"\n' });
  makeStore(join(folder, '.gage/runs'), 30);
  const wb = await openWorkbench(t, { folder });
  await wb.openContainer('Runyard');
  await wb.rows('Runs', 'number-29').first().waitFor();

  const { keyboard } = wb.page;
  const input = wb.page.locator('.quick-input-widget input[type="text"]').first();
  const firstRow = wb.page.locator('.quick-input-list .monaco-list-row').first();
  const value = async (text: string): Promise<void> => {
    await waitFor(async () => (await input.inputValue()) === text, {
      what: `the box to hold ${text}`,
    });
  };
  const open = async (): Promise<void> => {
    await wb.runCommand('Runyard: Filter Runs…');
    // Not the palette any more.
    await wb.page.locator('.quick-input-title', { hasText: 'Filter runs' }).waitFor();
  };
  await open();
  await keyboard.type('labe');
  await wb.page
    .locator('.quick-input-list .monaco-list-row', { hasText: 'label' })
    .first()
    .waitFor();
  await keyboard.press('Tab');
  await value('label ');
  await wb.screenshot('filter-proposals');
  await keyboard.type('in [number-2 ');
  await wb.page.locator('.quick-input-list').getByText('number-0', { exact: true }).waitFor();
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await waitFor(async () => /^label in \[number-2 number-\d+ $/.test(await input.inputValue()), {
    what: 'the proposal in the box',
  });
  await firstRow.getByText("The closing ']' is missing").waitFor();
  await wb.screenshot('filter-problem');
  await keyboard.press('Enter');
  assert.equal(await input.isVisible(), true);
  await keyboard.type('] and config.lr == 0.2');
  await firstRow.getByText('Apply').waitFor();
  await keyboard.press('Enter');
  await input.waitFor({ state: 'hidden' });
  await waitFor(async () => (await wb.rows('Runs', 'number-').count()) === 1, { what: 'one row' });
  await wb.rows('Runs', 'number-2').first().waitFor();
  await wb.screenshot('filter-applied');

  await open();
  await keyboard.press('Control+a');
  await keyboard.type('number-1');
  await wb.rows('Runs', 'number-19').first().waitFor();
  await keyboard.press('Escape');
  await wb.rows('Runs', 'number-19').first().waitFor({ state: 'hidden' });
  await wb.rows('Runs', 'number-2').first().waitFor();
});
