import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRunFromInfo } from '../../../../src/core/status/run-info.ts';
import { runInfo } from '../../../helpers/runs/run-info.ts';

test('nothing of ours can open a run of Guild for work', () => {
  assert.throws(() => openRunFromInfo(runInfo(1, { metaForm: 'guild' })), /only guild changes it/);
});
