import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunInfo, RunStatus } from '../../../../../src/core/run/types.ts';
import type { Row } from '../../../../../src/extension/base/row.ts';
import type { RunNode } from '../../../../../src/extension/runs/model/nodes.ts';
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
