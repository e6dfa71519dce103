import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import { DEFAULT_SOURCE_PATTERNS } from '../../../../src/core/sourcecode/patterns.ts';
import {
  looksSecret,
  selectSourceFiles,
  type SelectOptions,
} from '../../../../src/core/sourcecode/select.ts';
import { posix } from '../../../helpers/posix.ts';
import { tempDir, writeTree, type TreeEntry, withoutRoot } from '../../../helpers/temp.ts';

const bits = posix('permission bits');
const symlinks = posix('symbolic links');
const lineBreaks = posix('names with line breaks');

async function select(
  dir: string,
  patterns: readonly string[],
  options?: SelectOptions,
): Promise<readonly string[]> {
  return (await selectSourceFiles(dir, patterns, options)).files.map((file) => file.path);
}

function project(t: TestContext, tree: Readonly<Record<string, TreeEntry>>): string {
  return writeTree(tempDir(t), tree);
}

void test('each file says its size, its mode and the rule that decided', bits, async (t) => {
  const dir = project(t, { 'a.py': '12345', 'run.sh': { data: '#!/bin/sh\n', mode: 0o755 } });
  const { files } = await selectSourceFiles(dir, ['**/*', 'nothing', '*.sh']);
  assert.deepEqual(
    files.map(({ path, size, rule }) => ({ path, size, rule })),
    [
      { path: 'a.py', size: 5, rule: 0 },
      { path: 'run.sh', size: 10, rule: 2 },
    ],
  );
  assert.equal(files[1]?.mode, 0o755);
});

void test('the last matching rule decides', async (t) => {
  const dir = project(t, { a: '', b: '', c: '' });
  assert.deepEqual(await select(dir, ['*', '-b', '-c', 'b']), ['a', 'b']);
  assert.deepEqual(await select(dir, ['-a', '*']), ['a', 'b', 'c']);
  assert.deepEqual(await select(dir, ['-b']), []);
});

void test('the result is sorted by code point', async (t) => {
  const dir = project(t, { a: '', B: '', 'a-b': '', 'a.d/x': '', é: '', '\uff61': '', '😀': '' });
  assert.deepEqual(await select(dir, ['**/*']), ['B', 'a', 'a-b', 'a.d/x', 'é', '\uff61', '😀']);
});

void test('a plain exclude of a directory name excludes nothing below it', async (t) => {
  const dir = project(t, { 'data/x': '', y: '' });
  assert.deepEqual(await select(dir, ['**/*', '-data']), ['data/x', 'y']);
  assert.deepEqual(await select(dir, ['**/*', '-data dir']), ['y']);
  assert.deepEqual(await select(dir, ['**/*', '-data/**/*']), ['y']);
});

void test('dir rules: the last match wins, and only below the parents that are entered', async (t) => {
  const dir = project(t, { 'a/keep/x': '', 'a/drop/x': '', 'b/keep/x': '' });
  assert.deepEqual(await select(dir, ['**/*', '-a/* dir', 'a/keep dir']), ['a/keep/x', 'b/keep/x']);
  assert.deepEqual(await select(dir, ['**/*', '-a dir', 'a/keep dir']), ['b/keep/x']);
});

void test('a sentinel may be a glob, whose star skips dot files', async (t) => {
  const dir = project(t, {
    'a/mark.x': '',
    'b/.mark': '',
    'c/sub/mark.y': '',
    'd/file': '',
    'e/[x]': '',
  });
  assert.deepEqual(await select(dir, ['**/*', '-* dir sentinel=mark.*']), [
    'b/.mark',
    'c/sub/mark.y',
    'd/file',
    'e/[x]',
  ]);
  assert.deepEqual(await select(dir, ['**/*', '-* dir sentinel=*']), ['b/.mark']);
  assert.deepEqual(await select(dir, ['**/*', '-* dir sentinel=*/mark.[xy]']), [
    'a/mark.x',
    'b/.mark',
    'd/file',
    'e/[x]',
  ]);
});

void test('text and binary', async (t) => {
  const dir = project(t, { 'a.py': '', 'b.pkl': '', c: 'text', d: '\0' });
  assert.deepEqual(await select(dir, ['* text']), ['a.py', 'c']);
  assert.deepEqual(await select(dir, ['* binary']), ['b.pkl', 'd']);
});

void test('sizes are strict, both together mean either, and size>0 matches nothing', async (t) => {
  const dir = project(t, { s1: 'x', s5: 'xxxxx', s9: 'x'.repeat(9) });
  assert.deepEqual(await select(dir, ['* size<5']), ['s1']);
  assert.deepEqual(await select(dir, ['* size>5']), ['s9']);
  assert.deepEqual(await select(dir, ['* size<5 size>8']), ['s1', 's9']);
  assert.deepEqual(await select(dir, ['* size>1 size<6']), ['s1', 's5', 's9']);
  assert.deepEqual(await select(dir, ['* size>0']), []);
  assert.deepEqual(await select(dir, ['* size<0']), []);
});

void test('max-matches counts matches in walk order, also of files that a later rule drops', async (t) => {
  const dir = project(t, { 'b/1': '', 'b/2': '', 'a/1': '', z1: '', z2: '' });
  // Files of a directory come before its subdirectories.
  assert.deepEqual(await select(dir, ['**/* max-matches=3']), ['a/1', 'z1', 'z2']);
  assert.deepEqual(await select(dir, ['**/* max-matches=3', '-z*']), ['a/1']);
  assert.deepEqual(await select(dir, ['**/* max-matches=0']), []);
});

void test('only full matches count towards max-matches', async (t) => {
  const dir = project(t, { a: '\0', b: 'text', c: 'text', d: 'text' });
  assert.deepEqual(await select(dir, ['* text max-matches=2']), ['b', 'c']);
});

void test('an exclude that reached its limit stops to exclude', async (t) => {
  const dir = project(t, { 'a/1': '', 'b/1': '', 'c/1': '' });
  assert.deepEqual(await select(dir, ['**/*', '-**/1 max-matches=2']), ['c/1']);
  assert.deepEqual(await select(dir, ['**/*', '-* dir max-matches=1']), ['b/1', 'c/1']);
  // What no include reaches still counts for excludes with a limit.
  assert.deepEqual(await select(dir, ['c/*', '-**/1 max-matches=2']), ['c/1']);
});

void test('a limit that kept files out is told, one that was just enough is not', async (t) => {
  const dir = project(t, { '1.py': '', '2.py': '', '3.pkl': '' });
  assert.deepEqual((await selectSourceFiles(dir, ['* text max-matches=2'])).limits, []);
  assert.deepEqual((await selectSourceFiles(dir, ['-x', '* max-matches=2'])).limits, [
    { rule: 1, pattern: '* max-matches=2', maxMatches: 2 },
  ]);
  // Another rule takes or drops the file anyway.
  assert.deepEqual((await selectSourceFiles(dir, ['* max-matches=2', '3*'])).limits, []);
  assert.deepEqual((await selectSourceFiles(dir, ['* max-matches=2', '-3*'])).limits, []);
});

void test('the default limit is 500 files', async (t) => {
  const dir = tempDir(t);
  for (let i = 0; i < 502; i++) writeFileSync(join(dir, `f${String(i).padStart(3, '0')}.py`), '');
  const selection = await selectSourceFiles(dir, DEFAULT_SOURCE_PATTERNS);
  assert.equal(selection.files.length, 500);
  assert.equal(selection.files.at(-1)?.path, 'f499.py');
  assert.equal(selection.limits.length, 1);
});

void test('directories that nothing can be selected from are not entered', symlinks, async (t) => {
  // Each link would be told as a loop by a walk that looks at it.
  const dir = project(t, { '1.py': '', '2.py': '', 'data/self': { symlink: '.' } });
  for (const pattern of ['*.py', 'src/**/*.py', '**/*.py max-matches=1']) {
    assert.deepEqual((await selectSourceFiles(dir, [pattern])).warnings, [], pattern);
  }
  assert.equal((await selectSourceFiles(dir, ['**/*.py'])).warnings.length, 1);
});

void test('names with blanks need quotes', async (t) => {
  const dir = project(t, { 'a b': '', a: '', b: '' });
  assert.deepEqual(await select(dir, ['a b']), ['a']);
  assert.deepEqual(await select(dir, ['"a b"']), ['a b']);
  assert.deepEqual(await select(dir, ['a\\ b']), ['a b']);
});

void test('a leading minus can be escaped', async (t) => {
  const dir = project(t, { '-x': '', x: '' });
  assert.deepEqual(await select(dir, ['\\-x']), ['-x']);
});

void test(
  'links to files and directories are followed, dangling ones are not there',
  symlinks,
  async (t) => {
    const outside = writeTree(tempDir(t), { 'lib/a.py': 'a', 'one.py': 'b' });
    const dir = project(t, {
      'link.py': { symlink: join(outside, 'one.py') },
      lib: { symlink: join(outside, 'lib') },
      dangling: { symlink: 'nowhere' },
    });
    assert.deepEqual(await select(dir, ['**/*']), ['lib/a.py', 'link.py']);
  },
);

void test(
  'W13: loops of links are survived, and each link is followed once',
  symlinks,
  async (t) => {
    const dir = project(t, {
      'a/x': '',
      'a/up': { symlink: '..' },
      'a/self': { symlink: '.' },
      'b/cross': { symlink: '../a' },
      me: { symlink: 'me' },
    });
    const selection = await selectSourceFiles(dir, ['**/*']);
    assert.deepEqual(
      selection.files.map((file) => file.path),
      ['a/x', 'b/cross/x'],
    );
    assert.deepEqual(selection.warnings, [
      "Directory 'a/self' was skipped: it links to a directory above it",
      "Directory 'a/up' was skipped: it links to a directory above it",
      "Directory 'b/cross/self' was skipped: it links to a directory above it",
      "Directory 'b/cross/up' was skipped: it links to a directory above it",
    ]);
  },
);

void test('W14: files with secrets are named', async (t) => {
  const dir = project(t, { '.env': 'A=1', 'a.py': '', 'certs/key.pem': 'x', id_rsa: 'x' });
  const { secrets } = await selectSourceFiles(dir, DEFAULT_SOURCE_PATTERNS);
  assert.deepEqual(secrets, ['.env', 'certs/key.pem', 'id_rsa']);
});

void test('W14: which names stand for secrets', () => {
  const secret = ['.env', 'x/.env.local', 'a.pem', '.netrc', 'a.P12', '.git-credentials'];
  const keys = ['id_rsa', 'x/id_ed25519', 'id_dsa', 'id_ecdsa', 'id_ed25519_sk', 'id_rsa_work'];
  const credentials = ['credentials.json', 'x/Credentials.json', '.aws/credentials'];
  for (const name of [...secret, ...keys, ...credentials, 'home/.aws/credentials']) {
    assert.ok(looksSecret(name), name);
  }
  const harmless = ['env', '.env.example', 'pem', 'a.env.py', 'id_rsa.pub', 'id_map.json'];
  const others = ['id_list', 'id_rsafe', 'credentials', 'credentials.py', 'x.aws/credentials'];
  for (const name of [...harmless, ...others]) assert.ok(!looksSecret(name), name);
});

void test('W14: files can be kept out whatever the operation says', async (t) => {
  const dir = project(t, { '.env': 'A=1', 'a.py': '' });
  assert.deepEqual(await select(dir, ['**/*'], { exclude: ['**/.env'] }), ['a.py']);
  assert.deepEqual(await select(dir, ['**/*'], { exclude: ['-**/.env'] }), ['a.py']);
});

void test('W25: a name with a line break is refused with a warning', lineBreaks, async (t) => {
  const dir = project(t, { 'a\nb': '', c: '' });
  const selection = await selectSourceFiles(dir, ['**/*']);
  assert.deepEqual(
    selection.files.map((file) => file.path),
    ['c'],
  );
  assert.deepEqual(selection.warnings, ['File "a\\nb" was skipped: its name has a line break']);
});

void test(
  'directories that are told to be skipped are not entered, by whatever path',
  symlinks,
  async (t) => {
    const dir = project(t, { 'runs/a/x': '', y: '' });
    symlinkSync('runs', join(dir, 'also'));
    assert.deepEqual(await select(dir, ['**/*'], { skipDirs: [join(dir, 'runs')] }), ['y']);
  },
);

void test('a directory that cannot be read is a warning', bits, async (t) => {
  const dir = project(t, { 'locked/x': '', y: '' });
  chmodSync(join(dir, 'locked'), 0);
  const selection = await withoutRoot(dir, () => selectSourceFiles(dir, ['**/*']));
  assert.equal(selection.files.length, 1);
  assert.equal(selection.warnings.length, 1);
});

void test('a missing project and a broken pattern are errors', async (t) => {
  const dir = tempDir(t);
  const code = (expected: string) => (error: unknown) =>
    error instanceof RunyardError && error.code === expected;
  await assert.rejects(selectSourceFiles(join(dir, 'nowhere'), ['*']), code('io'));
  await assert.rejects(selectSourceFiles(dir, ['"a']), code('bad-pattern'));
});

void test('an aborted selection stops with the reason', async (t) => {
  const dir = tempDir(t);
  for (let i = 0; i < 5; i++) {
    mkdirSync(join(dir, String(i)));
    writeFileSync(join(dir, String(i), 'x'), '');
  }
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(selectSourceFiles(dir, ['**/*'], { signal }), /enough/);
});
