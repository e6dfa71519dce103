import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RunyardError } from '../../../src/core/base/errors.ts';
import type { JsonObject } from '../../../src/core/data/json.ts';
import { resolveOperation, type GageFile } from '../../../src/opdef/gagefile.ts';

describe('choosing an operation (gage-format.md 1.13)', () => {
  const file = (operations: Record<string, JsonObject>): GageFile => ({
    path: '/p/gage.toml',
    runsDir: null,
    operations: Object.entries(operations).map(([name, table]) => ({ name, table })),
    problems: [],
  });
  const refusal = (act: () => unknown): RunyardError => {
    try {
      act();
    } catch (error) {
      assert.ok(error instanceof RunyardError && error.code === 'no-operation');
      return error;
    }
    return assert.fail('expected an error');
  };

  test('by name, the only one, the first default in name order', () => {
    const many = file({ b: { default: true }, a: { default: true }, c: {} });
    assert.equal(resolveOperation(many, 'c').name, 'c');
    assert.equal(resolveOperation(many).name, 'a');
    assert.equal(resolveOperation(file({ only: {} })).name, 'only');
  });

  test('without a match the error says what there is', () => {
    const plain = file({ train: {}, eval: { default: 1n } });
    assert.equal(
      refusal(() => resolveOperation(plain)).hint,
      'Name one, or mark one with default = true. Operations: eval, train',
    );
    assert.equal(
      refusal(() => resolveOperation(plain, 'trian')).hint,
      'Did you mean "train"? Operations: eval, train',
    );
    assert.equal(refusal(() => resolveOperation(plain, 'zzz')).hint, 'Operations: eval, train');
    assert.match(refusal(() => resolveOperation(file({}))).message, /defines no operations/);
  });
});
