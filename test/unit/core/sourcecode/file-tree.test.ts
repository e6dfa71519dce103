import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import {
  ProjectTree,
  type FileTree,
  type TreeDir,
} from '../../../../src/core/sourcecode/file-tree.ts';
import { DEFAULT_SOURCE_PATTERNS } from '../../../../src/core/sourcecode/patterns.ts';
import { selectSourceFiles, type SourceSelection } from '../../../../src/core/sourcecode/select.ts';
import { posix } from '../../../helpers/posix.ts';
import { makeTempDir, removeTree, tempDir, withoutRoot, writeTree } from '../../../helpers/temp.ts';

const symlinks = posix('symbolic links');
const bits = posix('permission bits');

function project(t: TestContext, tree: Parameters<typeof writeTree>[1]): [string, ProjectTree] {
  const dir = writeTree(tempDir(t), tree);
  return [dir, new ProjectTree(dir)];
}

async function paths(tree: FileTree, ...patterns: string[]): Promise<readonly string[]> {
  return (await selectSourceFiles(tree, patterns)).files.map(({ path }) => path);
}

void test('a directory is read once, and again after an event in it', async (t) => {
  const [dir, tree] = project(t, { 'a.py': '', 'src/b.py': '' });
  assert.deepEqual(await paths(tree, '**/*.py'), ['a.py', 'src/b.py']);
  writeTree(dir, { 'c.py': '', 'src/d.py': '' });
  assert.deepEqual(await paths(tree, '**/*.py'), ['a.py', 'src/b.py']);
  assert.equal(tree.changed('src/d.py'), true);
  assert.deepEqual(await paths(tree, '**/*.py'), ['a.py', 'src/b.py', 'src/d.py']);
  assert.equal(tree.changed('c.py'), true);
  assert.deepEqual(await paths(tree, '**/*.py'), ['a.py', 'c.py', 'src/b.py', 'src/d.py']);
});

void test('what is not asked for is not known, and an event there changes nothing', async (t) => {
  const [, tree] = project(t, { 'a.py': '', 'data/x/1': '', 'data/y': '' });
  assert.equal(tree.changed('data/y'), false);
  assert.deepEqual(await paths(tree, '*.py'), ['a.py']);
  assert.equal(tree.changed('data/y'), false);
  assert.equal(tree.changed('data/x/1'), false);
  assert.equal(tree.changed('data'), true);
});

void test('size and kind of a file are asked again after an event about it', async (t) => {
  const [dir, tree] = project(t, { 'note.txt': 'text', 'other.txt': 'text' });
  assert.deepEqual(await paths(tree, '* text size<9'), ['note.txt', 'other.txt']);
  writeTree(dir, { 'note.txt': '\0\0', 'other.txt': 'a long text' });
  assert.deepEqual(await paths(tree, '* text size<9'), ['note.txt', 'other.txt']);
  tree.changed('note.txt');
  assert.deepEqual(await paths(tree, '* text size<9'), ['other.txt']);
  tree.changed('other.txt');
  assert.deepEqual(await paths(tree, '* text size<9'), []);
});

void test('a directory that moves takes what is below it along', async (t) => {
  const [dir, tree] = project(t, { 'old/deep/a.py': '', 'old/b.py': '' });
  assert.deepEqual(await paths(tree, '**/*'), ['old/b.py', 'old/deep/a.py']);
  renameSync(join(dir, 'old'), join(dir, 'new'));
  tree.changed('old');
  tree.changed('new');
  assert.deepEqual(await paths(tree, '**/*'), ['new/b.py', 'new/deep/a.py']);
});

void test('a directory in the place of another one is read anew', async (t) => {
  const [dir, tree] = project(t, { 'src/deep/a.py': '' });
  assert.deepEqual(await paths(tree, '**/*'), ['src/deep/a.py']);
  rmSync(join(dir, 'src'), { recursive: true });
  writeTree(dir, { 'src/deep/b.py': '' });
  // Editors merge the two events into one.
  tree.changed('src');
  assert.deepEqual(await paths(tree, '**/*'), ['src/deep/b.py']);
});

void test('a sentinel that comes and goes', async (t) => {
  const [dir, tree] = project(t, { 'env/lib/a.py': '', 'b.py': '' });
  const patterns = ['**/*.py', '-**/* dir sentinel=bin/activate', '-* dir sentinel=.no*'];
  assert.deepEqual(await paths(tree, ...patterns), ['b.py', 'env/lib/a.py']);
  writeTree(dir, { 'env/bin/activate': '' });
  assert.equal(tree.changed('env/bin'), true);
  assert.deepEqual(await paths(tree, ...patterns), ['b.py']);
  assert.equal(tree.changed('env/lib/c.py'), true, 'a glob may mean any name');
  rmSync(join(dir, 'env/bin'), { recursive: true });
  assert.equal(tree.changed('env/bin'), true);
  assert.deepEqual(await paths(tree, ...patterns), ['b.py', 'env/lib/a.py']);
});

void test('an event in a directory that a sentinel excludes changes nothing', async (t) => {
  const [, tree] = project(t, { 'env/lib/a.py': '', 'env/bin/activate': '', 'b.py': '' });
  assert.deepEqual(await paths(tree, ...DEFAULT_SOURCE_PATTERNS), ['b.py']);
  assert.equal(tree.changed('env/lib/a.py'), false);
  assert.equal(tree.changed('env/bin/activate'), true);
});

void test(
  'what is behind links out of the project is believed for a while',
  symlinks,
  async (t) => {
    const outside = writeTree(tempDir(t), { 'data/1.csv': '', 'other/9.csv': '', 'one.csv': 'x' });
    const dir = writeTree(tempDir(t), { 'a.csv': '', data: { symlink: join(outside, 'data') } });
    symlinkSync(join(outside, 'one.csv'), join(dir, 'one.csv'));
    const tree = new ProjectTree(dir);
    const doubtful = new ProjectTree(dir, 0);
    assert.deepEqual(await paths(tree, '**/*.csv'), ['a.csv', 'data/1.csv', 'one.csv']);
    assert.deepEqual(await paths(doubtful, '**/*.csv'), ['a.csv', 'data/1.csv', 'one.csv']);
    writeTree(outside, { 'data/2.csv': '' });
    rmSync(join(outside, 'one.csv'));
    assert.deepEqual(await paths(tree, '**/*.csv'), ['a.csv', 'data/1.csv']);
    assert.deepEqual(await paths(doubtful, '**/*.csv'), ['a.csv', 'data/1.csv', 'data/2.csv']);
    tree.changed('b.csv');
    assert.deepEqual(await paths(tree, '**/*.csv'), ['a.csv', 'data/1.csv']);
    rmSync(join(dir, 'data'));
    symlinkSync(join(outside, 'other'), join(dir, 'data'));
    assert.deepEqual(await paths(tree, '**/*.csv'), ['a.csv', 'data/9.csv']);
  },
);

void test('an event matters when a link may lead to its place', symlinks, async (t) => {
  const [dir, tree] = project(t, { 'real/1.csv': '', link: { symlink: 'real' } });
  assert.deepEqual(await paths(tree, 'link/*'), ['link/1.csv']);
  writeTree(dir, { 'real/2.csv': '' });
  assert.equal(tree.changed('real/2.csv'), true);
  assert.deepEqual(await paths(tree, 'link/*'), ['link/1.csv', 'link/2.csv']);
});

void test('a directory that cannot be read is tried again', bits, async (t) => {
  const [dir, tree] = project(t, { 'locked/a.py': '', 'b.py': '' });
  chmodSync(join(dir, 'locked'), 0);
  await withoutRoot(dir, async () => {
    const { files, warnings } = await selectSourceFiles(tree, ['**/*']);
    assert.deepEqual(
      files.map(({ path }) => path),
      ['b.py'],
    );
    assert.match(warnings[0] ?? '', /^Directory 'locked' was skipped: /);
  });
  chmodSync(join(dir, 'locked'), 0o755);
  assert.deepEqual(await paths(tree, '**/*'), ['b.py', 'locked/a.py']);
});

void test('anything may have changed: everything is read again', async (t) => {
  const [dir, tree] = project(t, { 'src/a.py': '' });
  assert.deepEqual(await paths(tree, '**/*'), ['src/a.py']);
  writeTree(dir, { 'src/b.py': '' });
  assert.equal(tree.changed(''), true);
  assert.deepEqual(await paths(tree, '**/*'), ['src/a.py', 'src/b.py']);
});

void test('an event costs the reading of its own directory', (t) => {
  const [dir, tree] = project(t, { 'a/1': '', 'a/deep/2': '', 'b/3': '' });
  const known = (at: TreeDir): TreeDir[] => [at, ...tree.list(at).dirs.flatMap(known)];
  const before = known(tree.top);
  writeTree(dir, { 'a/4': '', 'b/5': '' });
  tree.changed('a/4');
  const after = known(tree.top);
  assert.ok(after.every((entry, i) => entry === before[i]));
  const names = (path: string): readonly string[] =>
    after.filter((at) => at.path === path).flatMap((at) => tree.list(at).files.map((f) => f.name));
  assert.deepEqual(names('a'), ['1', '4']);
  assert.deepEqual(names('b'), ['3'], 'no event, not read again');
});

/** Something that happens to a project; the paths are few, so that things happen to each other. */
type Act =
  | { readonly kind: 'write'; readonly path: string; readonly data: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'move'; readonly path: string; readonly to: string }
  | { readonly kind: 'link'; readonly path: string; readonly to: string };

const somePath = fc
  .array(fc.constantFrom('a', 'b', '.c', 'bin', 'activate', '.nocopy'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((names) => names.join('/'));
/** A sentinel that is reached through a link is not noticed to come and go: no link is `bin`. */
const linkPath = somePath.filter((path) => !path.endsWith('bin'));
const someAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('write'), path: somePath, data: data() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove'), path: somePath }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move'), path: somePath, to: linkPath }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('link'), path: linkPath, to: somePath }) },
);

function data(): fc.Arbitrary<string> {
  return fc.constantFrom('', 'text', '\0\0\0', 'a longer text');
}

/** Does it on the disk, when it can be done. @returns the paths that an editor tells. */
function perform(dir: string, act: Act): readonly string[] {
  const path = join(dir, act.path);
  const places = 'to' in act ? [act.path, act.to] : [act.path];
  const told = places.map((place) => placeOf(dir, place));
  try {
    switch (act.kind) {
      case 'write':
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, act.data);
        break;
      case 'remove':
        rmSync(path, { recursive: true });
        break;
      case 'move':
        mkdirSync(dirname(join(dir, act.to)), { recursive: true });
        renameSync(path, join(dir, act.to));
        break;
      case 'link':
        symlinkSync(join(dir, act.to), path);
    }
  } catch {
    // Directories that were made on the way stay, and are told.
  }
  return [...told, ...places.flatMap((place) => targetOf(dir, place))];
}

/**
 * What is told of something that happens at a path: the first directory on the way that is not
 * there yet, else the path itself. Who watches for changes tells real paths.
 */
function placeOf(dir: string, path: string): string {
  const parents = path.split('/').map((_, i, names) => names.slice(0, i + 1).join('/'));
  const first = join(dir, parents.find((parent) => !existsSync(join(dir, parent))) ?? path);
  return pathIn(dir, join(realpathSync(dirname(first)), basename(first)));
}

/** As editors and trees name it: from the project, with `/`. */
function pathIn(dir: string, path: string): string {
  return relative(dir, path).replaceAll(sep, '/');
}

/** The file that a link leads to, or the path itself; none when nothing is there. */
function targetOf(dir: string, path: string): readonly string[] {
  return existsSync(join(dir, path)) ? [pathIn(dir, realpathSync(join(dir, path)))] : [];
}

const PATTERN_LISTS: readonly (readonly string[])[] = [
  DEFAULT_SOURCE_PATTERNS,
  ['**/*', '-**/bin dir', '-a'],
  ['a/**/* text max-matches=2', '**/b size<5', '-**/.c'],
];

async function outcomes(tree: FileTree | string): Promise<readonly SourceSelection[]> {
  const found: SourceSelection[] = [];
  for (const patterns of PATTERN_LISTS) found.push(await selectSourceFiles(tree, patterns));
  return found;
}

void test('after any events the tree selects what the disk has', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.array(someAct, { maxLength: 4 })),
    async (turns) => {
      const dir = makeTempDir();
      try {
        const tree = new ProjectTree(dir);
        for (const acts of turns) {
          const told = acts.flatMap((act) => perform(dir, act));
          for (const path of told) tree.changed(path);
          assert.deepEqual(await outcomes(tree), await outcomes(dir));
        }
      } finally {
        removeTree(dir);
      }
    },
  );
  await fc.assert(property, { numRuns: 200 });
});
