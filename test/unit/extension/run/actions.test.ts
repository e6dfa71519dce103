import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { RunInfo, RunStatus } from '../../../../src/core/run/types.ts';
import { runContextValue } from '../../../../src/extension/run/actions.ts';
import { tallyOf } from '../../../../src/extension/run/batch-index.ts';
import { batch, running, trials } from '../../../helpers/runs/batch-info.ts';
import { runInfo } from '../../../helpers/runs/run-info.ts';

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

  it('lets a person end a run that may still run elsewhere', () => {
    assert.equal(
      words({ status: 'lost' }),
      'canDelete canFinalize canLabel canRunAgain hasOutput lost run',
    );
    assert.equal(
      words({ status: 'running', unverified: true }),
      'canDelete canFinalize canLabel canRunAgain canStop hasOutput run running',
    );
    assert.match(
      words({ status: 'running', unverified: true, container: 'trash' }),
      /\bcanPurge\b/,
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

describe('what can be done with a batch', () => {
  const words = (info: RunInfo, ...statuses: readonly RunStatus[]): string =>
    runContextValue(info, tallyOf(trials(...statuses)));

  it('depends on its trials', () => {
    assert.match(words(batch(running), 'staged', 'error'), /\bcanSteer\b.*\bcanStop\b/);
    assert.doesNotMatch(words(batch(running), 'staged', 'error'), /canRes|canStartStaged/);
    const ended = { status: 'terminated', exitCode: -15 } as const;
    assert.match(words(batch(ended), 'staged', 'error'), /canRestartFailed.*canResume/);
    const three = { role: 'batch', operation: 'train', planned: 1, objective: null } as const;
    assert.doesNotMatch(words(batch({ ...ended, batch: three }), 'completed'), /canResume/);
    assert.match(words(batch(), 'staged', 'completed'), /canQueueTrials.*canStartStaged/);
    assert.doesNotMatch(words(batch(), 'completed'), /canStartStaged|canRestartFailed/);
  });

  it('is not what can be done with a run', () => {
    assert.doesNotMatch(words(batch({ status: 'staged' }), 'staged'), /canQueue\b|canRunAgain/);
    assert.match(words(batch({ status: 'staged' }), 'staged'), /canStart\b/);
  });

  it('goes on after its process died, and not while it is deleted', () => {
    const dead = { status: 'terminated', needsRecovery: true } as const;
    assert.match(words(batch(dead), 'staged', 'error'), /canRecover.*canRestartFailed.*canResume/);
    const steered = { ...running, needsRecovery: true } as const;
    assert.doesNotMatch(words(batch(steered), 'staged'), /canSteer/);
    const deleted = words(batch({ container: 'trash' }), 'staged', 'error');
    assert.doesNotMatch(deleted, /canRes(tart|ume)/);
  });
});

describe('what can be done with a run of a queue', () => {
  const words = (changes: Partial<RunInfo>): string => runContextValue(runInfo(1, changes));

  it('starts it at once, or takes it out', () => {
    assert.match(words({ status: 'queued' }), /canDequeue.*canStart/);
    assert.doesNotMatch(words({ status: 'queued' }), /canStop|canQueue/);
    assert.match(words({ status: 'staged' }), /canQueue/);
    assert.doesNotMatch(words({ status: 'completed' }), /canQueue|canDequeue/);
  });
});

function guildRun(changes: Partial<RunInfo> = {}): RunInfo {
  return runInfo(1, { metaForm: 'guild', ...changes });
}

describe('what can be done with a run of Guild', () => {
  test('only what guild can do, in every state', () => {
    const rows: readonly (readonly [Partial<RunInfo>, string])[] = [
      [{ status: 'staged' }, 'canDelete canLabel canStart guild run staged'],
      [{ status: 'pending' }, 'canDelete canLabel canStart guild pending run'],
      [{ status: 'running' }, 'canLabel canStop guild hasOutput run running'],
      [
        { status: 'completed', marked: true },
        'canDelete canLabel completed guild hasOutput marked run',
      ],
      [{ status: 'error' }, 'canDelete canLabel error guild hasOutput run'],
      [{ status: 'lost' }, 'canDelete canLabel guild hasOutput lost run'],
      [{ status: 'unreadable', opref: null }, 'canDelete guild run unreadable'],
      [{ container: 'trash' }, 'canPurge canRestore completed guild hasOutput run'],
    ];
    for (const [changes, words] of rows) assert.equal(runContextValue(guildRun(changes)), words);
  });

  test('a batch is not restarted or steered by us, however its trials are', () => {
    const batch = { role: 'batch', operation: 'a', planned: 2, objective: null } as const;
    const tally = { total: 2, byStatus: new Map([['staged', 1] as const, ['error', 1] as const]) };
    for (const status of ['running', 'completed', 'error', 'terminated'] as const) {
      const words = runContextValue(guildRun({ batch, status }), tally).split(' ');
      const own = words.filter((word) => word.startsWith('can'));
      const expected = status === 'running' ? ['canLabel', 'canStop'] : ['canDelete', 'canLabel'];
      assert.deepEqual(own, expected);
    }
  });
});
