import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Lazy } from '../../../../src/extension/base/lazy.ts';

describe('what is loaded with its first use', () => {
  it('is loaded once for all who ask', async () => {
    let loads = 0;
    const lazy = new Lazy(() => Promise.resolve(++loads));
    assert.equal(lazy.isWanted, false);
    assert.deepEqual(await Promise.all([lazy.get(), lazy.get()]), [1, 1]);
    assert.equal(await lazy.get(), 1);
    assert.equal(lazy.isWanted, true);
  });

  it('is tried again after a failure, which all who waited are told', async () => {
    let loads = 0;
    const lazy = new Lazy(() =>
      ++loads === 1 ? Promise.reject(new Error('the disk is gone')) : Promise.resolve(loads),
    );
    const [one, other] = await Promise.allSettled([lazy.get(), lazy.get()]);
    assert.equal(one.status, 'rejected');
    assert.equal(other.status, 'rejected');
    assert.equal(lazy.isWanted, false);
    assert.equal(await lazy.get(), 2);
    assert.equal(await lazy.get(), 2);
  });
});
