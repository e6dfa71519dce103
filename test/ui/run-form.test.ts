import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunInfo } from '../../src/core/run/types.ts';
import { readRunDetail } from '../../src/core/status/run-detail.ts';
import { listRuns } from '../../src/core/store/read.ts';
import { waitFor } from '../helpers/temp.ts';
import { copyExample, openWorkbench, type Workbench } from './harness.ts';

/** The form of a run with nothing but the keyboard. */

/** Presses keys as a person does: what is drawn after one is waited for before the next. */
class Keys {
  readonly #wb: Workbench;

  constructor(wb: Workbench) {
    this.#wb = wb;
  }

  async palette(title: string): Promise<void> {
    const { page } = this.#wb;
    await page.keyboard.press('F1');
    await page.locator('.quick-input-widget input[type="text"]:focus').first().waitFor();
    await page.keyboard.type(title);
    await this.active(title);
    await page.keyboard.press('Enter');
  }

  /** Waits until the active row of the list shows this. */
  async active(text: string | RegExp, timeout?: number): Promise<void> {
    const row = this.#wb.page.locator('.quick-input-list .monaco-list-row.focused');
    const options = timeout === undefined ? {} : { timeout };
    await row.filter({ hasText: text }).first().waitFor(options);
  }

  /**
   * Chooses the active row with Enter, which leads to a list with another one. A key that comes
   * before a new list has the focus is lost: a person presses it again.
   */
  async choose(active: string, next: string): Promise<void> {
    await this.active(active);
    for (let tries = 1; ; tries++) {
      await this.press('Enter');
      try {
        await this.active(next, 3000);
        return;
      } catch (error) {
        if (tries === 5) throw error;
      }
    }
  }

  async press(key: string): Promise<void> {
    await this.#wb.page.keyboard.press(key);
  }

  async type(text: string): Promise<void> {
    await this.#wb.page.keyboard.type(text);
  }
}

async function newest(runsDir: string, count: number): Promise<RunInfo> {
  return await waitFor(
    async () => {
      const runs = await listRuns(runsDir);
      // All of them: one that is being made has no time yet and stands last.
      const done = runs.length === count && runs.every(({ status }) => status === 'completed');
      return done ? (runs[0] ?? null) : null;
    },
    { what: `run ${String(count)} to complete` },
  );
}

void test('a run is filled in and started by keyboard', async (t) => {
  const folder = copyExample(t);
  const runsDir = join(folder, '.gage/runs');
  const wb = await openWorkbench(t, { folder });
  await wb.openContainer('Runyard');
  await wb.rows('Operations', 'train').first().waitFor();
  const keys = new Keys(wb);

  // Enter twice: the operation, then the form as it stands.
  await keys.palette('Runyard: Run Operation…');
  await keys.choose('train', 'Run train');
  await keys.press('Enter');
  const first = await newest(runsDir, 1);
  const defaults = (await readRunDetail(first)).config;

  await keys.palette('Runyard: Run Operation…');
  await keys.choose('train', 'Run train');
  await keys.type('epochs=4');
  await keys.active('Set epochs=4');
  await keys.press('Enter');
  await keys.active(/Run train.*epochs=4/);
  await keys.type('label');
  await keys.active('Label');
  await keys.press('Enter');
  await wb.page.locator('.quick-input-title', { hasText: 'Label' }).waitFor();
  await keys.type('by keyboard');
  await keys.press('Enter');
  await keys.active(/Run train.*label “by keyboard”/);
  await wb.screenshot('run-form');
  await keys.press('Enter');
  const second = await newest(runsDir, 2);
  assert.equal(second.label, 'by keyboard');
  const { config } = await readRunDetail(second);
  assert.deepEqual(config, { ...defaults, epochs: 4n });
  assert.match(readFileSync(join(second.runDir, 'train.py'), 'utf8'), /^epochs = 4\b/m);

  const row = wb.rows('Runs', 'by keyboard').first();
  await row.waitFor();
  await wb.contextMenu(row, 'Run Again with Changes');
  await keys.active('epochs=4');
  await keys.press('Escape');
  assert.equal((await listRuns(runsDir)).length, 2);
});
