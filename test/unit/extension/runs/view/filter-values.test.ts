import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { RunValuesCache } from '../../../../../src/core/status/run-values.ts';
import { listRuns } from '../../../../../src/core/store/read.ts';
import { valueNames, rowValues } from '../../../../../src/extension/runs/view/filter-values.ts';
import { runInfo } from '../../../../helpers/runs/run-info.ts';
import { tempDir } from '../../../../helpers/temp.ts';
import { makeRunFiles } from '../../../../host/runs/stores.ts';

describe('what the filter box knows', () => {
  it('are values of rows, the frequent ones first, and statuses as they are grouped', () => {
    const runs = [
      runInfo(1, { label: 'b', tags: ['x'] }),
      runInfo(2, { label: 'a', tags: ['x', 'y'], status: 'error' }),
      runInfo(3, { label: 'b', opref: { ns: 'p', name: 'tune', version: null } }),
      runInfo(4, { opref: null, status: 'unreadable' }),
    ];
    const { operations, labels, tags, statuses } = rowValues(runs);
    assert.deepEqual(operations, ['train', 'tune']);
    assert.deepEqual(labels, ['b', 'a']);
    assert.deepEqual(tags, ['x', 'y']);
    assert.deepEqual(statuses, ['error', 'completed', 'unreadable']);
  });

  it('are names in the files of runs, without those of the row', async (t) => {
    const runsDir = tempDir(t);
    const meta = makeRunFiles(runsDir, 1);
    writeFileSync(join(meta, 'config.json'), '{"z": 1, "a.b": 2}');
    writeFileSync(
      join(meta, 'summary.json'),
      '{"metrics": {"loss": 1}, "attributes": {"note": "x", "label": "y"}}',
    );
    const names = await valueNames(
      await listRuns(runsDir),
      new RunValuesCache(),
      new AbortController().signal,
    );
    assert.deepEqual(names, { config: ['a.b', 'z'], metrics: ['loss'], attributes: ['note'] });
  });
});
