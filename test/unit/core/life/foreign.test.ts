import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { writeFileAtomic } from '../../../../src/core/base/atomic.ts';
import { finalizeRun } from '../../../../src/core/life/finalize.ts';
import { allowRuns, foreignRun } from '../../../../src/core/life/foreign.ts';
import { recoverRun } from '../../../../src/core/life/recover.ts';
import { stageRun } from '../../../../src/core/life/stage.ts';
import { startHere, startRun } from '../../../../src/core/life/start.ts';
import { requestStop } from '../../../../src/core/life/stop.ts';
import { isOurs } from '../../../../src/core/origin/run-origin.ts';
import { runMetaPath } from '../../../../src/core/run/run.ts';
import { posix } from '../../../helpers/posix.ts';
import { deadRun, receive } from '../../../helpers/runs/foreign.ts';
import { newTestRun, stagedTestRun } from '../../../helpers/runs/runs.ts';

const FOREIGN = { code: 'foreign', message: /was not put here by you on this machine/ };

it('shows all that a run would execute, in visible text', async (t) => {
  const table = {
    exec: {
      'stage-runtime': ['pip', 'install', 'a b'],
      run: 'ignored',
      finalize: 'echo done\nrm -rf /',
    },
  };
  const { run } = newTestRun(t, {
    command: 'python \u202etrain.py\u001b[2J',
    env: { LD_PRELOAD: '/x.so' },
    table,
  });
  assert.equal(await foreignRun(run), null);
  assert.deepEqual((await foreignRun(receive(run)))?.executes, [
    'stage-runtime: pip install "a b"',
    'run: python \\u{202e}train.py\\u{1b}[2J',
    'finalize: echo done ⏎ rm -rf /',
    'environment: LD_PRELOAD=/x.so',
  ]);
});

it('shows what the trials of a batch execute, and its search', async (t) => {
  const { run } = newTestRun(t, { command: ['runyard', 'resume'] });
  const proto = {
    opdef: { name: 'train', table: { exec: { finalize: 'hook' } } },
    cmd: { command: ['python', 'train.py'], env: { A: '1' } },
  };
  writeFileAtomic(runMetaPath(run, 'runyard', 'proto.json'), JSON.stringify(proto));
  writeFileAtomic(runMetaPath(run, 'runyard', 'batch.json'), '{"optimizer": "sh evil.sh"}');
  assert.deepEqual((await foreignRun(run))?.executes, [
    'run: runyard resume',
    'trials: run: python train.py',
    'trials: finalize: hook',
    'trials: environment: A=1',
    'search: sh evil.sh',
  ]);
});

it('neither stages nor starts a run that came from somebody else', async (t) => {
  const { run, projectDir } = newTestRun(t, { command: ['true'] });
  await assert.rejects(stageRun(receive(run), projectDir), FOREIGN);
  assert.ok(!existsSync(run.runDir));
  const staged = receive(await stagedTestRun(t, { command: ['true'] }));
  await assert.rejects(startRun(staged), FOREIGN);
  assert.throws(() => {
    startHere(staged);
  }, FOREIGN);
  assert.ok(!existsSync(runMetaPath(staged, 'started')));
});

it('allows what was shown, and nothing that was changed since', async (t) => {
  const run = receive(await stagedTestRun(t, { command: ['true'] }));
  const seen = await foreignRun(run);
  assert.ok(seen !== null);
  allowRuns([seen]);
  assert.ok(isOurs(run));
  assert.equal(await foreignRun(run), null);
  writeFileAtomic(runMetaPath(run, 'proc', 'cmd.json'), '["false"]');
  allowRuns([seen]);
  await assert.rejects(startRun(run), FOREIGN);
});

it('finalizes a run of somebody else without its hook, and says so', posix('touch'), async (t) => {
  const { run, canary } = deadRun(t);
  await finalizeRun(receive(run), 0);
  assert.ok(existsSync(runMetaPath(run, 'proc', 'exit')));
  assert.ok(!existsSync(canary));
  assert.match(
    readFileSync(runMetaPath(run, 'log', 'runner'), 'utf8'),
    /the finalize command is not run: the run was not put here by this user/,
  );
});

for (const [how, act] of [
  ['recovering', recoverRun],
  ['stopping', requestStop],
] as const) {
  it(`${how} a dead run of somebody else executes none of its hooks`, posix('touch'), async (t) => {
    const { run, canary } = deadRun(t);
    await act(receive(run));
    assert.ok(!existsSync(canary));
  });
}

it('executes the hook of a dead run that is ours, or was allowed', posix('touch'), async (t) => {
  const own = deadRun(t);
  assert.equal((await recoverRun(own.run)).action, 'finalized');
  assert.ok(existsSync(own.canary));
  const { run, canary } = deadRun(t);
  const seen = await foreignRun(receive(run));
  assert.ok(seen !== null);
  allowRuns([seen]);
  await recoverRun(run);
  assert.ok(existsSync(canary));
});
