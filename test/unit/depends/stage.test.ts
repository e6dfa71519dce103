import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { applyConfig } from '../../../src/config/apply.ts';
import type { StageProgress } from '../../../src/core/life/stage.ts';
import { runStatus } from '../../../src/core/life/start.ts';
import { readManifest } from '../../../src/core/meta/manifest.ts';
import { runMetaPath, runyardPath } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { findDepends } from '../../../src/depends/stage.ts';
import { posix } from '../../helpers/posix.ts';
import { DependsProject, runnerLog, stagedDepends } from '../../helpers/runs/depends.ts';
import { find, permissions } from '../../helpers/temp.ts';

const bits = posix('permission bits');
const symlinks = posix('symbolic links');
const shell = posix('a shell');

// The permissions below are those of the usual umask.
process.umask(0o022);

function manifest(run: Run): string[] {
  return readManifest(run).map(([type, , path]) => `${type} ${path}`);
}

function filesLog(run: Run): string[] {
  const lines = readFileSync(runMetaPath(run, 'log', 'files'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => line.replace(/ (\d+|-) /, ' '));
}

function digestOf(run: Run, path: string): string | undefined {
  return readManifest(run).find(([, , name]) => name === path)?.[1];
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

test('files of the project and of a run are staged as dependencies', bits, async (t) => {
  const project = new DependsProject(t, {
    'train.py': 'code',
    'data/a.bin': { data: Buffer.from([0, 1]), mode: 0o755 },
  });
  const source = project.past({ files: { 'model/w.bin': 'weights' }, label: 'gold' });
  const run = project.pending([
    { 'run-select': 'op = prepare', description: 'Prepared' },
    { files: 'data/*.bin' },
  ]);
  await project.stage(run);
  assert.equal(runStatus(run), 'staged');
  assert.deepEqual(manifest(run), ['s train.py', 'd data/a.bin', 'd model/w.bin']);
  assert.deepEqual(filesLog(run), ['a s train.py', 'a d data/a.bin', 'a d model/w.bin']);
  assert.equal(digestOf(run, 'model/w.bin'), sha256('weights'));
  assert.equal(permissions(join(run.runDir, 'model/w.bin')), '-r--r--r--');
  assert.equal(permissions(join(run.runDir, 'data/a.bin')), '-r-xr-xr-x');
  assert.equal(permissions(join(project.dir, 'data/a.bin')), '-rwxr-xr-x');
  const opref = { ns: 'proj', name: 'prepare', version: null };
  assert.deepEqual(stagedDepends(run), [
    {
      type: 'run-files',
      description: 'Prepared',
      select: 'op = prepare',
      patterns: null,
      link: false,
      projectDir: null,
      runs: [{ id: source.id, name: source.name, opref, label: 'gold' }],
      files: ['model/w.bin'],
    },
    {
      type: 'project-files',
      description: null,
      select: null,
      patterns: ['data/*.bin'],
      link: false,
      projectDir: project.dir,
      runs: [],
      files: ['data/a.bin'],
    },
  ]);
  assert.deepEqual(runnerLog(run).slice(0, 2), [
    'Resolving dependencies (see runyard/depends.json)',
    "Copying source code (see log/files): ['**/* text size<100000 max-matches=500', " +
      "'-**/.* dir', '-**/* dir sentinel=bin/activate', '-**/* dir sentinel=.nocopy', " +
      "'-summary.json']",
  ]);
});

test('links lead to the files, which stay as they are', symlinks, async (t) => {
  const project = new DependsProject(t, { 'data/raw.bin': { data: 'raw', mode: 0o644 } });
  const source = project.past({ files: { 'model/w.bin': { data: 'w', mode: 0o664 } } });
  const run = project.pending(
    [
      { files: 'data/*', link: true },
      { 'run-select': 'prepare', link: true },
    ],
    { sourcecode: false },
  );
  await project.stage(run);
  assert.deepEqual(manifest(run), ['d data/raw.bin', 'd model/w.bin']);
  assert.equal(digestOf(run, 'data/raw.bin'), sha256('raw'));
  assert.ok(lstatSync(join(run.runDir, 'data/raw.bin')).isSymbolicLink());
  assert.ok(!lstatSync(join(run.runDir, 'data')).isSymbolicLink());
  // Nothing is changed through a link, neither while staging nor when the run is deleted.
  assert.equal(permissions(join(project.dir, 'data/raw.bin')), '-rw-r--r--');
  assert.equal(permissions(join(source.runDir, 'model/w.bin')), '-rw-rw-r--');
  assert.equal(readlinkSync(join(run.runDir, 'model/w.bin')), `../../${source.id}/model/w.bin`);
  // The store lies in the project: both may move together.
  renameSync(project.dir, `${project.dir}-moved`);
  const moved = run.runDir.replace('/proj/', '/proj-moved/');
  assert.equal(readFileSync(join(moved, 'data/raw.bin'), 'utf8'), 'raw');
  assert.equal(readFileSync(join(moved, 'model/w.bin'), 'utf8'), 'w');
  rmSync(moved, { recursive: true });
  assert.ok(existsSync(join(`${project.dir}-moved`, 'data/raw.bin')));
});

test('a summary of runs as JSON and as CSV', async (t) => {
  const project = new DependsProject(t);
  const first = project.past({
    op: 'trial',
    label: 'a "b", c',
    config: { lr: 0.1, n: 3n },
    summary: '{"metrics": {"loss": {"value": 0.5}, "bad": NaN}, "attributes": {"who": "me"}}',
  });
  const second = project.past({ op: 'trial', config: { lr: 0.2 } });
  const run = project.pending([
    { 'runs-select': 'op = trial' },
    { 'runs-select': 'trial', 'summary-filename': 'tables/trials.csv' },
  ]);
  await project.stage(run);
  const text = readFileSync(join(run.runDir, 'runs-summary.json'), 'utf8');
  const times = (seconds: number): { started: string; stopped: string } => ({
    started: new Date(1_700_000_000_000 + seconds * 1000).toISOString(),
    stopped: new Date(1_700_000_000_500 + seconds * 1000).toISOString(),
  });
  const common = { operation: 'trial', version: null, status: 'completed' };
  assert.deepEqual(JSON.parse(text), [
    {
      ...common,
      ...times(2),
      id: second.id,
      name: second.name,
      label: null,
      config: { lr: 0.2 },
      attributes: {},
      metrics: {},
    },
    {
      ...common,
      ...times(1),
      id: first.id,
      name: first.name,
      label: 'a "b", c',
      config: { lr: 0.1, n: 3 },
      attributes: { who: 'me' },
      metrics: { loss: 0.5, bad: null },
    },
  ]);
  const csv = readFileSync(join(run.runDir, 'tables/trials.csv'), 'utf8').split('\r\n');
  assert.deepEqual(csv, [
    'id,name,operation,version,label,status,started,stopped,' +
      'config:lr,config:n,attribute:who,metric:bad,metric:loss',
    `${second.id},${second.name},trial,,,completed,${times(2).started},${times(2).stopped},0.2,,,,`,
    `${first.id},${first.name},trial,,"a ""b"", c",completed,${times(1).started},${times(1).stopped},0.1,3,me,,0.5`,
    '',
  ]);
  assert.equal(digestOf(run, 'runs-summary.json'), sha256(text));
  assert.equal(permissions(join(run.runDir, 'runs-summary.json')), '-r--r--r--');
  const [summary] = stagedDepends(run);
  assert.deepEqual(
    summary?.runs.map(({ id }) => id),
    [second.id, first.id],
  );
});

test(
  'what is missing stops staging before anything is copied or run',
  posix('the program touch'),
  async (t) => {
    const project = new DependsProject(t, { 'train.py': 'code' });
    const touched = join(project.dir, 'touched');
    const run = project.pending(
      { 'run-select': 'op = prepare' },
      { exec: { 'stage-sourcecode': `touch ${touched}`, run: 'true' } },
    );
    await assert.rejects(project.stage(run), { code: 'unmet-dependency' });
    assert.equal(runStatus(run), 'pending');
    assert.deepEqual([existsSync(touched), existsSync(run.runDir)], [false, false]);
    // When the run that was missing is there, it stages.
    const source = project.past({ files: { 'a.txt': 'a' } });
    await project.stage(run);
    assert.equal(stagedDepends(run)[0]?.runs[0]?.id, source.id);
  },
);

test('a dependency takes the place of a source file, and of an earlier dependency', async (t) => {
  const project = new DependsProject(t, { 'a.txt': 'source', 'b.txt': 'source' });
  project.past({ op: 'one', files: { 'a.txt': 'one' } });
  project.past({ op: 'two', files: { 'a.txt': 'two', 'c.txt': 'c' } });
  const run = project.pending([
    { 'run-select': 'one', link: true },
    { 'run-select': 'two' },
    { files: 'b.txt', link: true },
  ]);
  await project.stage(run);
  assert.equal(readFileSync(join(run.runDir, 'a.txt'), 'utf8'), 'two');
  assert.deepEqual(filesLog(run), [
    'a s a.txt',
    'a s b.txt',
    'd d a.txt',
    'd d b.txt',
    'a d a.txt',
    'a d b.txt',
    'a d c.txt',
  ]);
  assert.deepEqual(manifest(run), ['d a.txt', 'd b.txt', 'd c.txt']);
  assert.equal(digestOf(run, 'a.txt'), sha256('two'));
  assert.equal(digestOf(run, 'b.txt'), sha256('source'));
  assert.deepEqual(
    runnerLog(run).filter((line) => line.includes('replaced')),
    [
      'File "a.txt" is replaced by a dependency',
      'File "a.txt" is replaced by a dependency',
      'File "b.txt" is replaced by a dependency',
    ],
  );
  assert.equal(readFileSync(join(project.dir, 'a.txt'), 'utf8'), 'source');
});

test('the hook comes after the dependencies and sees them', shell, async (t) => {
  const project = new DependsProject(t);
  project.past({ files: { 'a.txt': 'a' } });
  const run = project.pending(
    { 'run-select': 'prepare' },
    {
      exec: {
        'stage-runtime': 'ls > before.txt',
        'stage-dependencies': 'ls > after.txt; echo more >> a.txt',
        run: 'true',
      },
    },
  );
  await project.stage(run);
  assert.equal(readFileSync(join(run.runDir, 'before.txt'), 'utf8'), 'before.txt\n');
  assert.equal(
    readFileSync(join(run.runDir, 'after.txt'), 'utf8'),
    'a.txt\nafter.txt\nbefore.txt\n',
  );
  assert.deepEqual(manifest(run), ['r before.txt', 'd a.txt', 'd after.txt']);
  assert.equal(digestOf(run, 'a.txt'), sha256('amore\n'), 'what the hook made of it');
});

test('nothing is written through a link that a hook made', symlinks, async (t) => {
  const project = new DependsProject(t, { 'data/a.txt': 'mine' });
  project.past({ files: { 'data/a.txt': 'theirs' } });
  const run = project.pending(
    { 'run-select': 'prepare' },
    { sourcecode: false, exec: { 'stage-runtime': 'ln -s "$project_dir/data" data', run: 'true' } },
  );
  await assert.rejects(project.stage(run), {
    code: 'staging-failed',
    message: "Cannot place dependency 'data/a.txt': 'data' is a link in the run directory",
  });
  assert.equal(readFileSync(join(project.dir, 'data/a.txt'), 'utf8'), 'mine');
});

test('a file cannot take the place of a directory, nor the other way round', async (t) => {
  const project = new DependsProject(t, { x: 'file', 'y/z': 'file' });
  project.past({ op: 'below', files: { 'x/a': '1' } });
  project.past({ op: 'above', files: { y: '1' } });
  const hint = 'Leave one of the two out with a pattern in "files" or "sourcecode".';
  await assert.rejects(project.stage(project.pending({ 'run-select': 'below' })), {
    message: "Cannot place dependency 'x/a': 'x' is a file in the run directory",
    hint,
  });
  await assert.rejects(project.stage(project.pending({ 'run-select': 'above' })), {
    message: "Cannot place dependency 'y': 'y' is a directory in the run directory",
    hint,
  });
});

test('a dependency does not undo the values of a run', async (t) => {
  const project = new DependsProject(t, { 'train.py': 'lr = 1\n' });
  const depends = { files: 'train.py', link: true };
  const table = { config: 'train.py', sourcecode: 'train.py' };
  await assert.rejects(
    project.stage(project.pending(depends, table, 'train', { lr: 5n }), { applyConfig }),
    {
      code: 'bad-config',
      message: 'A dependency would replace "train.py", which has values set for this run',
    },
  );
  // Without changed values it is only another file.
  await project.stage(project.pending(depends, table, 'train', { lr: 1n }), { applyConfig });
});

test('a file that is gone when it is to be linked stops the staging', async (t) => {
  const project = new DependsProject(t);
  const source = project.past({ files: { a: '1', b: '2' } });
  const run = project.pending({ 'run-select': 'prepare', link: true });
  const gone = project.stage(run, {
    findDepends: async (...args) => {
      const found = await findDepends(...args);
      rmSync(source.runDir, { recursive: true });
      return found;
    },
  });
  await assert.rejects(gone, {
    code: 'unmet-dependency',
    message: "File 'a' vanished while staging",
  });
  assert.equal(runStatus(run), 'pending');
});

test('no dependency passes for the summary, however its name is written', async (t) => {
  const project = new DependsProject(t, { 'out.json': '{}', 'x.json': '{}' });
  const summary = { filename: './out.json' };
  const run = project.pending({ files: '*.json' }, { summary, sourcecode: false });
  await project.stage(run);
  assert.deepEqual(manifest(run), ['d x.json']);
});

test('progress, cancelling and starting over', async (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`f${String(i).padStart(3, '0')}.bin`, String(i)]),
  );
  const project = new DependsProject(t);
  project.past({ files });
  const run = project.pending({ 'run-select': 'prepare' });
  const seen: StageProgress[] = [];
  const abort = new AbortController();
  const cancelled = project.stage(run, {
    signal: abort.signal,
    onProgress: (progress) => {
      seen.push(progress);
      if (progress.phase === 'stage-dependencies') abort.abort(new Error('enough'));
    },
  });
  await assert.rejects(cancelled, /enough/);
  assert.equal(runStatus(run), 'pending');
  assert.ok(!existsSync(runyardPath(run, 'depends.json')));
  await project.stage(run, { onProgress: (progress) => seen.push(progress) });
  assert.equal(find(run.runDir).length, 300);
  const last = seen.filter(({ phase }) => phase === 'stage-dependencies').at(-1);
  assert.deepEqual(last, { phase: 'stage-dependencies', done: 300, total: 300 });
  assert.equal(statSync(join(run.runDir, 'f007.bin')).mode & 0o222, 0);
});
