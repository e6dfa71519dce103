import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { AttemptFiles } from '../../../../src/core/life/attempt-files.ts';
import { runyardPath } from '../../../../src/core/run/run.ts';
import { posix } from '../../../helpers/posix.ts';
import { runWithFiles } from '../../../helpers/runs/runs.ts';
import { find, writeTree } from '../../../helpers/temp.ts';

test('paths in the log of a run lead nowhere but into its own directories', (t) => {
  const run = runWithFiles(t, { 'train.py': '', 'out/model': '' });
  writeTree(run.runsDir, { 'innocent.txt': 'x' });
  writeTree(run.metaPath, {
    'log/files': [
      'a s 1 /etc/hostname',
      'a s 1 train.py',
      'a s 1 ../innocent.txt',
      'm g 2 ../innocent.txt',
      'm g 2 /etc/hostname',
      'a s 1 out/../../innocent.txt',
      'm g 2 out/../../innocent.txt\n',
    ].join('\n'),
  });
  const before = find(run.runsDir);
  new AttemptFiles(run, runyardPath(run, 'attempts', '1')).moveGenerated();
  const added = find(run.runsDir).filter((path) => !before.includes(path));
  const attempt = `${run.id}.meta/runyard/attempts/1`;
  assert.deepEqual(
    added,
    [`${attempt}/files/out`, `${attempt}/log/files`].flatMap((path) =>
      path.endsWith('out') ? [`${path}/model`] : [path],
    ),
  );
  assert.ok(find(run.runsDir).includes('innocent.txt'));
});

test('what a run produced is not moved through a link', posix('needs links'), (t) => {
  const run = runWithFiles(t, { generated: '' });
  const outside = writeTree(join(run.runsDir, '../outside'), {});
  writeTree(run.metaPath, { 'runyard/attempts/1/files': { symlink: outside } });
  const files = new AttemptFiles(run, runyardPath(run, 'attempts', '1'));
  assert.throws(
    () => {
      files.moveGenerated();
    },
    { code: 'unsafe-path' },
  );
  assert.deepEqual([find(outside), find(run.runDir)], [[], ['generated']]);
});

test('a pipe that a run left behind is moved, and copied by nobody', posix('needs pipes'), (t) => {
  const run = runWithFiles(t, { 'train.py': '' });
  execFileSync('mkfifo', [join(run.runDir, 'pipe')]);
  symlinkSync('/dev/zero', join(run.runDir, 'endless'));
  writeTree(run.metaPath, {
    'log/files': 'a s 1 train.py\na s 1 pipe\nm g 2 pipe\na s 1 endless\nm g 2 endless\n',
  });
  new AttemptFiles(run, runyardPath(run, 'attempts', '1')).moveGenerated();
  assert.deepEqual(find(run.runDir), ['endless', 'pipe', 'train.py']);
});
