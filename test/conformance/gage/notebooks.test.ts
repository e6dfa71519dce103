import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { applyEdits } from '../../../src/config/formats/document.ts';
import { pythonOfCell } from '../../../src/config/formats/ipython.ts';
import { parseNotebook } from '../../../src/config/formats/notebook.ts';
import type { Scalar } from '../../../src/config/formats/scalar.ts';
import type { Json } from '../../../src/core/data/json.ts';
import { cases } from '../../helpers/cases.ts';

function read(text: string): Record<string, Scalar> {
  return Object.fromEntries(parseNotebook(text).values);
}

function set(text: string, values: Record<string, Json>): string {
  return applyEdits(text, parseNotebook(text).edits(new Map(Object.entries(values))));
}

/** A notebook as Jupyter writes it. */
function notebook(...sources: readonly string[]): string {
  const cells = sources.map((source, i) => ({
    cell_type: 'code',
    execution_count: i,
    metadata: { tags: ['é'] },
    outputs: [{ output_type: 'stream', name: 'stdout', text: ['x = 99\n'] }],
    source: source.split(/(?<=\n)/),
  }));
  return `${JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

const MIXED = `%load_ext autoreload
%%time
!pip install x "y
lr = 0.1  # rate
files = !ls
out = %sql select 'it
lr?
?print
s = """
% not magic
!neither"""
n = (7
% 4)
m = 5 \\
!x
name = "a%b!"
`;

describe('notebooks (gage-format.md 4.5, C10)', () => {
  test('the literals of all code cells', () => {
    const text = notebook('x = 1\n', 'y = "ä"  # é\nd = {"k": [1, 2]}');
    assert.deepEqual(read(text), { x: 1n, y: 'ä', 'd.k.0': 1n, 'd.k.1': 2n });
    assert.deepEqual(parseNotebook(text).problems, []);
  });

  test('what only IPython understands is passed over, and stays', () => {
    const text = notebook(MIXED, '%%bash\necho "\nx = 1', 'z = 2\n  %%time\n');
    assert.deepEqual(read(text), {
      lr: 0.1,
      s: '\n% not magic\n!neither',
      name: 'a%b!',
      z: 2n,
    });
    assert.equal(set(text, { lr: 0.5 }), text.replace('lr = 0.1 ', 'lr = 0.5 '));
    assert.deepEqual(set(text, read(text)), text);
  });

  test('a masked cell keeps its length and lines', () => {
    const masked = pythonOfCell(MIXED) ?? '';
    assert.equal(masked.length, MIXED.length);
    assert.deepEqual(
      masked.split('\n').map((line) => line.length),
      MIXED.split('\n').map((line) => line.length),
    );
    assert.equal(pythonOfCell('%%html\n<b>'), null);
    assert.equal(pythonOfCell('%%timeit -n 3\nx = 1'), '0            \nx = 1');
    assert.equal(
      pythonOfCell('if x:\n  !ls\n  %cd a \\\n   b\ny = 1'),
      'if x:\n  0  \n  0      \n   0\ny = 1',
    );
  });

  test('of a name in two cells the last counts, and only that one is edited', () => {
    const text = notebook('a = b = 1\n', 'a = 2\n');
    assert.deepEqual(read(text), { b: 1n, a: 2n });
    assert.equal(set(text, { a: 3n }), text.replace('a = 2', 'a = 3'));
    assert.equal(set(text, { b: 4n }), text.replace('a = b = 1', 'a = 1; b = 4'));
  });

  test('a cell whose source is one string, and one with broken Python', () => {
    const text =
      '{"cells":[{"cell_type":"code","source":"x = 1\\ny = \\"a\\""},\n {"cell_type":"code","source":["z = = 2\\n","w = 3"]},\n{"cell_type":"markdown","source":"v = 1"}]}';
    assert.deepEqual(read(text), { x: 1n, y: 'a', z: 2n, w: 3n });
    assert.equal(
      set(text, { y: 'q"\n\\n' }),
      text.replace('\\"a\\"', '\\"q\\\\\\"\\\\n\\\\\\\\n\\"'),
    );
    assert.equal(read(set(text, { y: 'q"\n\\n' }))['y'], 'q"\n\\n');
    assert.deepEqual(
      parseNotebook(text).problems.map(({ line }) => line),
      [2],
    );
  });

  test('a string over several lines of the source', () => {
    const text = notebook('t = """one\ntwo\n"""\nu = 1\n');
    assert.deepEqual(read(text), { t: 'one\ntwo\n', u: 1n });
    const written = set(text, { t: 'a\n"b"\nc' });
    assert.equal(read(written)['t'], 'a\n"b"\nc');
    assert.deepEqual(written.split('\n').length, text.split('\n').length);
    assert.match(written, /^ {4}"\\"b\\"\\n",$/m);
    assert.match(written, /^ {4}"u = 1\\n"$/m);
  });

  test('positions are those of the notebook', () => {
    const text = notebook('é = 1\nlr = "a\\"b"\n');
    const entry = parseNotebook(text).entries.get('lr') ?? assert.fail();
    assert.equal(text.slice(entry.keyFrom, entry.keyTo), 'lr');
    assert.equal(text.slice(entry.from, entry.to), '\\"a\\\\\\"b\\"');
    assert.equal(text.split('\n')[entry.line - 1]?.trim().startsWith('"lr'), true);
  });

  test('another language, and text that is no notebook', () => {
    const other = JSON.stringify({
      cells: [{ cell_type: 'code', source: 'x = 1' }],
      metadata: { kernelspec: { language: 'R' } },
    });
    assert.deepEqual(read(other), {});
    assert.equal(parseNotebook(other).problems[0]?.message, 'Not read: its language is R');
    for (const text of ['', '[]', '{"cells": 5}', '{"cells": [1, {"source": [2]}]', 'x = 1']) {
      assert.deepEqual(read(text), {});
    }
  });

  test('what was set is read back, and no other byte changes', () => {
    const lines = fc.constantFrom(
      ...['x = 1', 'y = "a\\n"', "z = '''p\nq'''", 'd = {"a": 1.5, "b": [None, True]}', '%magic "'],
      ...[
        '!ls (',
        'help?',
        'def f():',
        '    x = 2',
        'x = y = 3',
        'print("é%")',
        '',
        '# %',
        'n = 1; \\',
        'm = 2',
      ],
    );
    const cell = fc.array(lines, { maxLength: 8 }).map((all) => all.join('\n'));
    const value = fc.oneof(
      fc.bigInt(),
      fc.boolean(),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.string({ unit: fc.constantFrom('"', "'", '\\', '\n', 'n', '%', 'é'), maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 3 }), fc.nat(), value, (cells, index, wanted) => {
        const text = notebook(...cells);
        const document = parseNotebook(text);
        assert.deepEqual(document.edits(document.values), []);
        const keys = [...document.values.keys()];
        const key = keys[index % Math.max(1, keys.length)];
        const old = key === undefined ? undefined : document.values.get(key);
        if (key === undefined || old === undefined || typeof old !== typeof wanted) return;
        const written = set(text, { [key]: wanted });
        const after = read(written);
        assert.deepEqual(after[key], wanted, written);
        assert.deepEqual({ ...after, [key]: old }, Object.fromEntries(document.values), written);
        const { cells: before } = JSON.parse(text) as { cells: { source: unknown }[] };
        const { cells: now } = JSON.parse(written) as { cells: { source: unknown }[] };
        const rest = (all: { source: unknown }[]): unknown => all.map((c) => ({ ...c, source: 0 }));
        assert.deepEqual(rest(now), rest(before));
      }),
      { numRuns: cases(700, 10_000) },
    );
  });
});
