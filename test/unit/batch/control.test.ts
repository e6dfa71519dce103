import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { readBatchControl, requestBatchControl } from '../../../src/batch/control.ts';
import { runMetaPath } from '../../../src/core/run/run.ts';
import { PROJECT, batchProject, makeBatch } from '../../helpers/runs/batches.ts';

test('what is asked of a batch adds up; the slots stay when it is stopped', async (t) => {
  const project = await batchProject(t, PROJECT);
  const batch = await makeBatch(project, 'op', { flags: ['n=[1,2]'] });
  assert.equal(readBatchControl(batch), null);
  requestBatchControl(batch, { slots: 4, by: 'me' });
  requestBatchControl(batch, { stop: 'after-current' });
  const control = readBatchControl(batch);
  assert.deepEqual([control?.slots, control?.stop], [4, 'after-current']);
  writeFileSync(runMetaPath(batch, 'runyard', 'control.json'), '{"slots": "many"}');
  assert.equal(readBatchControl(batch), null);
});
