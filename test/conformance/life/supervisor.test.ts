import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import { launchSupervisor, type LaunchOptions } from '../../../src/core/launch/launch.ts';
import { recoverRun } from '../../../src/core/life/recover.ts';
import { runStatus } from '../../../src/core/life/start.ts';
import { requestStop } from '../../../src/core/life/stop.ts';
import {
  readProcessFile,
  readProgress,
  writeRequest,
} from '../../../src/core/meta/process-file.ts';
import { identityOf, pidExists } from '../../../src/core/process/identity.ts';
import { groupExists } from '../../../src/core/process/processes.ts';
import { runMetaPath, runyardPath } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { readRunInfo } from '../../../src/core/store/read.ts';
import { Gate } from '../../helpers/gate.ts';
import { posix } from '../../helpers/posix.ts';
import { nextMessage } from '../../helpers/processes/processes.ts';
import { supervisorScript } from '../../helpers/processes/supervisor.ts';
import { newTestRun, stagedTestRun } from '../../helpers/runs/runs.ts';
import { find, tempDir, waitFor } from '../../helpers/temp.ts';

const shell = posix('a shell and signals');

function meta(run: Run, ...path: readonly string[]): string {
  return readFileSync(runMetaPath(run, ...path), 'utf8');
}

async function launch(
  run: Run,
  action: LaunchOptions['action'],
  options: Partial<LaunchOptions> = {},
): ReturnType<typeof launchSupervisor> {
  return await launchSupervisor({
    supervisorPath: await supervisorScript(),
    run,
    action,
    ...options,
  });
}

/** Waits until the run is at rest: final, and nobody looks after it. */
async function atRest(run: Run): Promise<void> {
  await waitFor(
    () =>
      existsSync(runMetaPath(run, 'proc', 'exit')) && !existsSync(runyardPath(run, 'heartbeat')),
    { what: 'the end of the run' },
  );
}

test('stage and start: the run goes through its life without us', async (t) => {
  const { run, projectDir } = newTestRun(t, {
    command: [process.execPath, 'say.cjs'],
    files: { 'say.cjs': "console.log('hi', process.env.PARENT_PWD); console.error('err')" },
  });
  const phases: string[] = [];
  const { pid, staged } = await launch(run, 'stage+start', {
    projectDir,
    parentDir: '/some/where',
    onProgress: ({ phase }) => phases.push(phase),
  });
  assert.ok(pid !== process.pid);
  assert.deepEqual(await staged, { ok: true });
  await atRest(run);
  assert.equal(runStatus(run), 'completed');
  const lines = meta(run, 'output', '40_run').trim().split('\n').sort();
  assert.deepEqual(lines, ['err', 'hi /some/where']);
  assert.ok(phases.includes('stage-sourcecode') && phases.includes('manifest'));
  assert.equal(readProcessFile(run)?.supervisor.pid, pid);
  await waitFor(() => !pidExists(pid), { what: 'the end of the supervisor' });
});

test('stage, then start: between them nobody looks after the run', async (t) => {
  const { run, projectDir } = newTestRun(t, { command: 'exit 3' });
  const first = await launch(run, 'stage', { projectDir });
  assert.deepEqual(await first.staged, { ok: true });
  await waitFor(() => !pidExists(first.pid));
  assert.equal(runStatus(run), 'staged');
  assert.ok(!existsSync(runyardPath(run, 'heartbeat')));
  await launch(run, 'start');
  await atRest(run);
  assert.equal(runStatus(run), 'error');
  assert.equal(meta(run, 'proc', 'exit'), '3');
});

test('only a staged run can be started', async (t) => {
  const { run } = newTestRun(t, { command: 'true' });
  await assert.rejects(launch(run, 'start'), {
    code: 'wrong-status',
    message: `Skipping ${run.id} - status is 'pending' but expected 'staged'`,
  });
  assert.equal(runStatus(run), 'pending');
});

test('a hook that fails leaves the run pending, with the reason', async (t) => {
  const table = { exec: { run: 'true', 'stage-runtime': 'echo no; exit 7' } };
  const { run, projectDir } = newTestRun(t, { command: 'true', table });
  const { staged } = await launch(run, 'stage+start', { projectDir });
  const outcome = await staged;
  assert.equal(outcome.ok, false);
  assert.match(outcome.message, /stage-runtime command failed with exit code 7/);
  await waitFor(() => !existsSync(runyardPath(run, 'heartbeat')));
  const info = await readRunInfo(run.runsDir, run.id);
  assert.equal(info?.status, 'pending');
  assert.match(info.reason ?? '', /exit code 7/);
  assert.equal(info.needsRecovery, false);
  assert.equal(meta(run, 'output', '20_runtime'), 'no\n');
});

test('staging can be cancelled', shell, async (t) => {
  const table = { exec: { run: 'true', 'stage-runtime': 'echo ready; sleep 600' } };
  const { run, projectDir } = newTestRun(t, { command: 'true', table });
  const abort = new AbortController();
  const { staged } = await launch(run, 'stage', { projectDir, signal: abort.signal });
  await waitFor(() => meta(run, 'output', '20_runtime') === 'ready\n');
  abort.abort();
  const outcome = await staged;
  assert.equal(outcome.ok ? 'staged' : outcome.error.code, 'staging-failed');
  assert.equal((await readRunInfo(run.runsDir, run.id))?.reason, 'Staging was stopped');
});

test('a stopped run ends terminated, also when it handles SIGTERM itself', shell, async (t) => {
  const script =
    "process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });" +
    "console.log('ready'); setInterval(() => {}, 1000)";
  const run = await stagedTestRun(t, { command: [process.execPath, '-e', script] });
  await launch(run, 'start');
  await waitFor(() => meta(run, 'output', '40_run') === 'ready\n');
  assert.equal(runStatus(run), 'running');
  assert.equal(await requestStop(run, { by: 'test' }), 'requested');
  await atRest(run);
  assert.equal(meta(run, 'proc', 'exit'), '-15');
  assert.equal(meta(run, 'output', '40_run'), 'ready\nbye\n');
  assert.equal(runStatus(run), 'terminated');
  assert.equal(await requestStop(run), 'not-running');
});

test('what ignores SIGTERM is killed after the grace time, its children too', shell, async (t) => {
  const command =
    "trap '' TERM; (trap '' TERM; echo $$ > child; sleep 600) & echo ready; wait; sleep 600";
  const run = await stagedTestRun(t, { command });
  await launch(run, 'start');
  await waitFor(() => meta(run, 'output', '40_run') === 'ready\n');
  const group = Number(meta(run, 'proc', 'lock'));
  await requestStop(run, { graceMs: 200 });
  await atRest(run);
  assert.equal(meta(run, 'proc', 'exit'), '-9');
  assert.equal(groupExists(group), false);
});

test('a request file alone stops a run', shell, async (t) => {
  const run = await stagedTestRun(t, { command: 'echo ready; exec sleep 600' });
  await launch(run, 'start');
  await waitFor(() => meta(run, 'output', '40_run') === 'ready\n');
  writeRequest(run, { action: 'stop', graceMs: 20_000, by: 'another host', timeMs: Date.now() });
  await atRest(run);
  assert.equal(meta(run, 'proc', 'exit'), '-15');
});

test('a stop during the finalize hook ends the hook, the run stays completed', shell, async (t) => {
  const table = { exec: { run: 'x', finalize: 'echo hook; sleep 600' } };
  const run = await stagedTestRun(t, { command: 'true', table });
  await launch(run, 'start');
  await waitFor(() => meta(run, 'output', '50_finalize') === 'hook\n');
  assert.equal(runStatus(run), 'completed', 'the exit counts while the hook runs');
  await requestStop(run, { graceMs: 100 });
  await atRest(run);
  assert.equal(runStatus(run), 'completed');
  assert.match(readProcessFile(run)?.failure?.message ?? '', /exit code -15/);
});

test('progress is published while the run runs', shell, async (t) => {
  const command = "printf '\\r 10%%|#   |' >&2; sleep 0.2; printf '\\r 60%%|### |' >&2; sleep 600";
  const run = await stagedTestRun(t, { command });
  await launch(run, 'start');
  await waitFor(() => readProgress(run)?.percent === 60, { what: '60 percent' });
  const info = await readRunInfo(run.runsDir, run.id);
  assert.deepEqual(info?.progress, { percent: 60, text: '60%|### |' });
  await requestStop(run);
  await atRest(run);
  assert.equal(readProgress(run), null);
});

test('the environment of the run is not that of the editor', async (t) => {
  const script = 'console.log(JSON.stringify(Object.keys(process.env)))';
  const run = await stagedTestRun(t, { command: [process.execPath, '-e', script] });
  const env = { ...process.env, VSCODE_PID: '1', NODE_OPTIONS: '--no-deprecation', MINE: '1' };
  await launch(run, 'start', { env });
  await atRest(run);
  const names = JSON.parse(meta(run, 'output', '40_run')) as string[];
  assert.deepEqual(
    names.filter((name) => /^(VSCODE_|ELECTRON_|NODE_(OPTIONS|CHANNEL))/.test(name)),
    [],
  );
  for (const name of ['MINE', 'RUN_ID', 'RUN_DIR', 'PARENT_PWD'])
    assert.ok(names.includes(name), name);
});

test('the supervisor outlives who started it, and a closed terminal', shell, async (t) => {
  const gate = await Gate.make(t);
  const run = await stagedTestRun(t, { command: `echo ready; ${gate.wait}; echo end` });
  const starter = join(tempDir(t), 'starter.mjs');
  const core = join(repoRoot, 'src/core');
  writeFileSync(
    starter,
    `import { launchSupervisor } from ${JSON.stringify(join(core, 'launch/launch.ts'))};
     import { openRun } from ${JSON.stringify(join(core, 'run/run.ts'))};
     const run = openRun(${JSON.stringify(run.runsDir)}, ${JSON.stringify(run.id)});
     const { pid } = await launchSupervisor({ supervisorPath: ${JSON.stringify(await supervisorScript())}, run, action: 'start' });
     process.send(pid);
     setInterval(() => {}, 1000);`,
  );
  const child = fork(starter, [], { detached: true, stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  const pid = Number(await nextMessage(child));
  await waitFor(() => meta(run, 'output', '40_run') === 'ready\n');
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  process.kill(pid, 'SIGHUP');
  assert.equal(runStatus(run), 'running');
  gate.open();
  await atRest(run);
  assert.equal(meta(run, 'output', '40_run'), 'ready\nend\n');
  assert.equal(runStatus(run), 'completed');
});

test(
  'a killed supervisor: the living process is adopted, and nothing it prints is lost',
  shell,
  async (t) => {
    const gate = await Gate.make(t);
    const run = await stagedTestRun(t, { command: `echo one; ${gate.wait}; echo two` });
    const { pid } = await launch(run, 'start');
    await waitFor(() => meta(run, 'output', '40_run') === 'one\n');
    process.kill(pid, 'SIGKILL');
    await waitFor(() => !pidExists(pid));
    const info = await readRunInfo(run.runsDir, run.id);
    assert.deepEqual([info?.status, info?.needsRecovery], ['running', true]);
    const second = await launch(run, 'recover');
    await waitFor(() => readProcessFile(run)?.supervisor.pid === second.pid);
    assert.equal((await readRunInfo(run.runsDir, run.id))?.needsRecovery, false);
    gate.open();
    await atRest(run);
    assert.equal(meta(run, 'output', '40_run'), 'one\ntwo\n');
    assert.equal(meta(run, 'proc', 'exit'), '-1', 'nobody can know the exit code');
    assert.equal(runStatus(run), 'terminated');
  },
);

test('stopping a run whose supervisor was killed ends and finalizes it', shell, async (t) => {
  const run = await stagedTestRun(t, { command: 'echo one; exec sleep 600' });
  const { pid } = await launch(run, 'start');
  await waitFor(() => meta(run, 'output', '40_run') === 'one\n');
  process.kill(pid, 'SIGKILL');
  await waitFor(() => !pidExists(pid));
  const child = Number(meta(run, 'proc', 'lock'));
  assert.equal(await requestStop(run, { graceMs: 20_000 }), 'stopped');
  assert.equal(runStatus(run), 'terminated');
  assert.equal(meta(run, 'proc', 'exit'), '-15');
  assert.ok(!pidExists(child));
  assert.deepEqual(find(runyardPath(run)), ['offsets/40_run', 'origin.json', 'process.json']);
  assert.deepEqual(await recoverRun(run), { action: 'none', status: 'terminated' });
});

test('a reused pid is not taken for the process of a run', shell, async (t) => {
  const run = await stagedTestRun(t, { command: 'echo one; exec sleep 600' });
  const { pid } = await launch(run, 'start');
  await waitFor(() => meta(run, 'output', '40_run') === 'one\n');
  const file = readProcessFile(run);
  assert.deepEqual(file?.supervisor, identityOf(pid));
  assert.equal(file.child?.pid, Number(meta(run, 'proc', 'lock')));
  await requestStop(run);
  await atRest(run);
});

test('a supervisor that cannot be started is an error with a hint', async (t) => {
  const run = await stagedTestRun(t, { command: 'true' });
  const missing = join(tempDir(t), 'missing.cjs');
  await assert.rejects(launch(run, 'start', { supervisorPath: missing }), { code: 'supervisor' });
  await assert.rejects(launch(run, 'start', { nodePath: '/no/such/node' }), { code: 'supervisor' });
  assert.equal(runStatus(run), 'staged');
});

test('a request that was meant for an earlier supervisor does not stop a new one', async (t) => {
  const run = await stagedTestRun(t, { command: [process.execPath, '-e', 'process.exit(4)'] });
  const timeMs = Date.now() - 5000;
  writeRequest(run, { action: 'stop', graceMs: 0, by: 'test', timeMs });
  await launch(run, 'start');
  await atRest(run);
  assert.equal(meta(run, 'proc', 'exit'), '4');
});
