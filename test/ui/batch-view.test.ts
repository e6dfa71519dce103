import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repoRoot } from '../../scripts/lib/paths.mts';
import { run } from '../../scripts/lib/run.mts';
import type { RunInfo } from '../../src/core/run/types.ts';
import { listRuns } from '../../src/core/store/read.ts';
import { tempDir, waitFor } from '../helpers/temp.ts';
import { writeBatchProject } from '../host/batches/files.ts';
import { GATE } from '../host/runs/project.ts';
import { openWorkbench } from './harness.ts';

/** A batch from the command line, as a person watches and steers it in the window. */
void test('a batch and a queue in the Runs view', async (t) => {
  const folder = join(tempDir(t), 'sweep');
  writeBatchProject(folder);
  const runsDir = join(folder, '.gage/runs');
  const wb = await openWorkbench(t, { folder });
  const cli = async (...args: readonly string[]): Promise<void> => {
    const command = [join(repoRoot, 'dist/cli.js'), '-C', folder, ...args];
    const options = { env: process.env, timeoutMs: 60_000 };
    assert.equal(await run(process.execPath, command, options), 0, args.join(' '));
  };
  const trialsWith = async (status: string): Promise<readonly RunInfo[]> =>
    (await listRuns(runsDir)).filter(
      (info) => info.batch?.role === 'trial' && info.status === status,
    );
  const untilTrials = async (status: string, count: number): Promise<void> => {
    const what = `${String(count)} trials to be ${status}`;
    await waitFor(async () => (await trialsWith(status)).length === count, { what });
  };
  await wb.openContainer('Runyard');
  await wb.rows('Operations', 'train').first().waitFor();

  await cli(
    'batch',
    'train',
    'lr=[0.3,0.1,0.2]',
    'code=[0,3]',
    '--slots',
    '2',
    '--minimize',
    'loss',
  );
  await untilTrials('completed', 3);
  const ended = wb.rows('Runs', /3 completed, 3 failed/).first();
  await ended.waitFor();
  await ended.click();
  await wb
    .rows('Runs', /lr=0\.1 code=0|code=0 lr=0\.1/)
    .first()
    .waitFor();
  await wb
    .rows('Runs', /^\d \w+.*best loss/)
    .first()
    .waitFor();
  await wb.screenshot('batch-ended');

  const waiting = ['wait=true', '--slots', '2', '--minimize', 'loss'];
  await cli('batch', 'train', 'lr=[0.5,0.1,0.2,0.4]', ...waiting);
  await untilTrials('running', 2);
  const running = wb.rows('Runs', /0\/4 · 2 running/).first();
  await running.waitFor();
  await running.click();
  await waitFor(
    async () => (await wb.page.locator('.statusbar').textContent())?.includes('2 running'),
    {
      what: 'the status bar',
    },
  );
  await cli('queue', 'pause');
  await cli('queue', 'add', ...(await trialsWith('staged')).slice(0, 1).map(({ id }) => id));
  await wb
    .rows('Runs', /1 waiting · paused/)
    .first()
    .waitFor();
  await wb.screenshot('batch-running');
  await running.click({ button: 'right' });
  const menu = wb.page.locator('.monaco-menu');
  await menu.waitFor();
  const entries = (await menu.locator('.action-label').allTextContents()).filter(Boolean);
  for (const entry of ['Stop', 'Stop After Current Trials', 'Change Slots…']) {
    assert.ok(entries.includes(entry), `${entry} in ${entries.join(', ')}`);
  }
  await wb.screenshot('batch-menu');
  await wb.page.keyboard.press('Escape');
  await wb
    .rows('Runs', /1 waiting/)
    .first()
    .hover();
  await wb.screenshot('batch-queue');

  await wb.contextMenu(running, 'Change Slots');
  await wb.answer('3');
  await untilTrials('running', 3);
  await wb.rowAction(wb.rows('Runs', /3 running/).first(), 'Stop');
  await untilTrials('terminated', 3);
  const stopped = wb.rows('Runs', /1 queued, 3 terminated/).first();
  await stopped.waitFor();
  await stopped.hover();
  await wb.screenshot('batch-stopped');
  writeFileSync(join(folder, GATE), '');
  await wb.rowAction(stopped, 'Restart Failed Trials');
  await untilTrials('completed', 6);
  await wb
    .rows('Runs', /3 completed, 1 queued/)
    .first()
    .waitFor();
  await wb.notification(/Batch train\+ \S+ has ended: 3 completed, 1 queued\./).waitFor();
  await wb.screenshot('batch-notice');
  await wb.rowAction(wb.rows('Runs', /1 waiting · paused/).first(), 'Resume Queue');
  await untilTrials('completed', 7);
  await wb
    .rows('Runs', /4 trials · best loss=0\.1 \(lr=0\.1\)/)
    .first()
    .waitFor();
  await wb.screenshot('batch-restarted');

  // What a restarted trial did before is below it, with its output.
  await wb
    .rows('Runs', /^1 \w+.*lr=0\.5/)
    .first()
    .click();
  await wb.rows('Runs', 'Former attempts').first().click();
  await wb
    .rows('Runs', /Attempt 1\s*terminated/)
    .first()
    .waitFor();
  await wb.screenshot('batch-attempts');

  const best = wb.rows('Runs', /^\d \w+.*best loss/).first();
  await wb.tooltip(best, 'Reached');
  await wb.page.screenshot({ path: join(repoRoot, 'test-results/batch-tooltip.png') });

  await wb.page.keyboard.press('Escape');
  await wb.runCommand('Runyard: Filter Runs…');
  await wb.answer('status == error');
  const apart = wb.rows('Runs', 'trial 4').first();
  await apart.waitFor();
  await wb.contextMenu(apart, 'Reveal Batch');
  await wb
    .rows('Runs', /3 completed, 3 failed/)
    .first()
    .waitFor();
  await wb.view('Runs').getByText('Filter “').waitFor({ state: 'hidden' });
  await wb.screenshot('batch-revealed');
});
