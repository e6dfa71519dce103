import assert from 'node:assert/strict';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { applyConfig } from '../../../../src/config/apply.ts';
import { readConfigFiles } from '../../../../src/config/config.ts';
import { parsePath } from '../../../../src/config/paths.ts';
import type { JsonObject } from '../../../../src/core/data/json.ts';
import { readConfig } from '../../../helpers/gage/config.ts';
import { posix } from '../../../helpers/posix.ts';
import { find, tempDir, writeTree } from '../../../helpers/temp.ts';

/** The sample project of Gage's own tests of config paths. */
const FILES = {
  'op.py': 'x = 1\ny = 2\nop = "+"\nexpr = f"{x} {op} {y}"\nprint(f"{expr} = {eval(expr)}")\n',
  'greet.py':
    'name = "Bob"\nopts = {\n    "loud": False,\n    "short": True\n}\n' +
    'if opts["loud"]:\n    name = name.upper()\n',
  'sample.txt': '',
  'sample.bin': '',
};

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

describe('config paths (gage-format.md 4.5)', () => {
  const sources = {
    'a.py': 'x = 1\ny = 2\nd = {"k": 3}\n',
    'b.py': 'x = 10\nz = 20\n',
    'c.txt': 'x = 0',
  };

  const cases: readonly (readonly [readonly string[], JsonObject])[] = [
    [['a.py'], { x: 1n, y: 2n }],
    [['a.py#x'], { x: 1n }],
    [['a.py#d.*'], { 'd.k': 3n }],
    [['a.py#**.*'], { x: 1n, y: 2n, 'd.k': 3n }],
    [['a.py#**'], {}],
    [['a.py#'], {}],
    [['#x'], {}],
    [['a.py#', 'b.py#', '#x'], { x: 10n }],
    [['a.py', 'b.py'], { x: 10n, y: 2n, z: 20n }],
    [['*.py', '-b.py'], { x: 1n, y: 2n }],
    [['*.py', '-b.py#'], { x: 1n, y: 2n }],
    [['-a.py', 'a.py'], { x: 1n, y: 2n }],
    [['a.py', '-a.py#x'], { y: 2n }],
    [['*.py', '-#x'], { y: 2n, z: 20n }],
    [['-a.py#x', '#y'], { y: 2n }],
    [['?.py size<10'], {}],
    [['a.py#x', 'b.py#z'], { x: 1n, z: 20n }],
    [['a.py#y', 'b.py#x'], { y: 2n, x: 10n }],
  ];
  for (const [paths, expected] of cases) {
    test(paths.join(' '), async (t) => {
      const dir = writeTree(tempDir(t), sources);
      assert.deepEqual(await readConfig(dir, { config: paths }), expected);
    });
  }

  test('a string, a table, a mixed list; groups of their own', async (t) => {
    const dir = writeTree(tempDir(t), sources);
    const shapes: readonly JsonObject[string][] = [
      'a.py#x',
      { keys: 'a.py#x', description: 'ignored' },
      { keys: ['a.py#x'] },
      [{ keys: ['a.py#', '#x'] }, 'b.py#'],
    ];
    for (const config of shapes) {
      assert.deepEqual(await readConfig(dir, { config }), { x: 1n });
    }
    assert.deepEqual(await readConfig(dir, {}), {});
  });

  test(
    'directories are searched only where a path names them',
    posix('symbolic links'),
    async (t) => {
      const dir = writeTree(tempDir(t), {
        'top.py': 'a = 1',
        'lib/one.py': 'b = 2',
        'lib/deep/two.py': 'c = 3',
        'venv/three.py': 'd = 4',
      });
      symlinkSync('..', join(dir, 'lib', 'loop'));
      assert.deepEqual(await readConfig(dir, { config: '**/*.py' }), { a: 1n });
      assert.deepEqual(await readConfig(dir, { config: 'lib/**/*.py' }), { b: 2n, c: 3n });
      assert.deepEqual(await readConfig(dir, { config: ['lib/**/*.py', '-lib/deep dir'] }), {
        b: 2n,
      });
    },
  );

  test('broken declarations are refused', async (t) => {
    const dir = tempDir(t);
    for (const config of [5n, [5n], { keys: 5n }, {}, { keys: [true] }]) {
      await assert.rejects(readConfig(dir, { config }), { code: 'bad-gage-file' });
    }
    for (const config of ['', '-', '#', '-#', '"a.py']) {
      await assert.rejects(readConfig(dir, { config }), { code: 'bad-pattern' }, config);
    }
  });

  test('a leading dash can be escaped', () => {
    assert.equal(parsePath('\\-a.py').file?.regex.test('-a.py'), true);
    assert.equal(parsePath('\\-a.py').excludesKeys, false);
  });

  test('what cannot be read is reported, and costs only itself', async (t) => {
    const dir = writeTree(tempDir(t), {
      ...sources,
      'e.py': Buffer.from([0x78, 0x3d, 0xff]),
      'f.py': 'x = 1\n\nq = ~1.0\n',
    });
    const config = await readConfigFiles(dir, { config: '*' });
    assert.deepEqual(config.values, { x: 1n, y: 2n, z: 20n });
    assert.equal(config.sources.get('x')?.path, 'f.py');
    assert.deepEqual(
      config.problems.map(({ path, line, message }) => `${path}:${String(line)}: ${message}`),
      [
        'b.py:1: "x" differs from a.py; a run that changes it sets it in both',
        'c.txt:null: Values are read from Python, notebook, JSON, YAML, TOML and .env files only',
        'e.py:null: Cannot be read: not UTF-8 text',
        'f.py:1: "x" differs from b.py; a run that changes it sets it in both',
        'f.py:3: The value of "q" cannot be read: ~1.0',
      ],
    );
  });
});
