import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { EditedTable } from '../../../../src/extension/operations/trial-draft.ts';
import {
  addColumn,
  addRows,
  deleteRows,
  duplicateRows,
  moveRows,
  removeColumn,
  setCells,
} from '../../../../src/extension/trials/edits.ts';
import { table } from '../../../helpers/runs/trial-draft.ts';

/** Rows in one line: `1:lr=0.1`. */
function text({ rows }: EditedTable): string[] {
  return rows.map(({ id, cells }) => {
    const values = Object.entries(cells).map(([key, value]) => `${key}=${value}`);
    return `${id}:${values.sort().join(',')}`;
  });
}

describe('trials that are edited', () => {
  it('take a cell, and give it back to the project', () => {
    const edited = setCells(table, { id: 1, key: 'epochs' }, [['3']]);
    assert.deepEqual(text(edited), ['1:epochs=3,lr=0.1', '2:epochs=5,lr=0.2', '3:epochs=7']);
    const back = setCells(edited, { id: 1, key: 'epochs' }, [[' ']]);
    assert.deepEqual(text(back), text(table));
  });

  it('take cells of a spreadsheet, and grow by the rows that are missing', () => {
    const pasted = setCells(table, { id: 3, key: 'lr' }, [
      ['1', '2'],
      ['3', '4', 'beyond the columns'],
    ]);
    assert.deepEqual(text(pasted).slice(2), ['3:epochs=2,lr=1', '4:epochs=4,lr=3']);
    assert.equal(pasted.nextId, 5);
  });

  it('ignore a cell that is gone', () => {
    assert.equal(setCells(table, { id: 9, key: 'lr' }, [['1']]), table);
    assert.equal(setCells(table, { id: 1, key: 'gone' }, [['1']]), table);
  });

  it('are added behind a row or at the end, duplicated, deleted', () => {
    assert.deepEqual(text(addRows(table, 1, [{}])).slice(0, 2), ['1:lr=0.1', '4:']);
    assert.equal(text(addRows(table, null, [{}])).at(-1), '4:');
    assert.deepEqual(text(duplicateRows(table, [1, 2])), [
      '1:lr=0.1',
      '2:epochs=5,lr=0.2',
      '4:lr=0.1',
      '5:epochs=5,lr=0.2',
      '3:epochs=7',
    ]);
    assert.deepEqual(text(deleteRows(table, [1, 3])), ['2:epochs=5,lr=0.2']);
  });

  it('are moved together, and stop at the ends', () => {
    const ids = (edited: EditedTable): number[] => edited.rows.map(({ id }) => id);
    assert.deepEqual(ids(moveRows(table, [2, 3], -1)), [2, 3, 1]);
    assert.deepEqual(ids(moveRows(table, [1, 2], 1)), [3, 1, 2]);
    assert.deepEqual(ids(moveRows(table, [1, 2], -1)), [1, 2, 3]);
  });

  it('get and lose columns', () => {
    assert.deepEqual(addColumn(table, 'noise').columns, ['lr', 'epochs', 'noise']);
    assert.equal(addColumn(table, 'lr'), table);
    const without = removeColumn(table, 'lr');
    assert.deepEqual(without.columns, ['epochs']);
    assert.deepEqual(text(without), ['1:', '2:epochs=5', '3:epochs=7']);
  });

  it('never get one id twice, whatever is done', () => {
    const ids = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 });
    const step = fc.oneof(
      ids.map((of) => (one: EditedTable) => duplicateRows(one, of)),
      ids.map((of) => (one: EditedTable) => deleteRows(one, of)),
      ids.map((of) => (one: EditedTable) => moveRows(one, of, 1)),
      ids.map(
        ([after = 0]) =>
          (one: EditedTable) =>
            addRows(one, after, [{}]),
      ),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const end = steps.reduce((one, next) => next(one), table);
        assert.equal(new Set(end.rows.map(({ id }) => id)).size, end.rows.length);
      }),
    );
  });
});
