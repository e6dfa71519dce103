import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunInfo, RunStatus } from '../../../../../src/core/run/types.ts';
import type { RunDetail } from '../../../../../src/core/status/run-detail.ts';
import type { Row } from '../../../../../src/extension/base/row.ts';
import { runContextValue } from '../../../../../src/extension/run/actions.ts';
import { detailChildren, sectionsOf } from '../../../../../src/extension/runs/details/details.ts';
import type { DetailNode, RunNode } from '../../../../../src/extension/runs/model/nodes.ts';
import { toTreeItem } from '../../../../../src/extension/runs/rows/rows.ts';
import { runFacts } from '../../../../../src/extension/runs/rows/run-row.ts';
import { runInfo } from '../../../../helpers/runs/run-info.ts';

const START = Date.UTC(2026, 10, 20, 12, 1);

function node(changes: Partial<RunInfo> = {}): RunNode {
  return { kind: 'run', key: 'run|s|1', storeKey: 's', ns: 'proj', info: runInfo(1, changes) };
}

function row(changes: Partial<RunInfo>, now = START + 5 * 60_000): Row {
  return toTreeItem(node(changes), now);
}

const stamps = runInfo(1).timestampsUs;

describe('the row of a run', () => {
  it('says operation, name, label, time and duration', () => {
    const opref = { ns: 'proj', name: 'train', version: '2' };
    const { label, description, id } = row({ opref, label: 'best lr', tags: ['paper'] });
    assert.equal(label, 'train v2');
    assert.equal(description, 'babab · best lr · #paper · 5 min ago · 10 s');
    assert.equal(id, 'run|s|1');
  });

  it('names the namespace of another project', () => {
    assert.equal(
      row({ opref: { ns: 'other', name: 'train', version: null } }).label,
      'other:train',
    );
  });

  it('has an icon and a colour for each status', () => {
    const icon = (status: RunStatus): string => {
      const { icon: one } = row({ status });
      return `${one?.id ?? ''} ${one?.color ?? '-'}`;
    };
    assert.equal(icon('staged'), 'circle-outline -');
    assert.equal(icon('queued'), 'clock descriptionForeground');
    assert.equal(icon('running'), 'sync~spin charts.blue');
    assert.equal(icon('completed'), 'pass testing.iconPassed');
    assert.equal(icon('error'), 'error testing.iconFailed');
    assert.equal(icon('terminated'), 'circle-slash disabledForeground');
    assert.equal(icon('lost'), 'question list.warningForeground');
  });

  it('shows progress and the growing duration while it runs', () => {
    const timestampsUs = { ...stamps, stopped: null };
    const progress = { percent: 45, text: '45%|####      |' };
    const running = { status: 'running', exitCode: null, timestampsUs, progress } as const;
    assert.equal(row(running, START + 65_000).description, 'babab · 45% · 1 min ago · 1m 05s');
    assert.match(row(running, START + 65_000).accessibility ?? '', /running, 45 percent/);
    const hook = { ...running, phase: 'finalize' } as const;
    assert.match(row(hook).description ?? '', /finalizing/);
  });

  it('tells what is wrong', () => {
    assert.match(row({ status: 'error', exitCode: 3 }).description ?? '', /exit 3/);
    assert.match(row({ status: 'lost', reason: 'No sign of life' }).description ?? '', /lost/);
    assert.match(
      row({ status: 'terminated', needsRecovery: true }).description ?? '',
      /interrupted/,
    );
    const failed = row({ status: 'pending', phase: 'stage-runtime', reason: 'The hook failed' });
    assert.match(failed.description ?? '', /not staged: The hook failed/);
    assert.equal(failed.icon?.id, 'warning');
    assert.equal(row({ status: 'pending', phase: 'stage-runtime' }).icon?.id, 'loading~spin');
    const broken = row({ status: 'unreadable', opref: null, reason: 'opref is\nbroken' });
    assert.equal(broken.label, 'babab-babad');
    assert.match(broken.description ?? '', /^unreadable · opref is broken/);
    assert.equal(broken.state, 'leaf');
  });

  it('can be heard', () => {
    assert.equal(
      row({ label: 'best', opref: { ns: 'proj', name: 'train', version: '2' } }).accessibility,
      'train v2, run babab-babad, completed, label best, 5 min ago, took 10 s',
    );
  });

  it('never has a time or a status in its id', () => {
    assert.equal(row({}).id, row({ status: 'error' }, START + 1e9).id);
  });
});

describe('what can be done with a run', () => {
  const words = (changes: Partial<RunInfo>): string => runContextValue(runInfo(1, changes));

  it('is told by sorted words', () => {
    assert.equal(words({}), 'canDelete canLabel canRunAgain completed hasOutput run');
    assert.equal(
      words({ status: 'staged' }),
      'canDelete canLabel canQueue canRunAgain canStart hasOutput run staged',
    );
    assert.equal(
      words({ status: 'running' }),
      'canLabel canRunAgain canStop hasOutput run running',
    );
    assert.equal(
      words({ status: 'terminated', needsRecovery: true }),
      'canDelete canFinalize canLabel canRecover canRunAgain hasOutput run terminated',
    );
  });

  it('keeps deleted runs from being started or deleted again', () => {
    assert.equal(
      words({ status: 'staged', container: 'trash' }),
      'canLabel canPurge canRestore canRunAgain hasOutput run staged',
    );
  });

  it('lets an unreadable run only be deleted', () => {
    assert.equal(words({ status: 'unreadable', opref: null }), 'canDelete run unreadable');
  });

  it('lets a run that is being staged be stopped', () => {
    assert.match(words({ status: 'pending', phase: 'stage-sourcecode' }), /canStop/);
    assert.doesNotMatch(words({ status: 'pending' }), /canStop/);
  });
});

describe('a run whose staging failed', () => {
  const words = (changes: Partial<RunInfo>): string =>
    runContextValue(runInfo(1, { status: 'pending', phase: null, ...changes }));

  it('can be staged again, and started', () => {
    assert.match(words({ reason: 'The stage-runtime command failed' }), /canStage canStart/);
  });

  it('is left alone while somebody may be at work on it', () => {
    assert.doesNotMatch(words({}), /canSta/);
    assert.doesNotMatch(words({ reason: 'Interrupted', needsRecovery: true }), /canSta/);
    assert.doesNotMatch(words({ reason: 'Failed', container: 'trash' }), /canSta/);
  });
});

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
  const run = node();
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

describe('texts', () => {
  it('has the facts of a run for its tooltip', () => {
    const facts = new Map(
      runFacts(runInfo(1, { status: 'error', exitCode: 2, reason: 'why' }), START),
    );
    assert.equal(facts.get('Status'), 'error');
    assert.equal(facts.get('Exit code'), '2');
    assert.equal(facts.get('Problem'), 'why');
    assert.equal(facts.get('Duration'), '10 s');
    assert.ok(!facts.has('Label'));
  });
});
