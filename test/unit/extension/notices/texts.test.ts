import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrialSkip, TrialState } from '../../../../src/batch/record/types.ts';
import type { RunInfo, RunStatus } from '../../../../src/core/run/types.ts';
import { batchNotice, failureNotice } from '../../../../src/extension/notices/texts.ts';
import { runInfo } from '../../../helpers/runs/run-info.ts';

function batch(changes: Partial<RunInfo> = {}): RunInfo {
  return runInfo(1, {
    opref: { ns: 'proj', name: 'train+', version: null },
    batch: { role: 'batch', operation: 'train', planned: 8, objective: null },
    ...changes,
  });
}

describe('the message at the end of a batch', () => {
  const states = (...statuses: readonly (RunStatus | 'equal')[]): TrialState[] =>
    statuses.map((status, i) => {
      const skipped: TrialSkip | null =
        status === 'equal' ? { seen: 'equal', expected: 'staged' } : null;
      const { id, name } = runInfo(i);
      const flags = {};
      return {
        id,
        name,
        index: i + 1,
        flags,
        status: status === 'equal' ? 'pending' : status,
        skipped,
      };
    });

  it('says what became of the trials', () => {
    assert.deepEqual(batchNotice(batch(), states('completed', 'completed')), {
      text: 'Batch train+ babab-babad has ended: 2 completed.',
      kind: 'good',
      buttons: ['Show Output'],
    });
    assert.deepEqual(batchNotice(batch(), states('completed', 'error', 'equal')), {
      text: 'Batch train+ babab-babad has ended: 1 completed, 1 failed, 1 not needed.',
      kind: 'warning',
      buttons: ['Show Output', 'Restart Failed'],
    });
    assert.match(batchNotice(batch(), []).text, /has ended: no trials\.$/);
  });

  it('offers to go on where something waits', () => {
    const reason = 'The batch died.';
    const { text, buttons } = batchNotice(
      batch({ status: 'terminated', reason }),
      states('completed', 'staged'),
    );
    assert.equal(
      text,
      'Batch train+ babab-babad was terminated (The batch died): 1 completed, 1 staged.',
    );
    assert.deepEqual(buttons, ['Show Output', 'Resume']);
    // Trials that were only to be staged are not a reason to worry.
    assert.deepEqual(batchNotice(batch(), states('staged')).buttons, ['Show Output']);
  });
});

describe('the message about a run that failed', () => {
  const text = (changes: Partial<RunInfo>): string => failureNotice(runInfo(1, changes)).text;

  it('says what happened', () => {
    assert.equal(
      text({ status: 'error', exitCode: 3 }),
      'Run train babab-babad failed with exit code 3.',
    );
    assert.equal(
      text({ status: 'terminated', reason: 'Killed by signal 9' }),
      'Run train babab-babad was terminated: Killed by signal 9.',
    );
    assert.equal(text({ status: 'lost' }), 'Run train babab-babad is lost: no sign of life.');
  });
});
