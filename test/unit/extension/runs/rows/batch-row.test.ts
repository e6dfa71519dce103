import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunInfo, RunStatus } from '../../../../../src/core/run/types.ts';
import type { Row } from '../../../../../src/extension/base/row.ts';
import { tallyOf } from '../../../../../src/extension/run/batch-index.ts';
import type { RunNode } from '../../../../../src/extension/runs/model/nodes.ts';
import { activityText } from '../../../../../src/extension/runs/rows/activity.ts';
import { batchFacts } from '../../../../../src/extension/runs/rows/batch-row.ts';
import { toTreeItem } from '../../../../../src/extension/runs/rows/rows.ts';
import { batch, running, trials } from '../../../../helpers/runs/batch-info.ts';
import { idOf, runInfo } from '../../../../helpers/runs/run-info.ts';

const NOW = Date.UTC(2026, 10, 20, 12, 6);
function nodeOf(info: RunInfo, node: Partial<RunNode> = {}): RunNode {
  return { kind: 'run', key: 'run|s|1', storeKey: 's', ns: 'proj', info, ...node };
}

function rowOf(info: RunInfo, node: Partial<RunNode> = {}): Row {
  return toTreeItem(nodeOf(info, node), NOW);
}

const TWO_OF_THREE = trials('completed', 'error', 'running', 'staged', 'staged');
describe('the row of a batch', () => {
  it('shows how far it is while it runs', () => {
    const tally = tallyOf(TWO_OF_THREE);
    const { label, description, icon } = rowOf(batch({ ...running, label: 'sweep' }), { tally });
    assert.equal(label, 'train+');
    assert.equal(
      description,
      'sweep · ▰▱▱▱▱ 2/8 · 1 running · 1 failed · babab · 5 min ago · 5m 00s',
    );
    assert.deepEqual(icon, { id: 'sync~spin', color: 'charts.blue' });
  });

  it('does not say twice how far it is', () => {
    const progress = { percent: 20, text: '2/8' };
    const { description } = rowOf(batch({ ...running, progress }), {
      tally: tallyOf(TWO_OF_THREE),
    });
    assert.equal(description, '▰▱▱▱▱ 2/8 · 1 running · 1 failed · babab · 5 min ago · 5m 00s');
  });

  it('shows the best trial', () => {
    const best = { id: idOf(10), result: 'loss=0.12', text: 'lr=0.1' };
    const { description, accessibility } = rowOf(batch(), { best, tally: tallyOf(TWO_OF_THREE) });
    assert.match(description ?? '', / · best loss=0\.12 \(lr=0\.1\) · /);
    assert.match(accessibility ?? '', /best loss=0\.12/);
  });

  it('tells what became of its trials when it has ended', () => {
    const text = (info: RunInfo, ...statuses: readonly RunStatus[]): string =>
      rowOf(info, { tally: tallyOf(trials(...statuses)) }).description ?? '';
    const three = { role: 'batch', operation: 'train', planned: 3, objective: null } as const;
    const all = ['completed', 'completed', 'completed'] as const;
    assert.match(text(batch({ batch: three }), ...all), /^3 trials · babab · 5 min/);
    assert.match(
      text(batch({ batch: three }), 'completed', 'error', 'completed'),
      /^2 completed, 1 failed ·/,
    );
    assert.match(
      text(batch({ batch: three, status: 'terminated' }), 'terminated', 'staged'),
      /^1 staged, 1 terminated · 1 not made ·/,
    );
  });

  it('tells of trials that were left out', () => {
    assert.match(
      rowOf(batch(), { tally: tallyOf(trials('completed', 'completed')) }).description ?? '',
      /^2 trials · 6 left out · /,
    );
    assert.match(rowOf(batch(), { tally: null }).description ?? '', /^8 trials left out · /);
  });

  it('tells of trials that are not made yet', () => {
    const staged = batch({ status: 'staged', exitCode: null });
    assert.match(rowOf(staged, { tally: null }).description ?? '', /8 trials planned · staged/);
  });

  it('has another colour when trials of it have failed', () => {
    const colour = (...statuses: readonly RunStatus[]): string | undefined =>
      rowOf(batch(), { tally: tallyOf(trials(...statuses)) }).icon?.color;
    assert.equal(colour('completed'), 'testing.iconPassed');
    assert.equal(colour('completed', 'error'), 'list.warningForeground');
  });

  it('can be heard', () => {
    const info = batch({ ...running, label: 'sweep' });
    assert.equal(
      rowOf(info, { tally: tallyOf(TWO_OF_THREE) }).accessibility,
      'Batch of train, run babab-babad, running, label sweep, 8 trials, ' +
        '1 completed, 1 running, 2 staged, 1 failed, 5 min ago',
    );
  });

  it('says that it is broken when its trials know it and nobody can read it', () => {
    const { description, icon } = rowOf(batch({ batch: null }), { tally: tallyOf(TWO_OF_THREE) });
    assert.match(description ?? '', /its batch file cannot be read/);
    assert.equal(icon?.id, 'warning');
  });
});

describe('the row of a trial below its batch', () => {
  const trial = (changes: Partial<RunInfo> = {}, node: Partial<RunNode> = {}): Row =>
    rowOf(
      runInfo(1, {
        batch: { role: 'trial', batch: idOf(9), index: 3, text: 'lr=0.1 depth=2' },
        ...changes,
      }),
      { nested: true, ...node },
    );

  it('says only what makes it differ', () => {
    const { label, description } = trial({ label: 'depth=2 epochs=10 lr=0.1' });
    assert.equal(label, '3 babab');
    assert.equal(description, 'lr=0.1 depth=2 · 10 s');
  });

  it('says a label that a person gave', () => {
    assert.equal(
      trial({ label: 'the good one' }).description,
      'lr=0.1 depth=2 · the good one · 10 s',
    );
  });

  it('leaves out what its operation lists again', () => {
    const { description } = trial({}, { listing: 'lr=0.1 loss=0.5' });
    assert.equal(description, 'lr=0.1 depth=2 · loss=0.5 · 10 s');
  });

  it('tells that it is the best one, and what is wrong', () => {
    const best = trial({}, { isBest: true, result: 'loss=0.12', listing: 'loss=0.12 acc=0.9' });
    assert.equal(best.description, 'lr=0.1 depth=2 · best loss=0.12 · acc=0.9 · 10 s');
    assert.match(trial({ status: 'error', exitCode: 3 }).description ?? '', /exit 3/);
    assert.match(trial({}, { isBest: true }).accessibility ?? '', /^Trial 3, .*, best, lr=0\.1/);
  });

  it('is an ordinary row where its batch is not', () => {
    const { label, description } = trial({}, { nested: false });
    assert.equal(label, 'train');
    assert.match(description ?? '', /^babab · trial 3 · /);
  });
});

describe('the tooltip of a batch and of a trial', () => {
  it('tells what the row cannot', () => {
    const best = { id: idOf(10), result: 'loss=0.12', text: 'lr=0.1' };
    assert.deepEqual(batchFacts(nodeOf(batch(), { best, tally: tallyOf(TWO_OF_THREE) })), [
      ['Trials', '1 completed, 1 running, 2 staged, 1 failed'],
      ['Goal', 'minimize loss'],
      ['Best', 'loss=0.12 lr=0.1'],
    ]);
    const [first] = trials('completed');
    assert.ok(first !== undefined);
    assert.deepEqual(batchFacts(nodeOf(first, { result: 'loss=0.12' })), [
      ['Trial', '1 of batch babab-babad'],
      ['Values', 'lr=0.1'],
      ['Reached', 'loss=0.12'],
    ]);
    assert.deepEqual(batchFacts(nodeOf(runInfo(1))), []);
  });
});

describe('the status bar', () => {
  const text = (running: number, queued: number, batches = 0): string | undefined =>
    activityText({ running, queued, batches })?.short;

  it('says what runs and what waits', () => {
    assert.equal(text(3, 7), '3 running, 7 queued');
    assert.equal(text(3, 0, 1), '3 running');
    assert.equal(text(0, 1), '1 queued');
    assert.equal(text(0, 0, 1), '1 batch');
    assert.equal(text(0, 2, 2), '2 batches, 2 queued');
    assert.equal(text(0, 0), undefined);
    assert.equal(
      activityText({ running: 1, queued: 2, batches: 0 })?.long,
      '1 run running, 2 runs queued',
    );
  });
});
