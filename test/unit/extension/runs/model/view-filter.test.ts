import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { RunInfo } from '../../../../../src/core/run/types.ts';
import { readRunInfo, listRuns } from '../../../../../src/core/store/read.ts';
import { filterOf } from '../../../../../src/extension/runs/model/filter.ts';
import { RunsModel } from '../../../../../src/extension/runs/model/model.ts';
import { ViewFilter } from '../../../../../src/extension/runs/model/view-filter.ts';
import { tempDir, waitFor } from '../../../../helpers/temp.ts';
import { makeRunFiles, makeStore, storeRunId } from '../../../../host/runs/stores.ts';

interface Shown {
  readonly runsDir: string;
  readonly model: RunsModel;
  readonly filter: ViewFilter;
  /** Labels of the runs that the model shows. */
  readonly labels: () => string[];
  readonly idle: () => Promise<void>;
}

/** A model of a store of 30 runs with `lr` 0.N and the label `number-N`, and its filter. */
async function show(t: TestContext): Promise<Shown> {
  const runsDir = tempDir(t);
  makeStore(runsDir, 30);
  const model = new RunsModel();
  model.setStores([{ key: 's', title: 'S', runsDir, ns: null, archiveName: () => null }]);
  model.setRuns('s', await listRuns(runsDir));
  const filter = new ViewFilter(model, () => undefined);
  t.after(() => filter.dispose());
  const idle = async (): Promise<void> => {
    await waitFor(() => !filter.isReading, { what: 'the filter to have read' });
  };
  const labels = (): string[] =>
    model.children(null).flatMap((node) => (node.kind === 'run' ? [node.info.label ?? ''] : []));
  return { runsDir, model, filter, labels, idle };
}

async function changed(runsDir: string, id: string): Promise<RunInfo> {
  const info = await readRunInfo(runsDir, id);
  assert.ok(info !== null);
  return info;
}

describe('the filter of the Runs view', () => {
  it('takes effect at once where rows tell', async (t) => {
    const { filter, labels } = await show(t);
    filter.set(filterOf('number-7 or label == number-12'));
    assert.deepEqual(labels(), ['number-12', 'number-7']);
    assert.equal(filter.isReading, false);
    assert.equal(filter.text, 'number-7 or label == number-12');
  });

  it('reads files in the background, and counts what it shows', async (t) => {
    const { model, filter, labels, idle } = await show(t);
    filter.set(filterOf('lr == 0.7 or lr > 0.85'));
    assert.equal(filter.isReading, true);
    assert.equal(labels().length, 30, 'the rows before stay meanwhile');
    await idle();
    assert.deepEqual(labels(), ['number-9', 'number-7']);
    assert.equal(model.counts.matching, 2);
  });

  it('shows only what the last of several filters means', async (t) => {
    const { filter, labels, idle } = await show(t);
    filter.set(filterOf('lr == 0.7'));
    filter.set(filterOf('config.lr == 0.8'));
    filter.set(filterOf('lr == 0.9'));
    await idle();
    assert.deepEqual(labels(), ['number-9']);
    filter.set(filterOf('lr == 0.7'));
    filter.set(filterOf('label == number-3'));
    assert.deepEqual(labels(), ['number-3']);
    await idle();
    assert.deepEqual(labels(), ['number-3']);
  });

  it('follows runs that come, change and go', async (t) => {
    const { runsDir, model, filter, labels, idle } = await show(t);
    filter.set(filterOf('lr >= 0.9 and not status == error'));
    await idle();
    assert.deepEqual(labels(), ['number-9']);
    makeRunFiles(runsDir, 95);
    const added = await changed(runsDir, storeRunId(95));
    model.apply('s', [added], []);
    filter.read([added]);
    await idle();
    assert.deepEqual(labels(), ['number-95', 'number-9']);
    assert.equal(model.counts.matching, 2);

    writeFileSync(join(runsDir, `${added.id}.meta`, 'proc', 'exit'), '1');
    const failed = await changed(runsDir, added.id);
    model.apply('s', [failed], []);
    filter.read([failed]);
    await idle();
    assert.deepEqual(labels(), ['number-9']);
    model.apply('s', [], [storeRunId(9)]);
    assert.deepEqual(labels(), []);
    assert.deepEqual(model.counts, { total: 30, matching: 0, running: 0, queued: 0, batches: 0 });
  });

  it('lets runs go when only time has passed', async (t) => {
    const start = Date.UTC(2026, 10, 1);
    t.mock.timers.enable({ apis: ['Date'], now: start + 60 * 60_000 });
    const { filter, labels } = await show(t);
    filter.set(filterOf('started > 35 minutes ago'));
    assert.equal(labels().length, 5);
    t.mock.timers.setTime(start + 62 * 60_000);
    filter.tick();
    assert.equal(labels().length, 3);
    t.mock.timers.setTime(start + 180 * 60_000);
    filter.tick();
    assert.equal(labels().length, 0);
  });

  it('keeps a run in its place while it is read again', async (t) => {
    const { runsDir, model, filter, labels, idle } = await show(t);
    filter.set(filterOf('lr == 0.9'));
    await idle();
    const info: RunInfo = { ...(await changed(runsDir, storeRunId(9))), label: 'renamed' };
    model.apply('s', [info], []);
    assert.deepEqual(labels(), ['renamed']);
    // It changes once more before the first change has been looked at.
    const gone: RunInfo = { ...info, status: 'running' };
    writeFileSync(join(info.metaPath, 'config.json'), '{}');
    model.apply('s', [gone], []);
    filter.read([info, gone]);
    await idle();
    assert.deepEqual(labels(), []);
  });
});
