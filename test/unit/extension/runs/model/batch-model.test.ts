import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { RunInfo, RunStatus } from '../../../../../src/core/run/types.ts';
import type { GroupBy } from '../../../../../src/extension/base/context-keys.ts';
import { filterOf } from '../../../../../src/extension/runs/model/filter.ts';
import { RunsModel } from '../../../../../src/extension/runs/model/model.ts';
import type { ListNode } from '../../../../../src/extension/runs/model/nodes.ts';
import { toTreeItem } from '../../../../../src/extension/runs/rows/rows.ts';
import type { QueueState } from '../../../../../src/queue/queue.ts';
import { idOf, runInfo } from '../../../../helpers/runs/run-info.ts';

const NOW = Date.UTC(2026, 10, 20, 13);
const BATCH = idOf(100);
const MANY = 10_000;

function batch(n: number, changes: Partial<RunInfo> = {}): RunInfo {
  return runInfo(n, {
    opref: { ns: 'proj', name: 'train+', version: null },
    batch: { role: 'batch', operation: 'train', planned: 3, objective: null },
    ...changes,
  });
}

function trial(n: number, index: number, changes: Partial<RunInfo> = {}, of = BATCH): RunInfo {
  const text = `lr=0.${String(index)}`;
  return runInfo(n, { batch: { role: 'trial', batch: of, index, text }, ...changes });
}

function modelOf(runs: readonly RunInfo[]): RunsModel {
  const model = new RunsModel();
  model.setStores([
    { key: 's', title: 'Store', runsDir: '/runs', ns: 'proj', archiveName: () => null },
  ]);
  model.setRuns('s', runs);
  return model;
}

/** The whole tree as lines: ids of runs, labels of other nodes. */
function lines(model: RunsModel, node: ListNode | null = null, indent = ''): string[] {
  return model.children(node).flatMap((child) => {
    const name = child.kind === 'run' ? String(numberOf(child.info.id)) : labelOf(child);
    return [indent + name, ...lines(model, child, `${indent}  `)];
  });
}

function numberOf(id: string): number {
  return Number.parseInt(id.slice(0, 8), 16);
}

function labelOf(node: ListNode): string {
  return toTreeItem(node, NOW).label;
}

function nodeOf(model: RunsModel, id: string): ListNode {
  const node = model.runNode('s', id);
  assert.ok(node !== null);
  return node;
}

describe('a batch in the Runs view', () => {
  it('has its trials below it, by their index', () => {
    const model = modelOf([trial(3, 1), trial(2, 2), runInfo(1), batch(100), trial(4, 3)]);
    assert.deepEqual(lines(model), ['100', '  3', '  2', '  4', '1']);
    for (const id of [2, 3, 4].map(idOf)) {
      assert.equal(model.parent(nodeOf(model, id)), nodeOf(model, BATCH));
    }
  });

  it('takes trials in that were there before it', () => {
    const model = modelOf([trial(1, 1), trial(2, 2)]);
    assert.deepEqual(lines(model), ['2', '1']);
    assert.ok(model.apply('s', [batch(100)], []).has(null));
    assert.deepEqual(lines(model), ['100', '  1', '  2']);
    model.apply('s', [], [BATCH]);
    assert.deepEqual(lines(model), ['2', '1']);
  });

  it('asks for the row of a trial that changed, and of its batch', () => {
    const model = modelOf([batch(100), trial(1, 1, { status: 'running' }), trial(2, 2)]);
    lines(model);
    const dirty = model.apply('s', [trial(1, 1, { status: 'error', exitCode: 3 })], []);
    assert.deepEqual(dirty, new Set([nodeOf(model, idOf(1)), nodeOf(model, BATCH)]));
    assert.match(toTreeItem(nodeOf(model, BATCH), NOW).description ?? '', /1 completed, 1 failed/);
  });

  it('asks for its own node only when it gets another trial', () => {
    const model = modelOf([batch(100), trial(1, 1)]);
    lines(model);
    const dirty = model.apply('s', [trial(2, 2)], []);
    assert.ok(dirty.has(nodeOf(model, BATCH)));
    assert.ok(!dirty.has(null));
    assert.deepEqual(lines(model), ['100', '  1', '  2']);
  });

  it('leaves its trials behind when it is deleted, and they leave it when they are', () => {
    const model = modelOf([batch(100), trial(1, 1), trial(2, 2)]);
    model.apply('s', [trial(1, 1, { container: 'trash' })], []);
    assert.deepEqual(lines(model), ['100', '  2', 'Deleted', '  1']);
    model.apply('s', [batch(100, { container: 'trash' })], []);
    assert.deepEqual(lines(model), ['2', 'Deleted', '  100', '    1']);
    model.apply('s', [batch(100), trial(1, 1)], []);
    assert.deepEqual(lines(model), ['100', '  1', '  2']);
  });

  it('keeps only what passes the filter, and tells how much is not shown', () => {
    const runs = [batch(100, { label: 'sweep' }), trial(1, 1, { status: 'error' }), trial(2, 2)];
    const model = modelOf(runs);
    const hidden = (): number => {
      const node = nodeOf(model, BATCH);
      return node.kind === 'run' ? model.hiddenTrials(node) : -1;
    };
    assert.equal(hidden(), 0);
    // What a person looks for is in the list even when its batch is not.
    model.setFilter(filterOf('status == error'));
    assert.deepEqual(lines(model), ['1']);
    model.apply('s', [batch(100, { status: 'error' })], []);
    assert.deepEqual(lines(model), ['100', '  1']);
    assert.equal(hidden(), 1);
    model.setFilter(filterOf('label == sweep'));
    assert.deepEqual(model.children(nodeOf(model, BATCH)), []);
  });

  it('is with the runs of its operation', () => {
    const model = modelOf([batch(100), trial(1, 1), runInfo(2)]);
    model.setGroupBy('operation');
    assert.deepEqual(lines(model), ['train', '  100', '    1', '  2']);
  });

  it('gives each trial to the group of its own status', () => {
    const model = modelOf([batch(100), trial(1, 1, { status: 'error' }), trial(2, 2)]);
    model.setGroupBy('status');
    assert.deepEqual(lines(model), ['Error', '  1', 'Completed', '  100', '    2']);
    const apart = toTreeItem(nodeOf(model, idOf(1)), NOW);
    assert.equal(apart.label, 'train');
    assert.match(apart.description ?? '', /trial 1/);
  });

  it('stays one batch when it lasts for days', () => {
    const model = modelOf([batch(100), trial(1, 1), trial(4000, 2)]);
    model.setGroupBy('day');
    assert.deepEqual(lines(model), ['Today', '  100', '    1', '    4000']);
  });

  it('keeps its trials even when nobody can read what it is', () => {
    const model = modelOf([batch(100, { batch: null }), trial(1, 1)]);
    assert.deepEqual(lines(model), ['100', '  1']);
  });

  it('counts what runs without counting itself', () => {
    const running = { status: 'running' } as const;
    const model = modelOf([batch(100, running), trial(1, 1, running), trial(2, 2)]);
    const counts = { total: 3, matching: 3, running: 1, queued: 0, batches: 1 };
    assert.deepEqual(model.counts, counts);
    model.apply('s', [trial(2, 2, { status: 'queued' }), batch(100)], []);
    assert.deepEqual(model.counts, { ...counts, queued: 1, batches: 0 });
  });

  it('shows ten thousand trials in pages', () => {
    const trials = Array.from({ length: MANY }, (_, i) => trial(1000 + i, i + 1));
    const model = modelOf([batch(100), ...trials]);
    const node = nodeOf(model, BATCH);
    assert.equal(model.children(node).length, 201);
    const more = model.children(node).at(-1);
    assert.ok(more?.kind === 'more');
    assert.equal(model.showMore(more.bucketKey), node);
    assert.ok(model.children(node).length <= 500);
    const last = nodeOf(model, idOf(1000 + MANY - 1));
    assert.equal(model.parent(last)?.kind, 'range');
    const range = model.parent(last);
    assert.equal(range === null ? null : model.parent(range), node);
  });

  it('is not slower to change when there are many trials', () => {
    const trials = Array.from({ length: MANY }, (_, i) => trial(1000 + i, i + 1));
    const model = modelOf([batch(100), ...trials]);
    model.children(nodeOf(model, BATCH));
    // What is looked at are the nodes that are to be shown anew: never the others.
    const dirty = model.apply('s', [trial(1000, 1, { status: 'error' })], []);
    assert.ok(dirty.size <= 2);
  });
});

describe('the queue in the Runs view', () => {
  const entry = { priority: 0, resources: [], sinceMs: NOW, by: 'VS Code', blocked: null };
  const queue: QueueState = {
    slots: 2,
    paused: false,
    waitForRunning: false,
    resources: [],
    entries: [
      { ...entry, id: idOf(2), priority: 5, resources: ['gpu:0'] },
      { ...entry, id: idOf(1) },
    ],
    running: [],
    failed: [],
    foreign: [],
    runner: null,
  };

  it('is above the runs while something waits', () => {
    const queued = { status: 'queued' } as const;
    const model = modelOf([runInfo(1, queued), runInfo(2, queued), runInfo(3)]);
    assert.ok(model.setQueue('s', queue).has(null));
    assert.deepEqual(lines(model), ['Queue', '  train', '  train', '3', '2', '1']);
    const [node] = model.children(null);
    assert.ok(node !== undefined);
    assert.equal(toTreeItem(node, NOW).description, '2 waiting · 2 slots');
    const [first] = model.children(node);
    assert.ok(first !== undefined);
    assert.match(toTreeItem(first, NOW).description ?? '', /priority 5 · gpu:0/);
    assert.equal(model.parent(first), node);

    const dirty = model.setQueue('s', { ...queue, paused: true });
    assert.deepEqual(dirty, new Set([node]));
    assert.match(toTreeItem(node, NOW).description ?? '', /paused/);
    assert.ok(model.setQueue('s', { ...queue, entries: [] }).has(null));
    assert.deepEqual(lines(model), ['3', '2', '1']);
  });

  it('keeps telling why a run could not be started', () => {
    const model = modelOf([runInfo(1, { status: 'staged' })]);
    const reason = 'The run directory is gone';
    const failed = [{ id: idOf(1), reason, timeMs: NOW }];
    model.setQueue('s', { ...queue, entries: [], failed });
    const [node] = model.children(null);
    const [first] = model.children(node ?? null);
    assert.ok(first !== undefined);
    const row = toTreeItem(first, NOW);
    assert.match(row.description ?? '', /not started: The run directory is gone/);
    assert.match(row.contextValue, /failed/);
  });
});

describe('changes one at a time', () => {
  const statuses: readonly RunStatus[] = ['staged', 'running', 'completed', 'error'];
  const groupings: readonly GroupBy[] = ['none', 'operation', 'status', 'day'];
  interface Change {
    readonly n: number;
    readonly status: RunStatus;
    readonly container: string;
    readonly minutes: number;
    readonly removed: boolean;
  }
  const change: fc.Arbitrary<Change> = fc.record({
    n: fc.integer({ min: 1, max: 12 }),
    status: fc.constantFrom(...statuses),
    container: fc.constantFrom('active', 'active', 'trash'),
    minutes: fc.constantFrom(0, 0, 3000),
    removed: fc.boolean(),
  });

  /** Runs 1 and 2 are batches, 3 to 8 their trials, the rest plain. */
  function made({ n, status, container, minutes }: Change): RunInfo {
    const { timestampsUs } = runInfo(n + minutes);
    const changes = { status, container, timestampsUs };
    if (n <= 2) return batch(n, changes);
    return n <= 8 ? trial(n, n, changes, idOf((n % 2) + 1)) : runInfo(n, changes);
  }

  it('show what reading everything anew would show', () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 40 }),
        fc.constantFrom(...groupings),
        fc.constantFrom('', 'status == error', 'not status == completed'),
        (changes, groupBy, filter) => {
          const model = modelOf([]);
          model.setGroupBy(groupBy);
          model.setFilter(filterOf(filter));
          for (const one of changes) {
            if (one.removed) model.apply('s', [], [idOf(one.n)]);
            else model.apply('s', [made(one)], []);
            lines(model);
          }
          const fresh = modelOf([...model.allRuns()]);
          fresh.setGroupBy(groupBy);
          fresh.setFilter(filterOf(filter));
          assert.deepEqual(lines(model), lines(fresh));
          assert.deepEqual(model.counts, fresh.counts);
          for (const { id } of model.allRuns()) {
            const [one, other] = [model, fresh].map((each) => toTreeItem(nodeOf(each, id), NOW));
            assert.deepEqual(one, other);
          }
        },
      ),
    );
  });
});
