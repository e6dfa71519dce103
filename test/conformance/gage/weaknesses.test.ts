import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { RunyardError } from '../../../src/core/base/errors.ts';
import { deleteRun, purgeRun } from '../../../src/core/life/delete.ts';
import { touchHeartbeat, writeProcessFile } from '../../../src/core/meta/process-file.ts';
import { identityOf } from '../../../src/core/process/identity.ts';
import { namespaceOf } from '../../../src/core/run/project.ts';
import { makeRun } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { readRunDetail } from '../../../src/core/status/run-detail.ts';
import { listRuns } from '../../../src/core/store/read.ts';
import { runCli } from '../../helpers/cli.ts';
import { unpackFixture } from '../../helpers/fixtures.ts';
import { posix } from '../../helpers/posix.ts';
import { Bystander } from '../../helpers/processes/bystander.ts';
import { processFile } from '../../helpers/processes/process-file.ts';
import { infoOf } from '../../helpers/runs/runs.ts';
import { find, tempDir, writeTree } from '../../helpers/temp.ts';

/** The weaknesses of Gage that touch reading and listing (gage-format.md 7.2): ours must not have them. */
const opref = { ns: 'test', name: 'op', version: null };

/** A run with `files` in its meta directory. */
function runWith(runsDir: string, files: Readonly<Record<string, string>>, id?: string): Run {
  const run = makeRun(opref, runsDir, id === undefined ? {} : { id });
  writeTree(run.metaPath, files);
  return run;
}

const STARTED = { initialized: '1', staged: '2', started: '3' };

const others = posix('environments of other processes');

test('W2: a pid that the system gave to another process is not our run', others, async (t) => {
  const run = runWith(tempDir(t), STARTED);
  // As Gage starts a process.
  const own = await Bystander.start(t, { env: { RUN_ID: run.id, RUN_DIR: run.runDir } });
  writeTree(run.metaPath, { 'proc/lock': String(own.pid) });
  assert.equal((await infoOf(run)).status, 'running');
  const reused = runWith(run.runsDir, { ...STARTED, 'proc/lock': String(own.pid) });
  assert.equal((await infoOf(reused)).status, 'lost', 'a process of another run');
  writeProcessFile(run, processFile({ ...identityOf(), start: '1' }));
  touchHeartbeat(run);
  const info = await infoOf(run);
  assert.equal(info.status, 'terminated');
  assert.equal(info.needsRecovery, true);
});

test('W2: a pid of before the last boot is not our run', async (t) => {
  const run = runWith(tempDir(t), { ...STARTED, 'proc/lock': String(process.pid) });
  writeProcessFile(run, processFile({ ...identityOf(), bootId: 'another-boot' }));
  assert.equal((await infoOf(run)).status, 'terminated');
});

test('W2: a run on another host is judged by its heartbeat, not by our pids', async (t) => {
  const run = runWith(tempDir(t), { ...STARTED, 'proc/lock': '99999999' });
  writeProcessFile(
    run,
    processFile({ ...identityOf(), host: `not-${hostname()}`, pid: 99_999_999 }),
  );
  assert.equal((await infoOf(run)).status, 'lost');
  touchHeartbeat(run);
  assert.equal((await infoOf(run)).status, 'running', 'and it can come back');
});

test('3.1: locks that no process can hold mean a run that died', async (t) => {
  const runsDir = tempDir(t);
  for (const lock of ['abc', '-5', '9999999999999', '']) {
    const run = runWith(runsDir, { ...STARTED, 'proc/lock': lock });
    assert.equal((await infoOf(run)).status, 'terminated', `lock '${lock}'`);
  }
});

test('3.1: the exit code beats a live lock, and text that is no code does not count', async (t) => {
  const runsDir = tempDir(t);
  const withExit = (exit: string): Run =>
    runWith(runsDir, { ...STARTED, 'proc/lock': String(process.pid), 'proc/exit': exit });
  assert.equal((await infoOf(withExit('1'))).status, 'error');
  assert.equal((await infoOf(withExit('0'))).status, 'completed');
  assert.equal((await infoOf(withExit('-9'))).status, 'terminated');
  const odd = runWith(runsDir, { initialized: '1', staged: '2', 'proc/exit': 'abc' });
  assert.equal((await infoOf(odd)).status, 'staged');
});

test('W3, W4: broken runs are rows of their own, and the others are listed', async (t) => {
  const runsDir = unpackFixture('head', tempDir(t));
  const before = await listRuns(runsDir);
  const [zipped] = before.filter((run) => run.metaForm === 'zip');
  assert.ok(zipped);
  truncateSync(zipped.metaPath, 700);
  const broken = new Map([
    [zipped.id, /./],
    ['11111111-0000-4000-8000-000000000000', /opref/],
    ['22222222-0000-4000-8000-000000000000', /operation reference/i],
    ['33333333-0000-4000-8000-000000000000', /./],
  ]);
  writeTree(runsDir, {
    '11111111-0000-4000-8000-000000000000.meta/id': '11111111-0000-4000-8000-000000000000',
    '22222222-0000-4000-8000-000000000000.meta/opref': '3 foobar',
    '33333333-0000-4000-8000-000000000000.meta.zip': '',
  });
  const after = await listRuns(runsDir);
  assert.equal(after.length, before.length + 3);
  const unreadable = after.filter((run) => run.status === 'unreadable');
  assert.deepEqual(unreadable.map((run) => run.id).sort(), [...broken.keys()].sort());
  for (const run of unreadable) {
    assert.match(run.reason ?? '', broken.get(run.id) ?? /never/);
    assert.equal(run.opref, null);
  }
});

test('W3, W4: broken JSON inside a run does not make the run unreadable', async (t) => {
  const run = runWith(tempDir(t), {
    ...STARTED,
    'proc/exit': '0',
    'config.json': '{"a": 1',
    'summary.json': '[1, 2]',
    'opdef.json': '',
    manifest: 'nonsense\n',
  });
  const info = await infoOf(run);
  assert.equal(info.status, 'completed');
  const detail = await readRunDetail(info);
  assert.deepEqual(detail.config, {});
  assert.deepEqual(detail.summary, {});
  assert.deepEqual(detail.manifest, []);
});

test('W4: timestamps that are no numbers are absent', async (t) => {
  const run = runWith(tempDir(t), { initialized: '', staged: 'x', started: ' 12 \n' });
  const { timestampsUs } = await infoOf(run);
  assert.deepEqual(timestampsUs, { initialized: null, staged: null, started: 12, stopped: null });
});

test('W9: output is found whatever its name, in both forms', async (t) => {
  const run = runWith(tempDir(t), {
    ...STARTED,
    'output/10_sourcecode': 'a\n',
    'output/10_sourcecode.index': '\0'.repeat(9),
    'output/40_run': '',
    'output/40_run.index': '',
    'output/notes.txt': 'not the output of a phase',
  });
  const { phases } = await readRunDetail(await infoOf(run));
  assert.deepEqual(phases, [
    { name: '10_sourcecode', bytes: 2, lines: 1 },
    { name: '40_run', bytes: 0, lines: 0 },
  ]);
});

test('W16: ids that are not hex and projects with a space are listed', async (t) => {
  const runsDir = join(tempDir(t), 'with a space');
  mkdirSync(runsDir);
  const ns = namespaceOf(runsDir);
  makeRun({ ns, name: 'op', version: null }, runsDir, { id: 'not-hex-at-all' });
  const [run] = await listRuns(runsDir);
  assert.equal(run?.name, 'not-hex-at-all');
  assert.equal(run.opref?.ns, 'with_a_space');
});

test('W17: deleting a run for good leaves runs whose id begins alike', async (t) => {
  const runsDir = tempDir(t);
  const short = runWith(runsDir, { ...STARTED, 'proc/exit': '0' }, 'abcd');
  const long = runWith(runsDir, { ...STARTED, 'proc/exit': '0' }, 'abcdef');
  for (const run of [short, long]) {
    writeTree(runsDir, { [`${run.id}/file`]: 'x', [`${run.id}.project`]: 'file:..' });
  }
  const kept = find(runsDir).filter((path) => path.startsWith(long.id));
  await purgeRun(await infoOf(short));
  assert.deepEqual(find(runsDir), kept);
});

test('W17: a running run is not deleted', others, async (t) => {
  const runsDir = tempDir(t);
  const run = runWith(runsDir, STARTED);
  const own = await Bystander.start(t, { env: { RUN_ID: run.id, RUN_DIR: run.runDir } });
  writeTree(run.metaPath, { 'proc/lock': String(own.pid) });
  const info = await infoOf(run);
  const refused = (error: unknown): boolean =>
    error instanceof RunyardError && error.code === 'wrong-status';
  await assert.rejects(deleteRun(info), refused);
  await assert.rejects(purgeRun(info), refused);
  assert.equal(existsSync(run.metaPath), true);
});

test('W18: a relative GAGE_RUNS is a store in the current directory', async (t) => {
  const dir = tempDir(t);
  runWith(join(dir, 'my-runs'), { initialized: '1' });
  const { code, stdout } = await runCli(['list', '--json'], {
    cwd: dir,
    env: { GAGE_RUNS: 'my-runs' },
  });
  assert.equal(code, 0);
  assert.equal((JSON.parse(stdout) as unknown[]).length, 1);
});

test('W20: a Gage file that is broken now does not hide the runs of before', async (t) => {
  const dir = writeTree(tempDir(t), { 'gage.toml': '[op\n' });
  const run = runWith(join(dir, '.gage', 'runs'), {
    ...STARTED,
    'proc/exit': '0',
    'opdef.json': '{\n  "description": "as it was"\n}',
  });
  const { code, stdout, stderr } = await runCli(['list'], { cwd: dir });
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`${run.name} .*op .*completed`));
  const { opdef } = await readRunDetail(await infoOf(run));
  assert.deepEqual(opdef, { description: 'as it was' });
  assert.equal(readFileSync(join(dir, 'gage.toml'), 'utf8'), '[op\n');
});

test('one run that exists as directory and as zip is one row', async (t) => {
  const runsDir = unpackFixture('head', tempDir(t));
  const [zipped] = (await listRuns(runsDir)).filter((run) => run.metaForm === 'zip');
  assert.ok(zipped);
  writeTree(runsDir, {
    [`${zipped.id}.meta/opref`]: '1 test op',
    [`${zipped.id}.meta/initialized`]: '1',
  });
  const both = (await listRuns(runsDir)).filter((run) => run.id === zipped.id);
  assert.equal(both.length, 1);
  assert.equal(both[0]?.metaForm, 'zip');
  // While Gage still writes the zip, the directory is the run.
  writeFileSync(zipped.metaPath, 'PK');
  const partial = (await listRuns(runsDir)).filter((run) => run.id === zipped.id);
  assert.equal(partial.length, 1);
  assert.equal(partial[0]?.status, 'pending');
});
