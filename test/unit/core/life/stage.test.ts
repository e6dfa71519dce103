import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import type { JsonObject } from '../../../../src/core/data/json.ts';
import { HookError, stageRun, type StageProgress } from '../../../../src/core/life/stage.ts';
import { parseFilesLog } from '../../../../src/core/meta/file-log.ts';
import { readManifest } from '../../../../src/core/meta/manifest.ts';
import { stampRun } from '../../../../src/core/origin/run-origin.ts';
import { phaseCommand } from '../../../../src/core/phase/command.ts';
import { runMetaPath } from '../../../../src/core/run/run.ts';
import type { ApplyConfig, Run, RunConfig } from '../../../../src/core/run/types.ts';
import { posix } from '../../../helpers/posix.ts';
import { newTestRun } from '../../../helpers/runs/runs.ts';
import {
  find,
  lsPermissions,
  permissions,
  tempDir,
  waitFor,
  writeTree,
} from '../../../helpers/temp.ts';

const bits = posix('permission bits');
const shell = posix('a shell');
const symlinks = posix('symbolic links');
const lineBreaks = posix('names with line breaks');

// The permissions below are those of the usual umask.
process.umask(0o022);

const PY = 'msg = "Hi there"\nprint(msg)\n';

function newRun(t: TestContext, table: JsonObject, config: RunConfig = {}): Run {
  return newTestRun(t, { command: ['python', 'say.py'], table, config }).run;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Messages of `log/runner` since staging began. */
function messages(run: Run): readonly string[] {
  const lines = readFileSync(runMetaPath(run, 'log', 'runner'), 'utf8')
    .split('\n')
    .slice(0, -1);
  const texts = lines.map((line) => line.replace(/^\S+ /, ''));
  return texts.slice(texts.indexOf('Writing meta initialized') + 1);
}

function manifest(run: Run): readonly string[] {
  return readManifest(run).map(([type, , path]) => `${type} ${path}`);
}

function loggedFiles(run: Run): readonly string[] {
  const text = readFileSync(runMetaPath(run, 'log', 'files'), 'utf8');
  return parseFilesLog(text).map(({ event, type, path }) => `${event} ${type} ${path}`);
}

function outputOf(run: Run, name: string): string {
  return readFileSync(runMetaPath(run, 'output', name), 'utf8');
}

void test('what a staged run consists of', bits, async (t) => {
  const project = writeTree(tempDir(t), { 'say.py': PY });
  const run = newRun(t, {
    exec: { 'stage-sourcecode': 'echo Stage source', run: 'python say.py' },
    config: 'say.py',
  });
  await stageRun(run, project);
  assert.deepEqual(find(run.runDir), ['say.py']);
  assert.deepEqual(lsPermissions(run.runDir), ['-r--r--r-- say.py']);
  assert.deepEqual(
    lsPermissions(run.metaPath).filter((line) => !line.startsWith('d') && !/ runyard\//.test(line)),
    [
      '-r--r--r-- __schema__',
      '-r--r--r-- config.json',
      '-r--r--r-- id',
      '-r--r--r-- initialized',
      '-rw-r--r-- log/files',
      '-rw-r--r-- log/runner',
      '-rw-r--r-- manifest',
      '-r--r--r-- opdef.json',
      '-r--r--r-- opref',
      '-r--r--r-- output/10_sourcecode',
      '-r--r--r-- output/10_sourcecode.index',
      '-r--r--r-- proc/cmd.json',
      '-r--r--r-- proc/env.json',
      '-r--r--r-- staged',
    ],
  );
  assert.equal(outputOf(run, '10_sourcecode'), 'Stage source\n');
  assert.deepEqual(readManifest(run), [['s', sha256(PY), 'say.py']]);
  assert.match(readFileSync(runMetaPath(run, 'staged'), 'utf8'), /^\d{16}$/);
});

void test('the seed digest of say.py', async (t) => {
  const run = newRun(t, {});
  await stageRun(run, writeTree(tempDir(t), { 'say.py': PY }));
  const digest = '3f9c639e1d6b056c071b44752ea97c694127291443065afa2689bf78ef3b8fb0';
  assert.equal(readFileSync(runMetaPath(run, 'manifest'), 'utf8'), `s ${digest} say.py\n`);
});

void test('log/runner, word for word', posix('the program echo'), async (t) => {
  const run = newRun(t, {
    exec: { 'stage-runtime': ['echo', "it's"] },
    sourcecode: ['*.py', '-x'],
  });
  await stageRun(run, writeTree(tempDir(t), { 'say.py': PY }));
  assert.deepEqual(messages(run), [
    "Copying source code (see log/files): ['*.py', '-x']",
    'Applying configuration (see log/patched)',
    "Starting stage-runtime (see output/20_runtime): ['echo', \"it's\"]",
    'Writing meta proc/lock',
    'Exit code for stage-runtime: 0',
    'Deleting meta proc/lock',
    'Finalizing staged files (see manifest)',
    'Writing meta staged',
  ]);
});

void test('default patterns are logged as Python shows them', async (t) => {
  const run = newRun(t, {});
  await stageRun(run, writeTree(tempDir(t), { 'say.py': PY }));
  assert.equal(
    messages(run)[0],
    "Copying source code (see log/files): ['**/* text size<100000 max-matches=500', " +
      "'-**/.* dir', '-**/* dir sentinel=bin/activate', '-**/* dir sentinel=.nocopy', " +
      "'-summary.json']",
  );
});

void test(
  'hooks run in order in the run directory, and their files get the types of the phases',
  shell,
  async (t) => {
    const project = writeTree(tempDir(t), { 'a.py': 'a' });
    const run = newRun(t, {
      exec: {
        'stage-sourcecode': 'echo $run_id > from-source',
        'stage-runtime': 'echo $run_dir > env; rm a.py',
        'stage-dependencies': ['sh', '-c', 'echo $project_dir > data; pwd'],
        run: 'true',
      },
    });
    await stageRun(run, project);
    assert.deepEqual(loggedFiles(run), [
      'a s a.py',
      'a s from-source',
      'a r env',
      'd r a.py',
      'a d data',
      'd d a.py',
    ]);
    assert.deepEqual(manifest(run), ['s from-source', 'r env', 'd data']);
    const text = (name: string): string => readFileSync(join(run.runDir, name), 'utf8').trim();
    assert.equal(text('from-source'), run.id);
    assert.equal(text('env'), run.runDir);
    assert.equal(text('data'), project);
    assert.equal(outputOf(run, '30_dependencies').trim(), run.runDir);
    assert.ok(!existsSync(runMetaPath(run, 'proc', 'lock')));
  },
);

void test('a deletion is told again in a later phase that runs nothing', shell, async (t) => {
  const run = newRun(t, { exec: { 'stage-runtime': 'rm a.py', run: 'true' } });
  await stageRun(run, writeTree(tempDir(t), { 'a.py': '' }));
  assert.deepEqual(loggedFiles(run), ['a s a.py', 'd r a.py', 'd d a.py']);
});

void test('empty commands are no hooks', async (t) => {
  const run = newRun(t, { exec: { 'stage-sourcecode': '', 'stage-runtime': [] } });
  await stageRun(run, writeTree(tempDir(t), { 'a.py': '' }));
  assert.equal(existsSync(runMetaPath(run, 'output')), false);
  assert.ok(existsSync(runMetaPath(run, 'staged')));
});

void test(
  'a failing hook fails the staging: its exit code, the run pending, later phases not run',
  shell,
  async (t) => {
    const project = writeTree(tempDir(t), { 'a.py': '' });
    const run = newRun(t, {
      exec: {
        'stage-sourcecode': 'touch one',
        'stage-runtime': 'touch two; echo broken >&2; exit 7',
        'stage-dependencies': 'touch three',
      },
    });
    await assert.rejects(stageRun(run, project), (error) => {
      assert.ok(error instanceof HookError);
      assert.equal(error.code, 'staging-failed');
      assert.equal(error.exitCode, 7);
      assert.equal(error.phase, 'stage-runtime');
      return true;
    });
    assert.ok(!existsSync(runMetaPath(run, 'staged')));
    assert.ok(!existsSync(runMetaPath(run, 'manifest')));
    // The log has what the phases before did.
    assert.deepEqual(loggedFiles(run), ['a s a.py', 'a s one']);
    assert.equal(outputOf(run, '20_runtime'), 'broken\n');
    assert.ok(!existsSync(join(run.runDir, 'three')));
  },
);

void test('a hook that cannot be started is a failed hook', async (t) => {
  const run = newRun(t, { exec: { 'stage-sourcecode': ['no-such-program-anywhere'] } });
  await assert.rejects(
    stageRun(run, writeTree(tempDir(t), {})),
    (error) => error instanceof HookError && error.exitCode === 127,
  );
});

void test('staging again after a failure starts over', shell, async (t) => {
  const project = writeTree(tempDir(t), { 'a.py': 'a', 'old.py': '' });
  const run = newRun(t, { exec: { 'stage-runtime': `test -e "${project}/ready"` } });
  await assert.rejects(stageRun(run, project), HookError);
  writeTree(run.runDir, { leftover: '' });
  rmSync(join(project, 'old.py'));
  writeFileSync(join(project, 'ready'), '');
  await stageRun(run, project);
  assert.deepEqual(manifest(run), ['s a.py', 's ready']);
  assert.deepEqual(loggedFiles(run), ['a s a.py', 'a s ready']);
  assert.ok(!existsSync(join(run.runDir, 'leftover')));
});

void test('a staged run is not staged again', async (t) => {
  const project = writeTree(tempDir(t), { 'a.py': '' });
  const run = newRun(t, {});
  await stageRun(run, project);
  await assert.rejects(stageRun(run, project), { code: 'wrong-status' });
});

void test(
  'a copy that a hook changed at once, size and time kept, has the new digest',
  shell,
  async (t) => {
    const run = newRun(t, {
      exec: { 'stage-sourcecode': 'touch -r a.py ref; printf B > a.py; touch -r ref a.py; rm ref' },
    });
    await stageRun(run, writeTree(tempDir(t), { 'a.py': 'A', 'b.py': 'b' }));
    assert.deepEqual(readManifest(run), [
      ['s', sha256('B'), 'a.py'],
      ['s', sha256('b'), 'b.py'],
    ]);
  },
);

const patchAll: ApplyConfig = (runDir, _opdef, config) => {
  const value = String(config['x'] === 2n ? 2 : 1);
  return ['b.py', 'a.py'].map((path) => {
    writeFileSync(join(runDir, path), `x = ${value}\n`);
    return { path, diff: `--- ${path}\n+++ ${path}\n@@ -1 +1 @@\n-x = 1\n+x = ${value}\n` };
  });
};

void test('config is applied to the copies, before they are hashed', async (t) => {
  const project = writeTree(tempDir(t), {
    'a.py': 'x = 1\n',
    'b.py': 'x = 1\n',
    'c.py': 'x = 1\n',
  });
  const run = newRun(t, { config: '*.py' }, { x: 2n });
  await stageRun(run, project, { applyConfig: patchAll });
  assert.deepEqual(readManifest(run), [
    ['s', sha256('x = 2\n'), 'a.py'],
    ['s', sha256('x = 2\n'), 'b.py'],
    ['s', sha256('x = 1\n'), 'c.py'],
  ]);
  assert.equal(readFileSync(join(project, 'a.py'), 'utf8'), 'x = 1\n');
  const patched = readFileSync(runMetaPath(run, 'log', 'patched'), 'utf8');
  assert.match(patched, /^--- a\.py\n(.*\n)*--- b\.py\n/);
  assert.deepEqual(lsPermissions(run.runDir), [
    '-r--r--r-- a.py',
    '-r--r--r-- b.py',
    '-r--r--r-- c.py',
  ]);
});

void test('no log/patched when nothing was patched', async (t) => {
  const run = newRun(t, { config: 'a.py' }, { x: 1n });
  await stageRun(run, writeTree(tempDir(t), { 'a.py': 'x = 1\n' }), { applyConfig: () => [] });
  assert.ok(!existsSync(runMetaPath(run, 'log', 'patched')));
});

void test('C12: no source code together with config stages the run', async (t) => {
  const project = writeTree(tempDir(t), { 'a.py': 'x = 1\n', 'b.py': 'x = 1\n' });
  const run = newRun(t, { sourcecode: false, config: 'a.py' }, { x: 2n });
  await stageRun(run, project, { applyConfig: patchAll });
  assert.ok(existsSync(runMetaPath(run, 'staged')));
  assert.equal(readFileSync(runMetaPath(run, 'manifest'), 'utf8'), '');
  assert.deepEqual(find(run.runDir), []);
  assert.equal(messages(run)[0], 'Copying source code (see log/files): []');
});

void test('W10: a staged script is still executable, with and without hooks', bits, async (t) => {
  const project = writeTree(tempDir(t), { 'run.sh': { data: '#!/bin/sh\n', mode: 0o755 } });
  for (const exec of [{ run: './run.sh' }, { run: './run.sh', 'stage-runtime': './run.sh' }]) {
    const run = newRun(t, { exec });
    await stageRun(run, project);
    assert.equal(permissions(join(run.runDir, 'run.sh')), '-r-xr-xr-x');
  }
});

void test(
  'W13: loops of links in the project and in the run directory are survived',
  symlinks,
  async (t) => {
    const project = writeTree(tempDir(t), { 'a/x.py': '', 'a/up': { symlink: '../a' } });
    const run = newRun(t, { exec: { 'stage-runtime': 'ln -s . loop; ln -s a again' } });
    await stageRun(run, project);
    assert.deepEqual(manifest(run), ['s a/x.py', 'r again/x.py']);
  },
);

void test(
  'W14, W25: secrets, limits and bad names are told in log/runner',
  lineBreaks,
  async (t) => {
    const project = writeTree(tempDir(t), { '.env': 'A=1', 'a.py': '', 'n\nl.py': '', 'z.py': '' });
    const run = newRun(t, { sourcecode: ['* max-matches=3'] });
    await stageRun(run, project);
    assert.deepEqual(manifest(run), ['s .env', 's a.py']);
    assert.deepEqual(
      messages(run).filter((message) => message.startsWith('Warning')),
      [
        "Warning: More than 3 files match '* max-matches=3': the others were left out",
        'Warning: File ".env" may hold secrets',
        'Warning: File "n\\nl.py" was skipped: its name has a line break',
      ],
    );
  },
);

void test('W14: files can be kept out of every run', async (t) => {
  const project = writeTree(tempDir(t), { '.env': 'A=1', 'a.py': '' });
  const run = newRun(t, { sourcecode: '**/*' });
  await stageRun(run, project, { exclude: ['**/.env'] });
  assert.deepEqual(manifest(run), ['s a.py']);
});

void test('a store inside the project is never copied into its own runs', async (t) => {
  const project = writeTree(tempDir(t), { 'a.py': '', 'runs/other/b.py': '' });
  const table = { sourcecode: '**/*' };
  const { run } = newTestRun(t, { command: ['python', 'say.py'], table, root: project });
  await stageRun(run, project);
  assert.deepEqual(manifest(run), ['s a.py']);
});

void test('mistakes in the operation show before the first file is copied', async (t) => {
  const project = writeTree(tempDir(t), { 'a.py': '' });
  for (const [table, code] of [
    [{ exec: { 'stage-runtime': 5n } }, 'bad-gage-file'],
    [{ exec: { 'stage-runtime': ['a', 1n] } }, 'bad-gage-file'],
    [{ sourcecode: 5n }, 'bad-gage-file'],
    [{ sourcecode: '"open' }, 'bad-pattern'],
  ] as const) {
    const run = newRun(t, table);
    await assert.rejects(stageRun(run, project), { code });
    assert.ok(!existsSync(run.runDir));
  }
});

void test('a missing project directory is an error', async (t) => {
  const run = newRun(t, {});
  await assert.rejects(stageRun(run, join(tempDir(t), 'nowhere')), { code: 'io' });
  assert.ok(!existsSync(runMetaPath(run, 'staged')));
});

void test('broken meta files are errors', async (t) => {
  const project = writeTree(tempDir(t), { 'a.py': '' });
  for (const [name, text] of [
    ['opdef.json', '{'],
    ['opdef.json', '[]'],
    ['config.json', null],
    ['__schema__', '2'],
  ] as const) {
    const run = newRun(t, {});
    rmSync(runMetaPath(run, name));
    if (text !== null) writeFileSync(runMetaPath(run, name), text);
    // As if they had been made so: what was changed since is nobody's any more.
    stampRun(run);
    await assert.rejects(
      stageRun(run, project),
      (error) => error instanceof RunyardError && error.code === 'unreadable',
      `${name} ${String(text)}`,
    );
  }
});

void test('staged is written after everything else, and progress ends complete', async (t) => {
  const tree = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${String(i)}.py`, 'x']));
  const run = newRun(t, {});
  const seen: StageProgress[] = [];
  await stageRun(run, writeTree(tempDir(t), tree), {
    onProgress: (progress) => {
      assert.ok(!existsSync(runMetaPath(run, 'staged')));
      seen.push(progress);
    },
  });
  const last = (phase: StageProgress['phase']): StageProgress | undefined =>
    seen.findLast((progress) => progress.phase === phase);
  assert.deepEqual(last('stage-sourcecode'), { phase: 'stage-sourcecode', done: 50, total: 50 });
  assert.deepEqual(last('manifest'), { phase: 'manifest', done: 50, total: 50 });
  const staged = statSync(runMetaPath(run, 'staged'), { bigint: true });
  assert.ok(staged.mtimeNs >= statSync(runMetaPath(run, 'manifest'), { bigint: true }).mtimeNs);
});

void test('an abort while files are copied is honoured soon, and leaves the run pending', async (t) => {
  const project = tempDir(t);
  for (let i = 0; i < 40; i++) {
    writeTree(project, { [`f${String(i)}.bin`]: Buffer.alloc(2 << 20, i) });
  }
  const run = newRun(t, { sourcecode: '*' });
  const controller = new AbortController();
  let isAborting = false;
  const staging = stageRun(run, project, {
    signal: controller.signal,
    onProgress: ({ phase, done }) => {
      if (phase !== 'stage-sourcecode' || done >= 40 || isAborting) return;
      // From outside, as a message or a signal would.
      isAborting = true;
      setTimeout(() => {
        controller.abort(new Error('cancelled'));
      });
    },
  });
  await assert.rejects(staging, /cancelled/);
  assert.ok(find(run.runDir).length < 40);
  assert.ok(!existsSync(runMetaPath(run, 'staged')));
});

void test('an abort ends a hook that is running', shell, async (t) => {
  const run = newRun(t, { exec: { 'stage-runtime': 'touch here; exec sleep 600' } });
  const controller = new AbortController();
  const staging = stageRun(run, writeTree(tempDir(t), { 'a.py': '' }), {
    signal: controller.signal,
  });
  staging.catch(() => undefined);
  await waitFor(() => existsSync(join(run.runDir, 'here')));
  controller.abort(new Error('cancelled'));
  await assert.rejects(staging, /cancelled/);
  assert.ok(!existsSync(runMetaPath(run, 'staged')));
  assert.ok(!existsSync(runMetaPath(run, 'proc', 'lock')));
});

void test('a relative project directory counts from the current one', async (t) => {
  const project = writeTree(tempDir(t), { 'a.py': '' });
  const before = process.cwd();
  t.after(() => {
    process.chdir(before);
  });
  process.chdir(join(project, '..'));
  const run = newRun(t, {});
  await stageRun(run, basename(project));
  assert.deepEqual(manifest(run), ['s a.py']);
});

void test('commands of phases: shorthand for run, else by name', () => {
  assert.equal(phaseCommand({ exec: 'a' }, 'run'), 'a');
  assert.equal(phaseCommand({ exec: 'a' }, 'finalize'), undefined);
  assert.deepEqual(phaseCommand({ exec: ['a', 'b'] }, 'run'), ['a', 'b']);
  assert.equal(phaseCommand({ exec: { finalize: 'f' } }, 'finalize'), 'f');
  assert.equal(phaseCommand({ exec: { finalize: null } }, 'finalize'), undefined);
  assert.equal(phaseCommand({}, 'run'), undefined);
});
