import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { applyConfig } from '../../../src/config/apply.ts';
import { checkRunConfig } from '../../../src/config/check.ts';
import { effectiveConfig, readConfigFiles } from '../../../src/config/config.ts';
import type { Json, JsonObject } from '../../../src/core/data/json.ts';
import { tempDir, writeTree } from '../../helpers/temp.ts';

const SOURCES = {
  'a.py': 'lr = 0.1\nmodel = {"size": 1, "name": "m"}\n',
  'b.yaml': '# rates\nlr: 0.2\ntrain:\n  lr: 0.3\n  steps: 4\n',
};

describe('config tables', () => {
  const cases: readonly (readonly [Json, JsonObject])[] = [
    [{ keys: 'a.py', prefix: 'opt' }, { 'opt.lr': 0.1 }],
    [{ keys: 'a.py', prefix: 'opt.' }, { 'opt.lr': 0.1 }],
    [{ keys: 'a.py', prefix: 'opt_' }, { opt_lr: 0.1 }],
    [
      { keys: 'b.yaml#train.*', 'strip-prefix': 'train' },
      { lr: 0.3, steps: 4n },
    ],
    [
      { keys: ['b.yaml#**.*', '-#lr'], 'strip-prefix': 'train.' },
      { lr: 0.3, steps: 4n },
    ],
    [
      { keys: 'b.yaml#train.*', 'strip-prefix': 'train.s' },
      { 'train.lr': 0.3, 'train.steps': 4n },
    ],
    [
      { keys: 'b.yaml#train.*', 'strip-prefix': 'train.l' },
      { 'train.lr': 0.3, 'train.steps': 4n },
    ],
    [{ keys: 'a.py#lr', rename: 'rate' }, { rate: 0.1 }],
    [{ keys: 'a.py#lr', rename: '' }, { lr: 0.1 }],
    [
      { keys: 'a.py#**.*', rename: 'model.size=size' },
      { lr: 0.1, size: 1n, 'model.name': 'm' },
    ],
    [
      { keys: 'a.py#**.*', rename: ['model.size = size', 'lr=rate'] },
      { rate: 0.1, size: 1n, 'model.name': 'm' },
    ],
    [
      { keys: 'b.yaml#train.*', rename: { 'train.lr': 'lr' } },
      { lr: 0.3, 'train.steps': 4n },
    ],
    [
      { keys: 'b.yaml#train.*', rename: ['train.lr rate'] },
      { rate: 0.3, 'train.steps': 4n },
    ],
    [
      { keys: 'b.yaml#train.*', rename: 'train. t.' },
      { 't.lr': 0.3, 't.steps': 4n },
    ],
    [
      { keys: 'b.yaml#train.*', 'strip-prefix': 'train', rename: 'lr=rate', prefix: 'b' },
      { 'b.rate': 0.3, 'b.steps': 4n },
    ],
    [
      [{ keys: 'a.py', prefix: 'a' }, { keys: 'b.yaml', prefix: 'b' }, 'a.py'],
      { 'a.lr': 0.1, 'b.lr': 0.2, lr: 0.1 },
    ],
  ];
  for (const [config, expected] of cases) {
    test(JSON.stringify(config), async (t) => {
      const dir = writeTree(tempDir(t), SOURCES);
      const project = await readConfigFiles(dir, { config });
      assert.deepEqual(project.values, expected);
      assert.deepEqual(project.problems, []);
    });
  }

  test('every key says where it comes from', async (t) => {
    const dir = writeTree(tempDir(t), SOURCES);
    const config = [
      { keys: 'b.yaml#train.*', 'strip-prefix': 'train', description: 'How to train' },
      'a.py#model.size',
    ];
    const { sources } = await readConfigFiles(dir, { config });
    assert.deepEqual(Object.fromEntries(sources), {
      lr: { path: 'b.yaml', key: 'train.lr', line: 4, description: 'How to train' },
      steps: { path: 'b.yaml', key: 'train.steps', line: 5, description: 'How to train' },
      'model.size': { path: 'a.py', key: 'model.size', line: 2, description: null },
    });
  });

  test('a run writes to the key that the file has', async (t) => {
    const dir = writeTree(tempDir(t), SOURCES);
    const config = [
      { keys: 'b.yaml#train.*', 'strip-prefix': 'train', rename: 'lr=rate', prefix: 'b' },
      { keys: 'a.py', prefix: 'a' },
    ];
    const opdef = { name: 'op', table: { config } };
    const { values } = await readConfigFiles(dir, opdef.table);
    const wanted = effectiveConfig(values, { 'b.rate': 0.5, 'a.lr': 1n });
    assert.deepEqual(
      applyConfig(dir, opdef, { ...wanted, lr: 9n }).map(({ path }) => path),
      ['a.py', 'b.yaml'],
    );
    assert.equal(readFileSync(join(dir, 'a.py'), 'utf8'), SOURCES['a.py'].replace('0.1', '1.0'));
    assert.equal(
      readFileSync(join(dir, 'b.yaml'), 'utf8'),
      SOURCES['b.yaml'].replace('0.3', '0.5'),
    );
  });

  test('of two names for one key the one that was changed counts', async (t) => {
    for (const name of ['x', 'y']) {
      const dir = writeTree(tempDir(t), SOURCES);
      const config = [
        { keys: 'a.py#lr', rename: 'x' },
        { keys: 'a.py#lr', rename: 'y' },
      ];
      const opdef = { name: 'op', table: { config } };
      const { values } = await readConfigFiles(dir, opdef.table);
      applyConfig(dir, opdef, effectiveConfig(values, { [name]: 7n }));
      assert.match(readFileSync(join(dir, 'a.py'), 'utf8'), /^lr = 7\.0\n/);
    }
  });

  test('names that do not apply are problems', async (t) => {
    const dir = writeTree(tempDir(t), SOURCES);
    const messages = async (config: Json): Promise<string[]> =>
      (await readConfigFiles(dir, { config })).problems.map(
        ({ path, line, message }) => `${path}:${String(line)}: ${message}`,
      );
    assert.deepEqual(await messages({ keys: 'b.yaml#train.*', rename: 'x' }), [
      'b.yaml:null: rename = "x" needs exactly one key, but the group selects 2 keys; write "old=new"',
    ]);
    assert.deepEqual(await messages({ keys: 'a.py', rename: 'nope=x' }), [
      'a.py:null: There is no key "nope" to rename',
    ]);
    assert.deepEqual(
      await messages({ keys: 'a.py#model.*', rename: { 'model.size': 'model.name' } }),
      [
        'a.py:2: "model.name" stands for "model.size" and "model.name", which differ; a run sets both',
      ],
    );
  });

  test('a table that is not understood is refused', async (t) => {
    const dir = tempDir(t);
    for (const more of [
      { prefix: 5n },
      { 'strip-prefix': [] },
      { rename: 5n },
      { rename: ['x'] },
      { rename: { a: 1n } },
      { rename: '=x' },
    ]) {
      const table: JsonObject = { config: { keys: 'a.py', ...more } };
      await assert.rejects(readConfigFiles(dir, table), { code: 'bad-gage-file' });
    }
  });
});

describe('before a run is created', () => {
  async function check(
    t: Parameters<typeof tempDir>[0],
    table: JsonObject,
    values: JsonObject,
    files: Readonly<Record<string, string>> = SOURCES,
  ): Promise<void> {
    const dir = writeTree(tempDir(t), files);
    const project = await readConfigFiles(dir, table);
    checkRunConfig(dir, table, project, effectiveConfig(project.values, values));
  }

  test('a value that its file cannot hold is refused by file and name', async (t) => {
    const table = { config: ['c.toml', 'd.py'] };
    const files = { 'c.toml': 'a = 1\nday = 2024-01-01\n', 'd.py': 'b = b"x"\n' };
    await check(t, table, { a: 2n, day: '2024-02-02', b: 'y' }, files);
    const bad: readonly (readonly [JsonObject, RegExp])[] = [
      [{ a: null }, /^c\.toml: null does not fit "a"/],
      [{ day: 'soon' }, /^c\.toml: "soon" does not fit "day"/],
      [{ b: '€' }, /^d\.py: "€" does not fit "b"/],
    ];
    for (const [values, message] of bad) {
      await assert.rejects(check(t, table, values, files), { code: 'bad-config', message });
    }
  });

  test('C12: a changed value needs a file that is copied into the run', async (t) => {
    const message = '"lr" cannot be set: a.py is not among the files that a run gets';
    for (const sourcecode of [
      false,
      [],
      'b.yaml',
      '-a.py',
      ['**/*', '-*.py text'],
      '*.py size<9',
    ]) {
      const table: JsonObject = { config: 'a.py', sourcecode };
      await check(t, table, {});
      await check(t, table, { lr: 0.1 });
      await assert.rejects(check(t, table, { lr: 0.5 }), { code: 'bad-config', message });
    }
    for (const sourcecode of [true, null, '*.py', '-b.yaml', ['*', '-x dir']]) {
      await check(t, { config: 'a.py', sourcecode }, { lr: 0.5 });
    }
    const hook = { config: 'a.py', sourcecode: false, exec: { 'stage-sourcecode': 'cp …' } };
    await check(t, hook, { lr: 0.5 });
  });

  test('C12: directories that are left out, and one file of several', async (t) => {
    const files = { 'src/a.py': 'x = 1\n', '.hid/b.py': 'x = 1\n' };
    await check(t, { config: 'src/*.py' }, { x: 2n }, files);
    await assert.rejects(check(t, { config: '.hid/*.py' }, { x: 2n }, files), {
      code: 'bad-config',
    });
    await check(t, { config: ['.hid/*.py', 'src/*.py'] }, { x: 2n }, files);
  });
});

test('unknown keys are taken when that is asked for', () => {
  assert.deepEqual(effectiveConfig({ x: 1n }, { y: 'z' }, { acceptUnknown: true }), {
    x: 1n,
    y: 'z',
  });
  assert.throws(() => effectiveConfig({ xs: 1n }, { sx: 2n }), { hint: 'Did you mean "xs"?' });
});
