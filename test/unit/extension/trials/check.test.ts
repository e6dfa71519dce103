import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  newDraft,
  type EditedTable,
  type TrialDraft,
} from '../../../../src/extension/operations/trial-draft.ts';
import { checkDraft, readSubject } from '../../../../src/extension/trials/check.ts';
import { editedTable, trialView } from '../../../../src/extension/trials/view.ts';
import type { OptionName, TableView } from '../../../../src/webview/trials/messages.ts';
import { tempDir, writeTree } from '../../../helpers/temp.ts';

const RULES = { acceptUnknown: false, neededMatches: 'completed' } as const;

function project(t: TestContext): string {
  const dir = tempDir(t);
  writeTree(dir, {
    'gage.toml': '[train]\nexec = "true"\nconfig = "train.py"\n',
    'train.py': 'lr = 0.1\nepochs = 10\nname = "base"\nfast = False\n',
  });
  return dir;
}

async function viewOf(draft: TrialDraft): Promise<Omit<TableView, 'canUndo' | 'canRedo' | 'last'>> {
  const subject = await readSubject(draft, RULES);
  return trialView(subject, await checkDraft(subject, draft));
}

function draftOf(
  folder: string,
  flags: string,
  options: Partial<Record<OptionName, string>> = {},
): TrialDraft {
  return newDraft({ folder, operation: 'train', flags, options });
}

/** Rows as a person reads them: `1 0.1 | note`. */
function lines({ rows }: Pick<TableView, 'rows'>): string[] {
  return rows.map(({ cells, note }) =>
    [...cells.map(({ text }) => text || '-'), ...(note === undefined ? [] : ['|', note.text])].join(
      ' ',
    ),
  );
}

describe('the table of trials', () => {
  it('shows the trials that would run, in their order', async (t) => {
    const view = await viewOf(draftOf(project(t), 'lr=[0.1, 0.01] epochs=[5, 20] name=x'));
    assert.deepEqual(
      view.columns.map(({ key, default: value, varies }) => [key, value, varies]),
      [
        ['epochs', '10', true],
        ['lr', '0.1', true],
        ['name', 'base', false],
      ],
    );
    assert.deepEqual(lines(view), ['5 0.1 x', '5 0.01 x', '20 0.1 x', '20 0.01 x']);
    assert.equal(view.count, '4 trials');
    assert.equal(view.go, 'Run 4 Trials');
    assert.ok(view.canGo);
  });

  it('marks what is there twice', async (t) => {
    const view = await viewOf(draftOf(project(t), 'lr=[1, 2, 1.0]'));
    assert.deepEqual(lines(view), ['1.0', '2.0', '1.0 | same as trial 1']);
    assert.equal(view.count, '3 trials, 1 duplicate');
  });

  it('is one run when only single values are given', async (t) => {
    const view = await viewOf(draftOf(project(t), 'lr=0.5'));
    assert.equal(view.go, 'Run train');
    assert.ok(view.examples.includes('lr=[0.1, 0.01]'));
    assert.ok(view.examples.includes('fast=[true, false]'));
  });

  it('says at the values what is wrong with them', async (t) => {
    const folder = project(t);
    for (const flags of ['lrr=[1, 2]', 'epochs=[1, x]', 'lr=[1', 'lr']) {
      const view = await viewOf(draftOf(folder, flags));
      assert.notEqual(view.flagsError, '', flags);
      assert.ok(!view.canGo, flags);
    }
  });

  it('says at an option what is wrong with it', async (t) => {
    const options = { slots: '0', maxTrials: 'x', seed: '-1', env: 'A="', then: 'run' };
    const view = await viewOf(draftOf(project(t), 'lr=[1, 2]', options));
    assert.deepEqual(Object.keys(view.optionErrors), ['slots', 'maxTrials', 'seed', 'env']);
    assert.ok(!view.canGo);
  });

  it('draws the same values with the same seed, and says what was drawn', async (t) => {
    const folder = project(t);
    const view = await viewOf(
      draftOf(folder, 'lr=[0:1] epochs=[1,2]', { seed: '7', maxTrials: '5' }),
    );
    assert.equal(view.drawnSeed, '7');
    assert.equal(view.rows.length, 5);
    assert.ok(view.rows.every(({ cells }) => cells.some(({ drawn }) => drawn === true)));
    const drawn = { ...draftOf(folder, 'lr=[0:1] epochs=[1,2]', { maxTrials: '5' }), drawnSeed: 7 };
    assert.deepEqual(lines(await viewOf(drawn)), lines(view));
  });

  it('has the rows of files', async (t) => {
    const folder = project(t);
    const file = join(folder, 'grid.csv');
    writeFileSync(file, 'lr,name\n0.5,\n,x\n');
    const view = await viewOf({ ...draftOf(folder, ''), files: [file] });
    assert.deepEqual(view.files, ['grid.csv']);
    assert.deepEqual(lines(view), ['0.5 -', '- x']);
  });

  it('names what a search chooses from', async (t) => {
    const options = { optimizer: 'optuna', metric: 'loss', maxTrials: '8' };
    const view = await viewOf(
      draftOf(project(t), 'lr=loguniform[0.001:0.1] fast=[true,false]', options),
    );
    assert.equal(view.flagsError, '');
    assert.deepEqual(view.search, ['lr: 0.001 to 0.1, logarithmic', 'fast: one of true, false']);
    assert.equal(view.count, 'Up to 8 trials, chosen as they run');
    assert.ok(view.canGo);
  });

  it('shows what a label would be', async (t) => {
    const view = await viewOf(draftOf(project(t), 'lr=[1, 2]', { label: 'rate ${lr}' }));
    assert.ok(view.showLabels);
    assert.deepEqual(
      view.rows.map(({ label }) => label),
      ['rate 1.0', 'rate 2.0'],
    );
  });
});

describe('the table of trials that is edited', () => {
  async function edited(draft: TrialDraft): Promise<EditedTable> {
    const subject = await readSubject(draft, RULES);
    const { plan } = await checkDraft(subject, draft);
    return editedTable(subject, plan ?? assert.fail());
  }

  it('begins with the rows that were there', async (t) => {
    const draft = draftOf(project(t), 'lr=[0.1, 0.01] name=["[a]", b]');
    const before = await viewOf(draft);
    const table = await edited(draft);
    const after = await viewOf({ ...draft, edited: table });
    assert.deepEqual(lines(after), lines(before));
    assert.deepEqual(lines(after)[0], '0.1 "[a]"');
    assert.ok(after.edited);
    assert.ok(after.canGo);
  });

  it('says in the cell what is wrong', async (t) => {
    const draft = draftOf(project(t), 'lr=[0.1, 0.01] epochs=3');
    const table = await edited(draft);
    const rows = table.rows.with(1, { id: 2, cells: { lr: 'much', epochs: '[1, 2]' } });
    const view = await viewOf({ ...draft, edited: { ...table, rows } });
    const errors = view.rows.map(({ cells }) => cells.map(({ error = '' }) => error));
    assert.deepEqual(errors[0], ['', '']);
    assert.match(errors[1]?.[0] ?? '', /A cell holds one value/);
    assert.match(errors[1]?.[1] ?? '', /"much" does not fit "lr": it is a number/);
    assert.match(view.problems[0] ?? '', /^Trial 2, epochs: /);
    assert.equal(view.count, '2 trials, 1 cannot run');
    assert.ok(!view.canGo);
  });

  it('takes an empty cell for the value of the project', async (t) => {
    const draft = draftOf(project(t), 'lr=[0.5, 0.01]');
    const table = await edited(draft);
    const rows = [...table.rows, { id: 3, cells: {} }, { id: 4, cells: { lr: '0.1' } }];
    const subject = await readSubject(draft, RULES);
    const checked = await checkDraft(subject, { ...draft, edited: { ...table, rows } });
    assert.equal(checked.plan?.trials[2]?.config['lr'], 0.1);
    assert.equal(lines(trialView(subject, checked))[3], '0.1 | same as trial 3');
  });

  it('cannot run without rows', async (t) => {
    const draft = draftOf(project(t), 'lr=[0.5, 0.01]');
    const table = await edited(draft);
    const view = await viewOf({ ...draft, edited: { ...table, rows: [] } });
    assert.equal(view.count, '0 trials');
    assert.ok(!view.canGo);
  });
});
