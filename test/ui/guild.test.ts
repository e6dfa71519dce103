import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir, waitFor } from '../helpers/temp.ts';
import { writeGuildProject } from '../host/guild/project.ts';
import { openWorkbench } from './harness.ts';

void test('a Guild home, its batches and a run are looked at', async (t) => {
  const folder = join(tempDir(t), 'digits');
  mkdirSync(folder);
  await writeGuildProject(folder);
  const wb = await openWorkbench(t, { folder });
  await wb.openContainer('Runyard');
  const batch = wb.rows('Runs', '3abe0ff2').first();
  await batch.waitFor();
  await batch.click();
  await wb.page.keyboard.press('ArrowRight');
  const trial = wb.rows('Runs', 'x=2').first();
  await trial.waitFor();
  await trial.click();
  await wb.page.keyboard.press('ArrowRight');
  await wb.rows('Runs', 'Config').first().waitFor();
  await wb.screenshot('guild-home');
  await wb.rowAction(trial, 'Show Output');
  await waitFor(async () => (await wb.outputText()).includes('loss: 4.000000'), {
    what: 'the output',
  });
  await wb.rows('Runs', 'slow').first().click({ button: 'right' });
  await wb.page.getByText('Mark Guild Run').waitFor();
  await wb.screenshot('guild-menu');
});
