import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { applyConfig } from '../../../src/config/apply.ts';
import { readConfigFiles } from '../../../src/config/config.ts';
import type { JsonObject } from '../../../src/core/data/json.ts';
import type { RunConfig } from '../../../src/core/run/types.ts';
import { find, tempDir, writeTree } from '../../helpers/temp.ts';

/** The sample project of Gage's own tests of config paths. */
const FILES = {
  'op.py': 'x = 1\ny = 2\nop = "+"\nexpr = f"{x} {op} {y}"\nprint(f"{expr} = {eval(expr)}")\n',
  'greet.py':
    'name = "Bob"\nopts = {\n    "loud": False,\n    "short": True\n}\n' +
    'if opts["loud"]:\n    name = name.upper()\n',
  'sample.txt': '',
  'sample.bin': '',
};

async function readConfig(dir: string, table: JsonObject): Promise<RunConfig> {
  return (await readConfigFiles(dir, table)).values;
}

describe('T17: keys that config paths select', () => {
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [[], []],
    [['not-matching-pattern'], []],
    [['op.py'], ['op', 'x', 'y']],
    [['greet.py'], ['name']],
    [['op.py#x'], ['x']],
    [['op.py#op'], ['op']],
    [['op.py#'], []],
    [['#x'], []],
    [['op.py#', '#x'], ['x']],
    [
      ['op.py#', '#x', '#y'],
      ['x', 'y'],
    ],
    [['*.py'], ['name', 'op', 'x', 'y']],
    [['*.py#x'], ['x']],
    [['*.py#*'], ['name', 'op', 'x', 'y']],
    [['*.py#**.*'], ['name', 'op', 'opts.loud', 'opts.short', 'x', 'y']],
    [['*.py#**.loud'], ['opts.loud']],
    [['*.py#**'], []],
    [['*.py', '-op.py'], ['name']],
    [['*.py', '-op.py#'], ['name']],
    [
      ['-op.py', 'op.py'],
      ['op', 'x', 'y'],
    ],
    [['greet.py', '-greet.py'], []],
    [
      ['op.py', '-op.py#op', 'greet.py'],
      ['name', 'x', 'y'],
    ],
    [
      ['*.py', '-#x'],
      ['name', 'op', 'y'],
    ],
    [['-op.py#x', '#y'], ['y']],
    // Here keys of one file leak into the other in Gage (W21): `x` and `name` besides.
    [['p[.py#x', 'op.py#y'], ['y']],
    [
      ['op.py', '-op.py#op', 'greet.py#opts.*', '-#opts.loud'],
      ['opts.short', 'x', 'y'],
    ],
  ];
  for (const [paths, keys] of cases) {
    test(JSON.stringify(paths), async (t) => {
      const dir = writeTree(tempDir(t), FILES);
      const config = await readConfig(dir, { config: { keys: paths } });
      assert.deepEqual(Object.keys(config).sort(), keys);
    });
  }

  test('a key is tied to its file, also when it is set', async (t) => {
    const dir = writeTree(tempDir(t), {
      'a.py': 'x = 1\ny = 2\nz = 3\n',
      'b.py': 'x = 1\nz = 3\n',
    });
    const table = { config: ['a.py#x', 'b.py#z'] };
    assert.deepEqual(await readConfig(dir, table), { x: 1n, z: 3n });
    applyConfig(dir, { name: 'op', table: { config: ['a.py#y', 'b.py#x'] } }, { x: 99n });
    assert.equal(readFileSync(join(dir, 'a.py'), 'utf8'), 'x = 1\ny = 2\nz = 3\n');
    assert.equal(readFileSync(join(dir, 'b.py'), 'utf8'), 'x = 99\nz = 3\n');
  });
});

test('T17: later groups and later files override', async (t) => {
  const dir = writeTree(tempDir(t), { 'a.py': 'x = 1\n', 'b.py': 'x = 2\ny = 2\n' });
  assert.deepEqual(await readConfig(dir, { config: ['b.py', 'a.py'] }), { x: 2n, y: 2n });
  const config = [{ keys: 'b.py' }, { keys: 'a.py' }];
  assert.deepEqual(await readConfig(dir, { config }), { x: 1n, y: 2n });
});

test('T17: only directories that a path begins with are searched', async (t) => {
  const files = { 'lib/a.py': 'a = 1', 'lib/in/b.py': 'b = 2', 'top.py': 'c = 3' };
  const dir = writeTree(tempDir(t), files);
  assert.deepEqual(await readConfig(dir, { config: '**/*.py' }), { c: 3n });
  assert.deepEqual(await readConfig(dir, { config: '*/a.py' }), {});
  assert.deepEqual(await readConfig(dir, { config: 'lib/**/*.py' }), { a: 1n, b: 2n });
});

test('T17: what is set changes the files of the run, and nothing else', (t) => {
  const dir = writeTree(tempDir(t), FILES);
  const opdef = { name: 'op', table: { config: { keys: ['greet.py#**.*', 'op.py'] } } };
  const same = { name: 'Bob', op: '+', x: 1n, 'does-not-apply': 123n };
  assert.deepEqual(applyConfig(dir, opdef, same), []);
  const diffs = applyConfig(dir, opdef, { name: 'Jane', 'opts.loud': true, 'opts.short': false });
  assert.deepEqual(diffs, [
    {
      path: 'greet.py',
      diff:
        '--- greet.py\n+++ greet.py\n@@ -1,7 +1,7 @@\n-name = "Bob"\n+name = "Jane"\n opts = {\n' +
        '-    "loud": False,\n-    "short": True\n+    "loud": True,\n+    "short": False\n }\n' +
        ' if opts["loud"]:\n     name = name.upper()\n',
    },
  ]);
  assert.deepEqual(find(dir), Object.keys(FILES).sort());
});
