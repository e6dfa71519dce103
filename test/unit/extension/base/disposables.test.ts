import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DisposableStore } from '../../../../src/extension/base/disposables.ts';

/** A store of things that note when they are disposed; those of `bad` throw then. */
function storeOf(
  names: readonly string[],
  bad: readonly string[],
  gone: string[],
): DisposableStore {
  const store = new DisposableStore();
  for (const name of names) {
    store.add({
      dispose: () => {
        gone.push(name);
        if (bad.includes(name)) throw new Error(`${name} is stuck`);
      },
    });
  }
  return store;
}

describe('a store of disposables', () => {
  it('disposes in reverse order, once, and at once what comes late', () => {
    const gone: string[] = [];
    const store = storeOf(['first', 'second'], [], gone);
    store.dispose();
    store.dispose();
    store.add({ dispose: () => gone.push('late') });
    assert.deepEqual(gone, ['second', 'first', 'late']);
  });

  it('disposes all others when one throws, and tells what it threw', () => {
    const gone: string[] = [];
    const store = storeOf(['a', 'b', 'c'], ['b'], gone);
    assert.throws(() => store.dispose(), /^Error: b is stuck$/);
    assert.deepEqual(gone, ['c', 'b', 'a']);
  });

  it('tells of all that throw, through a store that owns it', () => {
    const gone: string[] = [];
    const outer = storeOf(['outer'], ['outer'], gone);
    outer.add(storeOf(['a', 'b', 'c'], ['a', 'b'], gone));
    assert.throws(
      () => outer.dispose(),
      (error: unknown) => {
        assert.ok(error instanceof AggregateError);
        assert.deepEqual(error.errors.map(String), [
          'Error: b is stuck',
          'Error: a is stuck',
          'Error: outer is stuck',
        ]);
        return true;
      },
    );
    assert.deepEqual(gone, ['c', 'b', 'a', 'outer']);
  });
});
