import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunDetail } from '../../../../../src/core/status/run-detail.ts';
import { detailChildren, sectionsOf } from '../../../../../src/extension/runs/details/details.ts';
import type { DetailNode, RunNode } from '../../../../../src/extension/runs/model/nodes.ts';
import { toTreeItem } from '../../../../../src/extension/runs/rows/rows.ts';
import { runInfo } from '../../../../helpers/runs/run-info.ts';

const START = Date.UTC(2026, 10, 20, 12, 1);

describe('what is below a run', () => {
  const detail: RunDetail = {
    env: {},
    depends: [],
    config: { lr: 0.1, epochs: 10n, name: 'a\nb', 'opt.big': 12345678901234567890n },
    summary: { metrics: { acc: { value: 0.75, unit: '%' }, loss: 1e-7 } },
    attributes: { label: 'best', tags: ['a'] },
    comments: [{ id: '0190aaaa-bbbb', author: 'me', timestampMs: START, msg: 'nice' }],
    manifest: [
      ['s', 'a'.repeat(64), 'train.py'],
      ['s', 'b'.repeat(64), 'lib/util.py'],
      ['s', 'b'.repeat(64), 'lib/deep/x.py'],
      ['g', 'c'.repeat(64), 'model10.bin'],
      ['g', 'c'.repeat(64), 'model9.bin'],
    ],
    phases: [{ name: '40_run', bytes: 2048, lines: 12 }],
    opdef: {},
    command: ['python', 'train.py'],
    projectDir: '/proj',
  };
  const info = runInfo(1);
  const run: RunNode = { kind: 'run', key: 'run|s|1', storeKey: 's', ns: 'proj', info };
  const uri = (_run: RunNode, path: string): string => `runyard://s/1/files/${path}`;
  const children = (parent: DetailNode): readonly DetailNode[] =>
    detailChildren(parent, uri, START);
  const text = (nodes: readonly DetailNode[]): string[] =>
    nodes.map((one) => {
      const { label, description } = toTreeItem(one, START);
      return description === undefined ? label : `${label}: ${description}`;
    });
  const section = (name: string): DetailNode => {
    const found = sectionsOf(run, detail).find((one) => one.section === name);
    assert.ok(found !== undefined);
    return found;
  };

  it('is in sections', () => {
    assert.deepEqual(text(sectionsOf(run, detail)), [
      'Config: 4 values',
      'Summary',
      'Output: 2.0 kB',
      'Files: 5 files',
      'Attributes',
    ]);
    const bare = { ...detail, summary: null, manifest: [], phases: [] };
    assert.deepEqual(text(sectionsOf(run, bare)), ['Config: 4 values', 'Attributes']);
  });

  it('keeps ints, floats and large ints apart', () => {
    assert.deepEqual(text(children(section('config'))), [
      'lr: 0.1',
      'epochs: 10',
      'name: a b',
      'opt.big: 12345678901234567890',
    ]);
  });

  it('shows the value of a metric, with the rest below', () => {
    const [metrics] = children(section('summary'));
    assert.ok(metrics !== undefined);
    assert.deepEqual(text(children(metrics)), ['acc: 0.75', 'loss: 1e-07']);
    const [acc] = children(metrics);
    assert.ok(acc !== undefined);
    assert.deepEqual(text(children(acc)), ['value: 0.75', 'unit: %']);
  });

  it('has a row for each phase of the output', () => {
    assert.deepEqual(text(children(section('output'))), ['Run: 12 lines, 2.0 kB']);
  });

  it('sorts files by type and folder, in natural order', () => {
    const types = children(section('files'));
    assert.deepEqual(text(types), ['Generated: 2 files', 'Source code: 3 files']);
    const [generated, source] = types;
    assert.ok(generated !== undefined && source !== undefined);
    assert.deepEqual(text(children(generated)), ['model9.bin', 'model10.bin']);
    assert.deepEqual(text(children(source)), ['lib', 'train.py']);
    const [lib] = children(source);
    assert.ok(lib !== undefined);
    assert.deepEqual(text(children(lib)), ['deep', 'util.py']);
    const [deep] = children(lib);
    assert.ok(deep !== undefined);
    const [file] = children(deep);
    assert.equal(file?.kind === 'file' && file.uri, 'runyard://s/1/files/lib/deep/x.py');
  });

  it('shows attributes of the run and of the user, and comments', () => {
    const rows = text(children(section('attributes')));
    assert.ok(rows.includes('command: python train.py'));
    assert.ok(rows.includes('label: best'));
    assert.ok(rows.includes('comment 0190aaaa-bbbb: nice'));
    assert.ok(rows.includes('project: /proj'));
  });

  it('has ids of its own for every node', () => {
    const ids = new Set<string>();
    const visit = (one: DetailNode): void => {
      assert.ok(!ids.has(one.key), one.key);
      ids.add(one.key);
      children(one).forEach(visit);
    };
    sectionsOf(run, detail).forEach(visit);
    assert.ok(ids.size > 20);
  });

  it('never shows more than 500 files beside each other', () => {
    const manifest = Array.from({ length: 3000 }, (_, i) => ['s', 'a', `f${i}`] as const);
    const files = sectionsOf(run, { ...detail, manifest }).find((one) => one.section === 'files');
    assert.ok(files !== undefined);
    const [type] = children(files);
    assert.ok(type !== undefined);
    const shown = children(type);
    assert.ok(shown.length <= 500);
    assert.equal(shown.at(-1)?.kind, 'note');
  });
});
