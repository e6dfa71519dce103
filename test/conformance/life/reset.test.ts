import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { execa } from 'execa';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import { deleteRun } from '../../../src/core/life/delete.ts';
import { finalizeRun } from '../../../src/core/life/finalize.ts';
import { recoverRun } from '../../../src/core/life/recover.ts';
import { resetRun } from '../../../src/core/life/reset.ts';
import { stageRun } from '../../../src/core/life/stage.ts';
import { openRunOutput, runStatus, startRun } from '../../../src/core/life/start.ts';
import { requestStop } from '../../../src/core/life/stop.ts';
import { readAttempts } from '../../../src/core/meta/attempts.ts';
import { readProcessFile, heartbeatMs } from '../../../src/core/meta/process-file.ts';
import { setUserAttributes } from '../../../src/core/run/attributes.ts';
import { claimRun, removeClaims } from '../../../src/core/run/claim.ts';
import { runAt, runMetaPath, runyardPath } from '../../../src/core/run/run.ts';
import type { Run, RunInfo } from '../../../src/core/run/types.ts';
import { openRunFromInfo } from '../../../src/core/status/run-info.ts';
import { listRuns } from '../../../src/core/store/read.ts';
import { cliJson, runCli } from '../../helpers/cli.ts';
import { exitOf } from '../../helpers/processes/processes.ts';
import { crashAt } from '../../helpers/runs/crashing-fs.ts';
import { infoOf, newTestRun } from '../../helpers/runs/runs.ts';
import {
  WAIT_MS,
  find,
  lsPermissions,
  removeTree,
  tempDir,
  withoutRoot,
  writeTree,
} from '../../helpers/temp.ts';

/** Leaves files of every kind and prints how often it was started before. */
const SCRIPT = `
echo "attempt $(cat ../count 2>/dev/null)" && echo again >> ../count
mkdir -p out/deep empty && echo made > out/deep/made.txt && echo made > src/made.txt
chmod u+w src/state.txt && echo changed >> src/state.txt
echo '{"metrics": {"loss": 1}}' > summary.json
ln -s nowhere dangling
exit 3
`;
/** It goes through every change of a restart, several hundred times. */
const LONG = { timeout: 300_000 };
const TABLE = {
  exec: {
    'stage-dependencies': 'mkdir hooked && echo "dependency" > dep.txt && echo hook',
    run: ['sh', 'run.sh'],
    finalize: 'echo bye',
  },
};
const FILES = { 'run.sh': SCRIPT, 'src/state.txt': 'as staged\n', 'src/keep.txt': 'source\n' };

/** A run that failed, with its label. */
async function failedRun(t: TestContext, format: 'universal' | 'head' = 'universal') {
  const made = newTestRun(t, { command: TABLE.exec.run, table: TABLE, files: FILES });
  setUserAttributes(made.run.runsDir, made.run.id, { label: 'mine', tags: ['a'] });
  await stageRun(made.run, made.projectDir);
  await complete(made.run, format);
  return made;
}

async function complete(run: Run, format: 'universal' | 'head' = 'universal'): Promise<void> {
  const child = await startRun(run);
  await openRunOutput(run, child).waitAndClose();
  await finalizeRun(run, await child.wait(), { format });
}

const read = (run: Run, name: string): string => readFileSync(runMetaPath(run, name), 'utf8');
const kept = (run: Run, n: number): string => runyardPath(run, 'attempts', String(n));

test('a failed run comes back staged under its id, and its attempt is kept', async (t) => {
  const { run } = await failedRun(t);
  const before = await infoOf(run);
  const initialized = read(run, 'initialized');
  assert.deepEqual([before.status, before.exitCode], ['error', 3]);

  await resetRun(run, 'staged');

  const info = await infoOf(run);
  assert.equal(info.status, 'staged');
  assert.deepEqual([info.label, info.tags, info.reason], ['mine', ['a'], null]);
  assert.equal(read(run, 'initialized'), initialized);
  assert.deepEqual(info.timestampsUs.started, null);
  assert.deepEqual(find(run.runDir, { dirs: true }), [
    'dep.txt',
    'hooked/',
    'run.sh',
    'src/',
    'src/keep.txt',
    'src/state.txt',
  ]);
  assert.deepEqual(find(kept(run, 1)), [
    'files/dangling',
    'files/out/deep/made.txt',
    'files/src/made.txt',
    'files/src/state.txt',
    'files/summary.json',
    'log/files',
    'manifest',
    'output/40_run',
    'output/40_run.index',
    'output/50_finalize',
    'output/50_finalize.index',
    'proc/exit',
    'reset.json',
    'runyard/offsets/40_run',
    'runyard/offsets/50_finalize',
    'runyard/process.json',
    'started',
    'stopped',
    'summary.json',
  ]);
  assert.ok(existsSync(join(kept(run, 1), 'files/empty')));
  for (const line of lsPermissions(kept(run, 1))) {
    assert.match(line, /^(?:d|l|-r--r--r--|-r-xr-xr-x)/, line);
  }
  assert.deepEqual(
    find(run.metaPath).filter((path) => !path.startsWith('runyard/attempts')),
    [
      '__schema__',
      'config.json',
      'id',
      'initialized',
      'log/files',
      'log/runner',
      'manifest',
      'opdef.json',
      'opref',
      'output/30_dependencies',
      'output/30_dependencies.index',
      'proc/cmd.json',
      'proc/env.json',
      'runyard/offsets/30_dependencies',
      'runyard/origin.json',
      'staged',
    ],
  );
});

test('files log and manifest are those of staging again, and a second attempt is whole', async (t) => {
  const { run } = await failedRun(t);
  await resetRun(run, 'staged');
  const types = (name: string, at: number): string[] =>
    read(run, name)
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[at] ?? '');
  assert.deepEqual([...new Set(types('log/files', 1))].sort(), ['d', 's']);
  assert.deepEqual([...new Set(types('manifest', 0))].sort(), ['d', 's']);
  assert.match(read(run, 'log/runner'), /File "src\/state.txt" was modified by the former attempt/);

  await complete(run);
  assert.equal(read(run, 'output/40_run'), 'attempt again\n');
  assert.match(read(run, 'manifest'), /^g \S+ out\/deep\/made\.txt$/m);
  assert.match(read(run, 'log/files'), /^a g \d+ out\/deep\/made\.txt$/m);
  assert.deepEqual([(await infoOf(run)).status, heartbeatMs(run)], ['error', null]);
  assert.match(
    read(run, 'log/runner'),
    /Writing meta staged[^]*Restarting[^]*Writing meta started/,
  );

  await resetRun(run, 'staged');
  assert.equal(readFileSync(join(kept(run, 1), 'output/40_run'), 'utf8'), 'attempt \n');
  assert.equal(readFileSync(join(kept(run, 2), 'output/40_run'), 'utf8'), 'attempt again\n');

  const attempts = readAttempts(run);
  assert.deepEqual(
    attempts.map(({ number, exitCode, dir }) => [number, exitCode, dir]),
    [1, 2].map((n) => [n, 3, kept(run, n)]),
  );
  const show = await runCli(['--runs', run.runsDir, 'show', run.id]);
  assert.match(show.stdout, /Former attempts\n {2}1 {2}exit code 3, started .*attempts\/1\n {2}2 /);
  const shown = await cliJson(['--runs', run.runsDir, 'show', run.id]);
  const { startedUs, stoppedUs } = attempts[0] ?? {};
  const first = { number: 1, exitCode: 3, startedUs, stoppedUs, dir: kept(run, 1) };
  assert.deepEqual((shown as { attempts: readonly unknown[] }).attempts[0], first);
});

test('a run comes back pending, to be staged with the code of now', async (t) => {
  const { run, projectDir } = await failedRun(t);
  await resetRun(run, 'pending');
  assert.equal((await infoOf(run)).status, 'pending');
  assert.ok(!existsSync(run.runDir));
  assert.equal(
    readFileSync(join(kept(run, 1), 'files/src/state.txt'), 'utf8'),
    'as staged\nchanged\n',
  );
  writeFileSync(join(projectDir, 'src/state.txt'), 'of now\n');
  await stageRun(run, projectDir);
  assert.equal(runStatus(run), 'staged');
  assert.equal(readFileSync(join(run.runDir, 'src/state.txt'), 'utf8'), 'of now\n');
  await complete(run);
  assert.equal(read(run, 'output/40_run'), 'attempt again\n');
});

test('a staged run is only unstaged, and one that is there already is left alone', async (t) => {
  const { run, projectDir } = newTestRun(t, { command: ['true'], files: FILES });
  await stageRun(run, projectDir);
  const staged = find(run.metaPath);
  await resetRun(run, 'staged');
  assert.deepEqual(find(run.metaPath), staged);
  await resetRun(run, 'pending');
  assert.equal(runStatus(run), 'pending');
  await resetRun(run, 'pending');
  assert.ok(!existsSync(runyardPath(run, 'attempts')));
  await assert.rejects(resetRun(run, 'staged'), { code: 'wrong-status' });
  await stageRun(run, projectDir);
  assert.equal(runStatus(run), 'staged');
});

test('a zipped meta becomes a directory first', async (t) => {
  const { run } = await failedRun(t, 'head');
  const zipped = openRunFromInfo(await infoOf(run));
  assert.equal(zipped.metaForm, 'zip');
  const back = await resetRun(zipped, 'staged');
  assert.deepEqual([back.metaForm, runStatus(back)], ['dir', 'staged']);
  assert.ok(!existsSync(zipped.metaPath));
  assert.equal(readFileSync(join(kept(back, 1), 'output/40_run'), 'utf8'), 'attempt \n');
  await complete(back, 'head');
  assert.equal((await infoOf(run)).metaForm, 'dir', 'former attempts are not put into a zip');
  assert.deepEqual(
    find(run.runsDir).filter((path) => path.includes('.zip')),
    [],
  );
});

test('a broken zip stays as it is', async (t) => {
  const { run } = await failedRun(t, 'head');
  const zipped = openRunFromInfo(await infoOf(run));
  chmodSync(zipped.metaPath, 0o644);
  writeFileSync(zipped.metaPath, 'PK');
  await assert.rejects(resetRun(zipped, 'staged'), { code: 'unreadable' });
  assert.equal(readFileSync(zipped.metaPath, 'utf8'), 'PK');
  assert.deepEqual(
    find(run.runsDir).filter((path) => path.includes('unpacking')),
    [],
  );
});

test('runs that are running, dead, deleted or claimed are refused and stay as they are', async (t) => {
  const { run, projectDir } = newTestRun(t, { command: ['sleep', '600'] });
  await stageRun(run, projectDir);
  const child = await startRun(run);
  t.after(async () => {
    await child.stop(0);
  });
  removeClaims(run);
  await assert.rejects(resetRun(run, 'staged'), /is running/);
  const { run: failed } = await failedRun(t);
  const claim = claimRun(failed, 'start');
  await assert.rejects(resetRun(failed, 'staged'), { code: 'claimed' });
  await resetRun(failed, 'staged', { claim });
  claim.release();
  await complete(failed);
  await deleteRun(await infoOf(failed));
  await assert.rejects(resetRun(failed, 'staged'), /is in the trash/);
  assert.equal((await infoOf(failed)).status, 'error');
});

test('a stop that comes late does not end whoever restarts the run', async (t) => {
  const { run } = await failedRun(t);
  let result: string | null = null;
  process.once('SIGTERM', () => {
    result = 'signalled';
  });
  t.after(() => process.removeAllListeners('SIGTERM'));
  for (let at = 1; (readProcessFile(run)?.action ?? null) !== 'reset'; at++) {
    await crashAt(at, () => resetRun(run, 'staged'));
    removeClaims(run);
  }
  assert.equal(await requestStop(run), 'not-running');
  await new Promise(setImmediate);
  assert.equal(result, null);
});

test('directories that may not be written, and links of hooks, move or stay as they should', async (t) => {
  const { run, projectDir } = newTestRun(t, {
    command: ['true'],
    table: {
      exec: { 'stage-runtime': 'ln -s ../nowhere later && mkdir ready', run: ['true'] },
    },
  });
  await withoutRootIn(run, async () => {
    await stageRun(run, projectDir);
    const child = await startRun(run);
    writeTree(run.runDir, { 'shut/deep/x': 'x' });
    for (const dir of ['shut/deep', 'shut']) chmodSync(join(run.runDir, dir), 0o555);
    await openRunOutput(run, child).waitAndClose();
    await finalizeRun(run, await child.wait());
    await resetRun(run, 'staged');
  });
  assert.deepEqual(find(run.runDir, { dirs: true }), ['later', 'ready/']);
  assert.ok(lstatSync(join(run.runDir, 'later')).isSymbolicLink());
  assert.deepEqual(find(join(kept(run, 1), 'files')), ['shut/deep/x']);
});

/** As a user whom permissions bind, who owns the store. */
async function withoutRootIn(run: Run, work: () => Promise<void>): Promise<void> {
  const root = join(run.runsDir, '..');
  if (process.getuid?.() === 0) await execa('chown', ['-R', '65534', root], { timeout: WAIT_MS });
  await withoutRoot(root, work);
}

test('a crash at any step loses nothing, and a repeated call completes it', LONG, async (t) => {
  for (const [to, format] of [
    ['staged', 'universal'],
    ['pending', 'universal'],
    ['staged', 'head'],
  ] as const) {
    await t.test(`${to}, ${format}`, async (t) => {
      const { run: original } = await failedRun(t, format);
      const whole = copyOf(t, original);
      await resetRun(openRunFromInfo(await infoOf(whole)), to);
      const expected = layoutOf(whole);
      // Once the zip is a directory all is as in the others.
      const isOver = (info: RunInfo): boolean => format === 'head' && info.metaForm === 'dir';
      for (let at = 1, crashed = true; crashed; at++) {
        const made = copyOf(t, original);
        const contents = contentsOf(made);
        const run = openRunFromInfo(await infoOf(made));
        crashed = await crashAt(at, () => resetRun(run, to));
        const where = `change ${String(at)}`;
        // Its process is dead: what it had is free.
        removeClaims(run);
        await checkBetween(made, to, contents, where);
        if (isOver(await infoOf(made))) crashed = false;
        await resetRun(openRunFromInfo(await infoOf(made)), to);
        assert.deepEqual(layoutOf(made), expected, where);
        assert.equal((await infoOf(made)).status, to, where);
        if (format === 'universal') checkLost(contents, contentsOf(made), where);
        removeTree(made.runsDir);
      }
    });
  }
});

test('a restart that was killed shows, and recovering completes it', async (t) => {
  const seen = new Set<string>();
  for (const at of [1, 10, 16, 22, 30, 38, 46]) {
    const { run } = await failedRun(t);
    const contents = contentsOf(run);
    const worker = join(repoRoot, 'test/conformance/life/reset-worker.ts');
    const child = spawn(process.execPath, [worker, run.runsDir, run.id, String(at)]);
    await exitOf(child);
    assert.equal(child.signalCode, 'SIGKILL');
    const info = await infoOf(run);
    seen.add(`${info.status}: ${info.reason ?? 'well'}`);
    assert.equal(info.needsRecovery, info.reason === 'Restarting was interrupted');
    const { action, status } = await recoverRun(run);
    assert.equal(action, info.needsRecovery ? 'reset' : 'none', String(at));
    assert.equal(status, info.needsRecovery ? 'staged' : info.status);
    await resetRun(run, 'staged');
    assert.equal(runStatus(run), 'staged');
    checkLost(contents, contentsOf(run), String(at));
    await complete(run);
    assert.equal(read(run, 'output/40_run'), 'attempt again\n');
  }
  assert.ok(seen.has('error: Restarting was interrupted'), [...seen].join());
  assert.ok(seen.has('error: well'), [...seen].join());
});

/** The same run in a store of its own. */
function copyOf(t: TestContext, run: Run): Run {
  const runsDir = tempDir(t);
  cpSync(run.runsDir, runsDir, {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
  });
  return runAt(runsDir, run.id, run.opref);
}

/** Everything there is of a run; unfinished temporary files count for nothing. */
function layoutOf(run: Run): readonly string[] {
  return [...find(run.metaPath), ...find(run.runDir, { dirs: true })].filter(
    (path) => !path.endsWith('.tmp'),
  );
}

/** Contents of the files that an attempt leaves, wherever they are. */
function contentsOf(run: Run): readonly string[] {
  const dirs = [run.metaPath, run.runDir].filter((dir) => existsSync(dir));
  return dirs.flatMap((dir) =>
    find(dir)
      .filter(
        (path) => !path.endsWith('.tmp') && !/runner$|process\.json$|^later|dangling$/.test(path),
      )
      .map((path) => readFileSync(join(dir, path), 'latin1')),
  );
}

function checkLost(before: readonly string[], after: readonly string[], where: string): void {
  const now = new Set(after);
  for (const text of before) assert.ok(now.has(text), `${where}: lost ${JSON.stringify(text)}`);
}

async function checkBetween(
  run: Run,
  to: string,
  contents: readonly string[],
  where: string,
): Promise<void> {
  const [info, ...others] = await listRuns(run.runsDir);
  assert.equal(others.length, 0, where);
  assert.ok(info?.status === 'error' || info?.status === to, `${where}: ${String(info?.status)}`);
  if (info.status === to) assert.equal(existsSync(runMetaPath(run, 'started')), false, where);
  if (info.metaForm === 'dir') checkLost(contents, contentsOf(run), where);
}
