import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { applyConfig } from '../../../src/config/apply.ts';
import { readConfigFiles } from '../../../src/config/config.ts';
import { RunyardError } from '../../../src/core/base/errors.ts';
import type { JsonObject } from '../../../src/core/data/json.ts';
import type { OpDef } from '../../../src/core/run/types.ts';
import { readConfig } from '../../helpers/gage/config.ts';
import { posix } from '../../helpers/posix.ts';
import { find, permissions, tempDir, writeTree } from '../../helpers/temp.ts';

const symlinks = posix('symbolic links');
const bits = posix('permission bits');

function opdef(config: JsonObject[string]): OpDef {
  return { name: 'test', table: { config } };
}

function readAll(root: string, paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

describe('applying config', () => {
  test('writes what changed and returns the diffs by path', (t) => {
    const dir = writeTree(tempDir(t), {
      'b.py': 'lr = 0.1  # rate\nname = "x"',
      'a.py': 'lr = 0.1\n',
      'c.py': 'other = 1\n',
    });
    const patches = applyConfig(dir, opdef(['b.py', 'a.py']), { lr: 0.5, name: 'y', other: 2n });
    assert.deepEqual(patches, [
      { path: 'a.py', diff: '--- a.py\n+++ a.py\n@@ -1 +1 @@\n-lr = 0.1\n+lr = 0.5\n' },
      {
        path: 'b.py',
        diff:
          '--- b.py\n+++ b.py\n@@ -1,2 +1,2 @@\n-lr = 0.1  # rate\n-name = "x"\n' +
          '\\ No newline at end of file\n+lr = 0.5  # rate\n+name = "y"\n\\ No newline at end of file\n',
      },
    ]);
    assert.deepEqual(readAll(dir, ['a.py', 'b.py', 'c.py']), {
      'a.py': 'lr = 0.5\n',
      'b.py': 'lr = 0.5  # rate\nname = "y"',
      'c.py': 'other = 1\n',
    });
    assert.deepEqual(find(dir), ['a.py', 'b.py', 'c.py']);
  });

  test('nothing changes when nothing was changed', async (t) => {
    const source = '\ufeffx = 1e-4\r\ns = r"\\d"\r\nt = """a\r\nb"""';
    const dir = writeTree(tempDir(t), { 'a.py': source });
    const config = await readConfig(dir, { config: 'a.py' });
    assert.deepEqual(config, { x: 1e-4, s: '\\d', t: 'a\nb' });
    assert.deepEqual(applyConfig(dir, opdef('a.py'), config), []);
    assert.equal(readFileSync(join(dir, 'a.py'), 'utf8'), source);
  });

  test('byte order mark, line ends and mode stay, also of a read-only file (C8)', bits, (t) => {
    const dir = writeTree(tempDir(t), {
      'a.py': { data: '\ufeffx = 1\r\ny = 2\r\n', mode: 0o555 },
    });
    const [patch] = applyConfig(dir, opdef('a.py'), { y: 3n });
    assert.equal(readFileSync(join(dir, 'a.py'), 'utf8'), '\ufeffx = 1\r\ny = 3\r\n');
    assert.equal(permissions(join(dir, 'a.py')), '-r-xr-xr-x');
    assert.equal(
      patch?.diff,
      '--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n \ufeffx = 1\r\n-y = 2\r\n+y = 3\r\n',
    );
  });

  test('a key of one file is not written into another (W21)', (t) => {
    const dir = writeTree(tempDir(t), { 'a.py': 'x = 1\ny = 2\n', 'b.py': 'x = 3\ny = 4\n' });
    applyConfig(dir, opdef(['a.py#y', 'b.py#x']), { x: 99n, y: 98n });
    assert.deepEqual(readAll(dir, ['a.py', 'b.py']), {
      'a.py': 'x = 1\ny = 98\n',
      'b.py': 'x = 99\ny = 4\n',
    });
  });

  test('a value that does not fit is refused by file and name, and nothing is written', (t) => {
    const dir = writeTree(tempDir(t), { 'a.py': 'n = 1\n', 'b.py': 'x = 1\n' });
    assert.throws(
      () => applyConfig(dir, opdef('*.py'), { n: 2n, x: 'abc' }),
      (error) =>
        error instanceof RunyardError &&
        error.code === 'bad-config' &&
        error.message.startsWith('b.py: "abc" does not fit "x"'),
    );
    assert.equal(readFileSync(join(dir, 'a.py'), 'utf8'), 'n = 1\n');
  });

  test(
    'nothing is written through a link to a directory; a linked file is replaced',
    symlinks,
    (t) => {
      const root = tempDir(t);
      const project = writeTree(join(root, 'project'), {
        'conf/a.yaml': 'x: 1\n',
        'b.py': 'y = 1\n',
      });
      const runDir = writeTree(join(root, 'run'), {});
      symlinkSync(join(project, 'conf'), join(runDir, 'conf'));
      symlinkSync(join(project, 'b.py'), join(runDir, 'b.py'));
      assert.throws(() => applyConfig(runDir, opdef('conf/a.yaml'), { x: 2n }), {
        code: 'bad-config',
        message: 'conf/a.yaml cannot be changed: a link leads out of the run to it',
      });
      applyConfig(runDir, opdef('b.py'), { y: 2n });
      assert.equal(readFileSync(join(runDir, 'b.py'), 'utf8'), 'y = 2\n');
      // A link within the run is the run's own.
      writeTree(runDir, { 'own/c.py': 'z = 1\n' });
      symlinkSync('own', join(runDir, 'same'));
      applyConfig(runDir, opdef('same/c.py'), { z: 2n });
      assert.equal(readFileSync(join(runDir, 'own/c.py'), 'utf8'), 'z = 2\n');
      assert.deepEqual(readAll(project, ['conf/a.yaml', 'b.py']), {
        'conf/a.yaml': 'x: 1\n',
        'b.py': 'y = 1\n',
      });
    },
  );

  test('a run without the files, or without a directory, is left alone (C12)', (t) => {
    const dir = tempDir(t);
    mkdirSync(join(dir, 'empty'));
    assert.deepEqual(applyConfig(join(dir, 'empty'), opdef('a.py'), { x: 1n }), []);
    assert.deepEqual(applyConfig(join(dir, 'missing'), opdef('a.py'), { x: 1n }), []);
    assert.deepEqual(applyConfig(dir, { name: 'test', table: {} }, { x: 123n }), []);
  });

  test('the message of a run is replaced', (t) => {
    const dir = writeTree(tempDir(t), { 'say.py': 'msg = "Hi there"\nprint(msg)\n' });
    applyConfig(dir, opdef('say.py'), { msg: 'Ho there' });
    assert.equal(readFileSync(join(dir, 'say.py'), 'utf8'), 'msg = "Ho there"\nprint(msg)\n');
  });
});

test('a name that stands in two files is left alone in both, unless the run changes it', async (t) => {
  const table = { config: ['a.py', 'b.py'] };
  const dir = writeTree(tempDir(t), { 'a.py': 'x = 1\ny = 1\n', 'b.py': 'x = "two"\ny = 2\n' });
  const { values } = await readConfigFiles(dir, table);
  assert.deepEqual(values, { x: 'two', y: 2n });
  assert.deepEqual(applyConfig(dir, { name: 'op', table }, values), []);
  applyConfig(dir, { name: 'op', table }, { ...values, y: 3n });
  assert.equal(readFileSync(join(dir, 'a.py'), 'utf8'), 'x = 1\ny = 3\n');
  assert.equal(readFileSync(join(dir, 'b.py'), 'utf8'), 'x = "two"\ny = 3\n');
});

test('a huge file is not read', async (t) => {
  const dir = writeTree(tempDir(t), { 'big.json': `{"x": "${'x'.repeat(5_000_000)}"}` });
  const { values, problems } = await readConfigFiles(dir, { config: 'big.json' });
  assert.deepEqual(values, {});
  assert.deepEqual(
    problems.map(({ path, message }) => `${path}: ${message}`),
    ['big.json: Cannot be read: larger than 5.0 MB'],
  );
});
