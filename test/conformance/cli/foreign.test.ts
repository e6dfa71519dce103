import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { readBatch, readTrials, trialRun } from '../../../src/batch/record/record.ts';
import { runStatus } from '../../../src/core/life/start.ts';
import { runMetaPath, writeMeta } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { listQueue } from '../../../src/queue/queue.ts';
import { runCli, type CliResult } from '../../helpers/cli.ts';
import { posix } from '../../helpers/posix.ts';
import { supervisorScript } from '../../helpers/processes/supervisor.ts';
import { batchProject, makeBatch } from '../../helpers/runs/batches.ts';
import { deadRun, forgeEntry, receive } from '../../helpers/runs/foreign.ts';
import { stagedTestRun } from '../../helpers/runs/runs.ts';
import { tempDir, waitFor } from '../../helpers/temp.ts';

const shell = posix('touch');

async function cli(runsDir: string, ...args: readonly string[]): Promise<CliResult> {
  return await cliIn({}, runsDir, ...args);
}

async function cliIn(
  env: Readonly<Record<string, string>>,
  runsDir: string,
  ...args: readonly string[]
): Promise<CliResult> {
  return await runCli([...args, '--runs', runsDir], {
    env: { RUNYARD_SUPERVISOR: await supervisorScript(), ...env },
    cwd: dirname(runsDir),
  });
}

/** A staged run of somebody else that makes `canary`, and waits in the queue by a forged entry. */
async function received(t: TestContext): Promise<{ readonly run: Run; readonly canary: string }> {
  const canary = join(tempDir(t), 'canary');
  const run = receive(await stagedTestRun(t, { command: ['touch', canary] }));
  forgeEntry(run);
  return { run, canary };
}

it('no verb of the queue starts what somebody else has queued', shell, async (t) => {
  const { run, canary } = await received(t);
  for (const args of [['resume'], ['slots', '2'], ['wait-for-running', 'off'], ['list']]) {
    const { code, stdout, stderr } = await cli(run.runsDir, 'queue', ...args);
    assert.equal(code, 0, stderr);
    if (args[0] !== 'list') continue;
    assert.match(stderr, /0 waiting, 0 running; 1 foreign, 'runyard queue allow'/);
    assert.match(stdout, /foreign +It was not put into the queue by you on this machine/);
  }
  assert.equal((await listQueue(run.runsDir)).runner, null);
  assert.ok(!existsSync(canary));
  assert.equal(runStatus(run), 'queued');
});

it('queue allow shows what runs would execute, and needs a yes', shell, async (t) => {
  const { run, canary } = await received(t);
  const refused = await cli(run.runsDir, 'queue', 'allow');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, new RegExp(`run: touch ${canary}`));
  assert.match(refused.stderr, /was not put here by you on this machine/);
  assert.ok(!existsSync(canary));
  const allowed = await cli(run.runsDir, 'queue', 'allow', run.id, '--yes');
  assert.equal(allowed.code, 0, allowed.stderr);
  await waitFor(() => existsSync(canary), { what: 'the run that was allowed' });
  await waitFor(async () => (await listQueue(run.runsDir)).runner === null);
});

it('start and queue add refuse a run of somebody else without a yes', shell, async (t) => {
  const canary = join(tempDir(t), 'canary');
  const run = receive(await stagedTestRun(t, { command: ['touch', canary] }));
  for (const args of [
    ['start', run.id],
    ['queue', 'add', run.id],
  ]) {
    const { code, stderr } = await cli(run.runsDir, ...args);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`run: touch ${canary}`));
    assert.match(stderr, /--yes does it/);
  }
  assert.equal(runStatus(run), 'staged');
  const { code, stderr } = await cli(run.runsDir, 'start', run.id, '--wait', '--yes');
  assert.equal(code, 0, stderr);
  assert.ok(existsSync(canary));
});

it('start refuses a run of ours in a store that was copied', shell, async (t) => {
  const canary = join(tempDir(t), 'canary');
  const run = await stagedTestRun(t, { command: ['touch', canary] });
  const copy = join(tempDir(t), 'runs');
  cpSync(run.runsDir, copy, { recursive: true });
  assert.equal((await cli(copy, 'start', run.id)).code, 1);
  assert.ok(!existsSync(canary));
  assert.equal((await cli(run.runsDir, 'start', run.id, '--wait')).code, 0);
});

it('recover and finalize leave out the hook of somebody else', shell, async (t) => {
  for (const verb of ['recover', 'finalize', 'stop']) {
    const { run, canary } = deadRun(t);
    const { stderr } = await cli(receive(run).runsDir, verb, run.id);
    if (verb !== 'stop') {
      assert.match(stderr, new RegExp(`finalize: touch ${canary}`), verb);
      assert.match(stderr, /is finalized without its finalize command/, verb);
      const log = readFileSync(runMetaPath(run, 'log', 'runner'), 'utf8');
      assert.match(log, /the finalize command is not run/, verb);
    }
    assert.ok(!existsSync(canary), verb);
  }
});

it('recover leaves out every hook where no key can be kept', shell, async (t) => {
  const { run, canary } = deadRun(t);
  const state = tempDir(t);
  mkdirSync(join(state, 'runyard'), { mode: 0o755 });
  chmodSync(join(state, 'runyard'), 0o755);
  const { stderr } = await cliIn({ XDG_STATE_HOME: state }, run.runsDir, 'recover', run.id);
  assert.match(stderr, /is finalized without its finalize command/);
  assert.ok(!existsSync(canary));
});

it('recover executes the hook after a yes', shell, async (t) => {
  const { run, canary } = deadRun(t);
  const { code, stderr } = await cli(receive(run).runsDir, 'recover', run.id, '--yes');
  assert.equal(code, 0, stderr);
  assert.ok(existsSync(canary));
});

it('a batch of somebody else shows what its trials execute, and needs a yes', shell, async (t) => {
  const canary = join(tempDir(t), 'canary');
  const project = await batchProject(t, {
    'gage.toml': `[task]\nexec = ["touch", "${canary}"]\nsourcecode = []\n`,
  });
  const batch = receive(await makeBatch(project, 'task', { rows: [{}, {}] }));
  for (const args of [
    ['resume', batch.id],
    ['start', batch.id],
    ['restart', batch.id, '--all'],
  ]) {
    const { code, stderr } = await cli(batch.runsDir, ...args);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`trials: run: touch ${canary}`));
  }
  assert.ok(!existsSync(canary));
  const { code, stderr } = await cli(batch.runsDir, 'resume', batch.id, '--wait', '--yes');
  assert.equal(code, 0, stderr);
  assert.ok(existsSync(canary));
});

it('a batch of ours starts no trial that somebody has put into it', shell, async (t) => {
  const canary = join(tempDir(t), 'canary');
  const project = await batchProject(t, {
    'gage.toml': '[task]\nexec = ["true"]\nsourcecode = []\n',
  });
  const batch = await makeBatch(project, 'task', { rows: [{}, {}], stageTrials: true });
  assert.equal((await cli(batch.runsDir, 'resume', batch.id, '--wait')).code, 0);
  const [first] = readTrials(batch);
  assert.ok(first !== undefined);
  writeMeta(
    trialRun(batch, first, readBatch(batch).proto),
    'proc/cmd.json',
    `["touch", "${canary}"]`,
  );
  const { stderr } = await cli(batch.runsDir, 'restart', batch.id, '--remaining', '--wait');
  assert.match(stderr, new RegExp(`run: touch ${canary}`));
  assert.ok(!existsSync(canary));
});

it('works without a private key, and queues nothing then', shell, async (t) => {
  const { runsDir } = await stagedTestRun(t, { command: ['true'] });
  const files = { 'gage.toml': '[task]\nexec = ["true"]\nsourcecode = []\n' };
  const project = await batchProject(t, files);
  const env = {
    RUNYARD_SUPERVISOR: await supervisorScript(),
    XDG_STATE_HOME: '/dev/null',
    PROJECT_DIR: project.projectDir ?? '',
  };
  const options = { env, cwd: project.projectDir ?? runsDir };
  const done = await runCli(['run', 'task', '--wait', '--runs', runsDir], options);
  assert.equal(done.code, 0, done.stderr);
  const batch = await runCli(['batch', 'task', '-o', '+', '--wait', '--runs', runsDir], options);
  assert.equal(batch.code, 0, batch.stderr);
  const staged = await runCli(['stage', 'task', '--runs', runsDir, '--json'], options);
  const { id } = JSON.parse(staged.stdout) as { id: string };
  assert.equal((await runCli(['start', id, '--wait', '--runs', runsDir], options)).code, 1);
  const args = ['start', id, '--wait', '--yes', '--runs', runsDir];
  assert.equal((await runCli(args, options)).code, 0);
});
