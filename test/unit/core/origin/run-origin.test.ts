import assert from 'node:assert/strict';
import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { writeFileAtomic } from '../../../../src/core/base/atomic.ts';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import { privateKey } from '../../../../src/core/origin/key.ts';
import {
  executedDigest,
  isOurs,
  mayExecute,
  metaTexts,
  requireMayExecute,
  stampRun,
} from '../../../../src/core/origin/run-origin.ts';
import { openRun, runMetaPath } from '../../../../src/core/run/run.ts';
import { newTestRun } from '../../../helpers/runs/runs.ts';
import { tempDir } from '../../../helpers/temp.ts';

it('takes a run that was made here for ours', (t) => {
  const { run } = newTestRun(t, { command: ['true'] });
  assert.ok(isOurs(run));
  assert.ok(mayExecute(run));
});

it('takes no run for ours whose command, environment, hooks or batch were changed', (t) => {
  for (const name of [
    'proc/cmd.json',
    'proc/env.json',
    'opdef.json',
    'runyard/proto.json',
    'runyard/batch.json',
  ]) {
    const { run } = newTestRun(t, { command: ['true'] });
    writeFileAtomic(runMetaPath(run, name), '{"optimizer": "evil"}');
    assert.ok(!isOurs(run), name);
  }
});

it('takes a run for a stranger in a store that was copied, moved, or has another id', (t) => {
  const { run } = newTestRun(t, { command: ['true'] });
  const copy = join(tempDir(t), 'runs');
  cpSync(run.runsDir, copy, { recursive: true });
  assert.ok(!isOurs(openRun(copy, run.id)));
  const other = 'ffffffff-0000-4000-8000-000000000000';
  cpSync(run.metaPath, join(run.runsDir, `${other}.meta`), { recursive: true });
  assert.ok(!isOurs(openRun(run.runsDir, other)));
  assert.ok(isOurs(run));
  const moved = `${run.runsDir}-moved`;
  renameSync(run.runsDir, moved);
  assert.ok(!isOurs(openRun(moved, run.id)));
});

it('takes a run without a stamp, or with another one, for a stranger', (t) => {
  const { run } = newTestRun(t, { command: ['true'] });
  const path = runMetaPath(run, 'runyard', 'origin.json');
  for (const text of [
    '{"stamp": "x"}',
    '{"stamp": 1}',
    'null',
    '{',
    `{"stamp":"${'0'.repeat(64)}"}`,
  ]) {
    writeFileAtomic(path, text);
    assert.ok(!isOurs(run), text);
  }
  rmSync(path);
  assert.ok(!isOurs(run));
  assert.throws(
    () => {
      requireMayExecute(run);
    },
    (error) => error instanceof RunyardError && error.code === 'foreign',
  );
});

it('stamps what a person has seen and nothing that came since', (t) => {
  const { run } = newTestRun(t, { command: ['true'] });
  rmSync(runMetaPath(run, 'runyard', 'origin.json'));
  const seen = executedDigest(metaTexts(run));
  stampRun(run, seen);
  assert.ok(isOurs(run));
  writeFileAtomic(runMetaPath(run, 'proc', 'cmd.json'), '["evil"]');
  stampRun(run, seen);
  assert.ok(!isOurs(run));
});

it('lets a word count only where there is no private key', (t) => {
  const { run } = newTestRun(t, { command: ['true'] });
  rmSync(runMetaPath(run, 'runyard', 'origin.json'));
  assert.ok(!mayExecute(run, true));
  const before = process.env['XDG_STATE_HOME'];
  t.after(() => {
    process.env['XDG_STATE_HOME'] = before;
  });
  process.env['XDG_STATE_HOME'] = '/dev/null';
  assert.equal(privateKey(), null);
  assert.ok(!mayExecute(run));
  assert.ok(mayExecute(run, true));
});
