import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../../helpers/cli.ts';
import { tempDir, writeTree } from '../../helpers/temp.ts';

const BROKEN = '# 🚀\n[train]\nexec = "echo 🚀"\nconfig = "🚀.py#lr"\n\n[b]\n';

test('check --json prints each diagnostic with its place in UTF-16 units', async (t) => {
  const dir = writeTree(tempDir(t), { 'gage.toml': BROKEN });
  const { code, stdout } = await runCli(['check', '--json'], { cwd: dir });
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(stdout), [
    {
      file: 'gage.toml',
      severity: 'warning',
      code: 'config-file-missing',
      message: "There is no file '🚀.py'",
      range: { start: { line: 3, character: 10 }, end: { line: 3, character: 15 } },
    },
    {
      file: 'gage.toml',
      severity: 'error',
      code: 'missing-exec',
      message: "'b' has no command to run: add exec",
      range: { start: { line: 5, character: 1 }, end: { line: 5, character: 2 } },
    },
  ]);
});

test('check prints a line for each diagnostic and a count', async (t) => {
  const dir = writeTree(tempDir(t), { 'gage.toml': BROKEN });
  const { code, stdout, stderr } = await runCli(['check', 'gage.toml'], { cwd: dir });
  assert.equal(code, 1);
  assert.equal(
    stdout,
    "gage.toml:4:11 warning There is no file '🚀.py' (config-file-missing)\n" +
      "gage.toml:6:2 error 'b' has no command to run: add exec (missing-exec)\n",
  );
  assert.equal(stderr, '1 error, 1 warning\n');
});

test('check of a file without errors exits with 0', async (t) => {
  const dir = writeTree(tempDir(t), {
    'gage.toml': '[train]\nexec = "echo"\n',
    'other/gage.yaml': 'train:\n  exec: echo\n  progress: x\n',
    'other/sub': null,
  });
  const fine = await runCli(['check'], { cwd: dir });
  assert.deepEqual([fine.code, fine.stdout], [0, '']);
  assert.match(fine.stderr, /gage\.toml/);
  assert.equal((await runCli(['check', '--json'], { cwd: dir })).stdout, '[]\n');
  const warned = await runCli(['check', 'other'], { cwd: dir });
  assert.equal(warned.code, 0);
  assert.match(warned.stdout, /^other\/gage\.yaml:3:13 warning .* \(unknown-progress\)\n$/);
  const below = await runCli(['check', '--json'], { cwd: join(dir, 'other', 'sub') });
  assert.match(below.stdout, /unknown-progress/);
});

test('check of a directory checks the files that are shadowed too', async (t) => {
  const dir = writeTree(tempDir(t), {
    '.gage/gage.toml': '[train]\nexec = "echo"\n',
    'gage.toml': '[train]\nexe = "echo"\n',
  });
  const { code, stdout } = await runCli(['check', dir], { cwd: dir });
  assert.equal(code, 1);
  assert.match(stdout, /^gage\.toml:1:1 warning .*\.gage\/gage\.toml.* \(shadowed-gage-file\)\n/);
  assert.match(stdout, /gage\.toml:2:1 error .* \(unknown-key\)\n/);
  const alone = await runCli(['check', join('.gage', 'gage.toml')], { cwd: dir });
  assert.deepEqual([alone.code, alone.stdout], [0, '']);
});

test('check of what is not there is an error with a hint', async (t) => {
  const dir = writeTree(tempDir(t), { 'notes.md': '' });
  const file = await runCli(['check', 'gage.toml'], { cwd: dir });
  assert.equal(file.code, 1);
  assert.match(file.stderr, /There is no file .*gage\.toml\n.*directory/);
  const none = await runCli(['check', '.'], { cwd: dir });
  assert.equal(none.code, 1);
  assert.match(none.stderr, /There is no Gage file in .*\n.*gage\.toml/);
  const other = await runCli(['check', 'notes.md'], { cwd: dir });
  assert.equal(other.code, 1);
  assert.match(other.stderr, /not a Gage file\n.*\.toml/);
});

test('check of a directory that is called like a Gage file says what it is', async (t) => {
  const dir = writeTree(tempDir(t), { 'gage.toml': null });
  const { code, stderr } = await runCli(['check'], { cwd: dir });
  assert.equal(code, 1);
  assert.match(stderr, /gage\.toml is a directory, not a file\n/);
});

test('check of a file that is not UTF-8', async (t) => {
  const dir = writeTree(tempDir(t), { 'gage.toml': new Uint8Array([0x23, 0xff, 0x0a]) });
  const { code, stdout } = await runCli(['check'], { cwd: dir });
  assert.equal(code, 1);
  assert.match(stdout, /UTF-8/);
});

test('check of .gage is a check of the project around it', async (t) => {
  const dir = writeTree(tempDir(t), {
    '.gage/gage.toml': '[train]\nexec = "python3 train.py"\nsourcecode = "train.py"\n',
    'train.py': '',
  });
  const { code, stdout } = await runCli(['check', '.gage'], { cwd: dir });
  assert.deepEqual([code, stdout], [0, '']);
});

test('check says of a file in another encoding only that', async (t) => {
  const dir = writeTree(tempDir(t), {
    'gage.toml': Buffer.from('\ufeff[a]\nexec = "ls"\n', 'utf16le'),
  });
  const { code, stdout } = await runCli(['check'], { cwd: dir });
  assert.equal(code, 1);
  assert.match(stdout, /^gage\.toml:1:1 error The file is not UTF-8 text[^\n]*\n$/);
});

test('check of a path that does not exist says so', async (t) => {
  const { code, stderr } = await runCli(['check', 'gone'], { cwd: tempDir(t) });
  assert.equal(code, 1);
  assert.match(stderr, /There is no file .*gone/);
});

test('check and stage refuse a command that would run the name of the directory', async (t) => {
  const exec = `sh -c 'ls $project_dir'`;
  const dir = writeTree(join(tempDir(t), 'a; touch canary'), {
    'gage.toml': `[bad]\nexec = "${exec}"\n[good]\nexec = ["sh", "-c", 'ls "$0"', "$project_dir"]\n`,
  });
  const { code, stdout } = await runCli(['check'], { cwd: dir });
  assert.equal(code, 1);
  assert.match(stdout, /^gage\.toml:2:8 error .*a; touch canary.* \(unsafe-project-dir\)\n$/);
  const staged = await runCli(['stage', 'bad'], { cwd: dir });
  assert.equal(staged.code, 1);
  assert.match(staged.stderr, /a; touch canary" could be run as code[^]*Rename the directory/);
  assert.equal((await runCli(['list', '--json'], { cwd: dir })).stdout, '[]\n');
  const run = await runCli(['run', 'good', '--wait'], { cwd: dir });
  assert.deepEqual([run.code, run.stdout.includes('gage.toml\n')], [0, true], run.stderr);
});
