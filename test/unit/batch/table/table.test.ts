import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { TrialFlags, TrialTable } from '../../../../src/batch/record/types.ts';
import {
  buildTable,
  countTrials,
  sweepOf,
  type TableRequest,
} from '../../../../src/batch/table/table.ts';
import { encodeLine, type Json } from '../../../../src/core/data/json.ts';
import type { RunConfig } from '../../../../src/core/run/types.ts';
import { tempDir, writeTree } from '../../../helpers/temp.ts';

/** The trials that values make (guild-format.md 2.3 to 2.6; 8, cases 5, 8 and 9). */

type Options = Partial<TableRequest> & { readonly defaults?: RunConfig };

async function tableOf(flags: readonly string[], options: Options = {}): Promise<TrialTable> {
  const { defaults = {}, ...rest } = options;
  const request = { files: [], rows: null, optimizer: null, maxTrials: null, seed: 7, ...rest };
  return await buildTable({ flags, ...request }, defaults);
}

async function rowsOf(flags: readonly string[], options?: Options): Promise<readonly TrialFlags[]> {
  return (await tableOf(flags, options)).rows.map((row) => row.flags);
}

/** Writes batch files and gives their paths. */
function batchFiles(t: TestContext, files: Readonly<Record<string, string>>): string[] {
  const dir = tempDir(t);
  writeTree(dir, files);
  return Object.keys(files).map((name) => join(dir, name));
}

describe('the grid', () => {
  test('keys ascend, the last is fastest, values stay in their order (case 5)', async () => {
    const table = await tableOf(['msg=[b,a]', 'loud=[no,yes]']);
    assert.deepEqual(
      table.rows.map(({ flags }) => flags),
      [
        { loud: 'no', msg: 'b' },
        { loud: 'no', msg: 'a' },
        { loud: 'yes', msg: 'b' },
        { loud: 'yes', msg: 'a' },
      ],
    );
    assert.deepEqual(
      { ...table, rows: table.rows.map(({ index }) => index) },
      {
        rows: [1, 2, 3, 4],
        keys: ['loud', 'msg'],
        varying: ['loud', 'msg'],
        optimizer: '+',
        seed: null,
        generated: 4,
        notes: [],
        single: false,
      },
    );
    const eight = await rowsOf(['x=[1,2]', 'y=[3,4]', 'z=[5,6]']);
    assert.equal(eight.length, 8);
    assert.deepEqual(eight[0], { x: 1n, y: 3n, z: 5n });
    assert.deepEqual(eight[1], { x: 1n, y: 3n, z: 6n });
    assert.deepEqual(eight[7], { x: 2n, y: 4n, z: 6n });
  });

  test('it is the product of the lists, in order', async () => {
    const lists = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.array(fc.bigInt({ min: 0n, max: 9n }), { minLength: 1, maxLength: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(lists, async (values) => {
        const keys = Object.keys(values).sort();
        const flags = keys.map((key) => `${key}=[${(values[key] ?? []).join(',')}]`);
        let expected: TrialFlags[] = [{}];
        for (const key of keys) {
          expected = expected.flatMap((row) =>
            (values[key] ?? []).map((value) => ({ ...row, [key]: value })),
          );
        }
        assert.deepEqual(await rowsOf(flags.toReversed()), expected);
        const count = keys.length === 0 ? null : expected.length;
        assert.equal(countTrials(flags), count);
      }),
    );
  });

  test('values that come twice make two trials, and the second says so', async () => {
    const table = await tableOf(['x=[1,2,1.0]', 'y=5'], { defaults: { x: 0n, y: 5n } });
    assert.deepEqual(
      table.rows.map(({ duplicateOf }) => duplicateOf),
      [null, null, 1],
    );
    assert.deepEqual(table.varying, ['x']);
    assert.deepEqual(table.keys, ['x', 'y']);
  });

  test('an empty list makes no trials', async () => {
    const table = await tableOf(['x=[]', 'y=[1,2]']);
    assert.deepEqual([table.rows, table.generated, table.single], [[], 0, false]);
    assert.equal(countTrials(['x=[]']), 0);
  });

  test('of a key given twice the last counts', async () => {
    assert.deepEqual(await rowsOf(['x=[1,2]', 'x=3']), [{ x: 3n }]);
  });

  test('a maximum takes a random part, in the order of the grid, the same by the same seed', async () => {
    const flags = ['x=range[10]', 'y=range[10]'];
    const all = await rowsOf(flags);
    const table = await tableOf(flags, { maxTrials: 8 });
    const places = table.rows.map(({ flags: row }) =>
      all.findIndex((one) => one['x'] === row['x'] && one['y'] === row['y']),
    );
    assert.equal(new Set(places).size, 8);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    assert.deepEqual([table.seed, table.generated], [7, 100]);
    assert.deepEqual(await tableOf(flags, { maxTrials: 8 }), table);
    const other = await tableOf(flags, { maxTrials: 8, seed: 8 });
    assert.notDeepEqual(other.rows, table.rows);
    assert.equal((await tableOf(flags, { maxTrials: 100 })).seed, null);
  });

  test('a part of a grid that is far too large is drawn all the same', async () => {
    const flags = ['a', 'b', 'c', 'd', 'e'].map((key) => `${key}=range[1000]`);
    const table = await tableOf(flags, { maxTrials: 5 });
    assert.equal(new Set(table.rows.map(({ flags: { a } }) => a)).size, 5);
    assert.equal(table.generated, 1e15);
    await assert.rejects(tableOf(flags), { code: 'bad-config', message: /1,000,000,000,000,000/ });
    assert.equal(countTrials(flags), 1e15);
  });
});

describe('values fit the operation', () => {
  const defaults = { lr: 0.1, n: 1n, name: 'a', on: true, any: null };

  test('each becomes the type of the default', async () => {
    const rows = await rowsOf(['lr=[1,2]', 'n=[1e3]', 'name=[007, 1.10]', 'on=True', 'any=1'], {
      defaults,
    });
    assert.deepEqual(rows[1], { lr: 1, n: 1000n, name: '1.10', on: true, any: 1n });
    assert.deepEqual(rows[2], { lr: 2, n: 1000n, name: '007', on: true, any: 1n });
  });

  test('a list for a string variable may be given as one text', async () => {
    const [row, ...rest] = await rowsOf(["name='[1, 2]'"], { defaults });
    assert.deepEqual([row, rest], [{ name: '[1, 2]' }, []]);
    assert.deepEqual(await rowsOf(['name=[[1, 2], [3]]'], { defaults }), [
      { name: '[1, 2]' },
      { name: '[3]' },
    ]);
  });

  test('what does not fit is an error that names the key, and the row of a file', async (t) => {
    const options = { defaults };
    const fits = { code: 'bad-config', message: /"x" does not fit "n"/ };
    await assert.rejects(tableOf(['n=[1,x]'], options), fits);
    await assert.rejects(tableOf(['on=[0:1]'], options), { message: /does not fit "on"/ });
    const files = batchFiles(t, { 'grid.csv': 'n\n1\n\nx\n' });
    await assert.rejects(tableOf([], { ...options, files }), {
      code: 'bad-config',
      message: 'grid.csv, line 4: "x" does not fit "n": it is a number',
    });
  });

  test('a key that the operation does not have stays as it is', async () => {
    assert.deepEqual(await rowsOf(['other=[1,b]'], { defaults }), [{ other: 1n }, { other: 'b' }]);
  });

  test('whole bounds draw ints for an int and floats for a float', async () => {
    const ints = await rowsOf(['n=[0:3]'], { defaults });
    assert.deepEqual(ints.map((row) => Number(row['n'])).sort(), [0, 1, 2, 3]);
    const floats = await rowsOf(['lr=[0:3]'], { defaults });
    assert.equal(floats.length, 20);
    assert.ok(floats.every(({ lr }) => typeof lr === 'number' && lr >= 0 && lr <= 3));
  });

  test('whole bounds of loguniform draw ints for an int, each magnitude as often', async () => {
    const options = { defaults, maxTrials: 400 };
    const ints = await rowsOf(['n=loguniform[1:1000000]'], options);
    assert.ok(ints.every(({ n }) => typeof n === 'bigint' && n >= 1n && n <= 1_000_000n));
    const small = ints.filter(({ n }) => Number(n) <= 1000).length;
    assert.ok(small > 100 && small < 260, String(small));
    assert.equal((await rowsOf(['n=loguniform[1:4]'], options)).length, 4);
    const floats = await rowsOf(['lr=loguniform[1:4]'], options);
    assert.ok(floats.every(({ lr }) => typeof lr === 'number'));
    const space = sweepOf(['n=loguniform[1:4]', 'any=loguniform[1:4]'], defaults);
    assert.deepEqual(
      Object.values(space).map((one) => 'type' in one && one.type),
      ['int', 'float'],
    );
  });

  test('errors in a flag have their place in it', () => {
    assert.throws(() => countTrials(['ok=1', ' lr = [1, range[1:2:0]]']), {
      code: 'bad-config',
      message: 'lr: The step of a range cannot be 0',
      offset: 10,
      length: 12,
    });
  });
});

describe('what is implied', () => {
  test('a function implies random, a list the grid, nothing of it one run', async () => {
    const implied = async (...flags: string[]) => {
      const { optimizer, single, rows } = await tableOf(flags);
      return [optimizer, single, rows.length];
    };
    assert.deepEqual(await implied('x=1', 'y=a'), ['+', true, 1]);
    assert.deepEqual(await implied(), ['+', true, 1]);
    assert.deepEqual(await implied('x=[1]'), ['+', false, 1]);
    assert.deepEqual(await implied('x=[1,2]', 'y=[0.0:1]'), ['random', false, 20]);
    assert.deepEqual(await implied('x=uniform[0.0:1]*3', 'y=[1,2]'), ['+', false, 6]);
    assert.equal(countTrials(['x=1']), null);
    assert.equal(countTrials(['x=1'], { optimizer: '+' }), 1);
    assert.equal(countTrials(['x=[1,2]', 'y=[0.0:1]']), 20);
    assert.equal(countTrials(['x=[1,2,2]', 'y=[0:1]']), 4);
    assert.equal(countTrials(['x=[1,2]'], { maxTrials: 1 }), 1);
    assert.equal(countTrials(['x=[0:1]'], { defaults: { x: 0.5 } }), 20);
    assert.equal(countTrials(['x=[0:1]'], { optimizer: 'optuna', maxTrials: 7 }), 7);
  });

  test('one run has no maximum, and says so', async () => {
    const { notes, rows } = await tableOf(['x=1'], { maxTrials: 3 });
    assert.equal(rows.length, 1);
    assert.match(notes.join(), /One run is meant/);
  });

  test('notes name the key', async () => {
    const { notes } = await tableOf(['x=data[0]', 'y=[1,range[a:b]]']);
    assert.deepEqual(notes, [
      'x: data[0] is taken as text: there is no function "data"',
      "y: range[a:b] is taken as text: 'a' is not a number",
    ]);
  });

  test('a sequential optimizer has no table; it has a space', async (t) => {
    const flags = ['b=[x,y]', 'a=loguniform[1e-3:1:0.1]', 'n=[1:5]', 'f=[1:5]', 'c=3'];
    const defaults = { a: 0.5, b: '', n: 1n, f: 1.5, c: 1n };
    const table = await tableOf(flags, { optimizer: 'optuna', defaults });
    assert.deepEqual(table, {
      rows: [],
      keys: ['a', 'b', 'c', 'f', 'n'],
      varying: ['a', 'b', 'f', 'n'],
      optimizer: 'optuna',
      seed: 7,
      generated: null,
      notes: [],
      single: false,
    });
    assert.deepEqual(sweepOf(flags, defaults), {
      a: { kind: 'loguniform', type: 'float', low: 0.001, high: 1, initial: 0.1 },
      b: { kind: 'choice', values: ['x', 'y'] },
      n: { kind: 'uniform', type: 'int', low: 1, high: 5, initial: null },
      f: { kind: 'uniform', type: 'float', low: 1, high: 5, initial: null },
      c: { kind: 'fixed', value: 3n },
    });
    assert.throws(() => sweepOf(['x=[[0:1],2]'], {}), { code: 'bad-config' });
    const files = batchFiles(t, { 'a.csv': 'x\n1\n' });
    await assert.rejects(tableOf([], { files, optimizer: 'optuna' }), { code: 'bad-request' });
  });
});

describe('random search', () => {
  test('it is the same by the same seed, drawn anew without one', async () => {
    const flags = ['x=[0.0:1]', 'y=loguniform[1e-5:1]', 'z=[a,b]', 'n=[1:100]', 'k=3'];
    const table = await tableOf(flags);
    assert.deepEqual(await tableOf(flags), table);
    const others = await Promise.all(
      [1, 2, 3].map(async (seed) => (await tableOf(flags, { seed })).rows),
    );
    assert.equal(new Set(others.map((rows) => rows[0]?.flags['x'])).size, 3);
    const [a, b] = [await tableOf(flags, { seed: null }), await tableOf(flags, { seed: null })];
    assert.ok(a.seed !== null && a.seed !== b.seed);
    assert.deepEqual((await tableOf(flags, { seed: a.seed })).rows, a.rows);
    assert.deepEqual(table.rows[0]?.sampled, ['n', 'x', 'y', 'z']);
  });

  test('values lie within their bounds, and no two trials are alike', async () => {
    const bound = fc.integer({ min: -50, max: 50 });
    await fc.assert(
      fc.asyncProperty(
        bound,
        bound,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        async (a, b, maxTrials, seed) => {
          fc.pre(a < b);
          const flags = [
            `n=[${String(a)}:${String(b)}]`,
            `f=[${String(a)}.0:${String(b)}]`,
            `g=loguniform[1:${String(b - a + 1)}]`,
          ];
          for (const row of await rowsOf(flags, { maxTrials, seed })) {
            const { n, f, g } = row;
            assert.ok(typeof n === 'bigint' && n >= a && n <= b);
            assert.ok(typeof f === 'number' && f >= a && f <= b);
            assert.ok(typeof g === 'number' && g >= 1 && g <= b - a + 1);
          }
          const rows = await rowsOf(flags.slice(0, 1), { maxTrials, seed });
          assert.equal(rows.length, Math.min(maxTrials, b - a + 1));
          assert.equal(new Set(rows.map(({ n }) => n)).size, rows.length);
        },
      ),
    );
  });

  test('every trial of a small space comes when that many are asked for', async () => {
    const table = await tableOf(['x=[1,2,3,2]', 'y=[0:4]', 'z=[a]'], { maxTrials: 50 });
    const different = new Set(table.rows.map(({ flags }) => encodeLine(flags)));
    assert.deepEqual([table.rows.length, different.size, table.generated], [15, 15, 15]);
    assert.deepEqual(table.notes, ['Only 15 different trials are possible']);
  });

  test('bounds come as often as what is between them', async () => {
    const rows = await rowsOf(['x=[0:9]', 'u=[0.0:1]'], { maxTrials: 2000 });
    const counts = Array.from({ length: 10 }, (_, i) =>
      rows.reduce((sum, { x }) => sum + (x === BigInt(i) ? 1 : 0), 0),
    );
    for (const count of counts) assert.ok(count > 140 && count < 260, String(counts));
  });

  test('the first trial takes the initial values', async () => {
    for (const seed of [1, 2, 3]) {
      const rows = await rowsOf(['x=[0.0:1:0.5]', 'n=[1:9:4]', 'y=[a,b]'], { seed, maxTrials: 30 });
      assert.deepEqual([rows[0]?.['x'], rows[0]?.['n']], [0.5, 4n]);
      assert.ok(rows.slice(1).every(({ x }) => x !== 0.5));
    }
    const ints = await rowsOf(['n=[1:3:2]']);
    assert.equal(ints[0]?.['n'], 2n);
    assert.deepEqual(ints.map(({ n }) => Number(n)).sort(), [1, 2, 3]);
  });

  test('functions among the choices are drawn', async () => {
    const rows = await rowsOf(['x=[[0.0:1], -1]'], { optimizer: 'random', maxTrials: 15 });
    assert.equal(rows.length, 15);
    assert.ok(rows.some(({ x }) => x === -1n));
  });

  test('it ends when nothing new comes, though the space cannot be counted', async () => {
    const table = await tableOf(['x=[[1:2], [1:2]]'], { optimizer: 'random', maxTrials: 5 });
    assert.deepEqual(table.rows.map(({ flags: { x } }) => x).sort(), [1n, 2n]);
    assert.equal(table.generated, null);
    assert.match(table.notes.join(), /^Only 2 /);
  });

  test('a list without values leaves nothing to draw', async (t) => {
    const flags = ['x=[]', 'y=[0.0:1]'];
    assert.deepEqual((await tableOf(flags)).rows, []);
    assert.equal(countTrials(flags), 0);
    const files = batchFiles(t, { 'a.csv': 'x\n[]\n"[1,2]"\n' });
    const rows = await rowsOf(['y=[0.0:1]'], { files, maxTrials: 9 });
    assert.deepEqual([rows.length, new Set(rows.map(({ x }) => x)).size], [9, 2]);
  });

  test('rows of a file are drawn as from a hat', async (t) => {
    const files = batchFiles(t, { 'a.csv': 'x,y\n1,a\n2,b\n3,c\n' });
    const rows = await rowsOf(['z=[0,1]'], { files, optimizer: 'random', maxTrials: 10 });
    const pairs = rows.map(({ x = 0, y = 0, z = 0 }) => encodeLine([x, y, z]));
    assert.deepEqual(pairs.toSorted(), [
      '[1, "a", 0]',
      '[1, "a", 1]',
      '[2, "b", 0]',
      '[2, "b", 1]',
      '[3, "c", 0]',
      '[3, "c", 1]',
    ]);
  });

  test('there must be something to search, and a seed that is one', async () => {
    await assert.rejects(tableOf(['x=1'], { optimizer: 'random' }), {
      code: 'bad-config',
      hint: /NAME=\[MIN:MAX\]/,
    });
    for (const seed of [-1, 1.5, 2 ** 32]) {
      await assert.rejects(tableOf(['x=[0:9]'], { seed }), { code: 'bad-request' });
    }
  });
});

describe('functions on the grid', () => {
  test('they are drawn for each trial, the first takes the initial value', async () => {
    const table = await tableOf(['x=[1,2,3]', 'lr=[0.0:1:0.5]'], { optimizer: '+' });
    assert.deepEqual(
      table.rows.map(({ flags: { x } }) => x),
      [1n, 2n, 3n],
    );
    assert.equal(table.rows[0]?.flags['lr'], 0.5);
    assert.equal(new Set(table.rows.map(({ flags: { lr } }) => lr)).size, 3);
    assert.deepEqual(table.rows[1]?.sampled, ['lr']);
    assert.equal(table.seed, 7);
  });

  test('of a part of the grid too the first takes the initial value', async () => {
    const rows = await rowsOf(['x=range[50]', 'lr=[0.0:1:0.5]'], { optimizer: '+', maxTrials: 4 });
    assert.deepEqual(
      rows.map(({ lr }) => lr === 0.5),
      [true, false, false, false],
    );
  });

  test('a function that is repeated gives different values while there are some', async () => {
    const rows = await rowsOf(['x=uniform[1:3]*3', 'y=[a,b]']);
    assert.equal(rows.length, 6);
    assert.equal(new Set(rows.map((row) => encodeLine(row))).size, 6);
    const table = await tableOf(['x=uniform[1:2]*3']);
    assert.equal(table.rows.length, 3);
    assert.equal(table.rows.filter(({ duplicateOf }) => duplicateOf !== null).length, 1);
  });
});

describe('batch files', () => {
  test('a file with one row is one plain run (case 8)', async (t) => {
    const paths = batchFiles(t, {
      'a.csv': 'x,msg\n1,a\n',
      'b.json': '[{"x": 1, "msg": "a"}]',
      'c.json': '{"x": 1, "msg": "a"}',
      'd.yaml': 'x: 1\nmsg: a\n',
    });
    for (const path of paths) {
      const table = await tableOf([], { files: [path] });
      assert.equal(table.single, true, path);
      assert.deepEqual(table.rows[0]?.flags, { msg: 'a', x: 1n });
      assert.equal((await tableOf(['y=[1]'], { files: [path] })).single, false);
    }
  });

  test('typed values go over those of the rows, their lists are expanded last (case 9)', async (t) => {
    const files = batchFiles(t, { 'rows.csv': 'msg,loud\na,no\nb,no\nc,yes\n' });
    assert.deepEqual(await rowsOf(['loud=[yes,no]'], { files }), [
      { loud: 'yes', msg: 'a' },
      { loud: 'no', msg: 'a' },
      { loud: 'yes', msg: 'b' },
      { loud: 'no', msg: 'b' },
      { loud: 'yes', msg: 'c' },
      { loud: 'no', msg: 'c' },
    ]);
  });

  test('of several files each row goes with each, the first slowest (gage-format.md 5.4)', async (t) => {
    const files = batchFiles(t, { 'a.csv': 'x,z\n1,a\n2,a\n', 'b.json': '[{"y": 3}, {"z": "b"}]' });
    assert.deepEqual(await rowsOf([], { files }), [
      { x: 1n, y: 3n, z: 'a' },
      { x: 1n, z: 'b' },
      { x: 2n, y: 3n, z: 'a' },
      { x: 2n, z: 'b' },
    ]);
  });

  test('an empty cell is the default, and counts as such', async (t) => {
    const files = batchFiles(t, { 'a.csv': 'x,y\n1,\n1,5\n1\n1,6\n' });
    const table = await tableOf([], { files, defaults: { x: 0n, y: 5n } });
    assert.deepEqual(
      table.rows.map(({ flags }) => flags),
      [{ x: 1n }, { x: 1n, y: 5n }, { x: 1n }, { x: 1n, y: 6n }],
    );
    assert.deepEqual(
      table.rows.map(({ duplicateOf }) => duplicateOf),
      [null, 1, 1, null],
    );
    assert.deepEqual(table.varying, ['y']);
  });

  test('a file without rows makes no trials, and says so', async (t) => {
    const files = batchFiles(t, { 'a.csv': 'x,y\n', 'b.json': '[]' });
    for (const file of files) {
      const table = await tableOf(['z=1'], { files: [file] });
      assert.deepEqual([table.rows, table.single], [[], false]);
      assert.match(table.notes.join(), /has no rows$/);
    }
  });
});

test('a table with very many rows takes no more than their number', async (t) => {
  const lines = Array.from({ length: 20_000 }, (_, i) => String(i));
  const files = batchFiles(t, { 'many.csv': ['x', ...lines].join('\n') });
  const table = await tableOf(['y=[1,2]'], { files });
  assert.equal(table.rows.length, 40_000);
  assert.deepEqual(table.rows.at(-1)?.flags, { x: 19_999n, y: 2n });
  const drawn = await tableOf(['y=[1,2]'], { files, optimizer: 'random', maxTrials: 20_000 });
  assert.equal(drawn.rows.length, 20_000);
  await assert.rejects(tableOf(['y=range[6]'], { files }), { code: 'bad-config' });
  await assert.rejects(tableOf([], { files: [...files, ...files] }), { code: 'bad-config' });
});

describe('an edited table', () => {
  test('is taken as it is', async () => {
    const rows: readonly TrialFlags[] = [{ x: 1n }, { x: 2n, y: 'a' }, { x: 1 }];
    const table = await tableOf(['ignored=[1,2]'], { rows, defaults: { x: 0n, y: 'b' } });
    assert.deepEqual(
      table.rows.map(({ flags, duplicateOf }) => [flags, duplicateOf]),
      [
        [{ x: 1n }, null],
        [{ x: 2n, y: 'a' }, null],
        [{ x: 1n }, 1],
      ],
    );
    assert.deepEqual([table.single, table.optimizer, table.seed], [false, '+', 7]);
    await assert.rejects(tableOf([], { rows: [{}, { x: 'a' }], defaults: { x: 0n } }), {
      code: 'bad-config',
      message: 'Trial 2: "a" does not fit "x": it is a number',
    });
  });

  test('may be one that was drawn: rows and seed stay', async () => {
    const drawn = await tableOf(['x=[0.0:1]', 'y=[1,2]']);
    const rows = drawn.rows.map(({ flags }) => flags);
    const again = await tableOf([], { rows, optimizer: 'random', seed: drawn.seed });
    assert.deepEqual(
      again.rows.map(({ flags }): Readonly<Record<string, Json>> => flags),
      rows,
    );
    assert.deepEqual([again.optimizer, again.seed], ['random', drawn.seed]);
  });
});
