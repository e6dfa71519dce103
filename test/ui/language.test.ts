import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { repoRoot } from '../../scripts/lib/paths.mts';
import { listRuns } from '../../src/core/store/read.ts';
import { tempDir, waitFor } from '../helpers/temp.ts';
import { GAGE_TOML, TRAIN, writeLanguageProject, writeScripts } from '../host/language/project.ts';
import { openWorkbench, type Workbench } from './harness.ts';

/** An operation as somebody types it. */
const TYPED = [
  '[quick]',
  'exec = "python3 lib.py"',
  'default = false',
  'sourcecode = ["*.py", "-data dir"]',
];

function editorLine(wb: Workbench, text: string): Locator {
  // Blanks of the editor are hard ones.
  return wb.page
    .locator('.editor-group-container.active .view-line')
    .filter({ hasText: new RegExp(text.replaceAll(' ', '\\s')) })
    .first();
}

async function typeAt(wb: Workbench, line: string, keys: readonly string[]): Promise<void> {
  await editorLine(wb, line).click();
  await wb.page.keyboard.press('Home');
  for (const key of keys) await wb.page.keyboard.press(key);
}

void test('writing a Gage file: a mistake is underlined, mended by keyboard, and the value that was changed reaches the run', async (t) => {
  const folder = join(tempDir(t), 'project');
  writeLanguageProject(folder);
  const wb = await openWorkbench(t, { folder });
  const { page } = wb;
  const { keyboard } = page;
  await wb.runCommand('Runyard: Open Gage File');
  const lens = (text: string): Locator =>
    page.locator('.editor-group-container.active .codelens-decoration a', { hasText: text });
  await lens('Run with…').first().waitFor();
  await wb.screenshot('language-lenses');

  // A mistake, and its fix by keyboard.
  await typeAt(wb, 'sourcecode =', ['Delete']);
  await keyboard.press('Escape');
  const squiggle = page.locator('.editor-group-container.active [class*="squiggly-"]').first();
  await squiggle.waitFor();
  await wb.screenshot('language-squiggle');
  await keyboard.press('Control+.');
  await page.locator('.action-widget .monaco-list-row').first().waitFor();
  await wb.screenshot('language-fix');
  await keyboard.press('Enter');
  await editorLine(wb, '^sourcecode =').waitFor();
  await squiggle.waitFor({ state: 'detached' });
  await keyboard.press('Control+S');
  await wb.untilFile(join(folder, 'gage.toml'), GAGE_TOML);

  // Where a diagnostic leads.
  await typeAt(wb, 'default = true', ['End', 'Backspace', 'Backspace', 'Backspace', 'Backspace']);
  await keyboard.type('1');
  await keyboard.press('Escape');
  await squiggle.waitFor();
  await keyboard.press('F8');
  await page.locator('.marker-widget').waitFor();
  await wb.screenshot('language-problem');
  await page.locator('.marker-widget a', { hasText: 'wrong-type' }).first().click();
  await page.locator('.tab.active', { hasText: 'wrong-type' }).waitFor();
  const docs = page.frameLocator('iframe.webview').frameLocator('iframe');
  await docs.locator('h1', { hasText: 'wrong-type' }).waitFor();
  await wb.screenshot('language-docs');
  await wb.runCommand('View: Close Editor');
  await wb.runCommand('Runyard: Open Gage File');
  await typeAt(wb, '^default =', ['End']);
  await keyboard.press('Shift+Home');
  await keyboard.type('default = true');
  await keyboard.press('Escape');
  await squiggle.waitFor({ state: 'detached' });
  await keyboard.press('Control+S');

  // Completion from the files, and documentation.
  await typeAt(wb, '^config =', ['End', 'ArrowLeft', 'ArrowLeft']);
  for (let i = 0; i < 'epochs'.length; i++) await keyboard.press('Backspace');
  await keyboard.press('Control+Space');
  const suggestion = page
    .locator('.suggest-widget .monaco-list-row', { hasText: 'epochs' })
    .first();
  await suggestion.waitFor();
  await wb.screenshot('language-completion');
  await keyboard.type('ep');
  await page.locator('.suggest-widget .monaco-list-row', { hasText: 'lr' }).waitFor({
    state: 'detached',
  });
  await keyboard.press('Tab');
  await editorLine(wb, 'train.py#epochs').waitFor();
  await keyboard.press('Escape');
  await keyboard.press('Control+S');
  await wb.untilFile(join(folder, 'gage.toml'), GAGE_TOML);
  await typeAt(wb, '^sourcecode =', ['Control+K', 'Control+I']);
  await page.locator('.monaco-hover', { hasText: 'sourcecode' }).first().waitFor();
  // The helper moves the mouse, which closes a hover.
  await page.screenshot({ path: join(repoRoot, 'test-results/language-hover.png') });
  await keyboard.press('Escape');

  // A run with another value, by keyboard once the form is open.
  await lens('Run with…').first().click();
  await page.locator('.quick-input-widget input[type="text"]').first().fill('lr=0.5');
  await page.locator('.quick-input-list .focused', { hasText: 'Set lr=0.5' }).first().waitFor();
  await keyboard.press('Enter');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: '0.5' }).first().waitFor();
  await wb.screenshot('language-run-with');
  await keyboard.press('Enter');
  const runsDir = join(folder, '.gage/runs');
  const done = await waitFor(
    async () => (await listRuns(runsDir)).find(({ status }) => status === 'completed'),
    { timeoutMs: 60_000, what: 'the run to be completed' },
  );
  assert.match(readFileSync(join(done.runDir, 'train.py'), 'utf8'), /^lr = 0\.5$/m);
  assert.equal(readFileSync(join(folder, 'train.py'), 'utf8'), TRAIN);
  await lens('completed').first().waitFor();
  await wb.screenshot('language-last-run');
  await lens('completed').first().click();
  const row = wb.rows('Runs', 'train').first();
  await row.waitFor();
  await wb.rowAction(row, 'Show Output');
  await waitFor(async () => (await wb.outputText()).includes('learning rate 0.5'), {
    what: 'the changed value in the output',
  });
  await wb.screenshot('language-output');

  await lens('Preview').first().click();
  await editorLine(wb, 'data/words.txt').waitFor();
  await page.locator('.editor-group-container.active .detected-link').first().waitFor();
  await wb.screenshot('language-preview');
});

void test('a project with scripts gets its Gage file by pressing Enter', async (t) => {
  const folder = join(tempDir(t), 'scripts');
  writeScripts(folder);
  const wb = await openWorkbench(t, { folder });
  const { page } = wb;
  await wb.runCommand('Runyard: New Gage File…');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'prepare' }).waitFor();
  await wb.screenshot('language-new');
  const title = page.locator('.quick-input-title');
  for (const format of ['YAML', 'JSON', 'TOML']) {
    // Not with the mouse: the tooltip of the box below may lie over the button.
    await page
      .locator(`.quick-input-widget [aria-label^="Write ${format}"]`)
      .first()
      .dispatchEvent('click');
    await title.getByText(`gage.${format.toLowerCase()}`).waitFor();
  }
  await page.keyboard.press('Enter');
  await editorLine(wb, 'train.py').waitFor();
  await page
    .locator('.editor-group-container.active .codelens-decoration a', { hasText: 'Preview' })
    .first()
    .waitFor();
  await wb.screenshot('language-new-file');
  await wb.runCommand('Runyard: Add Operation…');
  await wb.answer('lib');
  await wb.answer('check');
  const path = join(folder, 'gage.toml');
  await waitFor(() => readFileSync(path, 'utf8').includes('[check]'), { what: 'the operation' });
  await wb.screenshot('language-added');

  // What is typed is what is there: closing characters and proposals do not get in the way.
  await page.locator('.editor-group-container.active .view-line').last().click();
  await page.keyboard.press('Control+End');
  for (const line of ['', ...TYPED]) {
    await page.keyboard.type(line, { delay: 40 });
    await page.keyboard.press('Enter');
  }
  await page.keyboard.press('Control+S');
  const typed = `\n\n${TYPED.join('\n')}\n`;
  await waitFor(() => readFileSync(path, 'utf8').endsWith(typed), { what: 'what was typed' });
});
