import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { readBatchFile, writeTableCsv } from '../../../../src/batch/table/batch-files.ts';
import type { SweepValue } from '../../../../src/batch/table/values.ts';
import { posix } from '../../../helpers/posix.ts';
import { makePipe } from '../../../helpers/special-files.ts';
import { makeTempDir, removeTree, tempDir, writeTree } from '../../../helpers/temp.ts';

/** Batch files (guild-format.md 2.6, gage-format.md 5.4). */

async function read(t: TestContext, name: string, text: string): Promise<readonly unknown[]> {
  const dir = tempDir(t);
  writeTree(dir, { [name]: text });
  return await rowsOf(join(dir, name));
}

async function rowsOf(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows = await readBatchFile(path);
  return rows.map(({ values }) =>
    Object.fromEntries([...values].map(([key, sweep]) => [key, plain(sweep)])),
  );
}

function plain(sweep: SweepValue): unknown {
  if (sweep.kind === 'value') return sweep.value;
  return sweep.kind === 'list' ? sweep.values.map(plain) : `${sweep.name} ${String(sweep.args)}`;
}

describe('CSV', () => {
  test('cells are read as typed, with lists and functions', async (t) => {
    const text = [
      '\ufeffx, y ,name',
      '1,0.5,a b',
      '"[1,2]",[0:1],"it\'s, so"',
      "'[1',true,\"two",
      'lines"',
      "range[1:3],null,''",
    ].join('\r\n');
    assert.deepEqual(await read(t, 'a.csv', text), [
      { x: 1n, y: 0.5, name: 'a b' },
      { x: [1n, 2n], y: 'uniform 0,1', name: "it's, so" },
      { x: '[1', y: true, name: 'two\r\nlines' },
      { x: [1n, 2n, 3n], y: null, name: '' },
    ]);
  });

  test('quotation marks within a cell are part of it', async (t) => {
    assert.deepEqual(await read(t, 'a.csv', 'x,y\n5" disk,say "hi"\n'), [
      { x: '5" disk', y: 'say "hi"' },
    ]);
  });

  test('empty cells, short lines and blank lines leave the default', async (t) => {
    const rows = await read(t, 'noext', 'x,y,z\n1,,3\n\n2\n,,\n');
    assert.deepEqual(rows, [{ x: 1n, z: 3n }, { x: 2n }, {}]);
  });

  test('a column without a name may only be empty', async (t) => {
    assert.deepEqual(await read(t, 'a.csv', 'x,\n1,\n'), [{ x: 1n }]);
    await assert.rejects(read(t, 'a.csv', 'x,\n1,\n2,3\n'), {
      code: 'bad-config',
      message: 'a.csv, line 3: no column names the value 3',
    });
    await assert.rejects(read(t, 'a.csv', 'x\n1,2\n'), { message: /^a.csv, line 2: no column/ });
  });

  test('errors name the file, the line and the key', async (t) => {
    const bad: readonly (readonly [string, RegExp])[] = [
      ['x,x\n1,2\n', /^a\.csv has two columns "x"$/],
      ['x\n1\n"[1,"\n', /^a\.csv, line 3, "x": No \] closes \[1,$/],
      ['x\n"1\n', /^a\.csv: Quote Not Closed/],
    ];
    for (const [text, message] of bad) {
      await assert.rejects(read(t, 'a.csv', text), { code: 'bad-config', message });
    }
  });

  test('blanks around a cell do not count, also around quotation marks', async (t) => {
    assert.deepEqual(await read(t, 'a.csv', 'x, name \n "[1, 2]" , " a, b "\n'), [
      { x: [1n, 2n], name: 'a, b' },
    ]);
  });

  test('semicolons or tabs divide the cells where the first line has no comma', async (t) => {
    const expected = [{ x: 1n, name: 'a, b' }, { name: 'c;d' }];
    assert.deepEqual(await read(t, 'a.csv', '\ufeffx;name\r\n1;a, b\r\n;"c;d"\r\n'), expected);
    assert.deepEqual(await read(t, 'a.csv', 'x\tname\n1\ta, b\n\tc;d\n'), expected);
  });

  test('what cannot be a table of trials is not read to its end', async (t) => {
    const dir = tempDir(t);
    const rows = join(dir, 'rows.csv');
    const bytes = join(dir, 'bytes.csv');
    writeTree(dir, { 'rows.csv': `x\n${'1\n'.repeat(100_001)}"`, 'bytes.csv': 'x\n' });
    truncateSync(bytes, 65_000_000);
    await assert.rejects(readBatchFile(rows), {
      code: 'bad-config',
      message: 'rows.csv has more than 100,000 rows',
    });
    await assert.rejects(readBatchFile(bytes), {
      code: 'bad-config',
      message: 'bytes.csv is too large for a table of trials: 65 MB',
    });
  });

  test('lists in cells do not fill the memory together', async (t) => {
    await assert.rejects(read(t, 'a.csv', `x\n${'range[1:100000]\n'.repeat(5000)}`), {
      code: 'bad-config',
      message: 'a.csv, line 12, "x": All values together are more than 1,000,000',
    });
  });

  test('what is no file is not waited for', posix('named pipes'), async (t) => {
    const path = makePipe(join(tempDir(t), 'rows.csv'));
    await assert.rejects(readBatchFile(path), {
      code: 'unreadable',
      message: `${path} is a named pipe, not a file`,
    });
  });

  test('an empty file has no rows', async (t) => {
    assert.deepEqual(await read(t, 'a.csv', ''), []);
    assert.deepEqual(await read(t, 'a.csv', 'x,y\n'), []);
  });
});

describe('JSON and YAML', () => {
  test('values are what they are: a list is one, a text is a text', async (t) => {
    const json = '[{"x": [1, 2.0], "s": "[1,2]", "f": "uniform[0:1]"}, {"x": null, "n": [[1, 2]]}]';
    assert.deepEqual(await read(t, 'a.json', json), [
      { x: [1n, 2], s: '[1,2]', f: 'uniform[0:1]' },
      { x: null, n: ['[1, 2]'] },
    ]);
    assert.deepEqual(await read(t, 'a.yaml', '- x: 1\n  s: "007"\n- {x: yes}\n'), [
      { x: 1n, s: '007' },
      { x: true },
    ]);
    assert.deepEqual(await read(t, 'a.yml', 'x: [1, 2]\n'), [{ x: [1n, 2n] }]);
  });

  test('a text that would be a sweep where it is typed is noted', async (t) => {
    const dir = tempDir(t);
    writeTree(dir, { 'a.json': '[{"f": "[0:1]", "g": "a", "h": [["x"], "[1]"]}]' });
    const [row] = await readBatchFile(join(dir, 'a.json'));
    const items = [...(row?.values.values() ?? [])].flatMap((sweep) =>
      sweep.kind === 'list' ? sweep.values : [sweep],
    );
    assert.deepEqual(
      items.map((item) => item.kind === 'value' && item.note),
      ['[0:1] is taken as text in a data file', null, null, '[1] is taken as text in a data file'],
    );
  });

  test('errors say what is where', async (t) => {
    const bad: readonly (readonly [string, string, RegExp])[] = [
      ['a.json', '[1,', /^a\.json, line 1: Invalid JSON/],
      ['a.json', '123', /^a\.json is no table$/],
      ['a.json', '[{"x": 1}, 123]', /^a\.json, row 2 is no table$/],
      ['a.yaml', '- x: {y: 1}\n', /^a\.yaml, row 1, "x" is a table$/],
      ['a.toml', 'x = 1', /^a\.toml is no batch file$/],
    ];
    for (const [name, text, message] of bad) {
      await assert.rejects(read(t, name, text), { code: 'bad-config', message });
    }
  });

  test('a file that is not there is named', async (t) => {
    const path = join(tempDir(t), 'gone.csv');
    await assert.rejects(readBatchFile(path), {
      code: 'io',
      message: `Batch file ${path} does not exist`,
    });
  });
});

describe('a table as CSV', () => {
  test('has a column for each key, and an empty cell where there is no value', () => {
    assert.equal(
      writeTableCsv([{ b: 1n, a: 'x' }, { c: 1 }, { a: '', b: null, c: '[1,2]' }]),
      "a,b,c\nx,1,\n,,1.0\n'',null,\"'[1,2]'\"\n",
    );
    assert.equal(writeTableCsv([{ a: 1n }, {}]), 'a\n1\n""\n', 'no blank line: it is no row');
    assert.throws(() => writeTableCsv([{}]), { code: 'bad-config' });
    assert.throws(() => writeTableCsv([{ a: `[it's "x"` }]), { code: 'bad-config' });
  });

  test('is read back as the same rows', async () => {
    const dir = makeTempDir();
    const path = join(dir, 'a.csv');
    const value = fc.oneof(
      fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: 'grapheme' }).filter((text) => !/["\\]/.test(text)),
      fc.constantFrom('[1,2]', '1', 'null', '', ' x ', 'a,b', 'a\nb', 'two\r\nlines', 'range[1:2]'),
    );
    const key = fc.stringMatching(/^[a-z]{1,3}(\.[a-z0-9]{1,3})?$/);
    const row = fc.dictionary(key, value, { maxKeys: 4 });
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 4 }), async (rows) => {
          fc.pre(rows.some((one) => Object.keys(one).length > 0));
          writeTree(dir, { 'a.csv': writeTableCsv(rows) });
          const plainRows = rows.map((one) => ({ ...one }));
          assert.deepEqual(await rowsOf(path), plainRows);
        }),
      );
    } finally {
      removeTree(dir);
    }
  });
});
