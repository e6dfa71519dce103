import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { FrameLocator, Locator } from 'playwright-core';
import type { RunInfo } from '../../src/core/run/types.ts';
import { listRuns } from '../../src/core/store/read.ts';
import { waitFor } from '../helpers/temp.ts';
import { copyExample, openWorkbench, type Workbench } from './harness.ts';

/** A sweep as a person makes it: lens, table of trials, batch, best trial. */
interface Window {
  readonly wb: Workbench;
  readonly folder: string;
  readonly runsDir: string;
  /** What the window has complained about. */
  readonly complaints: readonly string[];
}

async function openExample(t: TestContext, theme = 'Default Dark Modern'): Promise<Window> {
  const folder = copyExample(t);
  writeFileSync(join(folder, 'grid.csv'), 'lr,noise\n0.05,1.5\n0.2,\n');
  const wb = await openWorkbench(t, {
    folder,
    settings: { 'workbench.colorTheme': theme },
  });
  const complaints: string[] = [];
  wb.page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) complaints.push(message.text());
  });
  await wb.openContainer('Runyard');
  await wb.rows('Operations', 'train').first().waitFor();
  return { wb, folder, runsDir: join(folder, '.gage/runs'), complaints };
}

/** The table of trials in the active tab, as a person sees it. */
class TablePage {
  readonly #wb: Workbench;
  readonly frame: FrameLocator;

  constructor(wb: Workbench) {
    this.#wb = wb;
    this.frame = wb.page
      .locator('iframe.webview.ready')
      .last()
      .contentFrame()
      .frameLocator('iframe#active-frame');
  }

  get values(): Locator {
    return this.frame.getByRole('textbox', { name: 'Values' });
  }

  get count(): Locator {
    return this.frame.locator('.count');
  }

  get go(): Locator {
    return this.frame.locator('button.primary');
  }

  option(label: string): Locator {
    return this.frame.getByLabel(label, { exact: true });
  }

  button(name: string): Locator {
    return this.frame.getByRole('button', { name, exact: true });
  }

  cell(row: number, column: number): Locator {
    return this.frame.locator(`tr[data-row="${row}"] > [data-column="${column}"]`);
  }

  async untilCount(text: string): Promise<void> {
    await this.frame.locator('.count').getByText(text, { exact: true }).waitFor();
  }

  /** Texts of the table, row by row. */
  async rows(): Promise<string[]> {
    const rows = await this.frame.locator('tbody tr[data-row]').all();
    return await Promise.all(
      rows.map(async (row) =>
        (await row.locator('> *').allInnerTexts())
          .map((text) => text.replace(/\s*\n/g, '').trim())
          .join(' | ')
          .trim(),
      ),
    );
  }

  /** Waits until a row of the table looks like this. */
  async untilRow(index: number, text: RegExp): Promise<void> {
    const what = `row ${String(index)} to be ${String(text)}`;
    await waitFor(async () => text.test((await this.rows())[index] ?? ''), { what });
  }

  /** Waits until the rows of the table are these. */
  async untilRows(expected: readonly string[]): Promise<void> {
    await waitFor(
      async () => {
        assert.deepEqual(await this.rows(), expected);
        return true;
      },
      { what: 'the rows of the table' },
    );
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#wb.page.keyboard.press(key);
  }

  async type(text: string): Promise<void> {
    await this.#wb.page.keyboard.type(text);
  }
}

async function openTable(wb: Workbench): Promise<TablePage> {
  await wb.runCommand('Runyard: Open Gage File');
  const lens = wb.page.locator('.codelens-decoration a', { hasText: 'Trials…' });
  // The second operation of the example is train.
  await lens.nth(1).waitFor();
  await lens.nth(1).click();
  const table = new TablePage(wb);
  await table.values.waitFor();
  return table;
}

async function untilEnded(runsDir: string, count: number): Promise<readonly RunInfo[]> {
  return await waitFor(
    async () => {
      const runs = await listRuns(runsDir);
      const ended = runs.filter(({ status }) => status === 'completed');
      return ended.length === count && runs.length === count ? runs : null;
    },
    { what: `${count} runs to complete` },
  );
}

void test('a sweep: lens, table, batch, best trial', async (t) => {
  const { wb, runsDir, complaints } = await openExample(t);

  // The form of a run counts along, and can be left.
  await wb.contextMenu(wb.rows('Operations', 'train').first(), 'Run Operation…');
  const form = wb.page.locator('.quick-input-widget input[type="text"]').first();
  await form.fill('lr=[0.1, 0.2] epochs=range[1:3]');
  await wb.page.locator('.quick-input-list').getByText('6 trials · press Enter').waitFor();
  await wb.screenshot('trials-form');
  await wb.page.keyboard.press('Escape');

  const table = await openTable(wb);
  await table.untilCount('One run');
  await wb.screenshot('trials-empty');

  await table.values.fill('lr=[0.02, 0.5] noise=[0.8, 1.6] epochs=4 seconds_per_epoch=0.05');
  await table.untilCount('4 trials');
  await table.untilRows([
    '1 | 4 | 0.02 | 0.8 | 0.05 |',
    '2 | 4 | 0.02 | 1.6 | 0.05 |',
    '3 | 4 | 0.5 | 0.8 | 0.05 |',
    '4 | 4 | 0.5 | 1.6 | 0.05 |',
  ]);
  await table.option('At a time').fill('2');
  await table.frame.locator('summary').click();
  await table.option('Metric').fill('loss');
  await table.option('Best is the').selectOption('minimize');
  await wb.screenshot('trials-table');

  await table.go.filter({ hasText: 'Run 4 Trials' }).click();
  const row = wb.rows('Runs', 'train').first();
  await row.waitFor();
  await wb.screenshot('trials-running');
  const runs = await untilEnded(runsDir, 5);
  assert.equal(runs.filter(({ batch }) => batch?.role === 'trial').length, 4);
  assert.equal(runs.filter(({ batch }) => batch?.role === 'batch').length, 1);
  await row.getByText(/best/).first().waitFor();
  await row.click();
  await wb.page.keyboard.press('ArrowRight');
  // Each trial says what it reached; one of them is the best.
  for (const trial of [
    'lr=0.02 noise=0.8',
    'lr=0.02 noise=1.6',
    'lr=0.5 noise=0.8',
    'lr=0.5 noise=1.6',
  ]) {
    await wb.rows('Runs', trial).filter({ hasText: 'loss=' }).first().waitFor();
  }
  await wb.screenshot('trials-done');
  assert.deepEqual(complaints, []);
});

void test('the table of trials by keyboard, through a hidden tab and a reload', async (t) => {
  const { wb, runsDir } = await openExample(t);
  const table = await openTable(wb);
  // The keyboard begins in the box of the values.
  await table.frame.locator('#flags:focus').waitFor();
  await table.type('lr=[0.1, 0.2, 0.3] epochs=2 seconds_per_epoch=0');
  await table.untilCount('3 trials');

  // Down into the table: the second rate of learning becomes another, by typing over it.
  await table.cell(0, 0).focus();
  await table.press('ArrowRight', 'ArrowRight', 'ArrowDown');
  await table.type('0.3');
  await table.press('Enter');
  await table.untilCount('3 trials, 1 duplicate');
  await table.untilRow(2, /^3 \| 2 \| 0\.3 \| 0\.0 \| same as trial 2$/);
  await wb.screenshot('trials-edited');

  // A value that does not fit is told in its cell, and cannot be started.
  await table.press('F2');
  await table.type('much');
  await table.press('Enter');
  await table.frame.locator('td[aria-invalid]').waitFor();
  await table.frame
    .locator('.problems')
    .filter({ hasText: /Trial 3, lr: "much" does not fit "lr": it is a number/ })
    .waitFor();
  await waitFor(() => table.go.isDisabled(), { what: 'the button to be disabled' });
  await wb.screenshot('trials-problem');
  await table.press('Control+z');
  await table.untilCount('3 trials, 1 duplicate');

  // Rows: duplicate, give one cell back to the project, move, delete.
  await table.press('Control+d');
  await table.untilCount('4 trials, 2 duplicates');
  await table.press('Delete');
  await table.untilCount('4 trials, 1 duplicate');
  await table.untilRow(3, /^4 \| 2 \| 0\.05, As in the project \| 0\.0/);
  await table.press('Alt+ArrowUp', 'Alt+ArrowUp', 'Alt+ArrowUp');
  await table.untilRow(0, /^1 \| 2 \| 0\.05/);
  await table.button('Remove Duplicates').click();
  await table.untilCount('3 trials');
  const rows = await table.rows();

  // Another tab in front, then the window anew: nothing is lost.
  await wb.runCommand('Runyard: Open Gage File');
  await table.values.waitFor({ state: 'hidden' });
  await wb.page.locator('.tab', { hasText: 'Trials of train' }).click();
  await table.untilCount('3 trials');
  await table.untilRows(rows);
  const last = '{"id":2,"cells":{"epochs":"2","lr":"0.3","seconds_per_epoch":"0.0"}}],"nextId":5';
  await wb.untilKept('Trials of train', last);
  await wb.untilKept('trials.open', last);
  await wb.reload();
  // Which tab was in front may have been written before.
  await wb.page.locator('.tab', { hasText: 'Trials of train' }).click();
  const again = new TablePage(wb);
  await again.untilCount('3 trials');
  await again.untilRows(rows);
  await wb.screenshot('trials-reloaded');

  // Staged only, and started with the keyboard.
  await again.option('Then').selectOption('stage-trials');
  await again.go.filter({ hasText: 'Stage 3 Trials' }).waitFor();
  await again.go.focus();
  await again.press('Control+Enter');
  const staged = await waitFor(
    async () => {
      const runs = (await listRuns(runsDir)).filter(({ status }) => status === 'staged');
      return runs.length === 3 ? runs : null;
    },
    { what: 'three staged trials' },
  );
  assert.ok(staged.every(({ batch }) => batch?.role === 'trial'));
  const rates = staged.map(
    ({ metaPath }) =>
      (JSON.parse(readFileSync(join(metaPath, 'config.json'), 'utf8')) as { lr: number }).lr,
  );
  assert.deepEqual(rates.sort(), [0.05, 0.1, 0.3]);
});

void test('a CSV becomes a batch from its context menu, in light and high contrast', async (t) => {
  const { wb, folder } = await openExample(t, 'Default Light Modern');
  await wb.page.locator('.activitybar .action-label[aria-label^="Explorer"]').first().click();
  const file = wb.page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'grid.csv' });
  await file.waitFor();
  await wb.contextMenu(file, 'Run Batch from File…');
  await wb.answer('train');
  const table = new TablePage(wb);
  await table.untilCount('2 trials');
  await table.untilRows(['1 | 0.05 | 1.5 |', '2 | 0.2 | 1.2, As in the project |']);
  await wb.screenshot('trials-file');

  // Drawn at random: again other values, until they are kept with their seed.
  await table.button('Remove grid.csv').click();
  await table.values.fill('lr=loguniform[0.001:1] noise=[0.8, 1.6]');
  await table.count.getByText(/^20 trials, drawn with seed \d+$/).waitFor();
  const drawn = await table.rows();
  await table.button('Draw Again').click();
  await waitFor(async () => (await table.rows()).join() !== drawn.join(), {
    what: 'other values',
  });
  await table.frame.locator('summary').click();
  await table.option('At most').fill('6');
  await table.option('Random seed').fill('7');
  await table.option('Labels of the trials').fill('noise ${noise}');
  await table.untilCount('6 trials, drawn with seed 7');
  const settings = join(folder, '.vscode/settings.json');
  mkdirSync(join(folder, '.vscode'));
  writeFileSync(settings, '{"workbench.colorTheme": "Default High Contrast"}');
  await wb.page.locator('.monaco-workbench.hc-black').waitFor();
  await table.cell(1, 1).click();
  await wb.screenshot('trials-contrast');

  // Cells are copied and pasted; a table of 10,000 is drawn as far as it is seen.
  await table.press('Control+c', 'ArrowDown', 'Control+v');
  await table.frame.locator('.count').getByText('6 trials', { exact: true }).waitFor();
  await waitFor(
    async () => {
      const [from, to] = [
        await table.cell(1, 1).textContent(),
        await table.cell(2, 1).textContent(),
      ];
      return to === from?.replace(', Drawn at random', '');
    },
    { what: 'the cell to be pasted' },
  );
  await table.press('Control+z');
  await table.untilCount('6 trials, drawn with seed 7');
  await table.option('At most').fill('');
  await table.values.fill('lr=range[1:100] epochs=range[1:100]');
  await table.untilCount('10,000 trials');
  await table.cell(0, 0).focus();
  await table.press('Control+End');
  await table.cell(9999, 2).waitFor();
  assert.ok((await table.frame.locator('tbody tr[data-row]').count()) < 100);
});
