import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunInfo } from '../../../../../src/core/run/types.ts';
import { filterOf } from '../../../../../src/extension/runs/model/filter.ts';
import { RunsModel } from '../../../../../src/extension/runs/model/model.ts';
import type { StoreSource } from '../../../../../src/extension/runs/model/node-cache.ts';
import type { ListNode } from '../../../../../src/extension/runs/model/nodes.ts';
import { toTreeItem } from '../../../../../src/extension/runs/rows/rows.ts';
import { idOf, runInfo } from '../../../../helpers/runs/run-info.ts';

const NOW = Date.UTC(2026, 10, 20, 13);

function source(key = 's', archives: Readonly<Record<string, string>> = {}): StoreSource {
  return {
    key,
    title: `Store ${key}`,
    runsDir: `/runs/${key}`,
    ns: 'proj',
    archiveName: (id) => archives[id] ?? null,
  };
}

function modelOf(runs: readonly RunInfo[]): RunsModel {
  const model = new RunsModel();
  model.setStores([source()]);
  model.setRuns('s', runs);
  return model;
}

function many(count: number): RunInfo[] {
  return Array.from({ length: count }, (_, n) => runInfo(n));
}

/** Labels of nodes, ids for runs. */
function names(nodes: readonly ListNode[]): string[] {
  return nodes.map((node) => (node.kind === 'run' ? node.info.id : toTreeItem(node, NOW).label));
}

/** Every run below a node, in order, and the largest number of siblings met. */
function walk(model: RunsModel, node: ListNode | null = null): { ids: string[]; widest: number } {
  const children = model.children(node);
  const ids: string[] = [];
  let widest = children.length;
  for (const child of children) {
    if (child.kind === 'run') ids.push(child.info.id);
    else {
      const below = walk(model, child);
      ids.push(...below.ids);
      widest = Math.max(widest, below.widest);
    }
  }
  return { ids, widest };
}

describe('the model of the Runs view', () => {
  it('lists the newest run first, and keeps nodes', () => {
    const model = modelOf([runInfo(1), runInfo(3), runInfo(2)]);
    const before = model.children(null);
    assert.deepEqual(names(before), [idOf(3), idOf(2), idOf(1)]);
    assert.deepEqual(model.children(null), before);
    model.children(null).forEach((node, i) => assert.equal(node, before[i]));
  });

  it('asks only for the row of a run that changed', () => {
    const model = modelOf(many(10));
    const node = model.children(null)[4];
    const dirty = model.apply('s', [runInfo(5, { label: 'good' })], []);
    assert.deepEqual([...dirty], [node]);
    assert.match(node === undefined ? '' : (toTreeItem(node, NOW).description ?? ''), /good/);
  });

  it('asks for the list when a run comes, goes, or moves', () => {
    const model = modelOf(many(3));
    assert.ok(model.apply('s', [runInfo(9)], []).has(null));
    assert.deepEqual(names(model.children(null)), [9, 2, 1, 0].map(idOf));
    assert.ok(model.apply('s', [], [idOf(1)]).has(null));
    assert.deepEqual(names(model.children(null)), [9, 2, 0].map(idOf));
    const later = { ...runInfo(0).timestampsUs, started: Date.UTC(2027, 0) * 1000 };
    assert.ok(model.apply('s', [runInfo(0, { timestampsUs: later })], []).has(null));
    assert.deepEqual(names(model.children(null)), [0, 9, 2].map(idOf));
  });

  it('counts what is shown, what there is, and what runs', () => {
    const none = { queued: 0, batches: 0 };
    const model = modelOf([runInfo(1), runInfo(2, { status: 'running' })]);
    assert.deepEqual(model.counts, { ...none, total: 2, matching: 2, running: 1 });
    model.apply('s', [runInfo(2), runInfo(3, { container: 'trash', status: 'running' })], []);
    assert.deepEqual(model.counts, { ...none, total: 2, matching: 2, running: 0 });
    model.setFilter(filterOf('no such run'));
    assert.deepEqual(model.counts, { ...none, total: 2, matching: 0, running: 0 });
    assert.deepEqual(model.children(null), []);
  });

  it('filters over name, operation, label, tags and status, all words', () => {
    const runs = [
      runInfo(1, { label: 'Best learning rate' }),
      runInfo(2, { status: 'error', tags: ['nightly'] }),
      runInfo(3, { opref: { ns: 'proj', name: 'evaluate', version: null } }),
    ];
    const model = modelOf(runs);
    const found = (filter: string): string[] => {
      model.setFilter(filterOf(filter));
      return names(model.children(null));
    };
    assert.deepEqual(found('best RATE'), [idOf(1)]);
    assert.deepEqual(found('error'), [idOf(2)]);
    assert.deepEqual(found('nightly'), [idOf(2)]);
    assert.deepEqual(found('evaluate'), [idOf(3)]);
    assert.deepEqual(found(idOf(3).slice(0, 8)), [idOf(3)]);
    assert.deepEqual(found(runInfo(1).name), [idOf(1)]);
    assert.deepEqual(found('best error'), []);
    assert.equal(found('').length, 3);
  });

  it('takes a run in or out when a change makes it pass the filter or not', () => {
    const model = modelOf([runInfo(1), runInfo(2, { status: 'error' })]);
    model.setFilter(filterOf('error'));
    model.apply('s', [runInfo(1, { status: 'error' })], []);
    assert.deepEqual(names(model.children(null)), [idOf(2), idOf(1)]);
    model.apply('s', [runInfo(2)], []);
    assert.deepEqual(names(model.children(null)), [idOf(1)]);
  });

  it('groups by operation, status and day', () => {
    const other = { ns: 'proj', name: 'evaluate', version: null };
    const model = modelOf([
      runInfo(1),
      runInfo(2, { status: 'running', opref: other }),
      runInfo(-3000, { status: 'error' }),
      runInfo(3, { container: 'trash' }),
    ]);
    model.setGroupBy('operation');
    assert.deepEqual(names(model.children(null)), ['evaluate', 'train', 'Deleted']);
    model.setGroupBy('status');
    assert.deepEqual(names(model.children(null)), ['Running', 'Error', 'Completed', 'Deleted']);
    model.setGroupBy('day');
    assert.deepEqual(names(model.children(null)), ['Today', '2026-11-18', 'Deleted']);
    const [today] = model.children(null);
    assert.deepEqual(names(model.children(today ?? null)), [idOf(2), idOf(1)]);
  });

  it('asks for both groups when a run changes its group', () => {
    const model = modelOf([runInfo(1, { status: 'running' }), runInfo(2)]);
    model.setGroupBy('status');
    const [running, completed] = model.children(null);
    const dirty = model.apply('s', [runInfo(1)], []);
    // Nothing runs any more: the group goes, so the whole list is asked for.
    assert.ok(dirty.has(null));
    assert.ok(running !== undefined && dirty.has(running));
    assert.ok(completed !== undefined && dirty.has(completed));
    assert.deepEqual(names(model.children(null)), ['Completed']);
    assert.equal(completed.kind === 'group' && completed.count, 2);
  });

  it('shows archives by name, then deleted runs, at the end', () => {
    const model = new RunsModel();
    model.setStores([source('s', { 'a-1': 'Paper' })]);
    model.setRuns('s', [
      runInfo(1),
      runInfo(2, { container: 'trash' }),
      runInfo(3, { container: 'a-1' }),
    ]);
    assert.deepEqual(names(model.children(null)), [idOf(1), 'Paper', 'Deleted']);
    const deleted = model.children(null)[2];
    assert.deepEqual(names(model.children(deleted ?? null)), [idOf(2)]);
    model.apply('s', [runInfo(2)], []);
    assert.deepEqual(names(model.children(null)), [idOf(2), idOf(1), 'Paper']);
  });

  it('puts stores above their runs when there are several', () => {
    const model = new RunsModel();
    model.setStores([source('a'), source('b')]);
    model.setRuns('a', [runInfo(1)]);
    model.setRuns('b', [runInfo(2, { status: 'running' })]);
    const [a, b] = model.children(null);
    assert.deepEqual(names(model.children(null)), ['Store a', 'Store b']);
    assert.deepEqual(names(model.children(b ?? null)), [idOf(2)]);
    assert.match(b === undefined ? '' : (toTreeItem(b, NOW).description ?? ''), /1 run, 1 running/);
    const dirty = model.apply('a', [runInfo(5)], []);
    assert.ok(a !== undefined && dirty.has(a) && !dirty.has(null));
  });

  it('leaves out projects without runs, among several stores, until they have some', () => {
    const model = new RunsModel();
    model.setStores([source('a'), source('b'), { ...source('c'), ns: null }]);
    assert.deepEqual(names(model.children(null)), ['Store c']);
    const later = model.apply('a', [runInfo(1)], []);
    assert.ok(later.has(null));
    assert.deepEqual(names(model.children(null)), ['Store a', 'Store c']);
    assert.ok(!model.apply('a', [runInfo(2)], []).has(null));
    assert.ok(model.apply('a', [], [idOf(1), idOf(2)]).has(null));
    assert.deepEqual(names(model.children(null)), ['Store c']);

    model.setRuns('b', [runInfo(3)]);
    model.setFilter(filterOf('status == error'));
    assert.deepEqual(names(model.children(null)), ['Store c']);
  });

  it('shows nothing of several projects without runs', () => {
    const model = new RunsModel();
    model.setStores([source('a'), source('b')]);
    assert.deepEqual(model.children(null), []);
  });

  for (const count of [200, 201, 401, 10_000, 100_000]) {
    it(`shows each of ${count} runs once, never more than 500 beside each other`, () => {
      const model = modelOf(many(count));
      const last = (): ListNode | undefined => model.children(null).at(-1);
      if (last()?.kind === 'more') assert.equal(model.showMore('s|active|'), null);
      const { ids, widest } = walk(model);
      assert.deepEqual(
        ids,
        Array.from({ length: count }, (_, i) => idOf(count - 1 - i)),
      );
      assert.ok(widest <= 500, `${widest} siblings`);
    });
  }

  it('shows one page at first', () => {
    const model = modelOf(many(1000));
    const rows = model.children(null);
    assert.equal(rows.length, 201);
    assert.equal(rows.at(-1)?.kind, 'more');
    const more = rows.at(-1);
    assert.match(more === undefined ? '' : (toTreeItem(more, NOW).description ?? ''), /800 older/);
  });

  it('finds the way from any run to the top', () => {
    const model = modelOf(many(50_000));
    model.showMore('s|active|');
    for (const n of [49_999, 49_700, 30_000, 0]) {
      const node = model.runNode('s', idOf(n));
      assert.ok(node !== null);
      const path: ListNode[] = [node];
      for (let at = model.parent(node); at !== null; at = model.parent(at)) path.push(at);
      let children = model.children(null);
      for (const step of path.reverse()) {
        assert.ok(children.includes(step), `${step.key} is not among its siblings`);
        children = model.children(step);
      }
    }
  });

  it('takes a change among 100,000 runs in well under 200 ms', () => {
    const model = modelOf(many(100_000));
    model.children(null);
    const before = process.cpuUsage();
    for (let i = 0; i < 100; i++) {
      model.apply('s', [runInfo(50_000 + i, { label: `l${i}` }), runInfo(100_000 + i)], []);
      model.children(null);
    }
    const { user, system } = process.cpuUsage(before);
    const each = (user + system) / 1000 / 100;
    assert.ok(each < 20, `${each.toFixed(1)} ms per change`);
  });
});
